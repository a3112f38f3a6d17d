"""Write reference_steps.json: whole runs of the samplers of real packages, call by call.

A case holds the sampler as policy.json writes it, the noise that sampling starts from, and for every
model call what the reference gave to the network (`inputs`, `times`, `spans`), what the network
answered (`outputs`), the fresh noise that was drawn after it (`noises`, null where none was), and the
sample that followed (`after`). The network is a fixed smooth function; its answers are recorded, so a
test needs neither it nor the packages. `ulp` is the largest distance from the reference that a test
allows, in units in the last place of the largest number of the step; null where the reference does not
compute in float32, and 1e-6 of that number counts.

References: diffusers (DDPM, DDIM, EDM, consistency, flow Heun), k-diffusion (EDM's samplers and
preconditioning, which BESO uses), LeRobot (sampling loops of SmolVLA, pi0 and Diffusion Policy). Shortcut,
consistency trajectory and streaming samplers have no package; their rules are written out here in
PyTorch, the last one over diffusers' DDPM step row by row.

Arrays are base64 of little-endian float32. Run from anywhere, with the packages of requirements.txt:
python make_reference_steps.py
"""

import base64
import importlib.util
import json
import math
import sys
import types
from pathlib import Path

import numpy as np
import torch
from diffusers import (
    CMStochasticIterativeScheduler,
    DDIMScheduler,
    DDPMScheduler,
    EDMEulerScheduler,
    FlowMatchHeunDiscreteScheduler,
)
from diffusers.schedulers import (
    scheduling_consistency_models,
    scheduling_ddim,
    scheduling_ddpm,
)

SIZE = 12
TRAIN_TIMESTEPS = 100


def power(base: torch.Tensor, exponent: float, original=torch.Tensor.__pow__) -> torch.Tensor:
    """`base ** exponent` rounded correctly: PyTorch's vector library is off by a unit on some machines."""
    if base.dtype != torch.float32:
        return original(base, exponent)
    return torch.from_numpy(np.asarray(base.numpy().astype(np.float64) ** exponent, np.float32))


torch.Tensor.__pow__ = power


def encode(values) -> str:
    """base64 of float32."""
    array = np.ascontiguousarray(np.asarray(values, dtype="<f4"))
    return base64.b64encode(array.tobytes()).decode()


class Recorder:
    """The network and everything that passes through a sampler."""

    def __init__(self, seed: int, shape: tuple = (1, SIZE)) -> None:
        self.rng = np.random.default_rng(seed)
        self.shape = shape
        self.bias = self.draw() * 0.4
        self.inputs, self.times, self.spans, self.outputs = [], [], [], []
        self.noises, self.after = [], []

    def draw(self) -> torch.Tensor:
        """Unit noise from NumPy, whose stream is the same on every machine."""
        return torch.from_numpy(self.rng.standard_normal(self.shape).astype(np.float32))

    def noise(self, *_, **__) -> torch.Tensor:
        """Stands in for the random draws of a reference."""
        value = self.draw()
        self.noises[-1] = value.clone()
        return value

    def model(self, x: torch.Tensor, time, span: float = 0.0) -> torch.Tensor:
        """The network's answer; `time` is what the reference hands to it."""
        scalar = float(torch.as_tensor(time).reshape(-1)[0])
        output = torch.tanh(0.7 * x + self.bias) + 0.2 * math.sin(scalar)
        output = output.to(torch.float32)
        self.inputs.append(x.clone())
        times = torch.as_tensor(time, dtype=torch.float32).reshape(-1)
        self.times.append(times if len(times) > 1 and len(times) == self.shape[0] else times[:1])
        self.spans.append(span)
        self.outputs.append(output.clone())
        self.noises.append(None)
        return output

    def case(self, name: str, reference: str, sampler: dict, initial: torch.Tensor, **extra) -> dict:
        return {
            "name": name,
            "reference": reference,
            "sampler": sampler,
            "ulp": 1,
            "initial": encode(initial),
            "inputs": encode(torch.stack(self.inputs)),
            "times": encode(torch.stack(self.times)),
            "spans": encode(self.spans),
            "outputs": encode(torch.stack(self.outputs)),
            "noises": [None if n is None else encode(n) for n in self.noises],
            "after": encode(torch.stack(self.after)),
            **extra,
        }


def diffusion(kind: str, prediction: str, **change) -> dict:
    """One run of diffusers' DDIM or DDPM; a network of scores is turned into one of noise for it."""
    spec = {
        "type": kind,
        "train_timesteps": TRAIN_TIMESTEPS,
        "beta_schedule": "squaredcos_cap_v2",
        "prediction": prediction,
        "steps": 10,
        "clip": 1.0,
        "spacing": "leading",
        **change,
    }
    eta = spec.get("eta", 0.0)
    make = {"ddim": DDIMScheduler, "ddpm": DDPMScheduler}[kind]
    scheduler = make(
        num_train_timesteps=TRAIN_TIMESTEPS,
        beta_schedule=spec["beta_schedule"],
        prediction_type="epsilon" if prediction == "score" else prediction,
        clip_sample=spec["clip"] is not None,
        clip_sample_range=spec["clip"] or 1.0,
        timestep_spacing=spec["spacing"],
        steps_offset=spec.get("offset", 0),
        **({"variance_type": spec["variance"]} if "variance" in spec else {}),
    )
    scheduler.set_timesteps(spec["steps"])
    run = Recorder(7)
    scheduling_ddpm.randn_tensor = scheduling_ddim.randn_tensor = run.noise
    initial = x = run.draw()
    for t in scheduler.timesteps:
        output = run.model(x, t)
        if prediction == "score":
            output = -((1 - scheduler.alphas_cumprod[t]) ** 0.5) * output
        if spec.get("variance", "").startswith("learned"):
            # A variance itself, or where it lies between the least (-1) and the greatest (1).
            learned = torch.tanh(1.3 * x - run.bias)
            if spec["variance"] == "learned":
                learned = 0.03 * (1 + learned)
            output = torch.cat([output, learned], dim=1)
            run.outputs[-1] = output.clone()
        if kind == "ddim":
            clipped = spec.get("reclip_epsilon", False)
            step = scheduler.step(output, t, x, eta=eta, use_clipped_model_output=clipped)
        else:
            step = scheduler.step(output, t, x)
        x = step.prev_sample
        run.after.append(x)
    if kind == "ddim":
        # diffusers draws noise after the last call too, and multiplies it with 0.
        run.noises[-1] = None
    shown = {k: v for k, v in spec.items() if k not in ("type", "train_timesteps")}
    name = f"{kind} " + " ".join(f"{k}={v}" for k, v in shown.items())
    return run.case(name, "diffusers", spec, initial)


def diffusion_cases() -> list[dict]:
    cases = []
    for kind in ("ddim", "ddpm"):
        for prediction in ("epsilon", "sample", "v_prediction", "score"):
            for spacing in ("leading", "linspace", "trailing"):
                for clip in (1.0, None):
                    cases.append(diffusion(kind, prediction, spacing=spacing, clip=clip))
    for eta in (0.5, 1.0):
        for prediction in ("epsilon", "sample", "v_prediction"):
            cases.append(diffusion("ddim", prediction, eta=eta))
    cases.append(diffusion("ddim", "epsilon", eta=1.0, reclip_epsilon=True, steps=16))
    cases.append(diffusion("ddim", "v_prediction", reclip_epsilon=True))
    cases.append(diffusion("ddim", "epsilon", clip=2.5, offset=1))
    cases.append(diffusion("ddpm", "epsilon", clip=0.7, beta_schedule="linear"))
    cases.append(diffusion("ddim", "sample", beta_schedule="scaled_linear", steps=7))
    # diffusers takes the root of a logarithm in "fixed_large_log", which is no number.
    for variance in ("fixed_small_log", "fixed_large", "learned", "learned_range"):
        cases.append(diffusion("ddpm", "epsilon", variance=variance))
        cases.append(diffusion("ddpm", "sample", variance=variance, clip=None, steps=7))
    return cases


def load_k_diffusion():
    """k-diffusion's samplers without the package's training code and what that needs."""
    spec = importlib.util.find_spec("k_diffusion")
    package = types.ModuleType("k_diffusion")
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    sys.modules["k_diffusion"] = package
    return importlib.import_module("k_diffusion.sampling"), importlib.import_module(
        "k_diffusion.layers"
    )


def edm_cases() -> list[dict]:
    """EDM's samplers by k-diffusion, as BESO takes them, and by diffusers."""
    sampling, layers = load_k_diffusion()
    schedules = {
        "karras": lambda n: sampling.get_sigmas_karras(n, 0.05, 3.0, 7.0),
        "exponential": lambda n: sampling.get_sigmas_exponential(n, 0.05, 3.0),
        "linear": lambda n: sampling.append_zero(torch.linspace(3.0, 0.05, n)),
    }
    rules = {
        "edm_euler": sampling.sample_euler,
        "edm_heun": sampling.sample_heun,
        "edm_euler_ancestral": sampling.sample_euler_ancestral,
        "edm_dpmpp_2m": sampling.sample_dpmpp_2m,
    }
    cases = []

    def one(kind: str, schedule: str, prediction: str, steps: int, **options) -> None:
        run = Recorder(21)
        sigmas = schedules[schedule](steps)
        unit = run.draw()
        inner = lambda x, sigma, **_: run.model(x, sigma)
        if prediction == "preconditioned":
            network = layers.Denoiser(inner, sigma_data=0.5)
        elif prediction == "sample":
            network = inner
        elif prediction == "epsilon":
            network = lambda x, sigma: x - inner(x, sigma) * sigma[:, None]
        else:
            network = lambda x, sigma: x + inner(x, sigma) * (sigma[:, None] * sigma[:, None])

        churn = []

        def drawn(x):
            # A step begins, with what the one before led to; noise may be added before the call.
            if len(run.inputs) > 0:
                run.after.append(x.clone())
            churn.append((x.clone(), run.draw()))
            return churn[-1][1]

        def watched(x, sigma, **_):
            if churn:
                before, noise = churn.pop()
                output = network(x, sigma)
                if not torch.equal(before, x):
                    run.noises[-1] = noise
                return output
            # The sample at a call is what the call before led to.
            if len(run.inputs) > 0:
                run.after.append(x.clone())
            return network(x, sigma)

        if kind == "edm_euler_ancestral":
            options["noise_sampler"] = lambda *_: run.noise()
        torch.randn_like = drawn
        x = rules[kind](watched, unit * sigmas[0], sigmas, disable=True, **options)
        run.after.append(x)
        spec = {
            "type": kind,
            "steps": steps,
            "schedule": schedule,
            "sigma_min": 0.05,
            "sigma_max": 3.0,
            "time": "sigma",
            "prediction": prediction,
            "clip": None,
        }
        own = {key: value for key, value in options.items() if key != "noise_sampler"}
        spec |= own
        name = " ".join([kind, schedule, prediction, f"steps={steps}", *map(str, own.values())])
        cases.append(run.case(name, "k-diffusion", spec, unit, sigmas=encode(sigmas)))

    for kind in rules:
        for prediction in ("preconditioned", "sample"):
            one(kind, "karras", prediction, 6)
        one(kind, "exponential", "preconditioned", 5)
    one("edm_euler", "linear", "preconditioned", 5)
    one("edm_euler", "karras", "epsilon", 5)
    one("edm_heun", "karras", "score", 5)
    one("edm_euler_ancestral", "karras", "preconditioned", 8, eta=0.4)
    one("edm_heun", "karras", "preconditioned", 1)
    one("edm_dpmpp_2m", "karras", "preconditioned", 1)
    for kind in ("edm_euler", "edm_heun"):
        one(kind, "karras", "preconditioned", 6, s_churn=1.5)
        one(kind, "karras", "preconditioned", 6, s_churn=1.5, s_tmin=0.2, s_tmax=2.0, s_noise=1.003)
        # So much churn is cut off at the square root of two.
        one(kind, "exponential", "sample", 4, s_churn=40.0)
    one("edm_heun", "karras", "epsilon", 1, s_churn=0.2)

    scheduler = EDMEulerScheduler(sigma_min=0.002, sigma_max=80.0, sigma_data=0.5)
    scheduler.set_timesteps(8)
    run = Recorder(22)
    unit = run.draw()
    x = unit * scheduler.sigmas[0]
    for t in scheduler.timesteps:
        output = run.model(scheduler.scale_model_input(x, t), t)
        x = scheduler.step(output, t, x).prev_sample
        run.after.append(x)
    spec = {
        "type": "edm_euler",
        "steps": 8,
        "sigma_min": 0.002,
        "sigma_max": 80.0,
        "prediction": "preconditioned",
        "clip": None,
    }
    # diffusers computes these levels in float64.
    extra = {"sigmas": encode(scheduler.sigmas), "ulp": None}
    cases.append(run.case("EDMEulerScheduler", "diffusers", spec, unit, **extra))
    return cases


def consistency_cases() -> list[dict]:
    cases = []
    # diffusers counts 40 levels, and turns the order of custom ones round: 0 is the noisiest.
    for steps in (None, [20, 0], [30, 13, 5, 0]):
        scheduler = CMStochasticIterativeScheduler(sigma_min=0.002, sigma_max=80.0)
        if steps is None:
            scheduler.set_timesteps(1)
        else:
            scheduler.set_timesteps(timesteps=steps)
        run = Recorder(31)
        scheduling_consistency_models.randn_tensor = run.noise
        unit = run.draw()
        x = unit * scheduler.sigmas[0]
        for t in scheduler.timesteps:
            output = run.model(scheduler.scale_model_input(x, t), t)
            if t == scheduler.timesteps[-1]:
                # Drawn after the last call too, times √(σ² − σ_min²): 0, but for rounding.
                scheduling_consistency_models.randn_tensor = lambda *_, **__: torch.zeros(1, SIZE)
            x = scheduler.step(output, t, x).prev_sample
            run.after.append(x)
        ramp = np.array(sorted(steps or [0])) / 39
        levels = scheduler._convert_to_karras(ramp)[1:].tolist()
        spec = {
            "type": "consistency",
            "sigma_min": 0.002,
            "sigma_max": 80.0,
            "boundary": True,
            "renoise": "remaining",
            "time_factor": 250,
            "chain": {"unit": "sigma", "levels": levels},
            "clip": 1.0,
        }
        cases.append(run.case(f"consistency of {len(scheduler.timesteps)} calls", "diffusers", spec, unit))
    for levels in ([], [27, 54]):
        cases.append(trajectory_case(levels))
    return cases


def trajectory_case(levels: list[int]) -> dict:
    """Consistency trajectory model as Consistency Policy samples it: G of algorithms.md, noise between."""
    least, most, rho, bins, data = 0.02, 80.0, 7, 80, 0.5
    root = lambda s: s ** (1 / rho)
    run = Recorder(32)
    initial = x = run.draw()
    sigmas = [torch.tensor(most)]
    for level in levels:
        t = root(most) + torch.tensor(float(level)) / (bins - 1) * (root(least) - root(most))
        sigmas.append((t**rho).clamp(least, most))
    stop = torch.tensor(least)
    for i, t in enumerate(sigmas):
        skip = data**2 / (t**2 + data**2)
        out = t * data / ((t**2 + data**2) ** 0.5)
        scale = 1 / (t**2 + data**2) ** 0.5
        time, span = 0.25 * 1000 * torch.log(t), 0.25 * 1000 * torch.log(stop)
        answer = run.model(x * scale, time, float(span))
        ratio = stop / t
        x = (x * ratio + (answer * out + x * skip) * (1 - ratio)).clamp(-1.0, 1.0)
        if i + 1 < len(sigmas):
            x = x + run.noise() * sigmas[i + 1]
        run.after.append(x)
    spec = {
        "type": "consistency_trajectory",
        "chain": {"unit": "bin", "levels": levels},
        "rescale_noise": False,
        "time_factor": 250,
        "clip": 1.0,
    }
    return run.case(f"consistency trajectory of {len(sigmas)} calls", "formula", spec, initial)


def lerobot_cases() -> list[dict]:
    """LeRobot's own sampling loops around a stand-in for their networks."""
    from lerobot.policies.diffusion.modeling_diffusion import DiffusionModel, _make_noise_scheduler
    from lerobot.policies.pi0.modeling_pi0 import PI0Pytorch
    from lerobot.policies.smolvla.modeling_smolvla import VLAFlowMatching

    cases = []
    for name, loop in (("SmolVLA", VLAFlowMatching), ("pi0", PI0Pytorch)):
        for steps in (1, 4, 10):
            cases.append(lerobot_flow(name, loop, steps))
    for kind, steps in (("DDPM", 100), ("DDPM", 20), ("DDIM", 10)):
        run = Recorder(42)

        class Loop(torch.nn.Module):
            """What `conditional_sample` needs of the model around it."""

            def __init__(self) -> None:
                super().__init__()
                self.weight = torch.nn.Parameter(torch.zeros(1))
                self.config = types.SimpleNamespace()
                self.num_inference_steps = steps
                self.noise_scheduler = _make_noise_scheduler(
                    kind,
                    num_train_timesteps=TRAIN_TIMESTEPS,
                    beta_start=0.0001,
                    beta_end=0.02,
                    beta_schedule="squaredcos_cap_v2",
                    clip_sample=True,
                    clip_sample_range=1.0,
                    prediction_type="epsilon",
                )

            def unet(self, sample, t, global_cond=None):
                if len(run.inputs) > 0:
                    run.after.append(sample.clone())
                return run.model(sample, t)

        scheduling_ddpm.randn_tensor = scheduling_ddim.randn_tensor = run.noise
        initial = run.draw()
        with torch.no_grad():
            run.after.append(DiffusionModel.conditional_sample(Loop(), 1, noise=initial))
        spec = {
            "type": kind.lower(),
            "train_timesteps": TRAIN_TIMESTEPS,
            "beta_schedule": "squaredcos_cap_v2",
            "prediction": "epsilon",
            "steps": steps,
            "clip": 1.0,
            "spacing": "leading",
        }
        cases.append(run.case(f"LeRobot Diffusion {kind} steps={steps}", "lerobot", spec, initial))
    return cases


def lerobot_flow(name: str, loop: type, steps: int) -> dict:
    """`sample_actions` of a vision-language-action model whose prefix is empty."""
    run = Recorder(41)
    ones = torch.ones(1, 1, dtype=torch.bool)

    class Anything:
        """Answers every attribute and call: the prefix plays no part here."""

        def __getattr__(self, _):
            return self

        def __call__(self, *_, **__):
            return None, None

    class Loop:
        config = types.SimpleNamespace(
            num_steps=steps, num_inference_steps=steps, use_cache=True, chunk_size=1, max_action_dim=SIZE
        )
        vlm_with_expert = Anything()
        paligemma_with_expert = Anything()

        def embed_prefix(self, *_, **__):
            return torch.zeros(1, 1, 1), ones, ones

        def _prepare_attention_masks_4d(self, mask):
            return mask

        def _rtc_enabled(self):
            return False

        def denoise_step(self, *args, **kwargs):
            x = kwargs.get("x_t", args[-2] if len(args) > 1 else None)
            time = kwargs.get("timestep", args[-1] if args else None)
            if len(run.inputs) > 0:
                run.after.append(x.clone())
            return run.model(x, time)

        rtc_processor = None

    initial = run.draw()
    state = torch.zeros(1, 1)
    x = loop.sample_actions(Loop(), [], [], None, None, state, noise=initial)
    run.after.append(x)
    spec = {"type": "flow_euler", "steps": steps, "time": "one_to_zero"}
    return run.case(f"LeRobot {name} steps={steps}", "lerobot", spec, initial)


def flow_cases() -> list[dict]:
    """Heun's rule by diffusers, shortcut steps, and both conventions of Euler written out."""
    cases = []
    for steps in (2, 5):
        scheduler = FlowMatchHeunDiscreteScheduler(num_train_timesteps=1000, shift=1.0)
        scheduler.set_timesteps(steps)
        # The rule itself: evenly spaced levels instead of the class's own.
        sigmas = torch.linspace(1, 0, steps + 1)
        scheduler.sigmas = torch.cat([sigmas[:1], sigmas[1:-1].repeat_interleave(2), sigmas[-1:]])
        scheduler.timesteps = scheduler.sigmas[:-1] * 1000
        run = Recorder(51)
        initial = x = run.draw()
        for i, t in enumerate(scheduler.timesteps):
            scheduler._step_index = i
            output = run.model(x, float(scheduler.sigmas[i]))
            x = scheduler.step(output, t, x).prev_sample
            run.after.append(x)
        # diffusers ends with an Euler step; Heun's second half of the last step is left out there.
        spec = {"type": "flow_heun", "steps": steps, "time": "one_to_zero"}
        cases.append(run.case(f"flow Heun steps={steps}", "diffusers", spec, initial, ulp=None))
    for convention in ("one_to_zero", "zero_to_one"):
        for steps in (1, 4, 10):
            for kind in ("flow_euler", "shortcut"):
                if kind == "shortcut" and steps == 10:
                    continue
                run = Recorder(52)
                initial = x = run.draw()
                start, sign = (1.0, -1.0) if convention == "one_to_zero" else (0.0, 1.0)
                for k in range(steps):
                    span = math.log2(steps) if kind == "shortcut" else 0.0
                    x = x + (sign / steps) * run.model(x, start + sign * k / steps, span)
                    run.after.append(x)
                spec = {"type": kind, "steps": steps, "time": convention}
                if kind == "shortcut":
                    spec["span"] = "log2"
                cases.append(run.case(f"{kind} {convention} steps={steps}", "formula", spec, initial))
    return cases


def streaming_cases() -> list[dict]:
    """Three chunks of streaming diffusion, each row stepped by diffusers' DDPM."""
    rows, start, span, width, steps = 10, 1, 4, 2, 12
    scheduler = DDPMScheduler(TRAIN_TIMESTEPS, beta_schedule="squaredcos_cap_v2")
    scheduler.set_timesteps(steps)
    times = [int(t) for t in scheduler.timesteps][::-1]
    chunks = (rows - start) // span
    chunk_of = [min(max((r - start) // span, 0), chunks - 1) for r in range(rows)]
    levels = [steps * (c + 1) // chunks - 1 for c in chunk_of]
    run = Recorder(61, (rows, width))
    draws, counts = [], []
    buffer = torch.zeros(rows, width)
    for chunk in range(3):
        draws.append(run.draw())
        if chunk == 0:
            for r, level in enumerate(levels):
                spread = (1 - scheduler.alphas_cumprod[times[level]]) ** 0.5
                buffer[r] = spread * draws[0][r]
        else:
            tail = (rows - start) % span
            kept = buffer[span : rows - tail]
            buffer = torch.cat([kept, draws[-1][len(kept) :]])
            levels = levels[span : rows - tail] + [steps - 1] * (span + tail)
            levels[:start] = [levels[start]] * start
        count = 0
        while levels[start + span - 1] >= 0:
            output = run.model(buffer, torch.tensor([float(times[v]) for v in levels]))
            noise = run.noise()
            following = []
            for r, level in enumerate(levels):
                scheduling_ddpm.randn_tensor = lambda *_, r=r, **__: noise[r : r + 1]
                step = scheduler.step(output[r : r + 1], times[level], buffer[r : r + 1])
                following.append(step.prev_sample)
            if all(level == 0 for level in levels):
                run.noises[-1] = None
            buffer = torch.cat(following)
            levels = [level - 1 for level in levels]
            run.after.append(buffer)
            count += 1
        counts.append(count)
    spec = {
        "type": "streaming",
        "train_timesteps": TRAIN_TIMESTEPS,
        "beta_schedule": "squaredcos_cap_v2",
        "prediction": "epsilon",
        "clip": 1.0,
        "steps": steps,
        "action_steps": span,
    }
    layout = {"steps": rows, "start": start}
    return [
        run.case(
            "streaming", "diffusers, row by row", spec, torch.stack(draws), layout=layout, calls=counts
        )
    ]


def main() -> None:
    cases = (
        diffusion_cases()
        + edm_cases()
        + consistency_cases()
        + flow_cases()
        + streaming_cases()
        + lerobot_cases()
    )
    target = Path(__file__).with_name("reference_steps.json")
    lines = ",\n".join(json.dumps(case) for case in cases)
    target.write_text(f"[\n{lines}\n]\n")
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
