"""Offline measures of a policy on held-out episodes: chunk error in rad and mm, by phase."""

from pathlib import Path

import numpy as np
import torch

from dataset import Demonstrations, min_max, min_max_inverse
from head import Denoiser
from kinematics import Chain
from stage_head import conditions
from targets import TOOL, SceneTargets

NEAR = 0.05  # m between tool and cube: from here on it counts as grasping


def phases(data: Demonstrations, scene: SceneTargets) -> dict[str, np.ndarray]:
    """Masks [N] of what the arm is doing, told from the true poses."""
    near = scene.distance < NEAR
    return {
        "reach": ~near & ~scene.lifted,
        "grasp": near & ~scene.lifted,
        "carry": scene.lifted,
    }


@torch.no_grad()
def evaluate(
    data: Demonstrations,
    stats: dict,
    features: torch.Tensor,
    scene: SceneTargets,
    head,
    process,
    urdf: Path,
    limit: int = 1500,
) -> dict:
    """Mean absolute joint error (rad) and tool error (mm) of sampled chunks."""
    frames = data.validation[:: max(1, len(data.validation) // limit)]
    state = torch.from_numpy(min_max(data.state, stats["observation.state"]))
    condition = conditions(features, state, data, frames)
    network = Denoiser(head, process).eval()
    generator = torch.Generator().manual_seed(7)
    noise = process.noise(len(frames), head.shape, generator)
    chunk = min_max_inverse(process.sample(network, noise, condition).numpy(), stats["action"])
    wanted = data.action[frames][:, : chunk.shape[1]]
    error = np.abs(chunk - wanted)
    chain = Chain(urdf, TOOL, data.joints)
    tool = lambda joints: chain.forward(joints.reshape(-1, joints.shape[-1]))[0]
    away = np.linalg.norm(tool(chunk) - tool(wanted), axis=1).reshape(len(frames), -1) * 1000
    result = {
        "frames": len(frames),
        "joint_l1_rad": [round(float(v), 4) for v in error.mean((0, 1))],
        "first_half_tool_mm": round(float(away[:, : data.horizon // 2].mean()), 2),
        "tool_mm": round(float(away.mean()), 2),
    }
    for name, mask in phases(data, scene).items():
        chosen = mask[frames]
        if chosen.any():
            part = away[chosen, : data.horizon // 2]
            result[f"{name}_tool_mm"] = round(float(part.mean()), 2)
            result[f"{name}_gripper_rad"] = round(float(error[chosen][:, :8, -1].mean()), 4)
    return result
