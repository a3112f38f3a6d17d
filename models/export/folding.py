"""All steps of a sampler in one graph: noise in, chunk out, one call of the runtime a chunk.

The steps are unrolled over the same weights. What it gains is the runtime's cost of a call, what it
loses is the choice of sampler and steps at run time, and everything that acts between the steps.
"""

import dataclasses

import torch
from torch import nn

from program import Graph, Program
from refusal import Refusal


class Flow(nn.Module):
    """Euler's rule from t = 1 to 0."""

    def __init__(self, step: nn.Module, steps: int):
        super().__init__()
        self.step, self.steps = step, steps

    def forward(self, sample: torch.Tensor, *context: torch.Tensor) -> torch.Tensor:
        delta = -1.0 / self.steps
        for k in range(self.steps):
            time = torch.full((sample.shape[0],), 1.0 + k * delta)
            sample = sample + delta * self.step(sample, time, *context)
        return sample


class Ddim(nn.Module):
    """The scheduler of diffusers itself, traced."""

    def __init__(self, step: nn.Module, sampler: dict):
        super().__init__()
        from diffusers import DDIMScheduler

        self.step = step
        clip = sampler["clip"]
        self.scheduler = DDIMScheduler(
            num_train_timesteps=sampler["train_timesteps"],
            beta_schedule=sampler["beta_schedule"],
            beta_start=sampler["beta_start"],
            beta_end=sampler["beta_end"],
            clip_sample=clip is not None,
            clip_sample_range=1.0 if clip is None else clip,
            prediction_type=sampler["prediction"],
        )
        self.scheduler.set_timesteps(sampler["steps"])

    def forward(self, sample: torch.Tensor, *context: torch.Tensor) -> torch.Tensor:
        for time in self.scheduler.timesteps.tolist():
            times = torch.full((sample.shape[0],), float(time))
            output = self.step(sample, times, *context)
            sample = self.scheduler.step(output, time, sample).prev_sample
        return sample


def fold(program: Program) -> Program:
    """The same program with its sampler inside the denoiser's graph."""
    kind, denoiser = program.sampler["type"], program.denoiser
    if kind == "direct":
        raise Refusal("--folded: the policy has no sampler to fold", cure="leave it out")
    if kind == "ddpm":
        raise Refusal(
            "--folded: DDPM adds fresh noise in every step",
            cure='leave it out, or train with noise_scheduler_type "DDIM"',
        )
    name = denoiser["graph"]
    step = program.graphs[name]
    folded = (
        Flow(step.module, program.sampler["steps"])
        if kind == "flow_euler"
        else Ddim(step.module, program.sampler)
    )
    inputs = {key: value for key, value in step.inputs.items() if key != "time"}
    graph = Graph(folded.eval(), inputs, ["actions"], step.batched)
    return dataclasses.replace(
        program,
        graphs={**program.graphs, name: graph},
        sampler={"type": "direct"},
        denoiser={
            "graph": name,
            "inputs": {key: value for key, value in denoiser["inputs"].items() if key != "time"},
            "output": "actions",
            "prediction": "sample",
        },
    )
