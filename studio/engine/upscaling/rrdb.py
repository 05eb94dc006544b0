"""RRDBNet: residual-in-residual dense blocks, then two doublings. Slower and finer than SRVGG.

Source: Wang et al. 2018, “ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks”; the
weights are Real-ESRGAN's (Wang et al. 2021) “x4plus-anime” with 6 blocks. The state dict has the
names of the published one: `conv_first`, `body.N.rdbM.convK`, `conv_body`, `conv_up1`, … Files of
the older ESRGAN, and those made with it, have other names for the same network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import torch
from torch import nn
from torch.nn import functional

_RESIDUAL_SCALE: Final = 0.2
# What is farther away changes no value of drawings by more than 1 of 255, and of noise by 2
# (measured with x4plus-anime); with all of it around, tiles would take half as long again.
_FARTHEST_PX: Final = 48


_OLDER_NAMES: Final = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        # ESRGAN's own repository.
        (r"RRDB_trunk\.(\d+)\.RDB", r"body.\1.rdb"),
        (r"trunk_conv\.", "conv_body."),
        (r"upconv(\d)\.", r"conv_up\1."),
        (r"HRconv\.", "conv_hr."),
        # One nn.Sequential of everything, with its doublings and activations counted.
        (r"model\.0\.", "conv_first."),
        (r"model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\.", r"body.\1.rdb\2.conv\3."),
        (r"model\.1\.sub\.\d+\.(?=weight|bias)", "conv_body."),
        (r"model\.3\.", "conv_up1."),
        (r"model\.6\.", "conv_up2."),
        (r"model\.8\.", "conv_hr."),
        (r"model\.10\.", "conv_last."),
    )
)


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def _leaky(features: torch.Tensor) -> torch.Tensor:
    return functional.leaky_relu(features, 0.2, inplace=True)


class _DenseBlock(nn.Module):
    """Five convolutions, each of which sees the input and all outputs before it."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.conv1 = _conv(channels, growth)
        self.conv2 = _conv(channels + growth, growth)
        self.conv3 = _conv(channels + 2 * growth, growth)
        self.conv4 = _conv(channels + 3 * growth, growth)
        self.conv5 = _conv(channels + 4 * growth, channels)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        seen = features  # (B, C, H, W), then growth more channels after each convolution
        for conv in (self.conv1, self.conv2, self.conv3, self.conv4):
            seen = torch.cat([seen, _leaky(conv(seen))], dim=1)
        residual: torch.Tensor = self.conv5(seen)
        return features + _RESIDUAL_SCALE * residual


class _ResidualDenseBlocks(nn.Module):
    """Three dense blocks with a residual around them."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.rdb1 = _DenseBlock(channels, growth)
        self.rdb2 = _DenseBlock(channels, growth)
        self.rdb3 = _DenseBlock(channels, growth)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        residual: torch.Tensor = self.rdb3(self.rdb2(self.rdb1(features)))
        return features + _RESIDUAL_SCALE * residual


class ResidualDenseNet(nn.Module):
    """Enlarges RGB in [0, 1] four times.

    Args:
        channels: width of the features.
        growth: channels that each convolution of a dense block adds.
        blocks: groups of three dense blocks.
    """

    scale: Final = 4

    def __init__(self, channels: int = 64, growth: int = 32, blocks: int = 6) -> None:
        super().__init__()
        # 3 × 5 convolutions in each group, those around them, and less than two pixels behind.
        self.reach = min(15 * blocks + 4, _FARTHEST_PX)
        self.conv_first = _conv(3, channels)
        self.body = nn.Sequential(*(_ResidualDenseBlocks(channels, growth) for _ in range(blocks)))
        self.conv_body = _conv(channels, channels)
        self.conv_up1 = _conv(channels, channels)
        self.conv_up2 = _conv(channels, channels)
        self.conv_hr = _conv(channels, channels)
        self.conv_last = _conv(channels, 3)

    @classmethod
    def from_state(cls, state: Mapping[str, torch.Tensor]) -> ResidualDenseNet:
        """The network that a published state dict belongs to.

        Raises:
            KeyError, RuntimeError: it belongs to another kind of network.
        """
        state = {_present_name(name): tensor for name, tensor in state.items()}
        blocks = {name.split(".")[1] for name in state if name.startswith("body.")}
        growth = len(state["body.0.rdb1.conv1.weight"])
        net = cls(len(state["conv_first.weight"]), growth, len(blocks))
        net.load_state_dict(state)
        return net

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """From (B, 3, H, W) to (B, 3, 4 × H, 4 × W)."""
        features = self.conv_first(pixels)  # (B, C, H, W)
        features = features + self.conv_body(self.body(features))
        for conv in (self.conv_up1, self.conv_up2):  # (B, C, 2 H, 2 W), (B, C, 4 H, 4 W)
            features = _leaky(conv(functional.interpolate(features, scale_factor=2.0)))
        result: torch.Tensor = self.conv_last(_leaky(self.conv_hr(features)))
        return result


def _present_name(name: str) -> str:
    for pattern, present in _OLDER_NAMES:
        if pattern.match(name):
            return pattern.sub(present, name, count=1)
    return name
