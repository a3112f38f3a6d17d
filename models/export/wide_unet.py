"""LeRobot's U-Net over pictures of one line: [B,C,T] becomes [B,C,1,T], the numbers stay the same.

ONNX Runtime has its fast convolutions (channels in blocks, weights arranged once at load) for two
dimensions only. Short sequences of many channels, which an action chunk is, take 0.4 to 0.7 of the time so.
Group norm is written as a layer norm of each group, which is one node instead of five.
"""

import torch
from torch import nn
from torch.nn import functional

from refusal import Refusal

#: Largest difference between the two forms: rounding in another order.
TOLERANCE = 1e-4


def widen(module: nn.Module) -> nn.Module:
    """A convolution over time as one over [1, time]."""
    if isinstance(module, nn.Identity):
        return module
    kinds = {nn.Conv1d: nn.Conv2d, nn.ConvTranspose1d: nn.ConvTranspose2d}
    wide = kinds[type(module)](
        module.in_channels,
        module.out_channels,
        (1, *module.kernel_size),
        stride=(1, *module.stride),
        padding=(0, *module.padding),
    )
    with torch.no_grad():
        wide.weight.copy_(module.weight.unsqueeze(2))
        wide.bias.copy_(module.bias)
    return wide


class Norm(nn.Module):
    """Group norm of [B,C,1,T]."""

    def __init__(self, norm: nn.GroupNorm):
        super().__init__()
        self.groups, self.channels, self.eps = norm.num_groups, norm.num_channels, norm.eps
        self.weight = nn.Parameter(norm.weight.detach().reshape(1, -1, 1, 1))
        self.bias = nn.Parameter(norm.bias.detach().reshape(1, -1, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        time = int(x.shape[-1])
        size = self.channels // self.groups * time
        flat = functional.layer_norm(x.reshape(-1, self.groups, size), (size,), eps=self.eps)
        return flat.reshape(-1, self.channels, 1, time) * self.weight + self.bias


class ConvBlock(nn.Module):
    """Convolution, norm, activation."""

    def __init__(self, block: nn.Module):
        super().__init__()
        conv, norm, self.activation = block.block
        self.conv, self.norm = widen(conv), Norm(norm)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.activation(self.norm(self.conv(x)))


class ResidualBlock(nn.Module):
    """Two convolutions with the condition's scale and shift between them."""

    def __init__(self, block: nn.Module):
        super().__init__()
        self.scaled, self.channels = block.use_film_scale_modulation, block.out_channels
        self.first, self.second = ConvBlock(block.conv1), ConvBlock(block.conv2)
        self.condition, self.around = block.cond_encoder, widen(block.residual_conv)

    def forward(self, x: torch.Tensor, feature: torch.Tensor) -> torch.Tensor:
        given = self.condition(feature)[:, :, None, None]
        out = self.first(x)
        if self.scaled:
            out = given[:, : self.channels] * out + given[:, self.channels :]
        else:
            out = out + given
        return self.second(out) + self.around(x)


def part(module: nn.Module) -> nn.Module:
    """A member of LeRobot's U-Net in its wide form."""
    return ResidualBlock(module) if hasattr(module, "cond_encoder") else widen(module)


class WideUnet(nn.Module):
    """sample [B,T,A], time [B], condition [B,C] -> prediction [B,T,A], as the U-Net it is made of."""

    def __init__(self, unet: nn.Module):
        super().__init__()
        levels = lambda modules: nn.ModuleList(nn.ModuleList(map(part, level)) for level in modules)
        self.time = unet.diffusion_step_encoder
        self.down, self.up = levels(unet.down_modules), levels(unet.up_modules)
        self.middle = nn.ModuleList(map(part, unet.mid_modules))
        block, conv = unet.final_conv
        self.end = nn.Sequential(ConvBlock(block), widen(conv))

    def forward(self, sample: torch.Tensor, time: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        x = sample.transpose(1, 2).unsqueeze(2)
        feature = torch.cat([self.time(time), condition], dim=-1)
        skipped = []
        for first, second, shrink in self.down:
            x = second(first(x, feature), feature)
            skipped.append(x)
            x = shrink(x)
        for block in self.middle:
            x = block(x, feature)
        for first, second, grow in self.up:
            x = torch.cat((x, skipped.pop()), dim=1)
            x = grow(second(first(x, feature), feature))
        return self.end(x).squeeze(2).transpose(1, 2)


@torch.no_grad()
def widen_unet(unet: nn.Module, *example: torch.Tensor) -> WideUnet:
    """The wide form of `unet`, compared with it on an example: LeRobot may have changed its form."""
    wide = WideUnet(unet).eval()
    sample, time, condition = example
    expected = unet(sample, time, global_cond=condition)
    error = (wide(sample, time, condition) - expected).abs().max().item()
    if not error <= TOLERANCE * max(1.0, expected.abs().max().item()):
        raise Refusal(
            f"the U-Net of this LeRobot has another form (its wide form differs by {error:.1e})",
            cure="pip install -r models/export/requirements.txt",
        )
    return wide
