"""What a policy becomes: graphs still in PyTorch, and the program of policy.json over them."""

from dataclasses import dataclass, field

import torch


@dataclass
class Graph:
    """A module to be exported, with example inputs by name, [1, ...] each."""

    module: torch.nn.Module
    inputs: dict[str, torch.Tensor]
    outputs: list[str]
    #: Whether the first axis may be any number of candidates.
    batched: bool = True


@dataclass
class Program:
    """The parts of policy.json that depend on the kind of policy."""

    graphs: dict[str, Graph]
    encoders: list[dict]
    condition: list[str]
    sampler: dict
    denoiser: dict
    #: Steps of a chunk, and those meant to be carried out.
    prediction: int
    execution: int
    observation_steps: int = 1
    #: Rows and columns that the sampler works on, where they are more than the chunk's.
    sample: dict | None = None
    context: list[dict] = field(default_factory=list)
    #: Centre crop [height, width] of every picture, or None.
    crop: tuple[int, int] | None = None


def camera_encoder(graph: str, cameras: list) -> dict:
    """An encoder of all pictures of one time step, whose input names are the cameras'."""
    return {
        "graph": graph,
        "per_frame": True,
        "inputs": {camera.name: camera.package_key for camera in cameras},
        "outputs": {"features": "features"},
    }
