"""Sampler steps as ONNX nodes, with the float32 numbers that sinew's samplers use."""

import numpy as np
from onnx import helper

from graph_parts import scalar

F32 = np.float32


def alphas_cumprod(sampler: dict) -> np.ndarray:
    """ᾱ of diffusers' schedules, float32."""
    count = sampler["train_timesteps"]
    start, end = sampler.get("beta_start", 1e-4), sampler.get("beta_end", 0.02)
    if sampler["beta_schedule"] == "squaredcos_cap_v2":
        bar = np.cos((np.arange(count + 1) / count + 0.008) / 1.008 * np.pi / 2) ** 2
        betas = np.minimum(1 - bar[1:] / bar[:-1], 0.999).astype(F32)
    elif sampler["beta_schedule"] == "linear":
        betas = np.linspace(start, end, count, dtype=F32)
    else:
        betas = np.linspace(start**0.5, end**0.5, count, dtype=F32) ** 2
    return np.cumprod((F32(1) - betas).astype(np.float64)).astype(F32)


def times_of(sampler: dict) -> list[float]:
    """Time input of every model call."""
    steps = sampler["steps"]
    if sampler["type"] == "flow_euler":
        start, delta = (1.0, -1.0 / steps) if sampler["time"] == "one_to_zero" else (0.0, 1.0 / steps)
        return [start + k * delta for k in range(steps)]
    count = sampler["train_timesteps"]
    left = np.arange(steps)[::-1]
    spacing = sampler["spacing"]
    if spacing == "leading":
        times = left * (count // steps) + sampler.get("offset", 0)
    elif spacing == "linspace":
        times = np.linspace(0, count - 1, steps).round()[::-1]
    else:
        times = np.round(np.arange(count, 0, -count / steps)) - 1
    return [float(t) for t in times]


def refuse(sampler: dict) -> None:
    """Says why a sampler cannot be folded."""
    kind = sampler["type"]
    if kind == "flow_euler" and sampler.get("prediction", "velocity") == "velocity":
        return
    if kind == "ddim" and sampler.get("eta", 0) == 0 and sampler["prediction"] != "score":
        return
    raise SystemExit(
        f'sampler "{kind}" cannot be folded: expected flow_euler over a velocity, '
        "or ddim without fresh noise over epsilon, sample or v_prediction"
    )


class Steps:
    """Nodes and weights of the steps, made one after the other."""

    def __init__(self, sampler: dict):
        self.sampler, self.nodes, self.weights = sampler, [], []
        self.alphas = None if sampler["type"] == "flow_euler" else alphas_cumprod(sampler)

    def node(self, kind: str, *inputs: str, out: str) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [out], name=out))
        return out

    def number(self, name: str, value) -> str:
        self.weights.append(scalar(name, value))
        return name

    def scaled(self, x: str, name: str, value) -> str:
        return self.node("Mul", x, self.number(f"{name}_w", value), out=name)

    def add(self, k: int, time: float, x: str, output: str, following: str) -> None:
        """Step `k`: from sample `x` and the network's `output` at `time` to `following`."""
        p = f"sampler{k}_"
        if self.alphas is None:
            sign = -1.0 if self.sampler["time"] == "one_to_zero" else 1.0
            move = self.scaled(output, p + "move", sign / self.sampler["steps"])
            self.node("Add", x, move, out=following)
            return
        t, stride = int(time), self.sampler["train_timesteps"] // self.sampler["steps"]
        now = self.alphas[t]
        after = self.alphas[t - stride] if t >= stride else F32(1)
        signal, noise = np.sqrt(now), np.sqrt(F32(1) - now)
        clean, epsilon = self.estimates(p, x, output, signal, noise)
        clip = self.sampler["clip"]
        if clip is not None:
            bounds = [self.number(p + "low", -clip), self.number(p + "high", clip)]
            clean = self.node("Clip", clean, *bounds, out=p + "clipped")
            if self.sampler.get("reclip_epsilon"):
                epsilon = self.noise_of(p + "re", x, clean, signal, noise)
        near = self.scaled(clean, p + "near", np.sqrt(after))
        far = self.scaled(epsilon, p + "far", np.sqrt(F32(1) - after))
        self.node("Add", near, far, out=following)

    def estimates(self, p: str, x: str, output: str, signal, noise) -> tuple[str, str]:
        """Clean sample and noise that the network's output stands for."""
        prediction = self.sampler["prediction"]
        if prediction == "sample":
            return output, self.noise_of(p, x, output, signal, noise)
        if prediction == "epsilon":
            rest = self.node("Sub", x, self.scaled(output, p + "part", noise), out=p + "rest")
            return self.node("Div", rest, self.number(p + "signal", signal), out=p + "clean"), output
        shares = [self.scaled(x, p + "a", signal), self.scaled(output, p + "b", noise)]
        clean = self.node("Sub", *shares, out=p + "clean")
        shares = [self.scaled(output, p + "c", signal), self.scaled(x, p + "d", noise)]
        return clean, self.node("Add", *shares, out=p + "epsilon")

    def noise_of(self, p: str, x: str, clean: str, signal, noise) -> str:
        rest = self.node("Sub", x, self.scaled(clean, p + "of", signal), out=p + "off")
        return self.node("Div", rest, self.number(p + "level", noise), out=p + "noise")
