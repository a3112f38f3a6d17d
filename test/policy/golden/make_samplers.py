"""Write samplers.json: every intermediate step of the reference samplers, as float32.

The reference is diffusers' DDPM and DDIM (versions: models/training/requirements.txt), run whole; the
other samplers are in make_reference_steps.py. The network is a linear stand-in, so that a test needs no
ONNX graph:

    output[i] = a * x[i] + b * (time / time_scale) + c[i]

with `time` the number that the sampler hands to the network and all arithmetic in float32.

Square roots are IEEE's (correctly rounded): the vector library that PyTorch calls is off by one unit
in the last place on some processors, and a fixed file must not depend on who made it.

Fields of a case: `initial` is the noise that sampling starts from; `times[k]` the network's time
input of step k; `after[k]` the sample after step k; `noises[k]` (DDPM) the unit noise added in step k,
null where none is added. `timesteps` lists which training timesteps each spacing visits. Run from anywhere: python make_samplers.py
"""

import json
from pathlib import Path

import numpy as np
import torch
from diffusers import DDIMScheduler, DDPMScheduler
from diffusers.schedulers import scheduling_ddpm

SIZE = 6
TRAIN_TIMESTEPS = 100
MODELS = {
    "epsilon": {"a": 0.9, "b": 0.15},
    "sample": {"a": 0.6, "b": -0.2},
    "v_prediction": {"a": 0.35, "b": 0.1},
}


def power(base: torch.Tensor, exponent: float, original=torch.Tensor.__pow__) -> torch.Tensor:
    """`base ** exponent` with the correctly rounded square root."""
    if exponent == 0.5:
        return torch.from_numpy(np.asarray(np.sqrt(base.numpy())))
    return original(base, exponent)


torch.Tensor.__pow__ = power


def numbers(values) -> list[float]:
    """The float32 values as the shortest decimals that read back as the same float32."""
    return [float(str(v)) for v in np.asarray(values, dtype=np.float32).reshape(-1)]


def draw(seed: int) -> torch.Tensor:
    """Unit noise from NumPy, whose stream is the same on every machine."""
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((1, SIZE)).astype(np.float32))


def model_of(prediction: str, time_scale: float) -> dict:
    """The linear stand-in for one kind of prediction."""
    offsets = np.linspace(-0.4, 0.5, SIZE).astype(np.float32)
    return {**MODELS[prediction], "c": numbers(offsets), "time_scale": time_scale}


def evaluate(model: dict, sample: torch.Tensor, time: float) -> torch.Tensor:
    """The stand-in's output, in float32."""
    scaled = torch.tensor(model["b"], dtype=torch.float32) * torch.tensor(
        time / model["time_scale"], dtype=torch.float32
    )
    return model["a"] * sample + scaled + torch.tensor(model["c"], dtype=torch.float32)


def diffusion_case(kind: str, prediction: str, steps: int, clip: float | None, **extra) -> dict:
    """One run of diffusers' DDIM or DDPM."""
    scheduler_class = {"ddim": DDIMScheduler, "ddpm": DDPMScheduler}[kind]
    scheduler = scheduler_class(
        num_train_timesteps=TRAIN_TIMESTEPS,
        beta_schedule=extra.get("beta_schedule", "squaredcos_cap_v2"),
        prediction_type=prediction,
        clip_sample=clip is not None,
        clip_sample_range=clip if clip is not None else 1.0,
        timestep_spacing=extra.get("spacing", "leading"),
        steps_offset=extra.get("offset", 0),
    )
    scheduler.set_timesteps(steps)
    model = model_of(prediction, float(TRAIN_TIMESTEPS))
    sample = draw(11)
    case = {
        "sampler": kind,
        "prediction": prediction,
        "train_timesteps": TRAIN_TIMESTEPS,
        "steps": steps,
        "clip": clip,
        "beta_schedule": extra.get("beta_schedule", "squaredcos_cap_v2"),
        "spacing": extra.get("spacing", "leading"),
        "offset": extra.get("offset", 0),
        "reclip_epsilon": extra.get("reclip_epsilon", False),
        "model": model,
        "initial": numbers(sample),
        "times": [],
        "after": [],
    }
    if kind == "ddpm":
        case["noises"] = []
    for index, timestep in enumerate(int(t) for t in scheduler.timesteps):
        output = evaluate(model, sample, float(timestep))
        if kind == "ddim":
            result = scheduler.step(
                output, timestep, sample, use_clipped_model_output=case["reclip_epsilon"]
            )
        else:
            noise = draw(1000 + index)
            scheduling_ddpm.randn_tensor = lambda *_, fixed=noise, **__: fixed
            result = scheduler.step(output, timestep, sample)
            case["noises"].append(numbers(noise) if timestep > 0 else None)
        sample = result.prev_sample
        case["times"].append(timestep)
        case["after"].append(numbers(sample))
    return case


def spaced(spacing: str, count: int, steps: int) -> list[int]:
    """The timesteps that diffusers visits."""
    scheduler = DDIMScheduler(count, timestep_spacing=spacing)
    scheduler.set_timesteps(steps)
    return [int(t) for t in scheduler.timesteps]


def main() -> None:
    cases = []
    for prediction in ("epsilon", "sample", "v_prediction"):
        for clip in (1.0, None):
            cases.append(diffusion_case("ddim", prediction, 10, clip))
            cases.append(diffusion_case("ddpm", prediction, 10, clip))
    cases.append(diffusion_case("ddim", "epsilon", 7, 1.0))
    cases.append(diffusion_case("ddim", "epsilon", 10, 2.0, offset=1))
    cases.append(diffusion_case("ddim", "epsilon", 10, 1.0, reclip_epsilon=True))
    cases.append(diffusion_case("ddim", "epsilon", 10, 1.0, beta_schedule="linear"))
    cases.append(diffusion_case("ddim", "epsilon", 10, 1.0, beta_schedule="scaled_linear"))
    cases.append(diffusion_case("ddim", "epsilon", 100, 1.0))
    cases.append(diffusion_case("ddpm", "epsilon", 100, 1.0))
    for spacing in ("linspace", "trailing"):
        for kind in ("ddim", "ddpm"):
            cases.append(diffusion_case(kind, "epsilon", 8, 1.0, spacing=spacing))
    alphas = {
        name: numbers(DDIMScheduler(TRAIN_TIMESTEPS, beta_schedule=name).alphas_cumprod)
        for name in ("squaredcos_cap_v2", "linear", "scaled_linear")
    }
    timesteps = [
        {"spacing": spacing, "train_timesteps": count, "steps": steps, "timesteps": listed}
        for spacing in ("leading", "linspace", "trailing")
        for count in (50, 100, 1000)
        for steps in (1, 2, 3, 7, 8, 10, 16, 30, 50)
        for listed in [spaced(spacing, count, steps)]
    ]
    lines = ",\n    ".join(json.dumps(case) for case in cases)
    target = Path(__file__).with_name("samplers.json")
    target.write_text(
        f'{{\n  "alphas_cumprod": {json.dumps(alphas)},\n'
        f'  "timesteps": {json.dumps(timesteps)},\n  "cases": [\n    {lines}\n  ]\n}}\n'
    )
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
