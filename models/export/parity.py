"""The parity fixture: one observation, noise, and the chunk that LeRobot makes of them.

The observation is made up: pictures of coloured noise and joints inside the range of the training
data. It goes through LeRobot's own preprocessor, `predict_action_chunk` and postprocessor.
"""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from checkpoint import Checkpoint
from joints import Joints
from observation import STATE, Camera
from processors import Processing

FILE = "parity.json"
DATA = "parity.bin"


@dataclass
class Observation:
    """Raw, by the package's names, oldest first."""

    #: Joint positions [observation, joints], rad, float32.
    state: np.ndarray
    #: Pictures [observation, H, W, 3], uint8, by camera name.
    pictures: dict[str, np.ndarray]


def make_observation(
    steps: int, cameras: list[Camera], joints: Joints, stats: dict, seed: int
) -> Observation:
    """Reproducible from the seed."""
    random = np.random.default_rng(seed)
    if "min" in stats and "max" in stats:
        low, high = (np.asarray(stats[row], np.float64).reshape(-1) for row in ("min", "max"))
    elif "q01" in stats and "q99" in stats:
        low, high = (np.asarray(stats[row], np.float64).reshape(-1) for row in ("q01", "q99"))
    elif "mean" in stats and "std" in stats:
        mean, std = (np.asarray(stats[row], np.float64).reshape(-1) for row in ("mean", "std"))
        low, high = mean - std, mean + std
    else:
        low, high = -np.ones(len(joints.names)), np.ones(len(joints.names))
    state = joints.to_rad(low + random.random((steps, len(low))) * (high - low))
    pictures = {
        c.name: random.integers(0, 256, (steps, c.height, c.width, 3), dtype=np.uint8)
        for c in cameras
    }
    return Observation(state.astype(np.float32), pictures)


def lerobot_batches(
    checkpoint: Checkpoint,
    observation: Observation,
    cameras: list[Camera],
    processing: Processing,
    joints: Joints,
    task: str,
) -> list[dict]:
    """Each time step as LeRobot's robot loop gives it to the policy, preprocessed."""
    batches = []
    for step, state in enumerate(observation.state):
        values = joints.from_rad(state.astype(np.float64)).astype(np.float32)
        raw = {processing.source[STATE]: torch.from_numpy(values), "task": task}
        for camera in cameras:
            pixels = torch.from_numpy(observation.pictures[camera.name][step])
            raw[camera.source] = pixels.float().permute(2, 0, 1).contiguous() / 255
        batch = checkpoint.preprocessor(raw)
        # LeRobot adds empty places for the action and what training needs beside it.
        batches.append({key: value for key, value in batch.items() if value is not None})
    return batches


@contextmanager
def recorded_noise(draws: list[torch.Tensor]):
    """Keeps what diffusers' DDPM draws while it steps."""
    try:
        from diffusers.schedulers import scheduling_ddpm as module
    except ImportError:  # a policy without diffusers draws nothing between its steps
        yield
        return
    original = module.randn_tensor

    def recording(*args, **kwargs):
        draw = original(*args, **kwargs)
        draws.append(draw.clone())
        return draw

    module.randn_tensor = recording
    try:
        yield
    finally:
        module.randn_tensor = original


def lerobot_chunk(checkpoint: Checkpoint, reference, batches: list[dict], noise) -> np.ndarray:
    """LeRobot's chunk in its own unit, [steps, joints], float32."""
    chunk = checkpoint.postprocessor(reference(checkpoint, batches, noise))
    return chunk[0].detach().float().numpy()


def write_parity(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    """parity.bin with the bytes of all arrays, parity.json with what lies where."""
    blob, entries = bytearray(), {}
    for key, array in arrays.items():
        entries[key] = {
            "shape": list(array.shape),
            "dtype": str(array.dtype),
            "offset": len(blob),
            "file": DATA,
        }
        blob += np.ascontiguousarray(array).tobytes()
        blob += b"\0" * (-len(blob) % 8)
    (folder / DATA).write_bytes(blob)
    content = {
        "inputs": {key: value for key, value in entries.items() if key.startswith("observation.")},
        "expected": entries["expected"],
    }
    if "noise" in entries:
        content["noise"] = entries["noise"]
    (folder / FILE).write_text(json.dumps(content, indent=2) + "\n")
