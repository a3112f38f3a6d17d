"""Parts of SmolVLA written so that they become plain ONNX operators; the same numbers come out."""

import math

import torch
from torch import nn


def rotary(x: torch.Tensor, positions: torch.Tensor, max_wavelength: float = 10_000) -> torch.Tensor:
    """Rotary positions [B,L] applied to x [B,L,H,D], without writing into slices."""
    half = x.shape[-1] // 2
    exponents = (2.0 / x.shape[-1]) * torch.arange(half, dtype=torch.float32)
    angle = positions[..., None].float() / (max_wavelength**exponents)[None, None, :]
    sine, cosine = torch.sin(angle)[..., None, :], torch.cos(angle)[..., None, :]
    first, second = x.float().split(half, dim=-1)
    turned = (first * cosine - second * sine, second * cosine + first * sine)
    return torch.cat(turned, dim=-1).to(x.dtype)


def time_embedding(
    time: torch.Tensor, dimension: int, min_period: float, max_period: float, device="cpu"
) -> torch.Tensor:
    """Sines and cosines of time [B] over geometric periods, [B, dimension].

    The fastest turns 250 times from t = 0 to 1, too many for float32; whole turns are taken off in
    float64, after which float32 is enough and every runtime has the sine of it.
    """
    fraction = torch.linspace(0.0, 1.0, dimension // 2, dtype=torch.float64)
    period = min_period * (max_period / min_period) ** fraction
    turns = time.double()[:, None] * (1.0 / period)[None, :]
    angle = ((turns - torch.floor(turns)) * (2 * math.pi)).float()
    return torch.cat([torch.sin(angle), torch.cos(angle)], dim=1)


class PlacedPatches(nn.Module):
    """Patches of a picture with the embedding of their places, which is a constant."""

    def __init__(self, embeddings: nn.Module, places: torch.Tensor):
        super().__init__()
        self.patch_embedding = embeddings.patch_embedding
        self.register_buffer("places", places)

    def forward(self, pixel_values: torch.Tensor, patch_attention_mask=None) -> torch.Tensor:
        return self.patch_embedding(pixel_values).flatten(2).transpose(1, 2) + self.places


def fixed_positions(vision_model: nn.Module, run) -> None:
    """Replaces the search for each patch's place by what it finds: `run` shows it one picture."""
    found = []
    hook = vision_model.embeddings.position_embedding.register_forward_hook(
        lambda _module, _inputs, output: found.append(output.detach())
    )
    run()
    hook.remove()
    vision_model.embeddings = PlacedPatches(vision_model.embeddings, found[0][:1])
