"""The chunk head: noised chunk, time and condition → velocity (flow) or noise (diffusion).

The network itself predicts the clean chunk and the graph converts: near-deterministic actions are
learnt much faster so, and both conversions are exact at the last sampler step. The clean chunk is
written as the newest measured state plus a scaled difference, because the expert's targets start
from where the arm is.
"""

import torch
from torch import nn


class FilmBlock(nn.Module):
    """Residual perceptron block, modulated by the context."""

    def __init__(self, width: int, context: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.film = nn.Linear(context, 2 * width)
        self.body = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        nn.init.zeros_(self.body[2].weight)
        nn.init.zeros_(self.body[2].bias)

    def forward(self, x: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        scale, shift = self.film(context).chunk(2, dim=-1)
        return x + self.body(self.norm(x) * (1 + scale) + shift)


class ChunkHead(nn.Module):
    """Predicts the clean normalised chunk [K,P,J]."""

    def __init__(self, condition: int, horizon: int, joints: int, width: int = 256):
        super().__init__()
        self.shape = (horizon, joints)
        self.joints = joints
        flat = horizon * joints
        self.read = nn.Linear(condition, 384)
        self.trunk = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(384), nn.Linear(384, 384), nn.SiLU(), nn.Linear(384, 384))
            for _ in range(2)
        )
        self.context = nn.Sequential(nn.SiLU(), nn.Linear(384, width), nn.SiLU())
        self.register_buffer("frequencies", 2.0 ** torch.arange(8) * torch.pi / 2)
        self.time = nn.Sequential(nn.Linear(16, width), nn.SiLU(), nn.Linear(width, width))
        self.enter = nn.Linear(flat, width)
        self.blocks = nn.ModuleList(FilmBlock(width, width) for _ in range(3))
        self.leave = nn.Linear(width, flat)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)
        # Normalised state → the same joint position in the action's normalisation.
        self.register_buffer("state_gain", torch.ones(joints))
        self.register_buffer("state_shift", torch.zeros(joints))
        # Mean and scale of (action − state) in normalised units, for each step and joint.
        self.register_buffer("delta_mean", torch.zeros(horizon, joints))
        self.register_buffer("delta_scale", torch.ones(horizon, joints))

    def encode(self, condition: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What depends on the observation alone: context [K,width] and start chunk [K,P,J]."""
        x = self.read(condition)
        for layer in self.trunk:
            x = x + layer(x)
        newest = condition[:, -self.joints :] * self.state_gain + self.state_shift
        return self.context(x), newest[:, None, :] + self.delta_mean

    def predict(self, sample, phase, context, start) -> torch.Tensor:
        """Clean chunk from a noised one; `phase` [K] is the time in 0..1."""
        angles = phase[:, None] * self.frequencies
        when = self.time(torch.cat([angles.sin(), angles.cos()], dim=1))
        both = context + when
        x = self.enter(sample.flatten(1)) + both
        for block in self.blocks:
            x = block(x, both)
        return start + self.leave(x).unflatten(1, self.shape) * self.delta_scale


class Denoiser(nn.Module):
    """The exported graph: (sample [K,P,J], time [K], condition [K,C]) → [K,P,J]."""

    def __init__(self, head: ChunkHead, process):
        super().__init__()
        self.head = head
        self.process = process

    def forward(self, sample, time, condition):
        context, start = self.head.encode(condition)
        clean = self.head.predict(sample, time / self.process.time_scale, context, start)
        return self.process.from_clean(sample, clean, time)
