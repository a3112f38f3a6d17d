"""The picture encoder: both cameras of one time step to one small feature vector.

Each camera first finds where to look: a colour map (1×1 convolutions on the halved picture) gives a
spatial softmax whose mean is a point finer than a pixel. Then a small window round that point is
read at full resolution by a few convolutions. Only a tenth of the picture is convolved, which is why
this trains in minutes on a CPU, and the window's content hardly depends on where the object lies, so
few different places have to be seen. A small perceptron joins both cameras.

The colour map starts as "redder than the other channels", the cube's colour, and is trained on from
there. `AuxiliaryHeads` exist during training only.
"""

import torch
from torch import nn
from torch.nn import functional

AUXILIARY = 11  # cube xyz, its yaw (2), cube in the tool frame xyz, yaw there (2), lifted
# Redness at which a pixel begins to count, and beyond which it counts no more (dark faces count too).
RED_FROM, RED_FULL, RED_GAIN = 0.12, 0.32, 6.0


class CameraEye(nn.Module):
    """[B,3,H,W] normalised picture → [B, outputs]."""

    def __init__(self, height: int, width: int, window: int, spacing: float):
        super().__init__()
        self.colour = nn.Conv2d(3, 8, 1)
        self.heat = nn.Conv2d(8, 1, 1)
        rows, columns = torch.arange(height // 2) * 2 + 0.5, torch.arange(width // 2) * 2 + 0.5
        constants = {
            "map_x": columns.repeat(len(rows)),
            "map_y": rows.repeat_interleave(len(columns)),
            "offsets": (torch.arange(window) - (window - 1) / 2) * spacing,
            "pixel_x": torch.arange(float(width)),
            "pixel_y": torch.arange(float(height)),
        }
        for name, value in constants.items():
            self.register_buffer(name, value, persistent=False)
        self.half = (width / 2, height / 2)
        self.window = nn.Sequential(
            nn.Conv2d(3, 16, 3, 1, 1), nn.ReLU(),
            nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(),
            nn.Conv2d(32, 32, 3, 2, 1), nn.ReLU(),
        )  # fmt: skip
        side = (window + 3) // 4
        self.read = nn.Linear(32 * side * side, 96)
        self.outputs = 96 + 6

    @torch.no_grad()
    def look_for_red(self, mean: torch.Tensor, std: torch.Tensor) -> None:
        """Start the colour map as redness, R − (G + B)/2 of the unnormalised picture."""
        red = torch.tensor([1.0, -0.5, -0.5])
        self.colour.weight.mul_(0.3)
        self.heat.weight.zero_()
        self.heat.bias.zero_()
        for index, (start, gain) in enumerate([(RED_FROM, RED_GAIN), (RED_FULL, -RED_GAIN)]):
            self.colour.weight[index, :, 0, 0] = red * std
            self.colour.bias[index] = (red * mean).sum() - start
            self.heat.weight[0, index] = gain

    def sampling(self, pixels: torch.Tensor, centre: torch.Tensor) -> torch.Tensor:
        """Linear interpolation weights [B, window, pixels] of a window round `centre` [B]."""
        distance = pixels[None, None] - centre[:, None, None] - self.offsets[None, :, None]
        return functional.relu(1 - distance.abs())

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        maps = functional.relu(self.colour(functional.avg_pool2d(image, 2)))
        logits = 10 * self.heat(maps).flatten(1)
        weights = logits.softmax(dim=1)
        x, y = weights @ self.map_x, weights @ self.map_y
        spread_x = ((self.map_x - x[:, None]).square() * weights).sum(1)
        spread_y = ((self.map_y - y[:, None]).square() * weights).sum(1)
        amount = logits.exp().mean(1).log()
        half_x, half_y = self.half
        summary = torch.stack(
            [
                (x - half_x + 0.5) / half_x,
                (y - half_y + 0.5) / half_y,
                amount / 5,
                (spread_x + 1e-3).sqrt() / 10,
                (spread_y + 1e-3).sqrt() / 10,
                (amount - 3).clamp(0, 1),
            ],
            dim=1,
        )
        # The point is learnt from what follows it directly, not through the window's edges.
        across = self.sampling(self.pixel_x, x.detach())
        down = self.sampling(self.pixel_y, y.detach())
        window = down[:, None] @ image @ across[:, None].transpose(-1, -2)
        return torch.cat([summary, functional.relu(self.read(self.window(window).flatten(1)))], 1)


class Encoder(nn.Module):
    """Normalised wrist and front pictures [B,3,H,W] → features [B,F], standardised over the data."""

    def __init__(self, features: int = 64, height: int = 96, width: int = 96):
        super().__init__()
        self.features = features
        self.size = (height, width)
        # Seen from the wrist the cube is larger: a wider window at a coarser spacing.
        self.wrist = CameraEye(height, width, window=32, spacing=1.25)
        self.front = CameraEye(height, width, window=24, spacing=1.0)
        self.join = nn.Sequential(
            nn.Linear(self.wrist.outputs + self.front.outputs, 256), nn.ReLU(),
            nn.Linear(256, 128), nn.ReLU(),
            nn.Linear(128, features),
        )  # fmt: skip
        # Set once after training, so that the head sees features of mean 0 and deviation 1.
        self.register_buffer("shift", torch.zeros(features))
        self.register_buffer("gain", torch.ones(features))

    def forward(self, wrist: torch.Tensor, front: torch.Tensor) -> torch.Tensor:
        joined = self.join(torch.cat([self.wrist(wrist), self.front(front)], dim=1))
        return (joined - self.shift) * self.gain


class AuxiliaryHeads(nn.Module):
    """What the features are asked for while the encoder learns; dropped afterwards.

    `scene` reads the cube's pose from the features alone; `chunk` is a plain behaviour-cloning
    perceptron on features and state, so that the features hold whatever the action depends on.
    """

    def __init__(self, features: int, joints: int, horizon: int):
        super().__init__()
        self.scene = nn.Linear(features, AUXILIARY)
        self.chunk = nn.Sequential(
            nn.Linear(features + joints, 256), nn.SiLU(),
            nn.Linear(256, 256), nn.SiLU(),
            nn.Linear(256, horizon * joints),
        )  # fmt: skip
        self.shape = (horizon, joints)

    def forward(self, features: torch.Tensor, state: torch.Tensor):
        chunk = self.chunk(torch.cat([features, state], dim=1))
        return self.scene(features), chunk.unflatten(1, self.shape)
