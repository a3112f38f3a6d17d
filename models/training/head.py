"""The chunk head: noised chunk, time and condition → velocity (flow) or noise (diffusion).

The network itself predicts the clean chunk and the graph converts: near-deterministic actions are
learnt much faster so, and both conversions are exact at the last sampler step. The clean chunk is
written as the newest measured state plus a scaled difference, because the expert's targets start
from where the arm is.
"""

import torch
from torch import nn


class Block(nn.Module):
    """Residual perceptron block; `context` is added to the normalised input where it is given."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.body = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        nn.init.zeros_(self.body[2].weight)
        nn.init.zeros_(self.body[2].bias)

    def forward(self, x: torch.Tensor, context: torch.Tensor | None = None) -> torch.Tensor:
        inner = self.norm(x)
        return x + self.body(inner if context is None else inner + context)


def waves(phase: torch.Tensor, frequencies: torch.Tensor) -> torch.Tensor:
    """Sines and cosines [K, 2·F·steps] of the times [K] or [K, steps]."""
    angles = phase.reshape(phase.shape[0], -1, 1) * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=2).flatten(1)


# Steps over which what a chunk goes on from fades into what the observation asks for.
RETURN_STEPS = 2.0


def fading(rows: int, held: torch.Tensor) -> torch.Tensor:
    """1 before step `held` [K], then falling, without a bend where it begins to; [K,rows,1]."""
    behind = (torch.arange(rows) - held[:, None] + 1).clamp(min=0) / RETURN_STEPS
    return ((1 + behind) * (-behind).exp())[:, :, None]


class ChunkHead(nn.Module):
    """Predicts the clean normalised chunk [K,P,J].

    A wide trunk reads the observation once and proposes a chunk; a narrow denoiser corrects it
    towards what the noised chunk shows. So most of the work is shared by all noised copies.
    """

    def __init__(
        self,
        condition: int,
        horizon: int,
        joints: int,
        time_per_step: bool = False,
        width: int = 448,
        narrow: int = 192,
    ):
        super().__init__()
        self.shape = (horizon, joints)
        self.joints = joints
        flat = horizon * joints
        self.read = nn.Linear(condition, width)
        self.trunk = nn.ModuleList(Block(width) for _ in range(2))
        self.propose = nn.Sequential(nn.LayerNorm(width), nn.SiLU(), nn.Linear(width, flat))
        self.context = nn.Sequential(nn.LayerNorm(width), nn.SiLU(), nn.Linear(width, narrow))
        self.register_buffer("frequencies", 2.0 ** torch.arange(8) * torch.pi / 2)
        times = horizon if time_per_step else 1
        self.time = nn.Sequential(nn.Linear(16 * times, narrow), nn.SiLU(), nn.Linear(narrow, narrow))
        self.enter = nn.Linear(flat, narrow)
        self.blocks = nn.ModuleList(Block(narrow) for _ in range(2))
        self.leave = nn.Linear(narrow, flat)
        for last in (self.propose[2], self.leave):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        # Normalised state → the same joint position in the action's normalisation.
        self.register_buffer("state_gain", torch.ones(joints))
        self.register_buffer("state_shift", torch.zeros(joints))
        # Mean and scale of (action − state) in normalised units, for each step and joint.
        self.register_buffer("delta_mean", torch.zeros(horizon, joints))
        self.register_buffer("delta_scale", torch.ones(horizon, joints))

    def times_from(self, weights: dict) -> dict:
        """Weights of a head with one time for the whole chunk as those of one with as many as steps.

        Both give the same where all times are the same.
        """
        times = self.time[0].in_features // weights["time.0.weight"].shape[1]
        return {**weights, "time.0.weight": weights["time.0.weight"].repeat(1, times) / times}

    def encode(self, condition: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What depends on the observation alone: context [K,narrow] and proposal [K,P,J]."""
        x = self.read(condition)
        for block in self.trunk:
            x = block(x)
        newest = condition[:, -self.joints :] * self.state_gain + self.state_shift
        delta = self.delta_mean + self.propose(x).unflatten(1, self.shape) * self.delta_scale
        return self.context(x), newest[:, None, :] + delta

    def predict(self, sample, phase, context, proposal) -> torch.Tensor:
        """Clean chunk from a noised one; `phase` is the time in 0..1, [K], or [K,P] of each step."""
        both = context + self.time(waves(phase, self.frequencies))
        x = self.enter(sample.flatten(1)) + both
        for block in self.blocks:
            x = block(x, both)
        clean = proposal + self.leave(x).unflatten(1, self.shape) * self.delta_scale
        return clean if phase.dim() == 1 else self.led_on(clean, sample, phase)

    def led_on(self, clean, sample, phase) -> torch.Tensor:
        """The chunk going on from where its steps at time 0 end, whatever the network makes of them."""
        held = (phase <= 0).to(clean.dtype)
        last = held - torch.cat([held[:, 1:], torch.zeros_like(held[:, :1])], dim=1)
        seam = ((sample - clean) * last[:, :, None]).sum(1, keepdim=True)
        return clean + seam * fading(self.shape[0], held.sum(1))


class Denoiser(nn.Module):
    """The exported graph: (sample [K,P,J], time [K] or [K,P], condition [K,C]) → [K,P,J]."""

    def __init__(self, head: ChunkHead, process):
        super().__init__()
        self.head = head
        self.process = process

    def forward(self, sample, time, condition):
        context, proposal = self.head.encode(condition)
        clean = self.head.predict(sample, time / self.process.time_scale, context, proposal)
        return self.process.from_clean(sample, clean, time)
