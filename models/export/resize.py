"""A bilinear resize (and a centre crop after it) as two products with constant matrices.

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


def centre(length: int, kept: int) -> slice:
    """The places that torchvision's CenterCrop keeps of an axis."""
    start = int(round((length - kept) / 2.0))
    return slice(start, start + kept)


class MatrixResize(nn.Module):
    """[1,3,h,w] -> [1,3,rows,columns], by their matrices [rows,h] and [w,columns]."""

    def __init__(self, rows: torch.Tensor, columns: torch.Tensor):
        super().__init__()
        self.register_buffer("rows", rows.contiguous())
        self.register_buffer("columns", columns.contiguous())

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return self.rows @ picture @ self.columns


def resize_and_crop(
    size: tuple[int, int], wanted: tuple[int, int], crop: tuple[int, int] | None
) -> MatrixResize:
    """torchvision's Resize (antialiased) to `wanted`, then CenterCrop to `crop`; [height, width]."""
    rows = axis_weights(size[0], wanted[0], antialias=True)
    columns = axis_weights(size[1], wanted[1], antialias=True)
    height, width = crop or wanted
    rows, columns = rows[centre(wanted[0], height)], columns[centre(wanted[1], width)]
    return MatrixResize(rows, columns.T)
