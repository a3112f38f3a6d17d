"""Training signals that are computed from the recording: the cube as the encoder should see it.

They use the cube's true pose. The policy never receives it: these numbers only shape the encoder
while it learns, and measure it afterwards.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dataset import Demonstrations
from kinematics import Chain, rotation_quaternion

TOOL = "grasp_link"
POSITION_SCALE = 0.05
LIFTED_ABOVE = 0.02


@dataclass
class SceneTargets:
    """Per frame: `values` [N,11], `weights` [N,10], and the tool's distance to the cube (m)."""

    values: np.ndarray
    weights: np.ndarray
    distance: np.ndarray
    lifted: np.ndarray


def fourfold(rotation: np.ndarray) -> np.ndarray:
    """[N,2]: cos and sin of four times the heading of the cube's most level edge.

    A cube looks the same after a quarter turn about any of its axes, so only four times the angle
    is defined, and only in the plane that the edge lies in.
    """
    level = np.argmin(np.abs(rotation[:, 2, :]), axis=1)
    edge = np.take_along_axis(rotation, level[:, None, None].repeat(3, axis=1), axis=2)[:, :, 0]
    angle = 4 * np.arctan2(edge[:, 1], edge[:, 0])
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def scene_targets(data: Demonstrations, urdf: Path) -> SceneTargets:
    """Targets of all frames."""
    place, turn = Chain(urdf, TOOL, data.joints).forward(data.state)
    cube_turn = rotation_quaternion(data.cube[:, 3:])
    cube = data.cube[:, :3].astype(np.float64)
    back = turn.transpose(0, 2, 1)
    relative = (back @ (cube - place)[:, :, None])[:, :, 0]
    distance = np.linalg.norm(relative, axis=1)
    lifted = cube[:, 2] > LIFTED_ABOVE
    centre = np.array([0.2, 0.0, 0.0])
    values = np.concatenate(
        [
            (cube - centre) / POSITION_SCALE,
            fourfold(cube_turn),
            relative / POSITION_SCALE,
            fourfold(back @ cube_turn),
            lifted[:, None],
        ],
        axis=1,
    )
    # Near the cube the relative position must be finer; a carried cube's heading matters less.
    near = 1 / (0.5 + np.minimum(distance, 0.3) / 0.1)
    weights = np.ones((len(values), 10))
    weights[:, 5:8] = near[:, None]
    weights[:, 3:5] = np.where(lifted, 0.1, 0.3)[:, None]
    weights[:, 8:10] = np.where(lifted, 0.1, 0.3)[:, None]
    return SceneTargets(
        values.astype(np.float32), weights.astype(np.float32), distance.astype(np.float32), lifted
    )
