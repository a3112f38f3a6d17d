"""Which joint each number of a LeRobot vector belongs to, and how its unit becomes radians.

LeRobot records a servo arm in its own units: degrees from the middle of a joint's travel
(`use_degrees`) or -100..100 over the travel, and 0..100 for a gripper. sinew speaks radians. All are
affine in one joint, rad = scale * x + offset, so the conversion goes into the normalisation statistics
and costs nothing while running.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

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

GRIPPER = "gripper"
#: Of the 12-bit servos of these arms.
COUNTS_PER_TURN = 4096


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


def limits(urdf: Path, name: str) -> tuple[float, float]:
    """Lower and upper limit of a joint by the robot's description, rad."""
    try:
        root = ElementTree.parse(urdf).getroot()
        entry = root.find(f"./joint[@name='{name}']/limit")
        lower, upper = float(entry.get("lower")), float(entry.get("upper"))
    except (OSError, ElementTree.ParseError, AttributeError, TypeError, ValueError) as error:
        raise Refusal(
            f'{urdf} gives no limits of joint "{name}" ({error})', cure="give --urdf FILE of the arm"
        ) from error
    return lower, upper


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
        raise Refusal(f'{calibration}: the range of joint "{name}" has {ticks} counts')
    return ticks * 2 * math.pi / COUNTS_PER_TURN


def make_joints(
    names: tuple[str, ...],
    unit: str,
    urdf: Path | None,
    calibration: Path | None,
    offsets: dict[str, float],
) -> Joints:
    """The conversion of each joint.

    "rad": none. "deg": degrees from the middle of the travel. "range": -100..100 over the travel. With
    both, a gripper has 0..100, as LeRobot records it. The middle of the travel is that of the URDF's
    limits, as for sinew's servo driver; the travel is the calibration's, else the URDF's. `offsets`
    (rad) are added.
    """
    unknown = [name for name in offsets if name not in names]
    if unknown:
        raise Refusal(f'--offset names "{unknown[0]}"', expected=f"one of {', '.join(names)}")
    shift = np.array([offsets.get(name, 0.0) for name in names])
    if unit == "rad":
        return Joints(names, np.ones(len(names)), shift)
    if urdf is None:
        raise Refusal(f"--unit {unit} needs the middle of each joint", cure="give --urdf FILE")
    scale = []
    for i, name in enumerate(names):
        lower, upper = limits(urdf, name)
        gripper = GRIPPER in name
        middle = (lower + upper) / 2
        length = upper - lower if calibration is None else travel(calibration, name)
        shift[i] += middle - length / 2 if gripper else middle
        if unit == "deg" and not gripper:
            scale.append(math.pi / 180)
        else:
            scale.append(length / (100 if gripper else 200))
    return Joints(names, np.array(scale), shift)
