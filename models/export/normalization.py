"""LeRobot's normalisation modes and statistics as the package's, with the unit changed to radians.

LeRobot normalises in its own unit x = (rad - offset) / scale. Substituting this into its formulas
gives the same formulas over radians with other statistics, which is what is written.
"""

import numpy as np

from joints import Joints
from refusal import Refusal

#: LeRobot's mode -> (the package's, LeRobot's rows, the package's rows).
MODES = {
    "MEAN_STD": ("mean_std", ("mean", "std"), ("mean", "std")),
    "MIN_MAX": ("min_max", ("min", "max"), ("min", "max")),
    "QUANTILES": ("quantiles", ("q01", "q99"), ("q01", "q99")),
    # The same formula over narrower quantiles: the package only knows a low and a high one.
    "QUANTILE10": ("quantiles", ("q10", "q90"), ("q01", "q99")),
}
#: What the runtime adds to every deviation.
EPSILON = 1e-8

Row = dict[str, list[float]]


def numbers(values) -> np.ndarray:
    """A statistic as a flat float64 vector; pictures come as [channels,1,1]."""
    return np.asarray(values, np.float64).reshape(-1)


def package_rows(
    key: str, mode: str, stats: dict | None, joints: Joints | None, eps: float, inverse: bool
) -> tuple[str, Row]:
    """The package's normalisation of `key` and the rows that it needs.

    joints: of a vector; None for a picture, whose unit stays. inverse: for what the policy gives out
    (the action), where LeRobot adds no epsilon to the deviation.
    """
    if mode == "IDENTITY":
        if joints is None or (np.all(joints.scale == 1) and np.all(joints.offset == 0)):
            return "identity", {}
        # x itself, as the range -1 .. 1 of LeRobot's unit.
        low, high = joints.to_rad(-np.ones(len(joints.names))), joints.to_rad(np.ones(len(joints.names)))
        return "min_max", {"min": low.tolist(), "max": high.tolist()}
    if mode not in MODES:
        raise Refusal(
            f'"{key}" is normalised by {mode}', expected=f"IDENTITY, {', '.join(MODES)}"
        )
    name, given, written = MODES[mode]
    missing = [row for row in given if stats is None or row not in stats]
    if missing or stats is None:
        raise Refusal(
            f'the checkpoint has no {" and ".join(missing)} of "{key}" for {mode}; LeRobot would '
            "let it pass unnormalised",
            cure="save the processors with the data set's statistics",
        )
    low, high = (numbers(stats[row]) for row in given)
    size = len(joints.names) if joints is not None else 3
    if len(low) != size or len(high) != size:
        raise Refusal(
            f'statistics of "{key}" have {len(low)} and {len(high)} numbers', expected=f"{size}"
        )
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise Refusal(f'statistics of "{key}" have a number that is not finite')
    if joints is not None:
        if name == "mean_std":
            low = joints.to_rad(low)
            # LeRobot divides by std + eps in its own unit, the runtime by std + 1e-8 in radians.
            high = high * joints.scale if inverse else (high + eps) * joints.scale - EPSILON
            high = np.maximum(high, 0)
        else:
            low, high = joints.to_rad(low), joints.to_rad(high)
    return name, {written[0]: low.tolist(), written[1]: high.tolist()}
