"""Noise processes of the two policies: how a chunk is noised in training and sampled afterwards.

Flow (openpi's convention): t = 1 is noise, x_t = t·eps + (1 − t)·a, v = eps − a, Euler from 1 to 0.
Diffusion: squaredcos_cap_v2 over 100 steps, epsilon, sampled by DDIM of diffusers itself.
"""

import torch
from diffusers import DDIMScheduler

TRAIN_TIMESTEPS = 100
CLIP = 1.0
STEPS = 10


def make_ddim(steps: int = STEPS) -> DDIMScheduler:
    """The reference DDIM scheduler with the package's settings."""
    scheduler = DDIMScheduler(
        num_train_timesteps=TRAIN_TIMESTEPS,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="epsilon",
        clip_sample=True,
        clip_sample_range=CLIP,
        timestep_spacing="leading",
    )
    scheduler.set_timesteps(steps)
    return scheduler


class FlowProcess:
    """Straight lines between noise and action."""

    name = "flow"
    # Output of the exported graph, and the factor that brings its time input to 0..1.
    output = "velocity"
    time_scale = 1.0

    def draw_time(self, count: int) -> torch.Tensor:
        """Training times [count] as the graph receives them; 0 itself is never asked for."""
        return 0.02 + 0.98 * torch.rand(count)

    def mix(self, action: torch.Tensor, noise: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """The noised chunk at `time`."""
        t = time[:, None, None]
        return t * noise + (1 - t) * action

    def from_clean(self, sample: torch.Tensor, clean: torch.Tensor, time: torch.Tensor):
        """Velocity that leads from `sample` to the predicted clean chunk."""
        return (sample - clean) / time.clamp(min=0.02)[:, None, None]

    @torch.no_grad()
    def sample(self, network, noise: torch.Tensor, condition: torch.Tensor, steps: int = STEPS):
        """Euler integration; `network(sample, time, condition)` gives the velocity."""
        x = noise
        for k in range(steps):
            time = torch.full((len(x),), 1.0 - k / steps)
            x = x - network(x, time, condition) / steps
        return x.clamp(-CLIP, CLIP)


class DiffusionProcess:
    """DDPM's noising, DDIM's sampling."""

    name = "diffusion"
    output = "noise"
    time_scale = float(TRAIN_TIMESTEPS)

    def __init__(self):
        self.alphas = make_ddim().alphas_cumprod.clone()

    def draw_time(self, count: int) -> torch.Tensor:
        """Training timesteps [count] as float32 integers."""
        return torch.randint(0, TRAIN_TIMESTEPS, (count,)).float()

    def _levels(self, time: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        alpha = self.alphas[time.long()][:, None, None]
        return alpha.sqrt(), (1 - alpha).sqrt()

    def mix(self, action: torch.Tensor, noise: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """The noised chunk at `time`."""
        signal, level = self._levels(time)
        return signal * action + level * noise

    def from_clean(self, sample: torch.Tensor, clean: torch.Tensor, time: torch.Tensor):
        """The noise that explains `sample`, given the predicted clean chunk."""
        signal, level = self._levels(time)
        return (sample - signal * clean) / level

    @torch.no_grad()
    def sample(self, network, noise: torch.Tensor, condition: torch.Tensor, steps: int = STEPS):
        """DDIM by diffusers; `network(sample, time, condition)` gives the noise."""
        scheduler = make_ddim(steps)
        x = noise
        for timestep in scheduler.timesteps:
            time = torch.full((len(x),), float(timestep))
            x = scheduler.step(network(x, time, condition), timestep, x).prev_sample
        return x.clamp(-CLIP, CLIP)


PROCESSES = {"flow": FlowProcess, "diffusion": DiffusionProcess}
