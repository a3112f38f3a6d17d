"""The picture encoder: both cameras of one time step to one small feature vector.

Each camera has its own few convolutions. They end in two summaries: spatial soft-argmax keypoints
(where something is, finer than a pixel) and a coarse flattened map (what it looks like there). A
small perceptron joins them. `AuxiliaryHeads` exist during training only.
"""

import torch
from torch import nn

KEYPOINTS = 32
AUXILIARY = 11  # cube xyz, its yaw (2), cube in the tool frame xyz, yaw there (2), lifted


class CameraTrunk(nn.Module):
    """[B,3,H,W] normalised picture → [B, out]."""

    def __init__(self, height: int, width: int):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 24, 5, 2, 2), nn.ReLU(),
            nn.Conv2d(24, 40, 3, 2, 1), nn.ReLU(),
            nn.Conv2d(40, 48, 3, 1, 1), nn.ReLU(),
        )  # fmt: skip
        self.heat = nn.Conv2d(48, KEYPOINTS, 1)
        self.coarse = nn.Sequential(
            nn.Conv2d(48, 48, 3, 2, 1), nn.ReLU(), nn.Conv2d(48, 32, 3, 2, 1), nn.ReLU()
        )
        rows, columns = height // 4, width // 4
        y = torch.linspace(-1, 1, rows).repeat_interleave(columns)
        x = torch.linspace(-1, 1, columns).repeat(rows)
        self.register_buffer("grid", torch.stack([x, y], dim=1), persistent=False)
        self.outputs = 2 * KEYPOINTS + 32 * ((rows + 3) // 4) * ((columns + 3) // 4)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        maps = self.stem(image)
        weights = self.heat(maps).flatten(2).softmax(dim=-1)
        return torch.cat([(weights @ self.grid).flatten(1), self.coarse(maps).flatten(1)], dim=1)


class Encoder(nn.Module):
    """Normalised wrist and front pictures [B,3,H,W] → features [B,F], standardised over the data."""

    def __init__(self, features: int = 64, height: int = 96, width: int = 96):
        super().__init__()
        self.features = features
        self.wrist_size = (height, width)
        self.wrist = CameraTrunk(height, width)
        self.front = CameraTrunk(height, width)
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
