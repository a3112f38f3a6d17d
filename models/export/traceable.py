"""Parts of SmolVLA and pi0 written so that they become plain ONNX operators; the same numbers come
out."""

import math

import torch
from torch import nn
from torch.nn import functional


def fitted(picture: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """[1,3,H,W] made as large as fits into height and width, its aspect kept.

    While a module is traced, sizes are tensors, and their ratio in float32 may round to another whole
    number than in float64, as LeRobot computes it.
    """
    has_height, has_width = int(picture.shape[2]), int(picture.shape[3])
    ratio = max(has_width / width, has_height / height)
    size = (int(has_height / ratio), int(has_width / ratio))
    return functional.interpolate(picture, size=size, mode="bilinear", align_corners=False)


def fitted_below(img: torch.Tensor, width: int, height: int, pad_value: float = -1) -> torch.Tensor:
    """SmolVLA's resize_with_pad: padded on the left and on top."""
    small = fitted(img, height, width)
    left, top = width - int(small.shape[3]), height - int(small.shape[2])
    return functional.pad(small, (max(0, left), 0, max(0, top), 0), value=pad_value)


def fitted_centred(images: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """pi0's resize_with_pad_torch: padded on all sides; [1,H,W,3] in and out."""
    small = fitted(images.permute(0, 3, 1, 2), height, width).clamp(0.0, 1.0)
    rows, columns = height - int(small.shape[2]), width - int(small.shape[3])
    sides = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return functional.pad(small, sides, value=0.0).permute(0, 2, 3, 1)


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
