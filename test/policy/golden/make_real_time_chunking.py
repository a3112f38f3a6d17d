"""Write real_time_chunking.json: what the reference implementations make of a velocity.

    python make_real_time_chunking.py lerobot FLOW_MATCHING_PY     (lerobot 0.4.4, torch)
    python make_real_time_chunking.py kinetix MODEL_PY             (jax 0.10.2, flax 0.12.8, einops)

`lerobot`: RTCProcessor.denoise_step of the package, and the hard prefix of `euler_integrate`, which
is in lerobot/policies/common/flow_matching.py since commit 7427f31. `kinetix`: `realtime_action` of
src/model.py of Physical-Intelligence/real-time-chunking-kinetix, commit cc6c5f5. Each run replaces
its own part of the file. The network is a stand-in that a test can compute and differentiate:

    velocity = tanh(matrix · x + offset + slope · time)        x flattened, row by row

Fields of a step: `time` given to the network, `x` before it, `velocity` of the network, `guided`
what the reference makes of it.
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np

STEPS, JOINTS = 10, 3
SIZE = STEPS * JOINTS
FILE = Path(__file__).with_name("real_time_chunking.json")


def numbers(values) -> list:
    """Shortest decimals that give the same float32."""
    return [float(np.format_float_positional(v)) for v in np.asarray(values, np.float32).ravel()]


def network(seed: int) -> dict:
    random = np.random.default_rng(seed)
    return {
        "matrix": (random.normal(size=(SIZE, SIZE)) / np.sqrt(SIZE)).astype(np.float32),
        "offset": random.normal(size=SIZE).astype(np.float32),
        "slope": random.normal(size=SIZE).astype(np.float32),
    }


def load(path: str):
    spec = importlib.util.spec_from_file_location("reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def from_lerobot(path: str) -> dict:
    import torch
    from lerobot.configs.types import RTCAttentionSchedule
    from lerobot.policies.rtc.configuration_rtc import RTCConfig
    from lerobot.policies.rtc.modeling_rtc import RTCProcessor

    integrate = load(path).euler_integrate
    made = network(1)
    matrix, offset, slope = (torch.from_numpy(made[k]) for k in ("matrix", "offset", "slope"))
    generator = torch.Generator().manual_seed(3)
    noise = torch.randn(1, STEPS, JOINTS, generator=generator)
    old = torch.randn(1, STEPS, JOINTS, generator=generator) * 0.5

    def velocity(x, time):
        return torch.tanh(x.reshape(-1) @ matrix.T + offset + slope * time).reshape(x.shape)

    weights, cases = [], []
    for schedule in RTCAttentionSchedule:
        processor = RTCProcessor(RTCConfig(prefix_attention_schedule=schedule))
        for delay, end in ((0, 10), (3, 8), (4, 4), (6, 3), (2, 10), (0, 0), (9, 10)):
            row = processor.get_prefix_weights(delay, end, STEPS)
            name = schedule.value.lower()
            weights.append({"schedule": name, "delay": delay, "end": end, "weights": numbers(row)})
        for delay, end, beta in ((3, 8, 10.0), (1, 10, 5.0)):
            processor = RTCProcessor(
                RTCConfig(prefix_attention_schedule=schedule, max_guidance_weight=beta)
            )
            x, steps, count = noise.clone(), [], 10
            for k in range(count):
                time = 1.0 + k * (-1.0 / count)
                v = velocity(x, time)
                guided = processor.denoise_step(
                    x_t=x,
                    prev_chunk_left_over=old,
                    inference_delay=delay,
                    time=time,
                    original_denoise_step_partial=lambda _x, given=v: given.clone(),
                    execution_horizon=end,
                )
                steps.append(
                    {"time": time, "x": numbers(x), "velocity": numbers(v), "guided": numbers(guided)}
                )
                x = x + (-1.0 / count) * guided
            case = {"schedule": schedule.value.lower(), "delay": delay, "end": end, "beta": beta}
            cases.append({**case, "steps": steps, "actions": numbers(x)})

    seen = []
    mask = (torch.arange(STEPS) < 4)[None, :, None].expand(1, STEPS, JOINTS)

    def denoise(x, times):
        # Every step has its own time here.
        v = torch.tanh(
            x.reshape(-1) @ matrix.T + offset + slope * times.repeat_interleave(JOINTS)
        ).reshape(x.shape)
        seen.append({"times": numbers(times), "x": numbers(x), "velocity": numbers(v)})
        return v

    actions = integrate(denoise, noise, 5, hard_prefix=old * mask, hard_prefix_mask=mask)
    prefix = {"delay": 4, "steps": seen, "actions": numbers(actions)}
    return {
        "network": {k: numbers(v) for k, v in made.items()},
        "noise": numbers(noise),
        "old": numbers(old),
        "weights": weights,
        "cases": cases,
        "prefix": prefix,
    }


def from_kinetix(path: str) -> dict:
    import jax
    import jax.numpy as jnp

    reference = load(path)
    made = network(2)

    class Network:
        action_chunk_size = STEPS
        action_dim = JOINTS

        def __call__(self, _obs, x, time):
            flat = x.reshape(x.shape[0], -1)
            made_of = flat @ made["matrix"].T + made["offset"] + made["slope"] * time
            return jnp.tanh(made_of).reshape(x.shape)

    trail = []

    def scan(step, carry, _xs=None, length=0):
        """jax.lax.scan as a loop that keeps what goes through it."""
        trail.clear()
        carry = jax.tree.map(jnp.asarray, carry)
        for _ in range(length):
            trail.append(carry)
            carry, _ = step(carry, None)
        return carry, None

    reference.jax.lax.scan = scan
    key = jax.random.key(5)
    noise = jax.random.normal(key, shape=(1, STEPS, JOINTS))
    old = np.random.default_rng(6).normal(size=(1, STEPS, JOINTS)).astype(np.float32) * 0.5
    weights, cases = [], []
    for schedule in ("zeros", "ones", "linear", "exp"):
        for delay, end in ((0, 10), (3, 8), (4, 4), (6, 3), (2, 10), (0, 0), (9, 10)):
            row = reference.get_prefix_weights(delay, end, STEPS, schedule)
            weights.append(
                {"schedule": schedule, "delay": delay, "end": end, "weights": numbers(row)}
            )
        for delay, end, beta in ((3, 7, 5.0), (1, 9, 10.0)):
            actions = reference.FlowPolicy.realtime_action(
                Network(), key, jnp.zeros((1, 1)), 5, old, delay, end, schedule, beta
            )
            samples = [np.asarray(x) for x, _ in trail] + [np.asarray(actions)]
            steps = [
                {
                    "time": float(trail[k][1]),
                    "x": numbers(samples[k]),
                    "guided": numbers((samples[k + 1].astype(float) - samples[k]) * 5),
                }
                for k in range(5)
            ]
            case = {"schedule": schedule, "delay": delay, "end": end, "beta": beta}
            cases.append({**case, "steps": steps, "actions": numbers(actions)})
    return {
        "network": {k: numbers(v) for k, v in made.items()},
        "noise": numbers(noise),
        "old": numbers(old),
        "weights": weights,
        "cases": cases,
    }


def main() -> None:
    name, path = sys.argv[1:]
    parts = json.loads(FILE.read_text()) if FILE.exists() else {}
    parts[name] = {"lerobot": from_lerobot, "kinetix": from_kinetix}[name](path)
    FILE.write_text(json.dumps(dict(sorted(parts.items()))) + "\n")


if __name__ == "__main__":
    main()
