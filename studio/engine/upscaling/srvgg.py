"""SRVGGNetCompact: plain convolutions at the picture's own size, then one pixel shuffle.

Source: Wang et al. 2021, “Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure
Synthetic Data”, and its model “realesr-animevideov3”. The state dict has the names of the
published one: `body.0.weight`, `body.0.bias`, `body.1.weight` (PReLU), …
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional


class CompactNet(nn.Module):
    """Enlarges RGB in [0, 1] by `scale`: it adds what is missing to the nearest-neighbour picture.

    Args:
        channels: width of every hidden layer.
        layers: convolutions between the first and the last.
        scale: how many times larger the result is.
    """

    def __init__(self, channels: int = 64, layers: int = 16, scale: int = 4) -> None:
        super().__init__()
        self.scale = scale
        # Each 3 × 3 convolution looks one pixel further.
        self.reach = layers + 2
        body: list[nn.Module] = []
        for inputs in (3, *(channels,) * layers):
            body += [nn.Conv2d(inputs, channels, 3, padding=1), nn.PReLU(channels)]
        body.append(nn.Conv2d(channels, 3 * scale**2, 3, padding=1))
        self.body = nn.Sequential(*body)
        self.shuffle = nn.PixelShuffle(scale)

    @classmethod
    def from_state(cls, state: Mapping[str, torch.Tensor]) -> CompactNet:
        """The network that a published state dict belongs to.

        Raises:
            KeyError, RuntimeError: it belongs to another kind of network.
        """
        last = max(int(name.split(".")[1]) for name in state)
        channels, outputs = len(state["body.0.weight"]), len(state[f"body.{last}.weight"])
        net = cls(channels, last // 2 - 1, round((outputs / 3) ** 0.5))
        net.load_state_dict(state)
        return net

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """From (B, 3, H, W) to (B, 3, scale × H, scale × W)."""
        missing = self.shuffle(self.body(pixels))  # (B, 3 s², H, W) -> (B, 3, s H, s W)
        plain = functional.interpolate(pixels, scale_factor=self.scale, mode="nearest")
        result: torch.Tensor = missing + plain
        return result
