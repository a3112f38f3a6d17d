"""A bilinear resize as two products with constant matrices.

torchvision's antialiased resize has no ONNX operator that rounds alike everywhere; as it is linear
and separable, out = rows @ picture @ columns is the same computation in any runtime.
"""

import torch
from torch import nn
from torch.nn import functional


def axis_weights(size: int, wanted: int, antialias: bool) -> torch.Tensor:
    """[wanted, size]: how much of each source place goes into each output place."""
    # A resize of the identity along one axis is its matrix.
    identity = torch.eye(size)[None, None]
    return functional.interpolate(
        identity, size=(wanted, size), mode="bilinear", align_corners=False, antialias=antialias
    )[0, 0]


class MatrixResize(nn.Module):
    """[1,3,height,width] -> [1,3,to_height,to_width]."""

    def __init__(self, height: int, width: int, to_height: int, to_width: int, antialias: bool = True):
        super().__init__()
        self.register_buffer("rows", axis_weights(height, to_height, antialias))
        self.register_buffer("columns", axis_weights(width, to_width, antialias).T.contiguous())

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return self.rows @ picture @ self.columns
