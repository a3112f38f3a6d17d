"""Writes the package folder: graphs, statistics, policy.json and the parity fixture."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import parity
from checkpoint import Checkpoint
from folding import fold
from joints import Joints
from normalization import package_rows
from observation import STATE, Camera, centre_crop, image_entry
from onnx_file import sha256, write_graph
from processors import Processing
from program import Program

ACTION = "action"
#: Largest error of `sinew check` against LeRobot's chunk, rad.
TOLERANCE = 1e-4
STATISTICS = "stats.json"


@dataclass(frozen=True)
class Naming:
    """What the checkpoint does not say."""

    name: str
    description: str
    robot: str
    rate: float
    joints: Joints
    task: str
    #: Whether all steps of the sampler become one graph.
    folded: bool


def normalizations(
    processing: Processing, cameras: list[Camera], joints: Joints
) -> tuple[dict[str, str], dict[str, dict]]:
    """Normalisation and statistics of everything, by the package's names."""
    places = [(STATE, STATE, joints, False), (ACTION, ACTION, joints, True)]
    places += [(camera.key, camera.package_key, None, False) for camera in cameras]
    kinds, rows = {}, {}
    for key, name, unit, inverse in places:
        stats = processing.stats.get(key)
        kinds[name], found = package_rows(
            key, processing.modes[key], stats, unit, processing.eps, inverse
        )
        if found:
            rows[name] = found
    return kinds, rows


def write_graphs(folder: Path, program: Program) -> dict[str, dict]:
    """Every graph with its hash, as policy.json lists them."""
    listed = {}
    for name, graph in program.graphs.items():
        path = folder / f"{name}.onnx"
        write_graph(path, name, graph)
        listed[name] = {"file": path.name, "sha256": sha256(path)}
    return listed


def program_section(program: Program) -> dict:
    """The inference program of policy.json."""
    section = {
        "encoders": program.encoders,
        "condition": program.condition,
        "sampler": program.sampler,
        "denoiser": program.denoiser,
        "candidates": 1,
        "scoring": None,
        "residual": None,
    }
    if program.context:
        section["context"] = program.context
    if program.sample is not None:
        section["sample"] = program.sample
    return section


def write_package(
    folder: Path,
    checkpoint: Checkpoint,
    policy_module,
    cameras: list[Camera],
    processing: Processing,
    naming: Naming,
    seed: int,
) -> None:
    """Writes everything. `policy_module` has `reference` (LeRobot's chunk) and `build` (graphs)."""
    joints = naming.joints
    kinds, rows = normalizations(processing, cameras, joints)
    config = checkpoint.config
    observation = parity.make_observation(
        config.n_obs_steps, cameras, joints, processing.stats.get(STATE, {}), seed
    )
    torch.manual_seed(seed)
    batches = parity.lerobot_batches(
        checkpoint, observation, cameras, processing, joints, naming.task
    )
    shape = policy_module.noise_shape(config)
    draws = [torch.randn(1, *shape)]
    with parity.recorded_noise(draws):
        chunk = parity.lerobot_chunk(checkpoint, policy_module.reference, batches, draws[0])
    # After the reference: building may rearrange the policy's layers.
    program = policy_module.build(checkpoint, cameras, batches[-1])
    if naming.folded:
        program = fold(program)

    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.onnx"):  # of an earlier export, perhaps of another policy
        stale.unlink()
    (folder / STATISTICS).write_text(json.dumps(rows, indent=2) + "\n")
    graphs = write_graphs(folder, program)
    arrays = {camera.package_key: observation.pictures[camera.name] for camera in cameras}
    arrays[STATE] = observation.state
    if "sample" in program.denoiser["inputs"]:
        arrays["noise"] = torch.stack(draws).numpy()
    arrays["expected"] = joints.to_rad(chunk).astype(np.float32)
    parity.write_parity(folder, arrays)
    images = {
        camera.package_key: image_entry(
            camera, kinds[camera.package_key], centre_crop(camera, program.crop)
        )
        for camera in cameras
    }
    manifest = {
        "format": "sinew.policy",
        "version": 1,
        "name": naming.name,
        "description": naming.description,
        "robot": naming.robot,
        "rate_hz": naming.rate,
        "horizon": {
            "observation": program.observation_steps,
            "prediction": program.prediction,
            "execution": program.execution,
        },
        "observation": {
            STATE: {
                "type": "state",
                "joints": list(joints.names),
                "unit": "rad",
                "normalization": kinds[STATE],
            },
            **images,
        },
        "action": {
            "joints": list(joints.names),
            "unit": "rad",
            "normalization": kinds[ACTION],
            "clip": None,
        },
        "statistics": {"file": STATISTICS, "sha256": sha256(folder / STATISTICS)},
        "graphs": graphs,
        "program": program_section(program),
        "parity": {"file": parity.FILE, "tolerance": TOLERANCE},
    }
    (folder / "policy.json").write_text(json.dumps(manifest, indent=2) + "\n")
