"""Small things that both training stages share: clocked budgets, averaged weights, checkpoints."""

import copy
import math
import time
from pathlib import Path

import torch
from torch import nn


class Budget:
    """A training length in minutes of the cores, which also drives the learning rate.

    A schedule by time instead of steps gives a finished cosine on a machine of any speed; of the
    process's own time, also on a busy one. `used` (s) continues an interrupted run.
    """

    def __init__(self, minutes: float, used: float = 0.0):
        self.seconds = minutes * 60
        self.used = used
        self._last = self._clock()

    @staticmethod
    def _clock() -> float:
        return time.process_time() / torch.get_num_threads()

    def tick(self) -> float:
        """Share of the budget that is spent, 0..1; call once a step."""
        now = self._clock()
        self.used += now - self._last
        self._last = now
        return min(1.0, self.used / self.seconds)

    def pause(self) -> None:
        """Leave out the time since the last tick (validation, saving)."""
        self._last = self._clock()


def cosine_rate(share: float, peak: float, warm: float = 0.03) -> float:
    """Learning rate at a share of the budget: short linear rise, cosine to 1 % of the peak."""
    if share < warm:
        return peak * (share / warm + 0.01)
    falling = 0.5 * (1 + math.cos(math.pi * (share - warm) / (1 - warm)))
    return peak * (0.01 + 0.99 * falling)


class Average:
    """Exponential moving average of a module's weights, with a start-up correction."""

    def __init__(self, module: nn.Module, decay: float = 0.998):
        self.module = copy.deepcopy(module).eval()
        self.decay = decay
        self.count = 0

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        self.count += 1
        decay = min(self.decay, self.count / (self.count + 10))
        for mine, theirs in zip(self.module.parameters(), module.parameters()):
            mine.lerp_(theirs, 1 - decay)
        for mine, theirs in zip(self.module.buffers(), module.buffers()):
            mine.copy_(theirs)


def save(path: Path, content: dict) -> None:
    """Write a checkpoint so that an interruption leaves the old one whole."""
    part = path.with_suffix(".part")
    torch.save(content, part)
    part.replace(path)


def load(path: Path) -> dict | None:
    """A checkpoint, or None where there is none yet."""
    return torch.load(path, weights_only=True) if path.exists() else None
