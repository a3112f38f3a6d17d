"""Write a policy package: graphs, statistics, policy.json and the parity fixture.

The parity fixture holds one recorded observation (raw pixels and radians), fixed noise, and the
chunk that PyTorch with the reference sampler makes of them, all in parity.bin; parity.json says what
lies where. `sinew check` repeats it through the runtime.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from dataset import Demonstrations, min_max, min_max_inverse
from encoder import Encoder
from head import Denoiser
from samplers import CLIP
from stage_encoder import Pictures

OPSET = 17
TOLERANCE = 1e-4


def sha256(path: Path) -> str:
    """Digest of a file in lower-case hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def export_graphs(folder: Path, encoder: Encoder, denoiser: Denoiser, condition: int) -> None:
    """encoder.onnx and denoiser.onnx, batch axes dynamic, weights inside."""
    height, width = encoder.size
    pictures = (torch.zeros(1, 3, height, width), torch.zeros(1, 3, height, width))
    torch.onnx.export(
        encoder,
        pictures,
        folder / "encoder.onnx",
        input_names=["wrist", "front"],
        output_names=["features"],
        dynamic_axes={name: {0: "batch"} for name in ("wrist", "front", "features")},
        opset_version=OPSET,
        dynamo=False,
    )
    horizon, joints = denoiser.head.shape
    output = denoiser.process.output
    times = (2, horizon) if denoiser.process.time_per_step else (2,)
    torch.onnx.export(
        denoiser,
        (torch.zeros(2, horizon, joints), torch.ones(times), torch.zeros(2, condition)),
        folder / "denoiser.onnx",
        input_names=["sample", "time", "condition"],
        output_names=[output],
        dynamic_axes={n: {0: "candidates"} for n in ("sample", "time", "condition", output)},
        opset_version=OPSET,
        dynamo=False,
    )


def policy_json(folder: Path, data: Demonstrations, process, description: str) -> dict:
    """The manifest; statistics and graphs must already lie in the folder."""
    images = {
        f"observation.images.{camera}": {
            "type": "image",
            "camera": camera,
            "encoding": "rgb8",
            "source": {"height": data.height, "width": data.width},
            "crop": None,
            "resize": None,
            "layout": "chw",
            "scale": 1 / 255,
            "normalization": "mean_std",
        }
        for camera in data.cameras
    }
    # A stream gives what becomes clean, and all of it is executed.
    streams = process.sample_shape is not None
    span = process.action_steps if streams else data.horizon
    sample = {"sample": {**process.sample_shape, "width": len(data.joints)}} if streams else {}
    graph = lambda name: {"file": f"{name}.onnx", "sha256": sha256(folder / f"{name}.onnx")}
    return {
        "format": "sinew.policy",
        "version": 1,
        "name": f"so101_pick_{process.name}",
        "description": description,
        "robot": "so101",
        "rate_hz": data.rate_hz,
        "horizon": {"observation": 2, "prediction": span, "execution": span if streams else 8},
        "observation": {
            "observation.state": {
                "type": "state",
                "joints": data.joints,
                "unit": "rad",
                "normalization": "min_max",
            },
            **images,
        },
        "action": {"joints": data.joints, "unit": "rad", "normalization": "min_max", "clip": CLIP},
        "statistics": {"file": "stats.json", "sha256": sha256(folder / "stats.json")},
        "graphs": {"encoder": graph("encoder"), "denoiser": graph("denoiser")},
        "program": {
            "encoders": [
                {
                    "graph": "encoder",
                    "per_frame": True,
                    "inputs": {c: f"observation.images.{c}" for c in ("wrist", "front")},
                    "outputs": {"features": "features"},
                }
            ],
            "condition": ["features", "observation.state"],
            "sampler": process.sampler,
            **sample,
            "denoiser": {
                "graph": "denoiser",
                "inputs": {"sample": "sample", "time": "time", "condition": "condition"},
                "output": process.output,
                "prediction": process.prediction,
                "time_per_step": process.time_per_step,
            },
            "candidates": 1,
            "scoring": None,
            "residual": None,
        },
        "parity": {"file": "parity.json", "tolerance": TOLERANCE},
    }


def write_parity(folder: Path, arrays: dict, sampler: dict) -> None:
    """parity.bin and parity.json from named arrays: observations, noise and expected."""
    blob, entries = b"", {}
    for key, array in arrays.items():
        entries[key] = {
            "shape": list(array.shape),
            "dtype": str(array.dtype),
            "offset": len(blob),
            "file": "parity.bin",
        }
        blob += np.ascontiguousarray(array).tobytes()
        blob += b"\0" * (-len(blob) % 8)
    (folder / "parity.bin").write_bytes(blob)
    # A stream's sampler cannot be changed, so the fixture does not name it.
    names = () if sampler["type"] == "streaming" else ("type", "steps")
    content = {
        "inputs": {key: value for key, value in entries.items() if key.startswith("observation.")},
        "noise": entries["noise"],
        "sampler": {name: sampler[name] for name in names},
        "expected": entries["expected"],
    }
    (folder / "parity.json").write_text(json.dumps(content, indent=2) + "\n")


def onnx_network(session: onnxruntime.InferenceSession):
    """The exported denoiser as a function on tensors."""

    def network(sample, time, condition):
        feed = {"sample": sample.numpy(), "time": time.numpy(), "condition": condition.numpy()}
        return torch.from_numpy(session.run(None, feed)[0])

    return network


@torch.no_grad()
def export_package(
    folder: Path,
    data: Demonstrations,
    stats: dict,
    encoder: Encoder,
    head,
    process,
    description: str,
) -> float:
    """Write the whole folder; returns the largest difference of ONNX and PyTorch chunks (rad)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stats.json").write_text(json.dumps(stats, indent=2) + "\n")
    encoder = encoder.eval()
    denoiser = Denoiser(head, process).eval()
    condition_size = 2 * (encoder.features + len(data.joints))
    export_graphs(folder, encoder, denoiser, condition_size)
    manifest = policy_json(folder, data, process, description)
    (folder / "policy.json").write_text(json.dumps(manifest, indent=2) + "\n")

    usable = [f for f in data.validation if data.previous[f] != f] or [1]
    newest = int(usable[len(usable) // 2])
    frames = np.array([int(data.previous[newest]), newest])
    state = min_max(data.state[frames], stats["observation.state"])
    pictures = Pictures(data, stats).load(frames)
    features = encoder(**pictures)
    condition = torch.cat([features, torch.from_numpy(state)], dim=1).reshape(1, -1)
    noise = process.noise(1, head.shape, torch.Generator().manual_seed(5))
    expected = process.sample(denoiser, noise, condition)
    sessions = [
        onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
        for name in ("encoder", "denoiser")
    ]
    feed = {key: value.contiguous().numpy() for key, value in pictures.items()}
    onnx_features = torch.from_numpy(sessions[0].run(None, feed)[0])
    onnx_condition = torch.cat([onnx_features, torch.from_numpy(state)], dim=1).reshape(1, -1)
    repeated = process.sample(onnx_network(sessions[1]), noise, onnx_condition)
    chunks = [min_max_inverse(c[0].numpy(), stats["action"]) for c in (expected, repeated)]
    arrays = {
        f"observation.images.{camera}": data.images(index, frames)
        for index, camera in enumerate(data.cameras)
    }
    arrays["observation.state"] = data.state[frames]
    arrays["noise"] = noise.numpy()
    arrays["expected"] = chunks[0]
    write_parity(folder, arrays, manifest["program"]["sampler"])
    return float(np.abs(chunks[0] - chunks[1]).max())
