"""A backbone of torchvision's ResNet form with few channels, so that a fixture stays small. LeRobot
takes any torchvision.models.<name> that begins with "resnet"."""

import torchvision
from torch import nn

NAME = "resnet_thin"
WIDTHS = (16, 16)


class ThinResnet(nn.Module):
    """What LeRobot uses of a ResNet: children up to layer4, then avgpool and fc."""

    def __init__(self, norm_layer=nn.BatchNorm2d):
        super().__init__()
        first, last = WIDTHS
        self.conv1 = nn.Conv2d(3, first, 5, stride=4, padding=2, bias=False)
        self.bn1 = norm_layer(first)
        self.relu = nn.ReLU()
        self.layer4 = nn.Sequential(
            nn.Conv2d(first, last, 3, stride=2, padding=1, bias=False), norm_layer(last), nn.ReLU()
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(last, 1)

    def forward(self, picture):
        """Feature map [B,16,H/8,W/8]."""
        return self.layer4(self.relu(self.bn1(self.conv1(picture))))


def install() -> None:
    """Makes LeRobot find it."""

    def make(weights=None, norm_layer=nn.BatchNorm2d, replace_stride_with_dilation=None):
        return ThinResnet(norm_layer)

    setattr(torchvision.models, NAME, make)
