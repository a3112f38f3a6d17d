"""The Python side of the chunk benchmark: the same graphs by onnxruntime, stepped by diffusers.

Reads the package and its parity fixture, says "ready" with the chunk of the fixture, and then, for
each number N that comes on standard input, computes N chunks and answers with their times in
seconds. With --scheduler numpy the sampler's formulas are written out in NumPy, for a Python that
has no diffusers.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort

EPSILON = np.float32(1e-8)


class Affine:
    """x = (raw - base) / divisor + shift and back, float32."""

    def __init__(self, kind: str, row: dict):
        if kind == "identity":
            self.base, self.divisor, self.width, self.span = 0, 1, 1, 0
            return
        if kind == "mean_std":
            self.base = np.array(row["mean"], np.float32)
            self.width = np.array(row["std"], np.float32)
            self.divisor, self.span = self.width + EPSILON, 0
            return
        low, high = ("min", "max") if kind == "min_max" else ("q01", "q99")
        self.base = np.array(row[low], np.float32)
        width = np.array(row[high], np.float32) - self.base
        self.width = self.divisor = np.where(width == 0, EPSILON, width)
        self.span = 1

    def normalise(self, x: np.ndarray) -> np.ndarray:
        x = (x - self.base) / self.divisor
        return 2 * x - 1 if self.span else x

    def denormalise(self, x: np.ndarray) -> np.ndarray:
        return ((x + 1) / 2 if self.span else x) * self.width + self.base


class DiffusersSampler:
    """The package's sampler by the scheduler that a diffusers user takes for it."""

    def __init__(self, spec: dict):
        import diffusers
        import torch

        torch.set_num_threads(1)
        self.torch, self.spec = torch, spec
        self.name = f"diffusers {diffusers.__version__}"
        if spec["type"] == "flow_euler":
            self.scheduler = diffusers.FlowMatchEulerDiscreteScheduler(shift=1.0)
            return
        kind = {"ddim": diffusers.DDIMScheduler, "ddpm": diffusers.DDPMScheduler}[spec["type"]]
        self.scheduler = kind(
            num_train_timesteps=spec["train_timesteps"],
            beta_schedule=spec["beta_schedule"],
            prediction_type=spec["prediction"],
            clip_sample=spec["clip"] is not None,
            clip_sample_range=spec["clip"] or 1.0,
            timestep_spacing=spec["spacing"],
        )

    def run(self, model, noise: np.ndarray) -> np.ndarray:
        torch, spec, scheduler = self.torch, self.spec, self.scheduler
        flow = spec["type"] == "flow_euler"
        if flow:
            scheduler.set_timesteps(sigmas=np.linspace(1, 1 / spec["steps"], spec["steps"]))
        else:
            scheduler.set_timesteps(spec["steps"])
        sample = torch.from_numpy(noise)
        for t in scheduler.timesteps:
            time_input = float(t) / 1000 if flow else float(t)
            output = torch.from_numpy(model(sample.numpy(), time_input))
            sample = scheduler.step(output, t, sample).prev_sample
        return sample.numpy()


class NumpySampler:
    """Euler steps of a flow, or DDIM over a network that predicts the noise, written out."""

    name = "numpy"

    def __init__(self, spec: dict):
        self.spec = spec
        if spec["type"] == "flow_euler":
            return
        if spec["type"] != "ddim" or spec["prediction"] != "epsilon":
            raise SystemExit("chunk_reference: this sampler needs diffusers")
        count, steps = spec["train_timesteps"], spec["steps"]
        u = np.arange(count + 1) / count
        bar = np.cos((u + 0.008) / 1.008 * np.pi / 2) ** 2
        betas = np.minimum(1 - bar[1:] / bar[:-1], 0.999).astype(np.float32)
        self.alphas = np.cumprod(1 - betas)
        self.stride = count // steps
        self.times = np.arange(steps)[::-1] * self.stride

    def run(self, model, noise: np.ndarray) -> np.ndarray:
        x = noise
        if self.spec["type"] == "flow_euler":
            n = self.spec["steps"]
            for k in range(n):
                x = x - model(x, 1 - k / n) / np.float32(n)
            return x
        one = np.float32(1)
        for t in self.times:
            a, b = self.alphas[t], self.alphas[t - self.stride] if t >= self.stride else one
            output = model(x, float(t))
            clean = (x - np.sqrt(1 - a) * output) / np.sqrt(a)
            if self.spec["clip"] is not None:
                clean = np.clip(clean, -self.spec["clip"], self.spec["clip"])
            x = np.sqrt(b) * clean + np.sqrt(1 - b) * output
        return x


class Policy:
    """The package's program, and the observation and noise of its parity fixture."""

    def __init__(self, folder: Path, threads: int, scheduler: str):
        self.folder = folder
        self.spec = json.loads((folder / "policy.json").read_text())
        stats = json.loads((folder / self.spec["statistics"]["file"]).read_text())
        self.program = self.spec["program"]
        if len(self.program["encoders"]) != 1 or self.program["candidates"] != 1:
            raise SystemExit("chunk_reference: expected one encoder and one candidate")
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.sessions = {
            name: ort.InferenceSession(
                str(folder / graph["file"]), options, providers=["CPUExecutionProvider"]
            )
            for name, graph in self.spec["graphs"].items()
        }
        self.affine = {
            key: Affine(entry["normalization"], stats.get(key, {}))
            for key, entry in [*self.spec["observation"].items(), ("action", self.spec["action"])]
        }
        parity = json.loads((folder / self.spec["parity"]["file"]).read_text())
        self.inputs = {key: self.array(ref) for key, ref in parity["inputs"].items()}
        chunk = (1, self.spec["horizon"]["prediction"], len(self.spec["action"]["joints"]))
        self.noise = self.array(parity["noise"]).reshape(-1, *chunk)[0]
        kind = DiffusersSampler if scheduler == "diffusers" else NumpySampler
        self.sampler = kind({**self.program["sampler"], **parity["sampler"]})

    def array(self, ref: dict) -> np.ndarray:
        return np.fromfile(
            self.folder / ref["file"],
            dtype=ref["dtype"],
            count=int(np.prod(ref["shape"])),
            offset=ref["offset"],
        ).reshape(ref["shape"])

    def image(self, key: str, step: int) -> np.ndarray:
        entry = self.spec["observation"][key]
        picture = self.inputs[key][step]
        if entry["resize"] is not None:
            raise SystemExit("chunk_reference: resizing is not supported")
        if entry["crop"] is not None:
            top, left, height, width = (entry["crop"][k] for k in ("top", "left", "height", "width"))
            picture = picture[top : top + height, left : left + width]
        x = self.affine[key].normalise(picture.astype(np.float32) * np.float32(entry["scale"]))
        return np.ascontiguousarray(x.transpose(2, 0, 1))[None]

    def condition(self) -> np.ndarray:
        encoder = self.program["encoders"][0]
        session, parts = self.sessions[encoder["graph"]], []
        for step in range(self.spec["horizon"]["observation"]):
            feeds = {name: self.image(key, step) for name, key in encoder["inputs"].items()}
            outputs = session.run(list(encoder["outputs"]), feeds)
            features = dict(zip(encoder["outputs"].values(), outputs))
            for name in self.program["condition"]:
                if name in features:
                    parts.append(features[name][0])
                else:
                    parts.append(self.affine[name].normalise(self.inputs[name][step]))
        return np.concatenate(parts)[None].astype(np.float32)

    def chunk(self) -> np.ndarray:
        denoiser = self.program["denoiser"]
        names, session = denoiser["inputs"], self.sessions[denoiser["graph"]]
        condition = self.condition()

        def model(sample: np.ndarray, t: float) -> np.ndarray:
            feeds = {
                names["sample"]: sample,
                names["time"]: np.array([t], np.float32),
                names["condition"]: condition,
            }
            return session.run([denoiser["output"]], feeds)[0]

        actions = self.sampler.run(model, self.noise.copy())[0]
        clip = self.spec["action"]["clip"]
        if clip is not None:
            actions = np.clip(actions, -clip, clip)
        return self.affine["action"].denormalise(actions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--scheduler", choices=["diffusers", "numpy"], default="diffusers")
    args = parser.parse_args()
    policy = Policy(args.package, args.threads, args.scheduler)
    ready = {
        "scheduler": policy.sampler.name,
        "onnxruntime": ort.__version__,
        "actions": policy.chunk().reshape(-1).tolist(),
    }
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        seconds = []
        for _ in range(int(line)):
            start = time.perf_counter()
            policy.chunk()
            seconds.append(time.perf_counter() - start)
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    main()
