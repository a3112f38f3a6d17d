"""Noise processes of the policies: how a chunk is noised in training and sampled afterwards.

Flow (openpi's convention): t = 1 is noise, x_t = t·eps + (1 − t)·a, v = eps − a, Euler from 1 to 0.
Prefix: the same with a time for every step, 0 for the steps that the arm is executing already.
Diffusion: squaredcos_cap_v2 over 100 steps, epsilon, sampled by DDIM of diffusers itself.
The stream of actions that is never begun anew has a file of its own, streaming.py.
"""

import torch
from diffusers import DDIMScheduler

from head import fading

TRAIN_TIMESTEPS = 100
CLIP = 1.0
STEPS = 10
# What leads into a chunk lies so far from what the expert would do, normalised: an executed prefix
# follows an older picture. It fades in what is learnt, so a policy returns.
LEAD_ERROR = 0.02


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


def lead_error(count: int, rows: int, joints: int, held: torch.Tensor) -> torch.Tensor:
    """Error [count, rows, joints] of steps before `held` [count], and how it fades behind them."""
    size = LEAD_ERROR * torch.randn(count, 1, 1).abs() * (torch.rand(count, 1, 1) < 0.7)
    error = size * torch.randn(count, 1, joints) * fading(rows, held)
    return error * (held > 0)[:, None, None]


class FlowProcess:
    """Straight lines between noise and action."""

    name = "flow"
    # Output of the exported graph, what it is, and the factor that brings its time input to 0..1.
    output = prediction = "velocity"
    time_scale = 1.0
    time_per_step = False
    # Rows of what is sampled, where they are more than the chunk's.
    sample_shape = None
    sampler = {"type": "flow_euler", "steps": STEPS, "time": "one_to_zero"}

    def draw_time(self, count: int) -> torch.Tensor:
        """Training times [count] as the graph receives them; 0 itself is never asked for."""
        return 0.02 + 0.98 * torch.rand(count)

    def corrupt(self, action: torch.Tensor):
        """Noised chunks [K,P,J], their times, what to learn from them, and weights."""
        time = self.draw_time(len(action))
        return self.mix(action, torch.randn_like(action), time), time, action, 1.0

    def mix(self, action: torch.Tensor, noise: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """The noised chunk at `time`, [K] or [K,P]."""
        t = time.reshape(len(time), -1, 1)
        return t * noise + (1 - t) * action

    def from_clean(self, sample: torch.Tensor, clean: torch.Tensor, time: torch.Tensor):
        """Velocity that leads from `sample` to the predicted clean chunk."""
        return (sample - clean) / time.clamp(min=0.02).reshape(sample.shape[0], -1, 1)

    def noise(self, count: int, shape: tuple[int, int], generator: torch.Generator):
        """What sampling draws."""
        return torch.randn(count, *shape, generator=generator)

    @torch.no_grad()
    def sample(self, network, noise: torch.Tensor, condition: torch.Tensor, steps: int = STEPS):
        """Euler integration; `network(sample, time, condition)` gives the velocity."""
        x = noise
        shape = x.shape[:2] if self.time_per_step else x.shape[:1]
        for k in range(steps):
            x = x - network(x, torch.full(shape, 1.0 - k / steps), condition) / steps
        return x.clamp(-CLIP, CLIP)


class PrefixProcess(FlowProcess):
    """Training-time real-time chunking: the first steps of some chunks are executed already.

    They come clean, with time 0, and nothing is learnt of them but what follows from them. What is
    executed was decided before the newest observation, so it may be off what the expert would do
    now, or late; a network that has not seen that goes on with whatever it is given and never turns
    to what comes next, such as closing the gripper.
    """

    name = "prefix"
    time_per_step = True
    # Steps of the longest prefix: 0.67 s at 15 Hz.
    longest = 10
    # Shares of prefixes that are of an older chunk, and of those that are late, by as many steps.
    older, late, latest = 0.4, 0.25, 6

    def corrupt(self, action: torch.Tensor, earlier: torch.Tensor):
        """`earlier` [K,P,J] is what a chunk of some steps ago had for the same times."""
        count, rows, joints = action.shape
        length = torch.randint(0, self.longest + 1, (count,))
        held = (torch.arange(rows) < length[:, None])[:, :, None]
        kind = torch.rand(count, 1, 1)
        behind = torch.randint(1, self.latest + 1, (count, 1))
        lagging = (torch.arange(rows) - behind).clamp(min=0)[:, :, None].expand(-1, -1, joints)
        executed = torch.where(kind < self.older, earlier, action)
        executed = torch.where(kind > 1 - self.late, action.gather(1, lagging), executed)
        # The difference at the last step that is executed fades behind it.
        last = (length - 1).clamp(min=0)[:, None, None].expand(-1, 1, joints)
        seam = (executed - action).gather(1, last) * (length > 0)[:, None, None]
        wanted = torch.where(held, executed, action + seam * fading(rows, length))
        wanted = (wanted + lead_error(count, rows, joints, length)).clamp(-CLIP, CLIP)
        time = self.draw_time(count)[:, None].masked_fill(held[:, :, 0], 0.0)
        noised = self.mix(wanted, torch.randn_like(wanted), time)
        return noised, time, wanted, (~held).float()


class DiffusionProcess:
    """DDPM's noising, DDIM's sampling."""

    name = "diffusion"
    output = "noise"
    prediction = "epsilon"
    time_scale = float(TRAIN_TIMESTEPS)
    time_per_step = False
    sample_shape = None
    sampler = {
        "type": "ddim",
        "train_timesteps": TRAIN_TIMESTEPS,
        "beta_schedule": "squaredcos_cap_v2",
        "prediction": prediction,
        "steps": STEPS,
        "clip": CLIP,
        "spacing": "leading",
    }
    noise = FlowProcess.noise

    def __init__(self):
        self.alphas = make_ddim().alphas_cumprod.clone()

    def corrupt(self, action: torch.Tensor):
        """Noised chunks [K,P,J], their timesteps as float32 integers, what to learn, weights."""
        time = torch.randint(0, TRAIN_TIMESTEPS, (len(action),)).float()
        signal, level = self._levels(time)
        return signal * action + level * torch.randn_like(action), time, action, 1.0

    def _levels(self, time: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        alpha = self.alphas[time.long()][:, None, None]
        return alpha.sqrt(), (1 - alpha).sqrt()

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
