"""Streaming diffusion: a buffer of actions that is kept from chunk to chunk, ever noisier to its end.

The buffer: two steps that were given last, clean; ten that this chunk makes clean; ten of the next.
A chunk takes five of ten noise levels away. It is asked for before the stream ends, so its first
step is due later than the observation, by a lead that depends on inference: the network sees from
the steps given last where in time it is. Training draws that lead, and it draws what comes before a
stream has begun: a buffer without a meaning yet.
"""

import numpy as np
import torch
from torch import nn

from dataset import Demonstrations, min_max
from head import Block, waves
from samplers import CLIP, LEAD_ERROR, TRAIN_TIMESTEPS, lead_error, make_ddim

GIVEN, SPAN, CHUNKS = 2, 10, 2
ROWS = GIVEN + CHUNKS * SPAN
LEVELS = 10
# Noise levels that one chunk takes away.
SHARE = LEVELS // CHUNKS
STRIDE = TRAIN_TIMESTEPS // LEVELS
# Time label of a clean row.
CLEAN = -1.0
# Share of training chunks that begin a stream, and the steps from observation to chunk in others.
BEGINNING, SHORTEST_LEAD, LONGEST_LEAD = 0.2, 1.0, 10.5
# Frames whose chunks differ less than this (rad) are of one movement, so that one goes on the other.
SAME_MOVEMENT = 0.08


def longer_chunks(data: Demonstrations, stats: dict) -> tuple[torch.Tensor, torch.Tensor]:
    """The expert's chunks over two horizons, [N,2P,J] normalised, and which rows are known [N,2P].

    What follows a chunk is taken from the frames half a horizon on, as long as those agree with it.
    """
    half = data.horizon // 2
    action = np.clip(min_max(data.action, stats["action"]), -1, 1)
    rows = np.zeros((data.frames, 2 * data.horizon, len(data.joints)), np.float32)
    known = np.zeros((data.frames, 2 * data.horizon), np.float32)
    rows[:, : 2 * half], known[:, : 2 * half] = action, 1
    agrees = np.zeros(data.frames, bool)
    now, later = np.arange(data.frames - half), np.arange(half, data.frames)
    differs = np.abs(data.action[now, half:] - data.action[later, : data.horizon - half])
    agrees[now] = (data.episode[now] == data.episode[later]) & (differs.max((1, 2)) < SAME_MOVEMENT)
    chain, at = np.ones(data.frames, bool), np.arange(data.frames)
    for begin in (2 * half, 3 * half):
        chain &= agrees[at]
        at = np.minimum(at + half, data.frames - 1)
        rows[:, begin : begin + half] = action[at, half:]
        known[:, begin : begin + half] = chain[:, None]
    # A row that is not known stands for nothing: the last known one keeps it finite.
    for row in range(1, rows.shape[1]):
        unknown = known[:, row] == 0
        rows[unknown, row] = rows[unknown, row - 1]
    return torch.from_numpy(np.nan_to_num(rows)), torch.from_numpy(known)


class StreamingProcess:
    """DDPM's noise by rows."""

    name = "streaming"
    output = "clean"
    prediction = "sample"
    time_scale = 1.0
    time_per_step = True
    sample_shape = {"steps": ROWS, "start": GIVEN}
    action_steps = SPAN
    sampler = {
        "type": "streaming",
        "train_timesteps": TRAIN_TIMESTEPS,
        "beta_schedule": "squaredcos_cap_v2",
        "prediction": prediction,
        "clip": CLIP,
        "steps": LEVELS,
        "action_steps": SPAN,
        "given": "clean",
    }

    def __init__(self):
        self.alphas = make_ddim().alphas_cumprod.clone()

    def from_clean(self, sample: torch.Tensor, clean: torch.Tensor, time: torch.Tensor):
        """The network's answer is the clean buffer."""
        return clean

    def corrupt(self, rows: torch.Tensor, known: torch.Tensor):
        """Buffers [K,ROWS,J], their times [K,ROWS], what to learn from them, and weights."""
        count, _, joints = rows.shape
        begins = (torch.rand(count) < BEGINNING)[:, None, None]
        lead = SHORTEST_LEAD + (LONGEST_LEAD - SHORTEST_LEAD) * torch.rand(count, 1)
        wanted, seen = self._moved(rows, known, lead.masked_fill(begins[:, :, 0], 0.0))
        error = lead_error(count, ROWS, joints, torch.full((count,), GIVEN))
        wanted = (wanted + error * ~begins).clamp(-CLIP, CLIP)

        level = torch.randint(0, SHARE, (count, 1))
        levels = torch.cat(
            [
                torch.where(begins[:, :, 0], level, -1).expand(-1, GIVEN),
                level.expand(-1, SPAN),
                (level + SHARE).expand(-1, SPAN),
            ],
            dim=1,
        )
        # What a buffer knows is older than the observation; at the beginning it knows nothing.
        first = (level == SHARE - 1)[:, :, None]
        forgets = torch.where(first, 1.0, 0.6 * torch.rand(count, 1, 1)) * begins
        stale = LEAD_ERROR * torch.randn(count, 1, joints) * (levels >= 0)[:, :, None]
        signal = (wanted + stale) * (1 - forgets)
        alpha = torch.where(levels >= 0, self.alphas[(levels * STRIDE).clamp(min=0)], 1.0)[:, :, None]
        noise = torch.randn_like(wanted)
        noised = alpha.sqrt() * signal + (1 - alpha).sqrt() * noise
        fresh = (levels == LEVELS - 1)[:, :, None] & ~begins
        noised = torch.where(fresh, noise, noised)
        time = torch.where(levels >= 0, levels * float(STRIDE), CLEAN)
        weight = torch.ones(ROWS)
        weight[:GIVEN], weight[GIVEN + SPAN :] = 0.1, 0.4
        learns = seen * weight * (levels >= 0)
        return noised, time, wanted, learns[:, :, None]

    def _moved(self, rows: torch.Tensor, known: torch.Tensor, lead: torch.Tensor):
        """The rows that the buffer stands for, between two of the expert's where it has to."""
        at = lead + torch.arange(ROWS) - GIVEN
        low = at.floor().long().clamp(0, rows.shape[1] - 2)
        share = (at - low)[:, :, None]
        pick = lambda index: rows.gather(1, index[:, :, None].expand(-1, -1, rows.shape[2]))
        wanted = pick(low) * (1 - share) + pick(low + 1) * share
        return wanted, known.gather(1, low + 1)

    def noise(self, count: int, shape: tuple[int, int], generator: torch.Generator):
        """What the first chunk draws: the buffer, then the noise of each step."""
        return torch.randn(1 + SHARE, count, *shape, generator=generator)

    @torch.no_grad()
    def sample(self, network, noise: torch.Tensor, condition: torch.Tensor):
        """The first chunk of a stream [K,SPAN,J], by DDPM of every row."""
        levels = torch.tensor([SHARE - 1] * (GIVEN + SPAN) + [LEVELS - 1] * SPAN)
        column = lambda level: self.alphas[level * STRIDE][None, :, None]
        x = (1 - column(levels)).sqrt() * noise[0]
        for step in range(SHARE):
            now, after = column(levels), column((levels - 1).clamp(min=0))
            after = torch.where((levels == 0)[None, :, None], torch.ones(()), after)
            time = (levels * float(STRIDE)).expand(x.shape[:2])
            clean = network(x, time, condition).clamp(-CLIP, CLIP)
            kept = now / after
            x = (
                after.sqrt() * (1 - kept) / (1 - now) * clean
                + kept.sqrt() * (1 - after) / (1 - now) * x
                + ((1 - after) / (1 - now) * (1 - kept)).sqrt() * noise[step + 1]
            )
            levels = levels - 1
        return x[:, GIVEN : GIVEN + SPAN].clamp(-CLIP, CLIP)


class StreamHead(nn.Module):
    """Predicts the clean buffer [K,ROWS,J] from one with noise.

    Written as differences from the step given last, or from the measured state where none was.
    """

    def __init__(self, condition: int, joints: int, width: int = 384):
        super().__init__()
        self.shape = (ROWS, joints)
        self.joints = joints
        flat = ROWS * joints
        self.register_buffer("frequencies", 2.0 ** torch.arange(4) * torch.pi / 2)
        self.read = nn.Linear(condition, width)
        self.enter = nn.Linear(flat + GIVEN * joints, width)
        self.time = nn.Sequential(nn.Linear(8 * ROWS, 128), nn.SiLU(), nn.Linear(128, width))
        self.blocks = nn.ModuleList(Block(width) for _ in range(3))
        self.leave = nn.Sequential(nn.LayerNorm(width), nn.SiLU(), nn.Linear(width, flat))
        nn.init.zeros_(self.leave[2].weight)
        nn.init.zeros_(self.leave[2].bias)
        self.register_buffer("state_gain", torch.ones(joints))
        self.register_buffer("state_shift", torch.zeros(joints))
        self.register_buffer("delta_mean", torch.zeros(ROWS, joints))
        self.register_buffer("delta_scale", torch.ones(ROWS, joints))

    def encode(self, condition: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What depends on the observation alone: context [K,width] and the measured state."""
        newest = condition[:, -self.joints :] * self.state_gain + self.state_shift
        return self.read(condition), newest[:, None, :]

    def base(self, sample, time, newest) -> torch.Tensor:
        """What the buffer goes on from, [K,1,J]."""
        return torch.where(time[:, :1, None] < 0, sample[:, GIVEN - 1 : GIVEN], newest)

    def predict(self, sample, time, context, newest) -> torch.Tensor:
        """Clean buffer; `time` [K,ROWS] in training timesteps, -1 of a clean row."""
        base = self.base(sample, time, newest)
        given = time[:, :GIVEN, None] < 0
        ahead = torch.where(given, 10 * (sample[:, :GIVEN] - newest), torch.zeros(()))
        phase = (time + 1) / TRAIN_TIMESTEPS
        both = context + self.time(waves(phase, self.frequencies))
        x = self.enter(torch.cat([sample - base, ahead], dim=1).flatten(1)) + both
        for block in self.blocks:
            x = block(x, both)
        return base + self.delta_mean + self.leave(x).unflatten(1, self.shape) * self.delta_scale
