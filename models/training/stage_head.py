"""Stage 2: train a chunk head (flow or diffusion) on the cached features of all frames."""

from pathlib import Path

import numpy as np
import torch

from common import Average, Budget, cosine_rate, load, save
from dataset import Demonstrations, min_max
from head import ChunkHead
from stage_encoder import delta_targets

BATCH = 512
NOISES = 2  # noised copies of each chunk in a batch; the observation is read once for all of them
PEAK_RATE = 1.5e-3
FEATURE_NOISE = 0.05
STATE_NOISE = 0.003  # rad
TAIL_WEIGHT = 0.35  # weight of the last step of a chunk relative to the first


def conditions(features: torch.Tensor, state: torch.Tensor, data: Demonstrations, frames):
    """[n, 2·(F+J)]: (features, state) of the step before, then of the newest."""
    before = data.previous[frames]
    return torch.cat([features[before], state[before], features[frames], state[frames]], dim=1)


def make_head(data: Demonstrations, stats: dict, features: int) -> ChunkHead:
    """A head with its fixed scales set from the data."""
    joints = len(data.joints)
    head = ChunkHead(2 * (features + joints), data.horizon, joints)
    _, mean, scale = delta_targets(data, stats)
    of = lambda key, end: torch.tensor(stats[key][end], dtype=torch.float32)
    state_low, state_high = of("observation.state", "min"), of("observation.state", "max")
    low, high = of("action", "min"), of("action", "max")
    head.state_gain.copy_((state_high - state_low) / (high - low))
    head.state_shift.copy_((state_low + state_high - low - high) / (high - low))
    head.delta_mean.copy_(torch.from_numpy(mean))
    head.delta_scale.copy_(torch.from_numpy(scale))
    return head


def train_head(
    run: Path,
    data: Demonstrations,
    stats: dict,
    features: torch.Tensor,
    process,
    minutes: float,
    fresh: bool,
) -> ChunkHead:
    """Train, or go on from run/<flow|diffusion>.pt; the averaged head is returned."""
    path = run / f"{process.name}.pt"
    head = make_head(data, stats, features.shape[1])
    known = load(path)
    budget = Budget(minutes)
    peak = PEAK_RATE
    if known is not None:
        head.load_state_dict(known["weights"])
        if fresh:
            peak = PEAK_RATE * 0.7
        else:
            budget = Budget(minutes, known["used"])
    average = Average(head)
    optimizer = torch.optim.AdamW(head.parameters(), lr=peak, weight_decay=1e-3)
    action = torch.from_numpy(np.clip(min_max(data.action, stats["action"]), -1, 1))
    state = torch.from_numpy(min_max(data.state, stats["observation.state"]))
    span = torch.tensor(stats["observation.state"]["max"]) - torch.tensor(
        stats["observation.state"]["min"]
    )
    width = features.shape[1]
    noise_scale = torch.cat([torch.full((width,), FEATURE_NOISE), STATE_NOISE * 2 / span]).repeat(2)
    weight = torch.linspace(1, TAIL_WEIGHT, data.horizon)[:, None]
    random = np.random.default_rng(int(budget.used) + 2)
    share, step, running, report_at = budget.tick(), 0, 0.0, 0.2
    while share < 1:
        for group in optimizer.param_groups:
            group["lr"] = cosine_rate(share, peak)
        frames = random.choice(data.train, BATCH)
        condition = conditions(features, state, data, frames)
        condition = condition + noise_scale * torch.randn_like(condition)
        context, proposal = head.encode(condition)
        clean = action[frames].repeat(NOISES, 1, 1)
        time = process.draw_time(len(clean))
        noised = process.mix(clean, torch.randn_like(clean), time)
        copies = context.repeat(NOISES, 1), proposal.repeat(NOISES, 1, 1)
        found = head.predict(noised, time / process.time_scale, *copies)
        loss = (((found - clean) / head.delta_scale).square() * weight).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(head.parameters(), 1.0)
        optimizer.step()
        average.update(head)
        running += 0.01 * (loss.item() - running) if step else loss.item()
        step += 1
        share = budget.tick()
        if share >= report_at or share >= 1:
            report_at += 0.2
            print(f"{process.name} {share:4.0%} step {step} loss {running:.5f}", flush=True)
            save(path, {"weights": average.module.state_dict(), "used": budget.used})
            budget.pause()
    return average.module.eval() if step else head.eval()
