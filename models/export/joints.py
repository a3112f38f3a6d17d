"""Which joint each number of a LeRobot vector belongs to, and how its unit becomes radians.

LeRobot records a servo arm in its own units: degrees about the middle of a joint's travel
(`use_degrees`), or -100..100 over the travel and 0..100 for a gripper (the default). sinew speaks
radians. Both are affine in one joint, rad = scale * x + offset, so the conversion goes into the
normalisation statistics and costs nothing while running.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from refusal import Refusal

#: Joints of the arms that LeRobot trains most, in the order of their vectors.
KNOWN_ROBOTS = {
    "so101": (
        "shoulder_pan",
        "shoulder_lift",
        "elbow_flex",
        "wrist_flex",
        "wrist_roll",
        "gripper",
    ),
}
KNOWN_ROBOTS["so100"] = KNOWN_ROBOTS["so101"]

UNITS = ("rad", "deg", "range")
GRIPPER = "gripper"
#: LeRobot counts a turn of a 12-bit servo as 4095 ticks where it converts to degrees.
TICKS_PER_TURN = 4095


@dataclass(frozen=True)
class Joints:
    """Names, and rad = scale * x + offset for each; scale is above 0."""

    names: tuple[str, ...]
    scale: np.ndarray
    offset: np.ndarray

    def to_rad(self, values: np.ndarray) -> np.ndarray:
        """LeRobot's numbers [..., joints] in radians, float64."""
        return np.asarray(values, np.float64) * self.scale + self.offset

    def from_rad(self, values: np.ndarray) -> np.ndarray:
        """Radians [..., joints] in LeRobot's numbers, float64."""
        return (np.asarray(values, np.float64) - self.offset) / self.scale


def joint_names(robot: str, names: str | None, dataset: Path | None, size: int) -> tuple[str, ...]:
    """Names for a vector of `size` numbers, from the option, the data set, or the robot."""
    if names is not None:
        found = tuple(name.strip() for name in names.split(","))
    elif dataset is not None:
        found = dataset_names(dataset)
    elif robot in KNOWN_ROBOTS:
        found = KNOWN_ROBOTS[robot]
    else:
        raise Refusal(
            f'the joints of robot "{robot}" are not known here',
            cure="give --joints name,name,... in the order of the vector, or --dataset",
        )
    if len(found) != size or len(set(found)) != size:
        raise Refusal(
            f"{len(found)} joint names ({', '.join(found)}) for a vector of {size} numbers",
            expected="one name for each number, each once",
            cure="give --joints",
        )
    return found


def dataset_info(dataset: Path) -> dict:
    """meta/info.json of a LeRobot data set."""
    file = dataset / "meta" / "info.json"
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise Refusal(f"{file} cannot be read ({error})", expected="a LeRobot data set") from error


def dataset_names(dataset: Path) -> tuple[str, ...]:
    """Joint names of the action, without the ".pos" that LeRobot puts after them."""
    names = dataset_info(dataset).get("features", {}).get("action", {}).get("names")
    if isinstance(names, dict):  # {"motors": [...]} in older data sets
        names = next(iter(names.values()), None)
    if not names:
        raise Refusal(f"{dataset}: the data set names no joints", cure="give --joints")
    return tuple(str(name).removesuffix(".pos").removeprefix("main_") for name in names)


def travel(calibration: Path, name: str) -> float:
    """Travel of a joint by LeRobot's calibration file, rad."""
    try:
        entry = json.loads(calibration.read_text())[name]
        ticks = entry["range_max"] - entry["range_min"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal(
            f'{calibration} has no range of joint "{name}" ({error!r})',
            expected="the calibration file that lerobot-calibrate wrote for the arm",
        ) from error
    if not ticks > 0:
        raise Refusal(f'{calibration}: joint "{name}" has range_max {ticks} above range_min')
    return ticks * 2 * math.pi / TICKS_PER_TURN


def make_joints(
    names: tuple[str, ...], unit: str, calibration: Path | None, offsets: dict[str, float]
) -> Joints:
    """The conversion of each joint.

    unit "rad": none. "deg": degrees. "range": -100..100 over the calibrated travel, whose middle is
    0 rad; a gripper 0..100, whose closed end is 0 rad. `offsets` (rad) are added.
    """
    unknown = [name for name in offsets if name not in names]
    if unknown:
        raise Refusal(f'--offset names "{unknown[0]}"', expected=f"one of {', '.join(names)}")
    if unit == "range" and calibration is None:
        raise Refusal(
            "--unit range needs the arm's travel", cure="give --calibration FILE of lerobot-calibrate"
        )
    scale = []
    for name in names:
        if unit == "range" and calibration is not None:
            scale.append(travel(calibration, name) / (100 if GRIPPER in name else 200))
        else:
            scale.append(math.pi / 180 if unit == "deg" else 1.0)
    shift = [offsets.get(name, 0.0) for name in names]
    return Joints(names, np.array(scale), np.array(shift))
