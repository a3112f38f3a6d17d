"""Forward kinematics of a URDF for many joint vectors at once.

Used for training signals and error measures in millimetres only; the exported policy never needs it.
"""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np


def rotation_rpy(roll: float, pitch: float, yaw: float) -> np.ndarray:
    """Rotation matrix of URDF's fixed-axis roll, pitch, yaw (rad)."""
    cr, sr = np.cos(roll), np.sin(roll)
    cp, sp = np.cos(pitch), np.sin(pitch)
    cy, sy = np.cos(yaw), np.sin(yaw)
    about_x = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    about_y = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    about_z = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def rotation_axis(axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Rotation matrices [N,3,3] about a unit axis by angles [N] (rad)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    sin, cos = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.eye(3) + sin * cross + (1 - cos) * (cross @ cross)


def rotation_quaternion(wxyz: np.ndarray) -> np.ndarray:
    """Rotation matrices [N,3,3] of unit quaternions [N,4], w first."""
    w, x, y, z = np.asarray(wxyz, dtype=np.float64).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


class Chain:
    """The joints from the root of a URDF to one link."""

    def __init__(self, urdf: Path, tip: str, joint_names: list[str]):
        joints = {j.find("child").get("link"): j for j in ElementTree.parse(urdf).iter("joint")}
        if tip not in joints:
            raise ValueError(f"{urdf}: no link named {tip}; name a link that a joint carries")
        self.parts = []
        link = tip
        while link in joints:
            joint = joints[link]
            origin = joint.find("origin")
            numbers = lambda key: [float(v) for v in origin.get(key, "0 0 0").split()]
            column = None
            axis = np.array([0.0, 0.0, 1.0])
            if joint.get("type") != "fixed":
                column = joint_names.index(joint.get("name"))
                axis = np.array([float(v) for v in joint.find("axis").get("xyz").split()])
            self.parts.insert(0, (rotation_rpy(*numbers("rpy")), numbers("xyz"), axis, column))
            link = joint.find("parent").get("link")

    def forward(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Tip position [N,3] (m) and rotation [N,3,3] in the root frame, for joints [N,J] (rad)."""
        count = len(positions)
        place = np.zeros((count, 3))
        turn = np.broadcast_to(np.eye(3), (count, 3, 3))
        for fixed, offset, axis, column in self.parts:
            place = place + turn @ np.array(offset)
            turn = turn @ fixed
            if column is not None:
                turn = turn @ rotation_axis(axis, positions[:, column].astype(np.float64))
        return place, turn
