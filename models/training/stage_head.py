"""Stage 2: train a chunk head on the cached features of all frames."""

from pathlib import Path

import numpy as np
import torch

from common import Average, Budget, cosine_rate, load, save
from dataset import Demonstrations, min_max
from head import ChunkHead
from samplers import DiffusionProcess, FlowProcess, PrefixProcess
from stage_encoder import delta_targets
from streaming import StreamHead, StreamingProcess, longer_chunks

PROCESSES = {
    process.name: process
    for process in (FlowProcess, DiffusionProcess, PrefixProcess, StreamingProcess)
}
# A head begins with the weights of another where that is trained already.
BEGINS_WITH = {"prefix": "flow"}
BATCH = 512
NOISES = 2  # noised copies of each chunk in a batch; the observation is read once for all of them
PEAK_RATE = 1.5e-3
FEATURE_NOISE = 0.05
STATE_NOISE = 0.003  # rad
MOST_STEPS_AGO = 6  # from the observation of the chunk that is executed to the newest
TAIL_WEIGHT = 0.35  # weight of the last step of a chunk relative to the first


def conditions(features: torch.Tensor, state: torch.Tensor, data: Demonstrations, frames):
    """[n, 2·(F+J)]: (features, state) of the step before, then of the newest."""
    before = data.previous[frames]
    return torch.cat([features[before], state[before], features[frames], state[frames]], dim=1)


def make_head(data: Demonstrations, stats: dict, features: int, process) -> ChunkHead | StreamHead:
    """A head with its fixed scales set from the data."""
    joints = len(data.joints)
    condition = 2 * (features + joints)
    of = lambda key, end: torch.tensor(stats[key][end], dtype=torch.float32)
    state_low, state_high = of("observation.state", "min"), of("observation.state", "max")
    low, high = of("action", "min"), of("action", "max")
    if isinstance(process, StreamingProcess):
        head = StreamHead(condition, joints)
    else:
        head = ChunkHead(condition, data.horizon, joints, process.time_per_step)
        _, mean, scale = delta_targets(data, stats)
        head.delta_mean.copy_(torch.from_numpy(mean))
        head.delta_scale.copy_(torch.from_numpy(scale))
    head.state_gain.copy_((state_high - state_low) / (high - low))
    head.state_shift.copy_((state_low + state_high - low - high) / (high - low))
    return head


class Task:
    """What a head learns: the expert's chunks of all frames under one process."""

    def __init__(self, data: Demonstrations, stats: dict, process):
        self.process = process
        self.random = np.random.default_rng(4)
        self.data = data
        if isinstance(process, StreamingProcess):
            self.tables = longer_chunks(data, stats)
        else:
            action = torch.from_numpy(np.clip(min_max(data.action, stats["action"]), -1, 1))
            self.tables = (action,)
        rows = process.sample_shape["steps"] if process.sample_shape else data.horizon
        self.falling = torch.linspace(1, TAIL_WEIGHT, rows)[:, None]

    def draw(self, frames: np.ndarray):
        """NOISES noised chunks of each frame, times, wanted chunks, and weights of the loss."""
        tables = [table[frames] for table in self.tables]
        if isinstance(self.process, PrefixProcess):
            tables.append(self._earlier(frames))
        copies = (table.repeat(NOISES, *[1] * (table.dim() - 1)) for table in tables)
        noised, time, wanted, weight = self.process.corrupt(*copies)
        return noised, time, wanted, weight * self.falling

    def _earlier(self, frames: np.ndarray) -> torch.Tensor:
        """What the expert's chunk of up to MOST_STEPS_AGO frames ago had for these chunks' times."""
        (action,) = self.tables
        ago = self.random.integers(1, MOST_STEPS_AGO + 1, len(frames))
        source = np.maximum(frames - ago, 0)
        same = self.data.episode[source] == self.data.episode[frames]
        ago = np.where(same & np.isfinite(self.data.action[source]).all((1, 2)), ago, 0)
        rows = np.minimum(np.arange(self.data.horizon) + ago[:, None], self.data.horizon - 1)
        return action[(frames - ago)[:, None], rows]

    @torch.no_grad()
    def measure_deltas(self, head: StreamHead, state: torch.Tensor, frames: np.ndarray) -> None:
        """Mean and scale of what a stream's head adds to the step given last."""
        newest = (state[frames] * head.state_gain + head.state_shift)[:, None, :].repeat(NOISES, 1, 1)
        noised, time, wanted, weight = self.draw(frames)
        delta = wanted - head.base(noised, time, newest)
        share = (weight > 0) / (weight > 0).sum(0).clamp(min=1)
        mean = (delta * share).sum(0)
        spread = ((delta - mean).square() * share).sum(0)
        head.delta_mean.copy_(mean)
        head.delta_scale.copy_((spread + 0.02**2).sqrt())


def begin_with(head: ChunkHead | StreamHead, run: Path, process) -> tuple[float, bool]:
    """Weights so far, from this process or a related one: seconds trained, and whether any."""
    known = load(run / f"{process.name}.pt")
    if known is not None:
        head.load_state_dict(known["weights"])
        return known["used"], True
    related = load(run / f"{BEGINS_WITH.get(process.name, process.name)}.pt")
    if related is None:
        return 0.0, False
    head.load_state_dict(head.times_from(related["weights"]))
    return 0.0, True


def train_head(
    run: Path,
    data: Demonstrations,
    stats: dict,
    features: torch.Tensor,
    process,
    minutes: float,
    fresh: bool,
) -> None:
    """Train run/<name of the process>.pt, or go on with it."""
    path = run / f"{process.name}.pt"
    head = make_head(data, stats, features.shape[1], process)
    task = Task(data, stats, process)
    state = torch.from_numpy(min_max(data.state, stats["observation.state"]))
    random = np.random.default_rng(2)
    if isinstance(head, StreamHead):
        task.measure_deltas(head, state, random.choice(data.train, 10_000))
    used, trained = begin_with(head, run, process)
    budget = Budget(minutes, 0.0 if fresh else used)
    peak = PEAK_RATE * (0.7 if trained and budget.used == 0 else 1)
    random = np.random.default_rng(int(budget.used) + 2)
    average = Average(head)
    optimizer = torch.optim.AdamW(head.parameters(), lr=peak, weight_decay=1e-3)
    span = torch.tensor(stats["observation.state"]["max"]) - torch.tensor(
        stats["observation.state"]["min"]
    )
    width = features.shape[1]
    noise_scale = torch.cat([torch.full((width,), FEATURE_NOISE), STATE_NOISE * 2 / span]).repeat(2)
    share, step, running, report_at = budget.tick(), 0, 0.0, 0.1
    while share < 1:
        for group in optimizer.param_groups:
            group["lr"] = cosine_rate(share, peak)
        frames = random.choice(data.train, BATCH)
        condition = conditions(features, state, data, frames)
        condition = condition + noise_scale * torch.randn_like(condition)
        observed = (part.repeat(NOISES, *[1] * (part.dim() - 1)) for part in head.encode(condition))
        noised, time, wanted, weight = task.draw(frames)
        found = head.predict(noised, time / process.time_scale, *observed)
        loss = (((found - wanted) / head.delta_scale).square() * weight).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(head.parameters(), 1.0)
        optimizer.step()
        average.update(head)
        running += 0.01 * (loss.item() - running) if step else loss.item()
        step += 1
        share = budget.tick()
        if share >= report_at or share >= 1:
            report_at = share + 0.1
            print(f"{process.name} {share:4.0%} step {step} loss {running:.5f}", flush=True)
            save(path, {"weights": average.module.state_dict(), "used": budget.used})
            budget.pause()
