"""VGG-19 (Simonyan & Zisserman 2014, arXiv:1409.1556): what style transfer was invented with.

Layers and weights as Gatys et al. 2016 chose them and Crowson's style-transfer-pytorch set them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import nn

from studio.style.features.extractor import Features

# Channels of each convolution, block by block; a pooling between two blocks. Nothing behind
# relu5_1 is used.
_BLOCKS: Final = ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,))
_STYLE_LAYERS: Final = {
    "relu1_1": 256 / 341,
    "relu2_1": 64 / 341,
    "relu3_1": 16 / 341,
    "relu4_1": 4 / 341,
    "relu5_1": 1 / 341,
}
_CONTENT_LAYERS: Final = {"relu4_2": 1.0}
# Of the pictures it learnt from.
_MEAN: Final = (0.485, 0.456, 0.406)
_DEVIATION: Final = (0.229, 0.224, 0.225)


class VGG19(nn.Module):
    """The convolutions of VGG-19 up to relu5_1, with the names of torchvision's state dict."""

    title: Final = "VGG-19"
    style_layers: Mapping[str, float] = _STYLE_LAYERS
    content_layers: Mapping[str, float] = _CONTENT_LAYERS
    overlap_px: Final = 80
    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential()
        self.strides: dict[str, int] = {}
        self._names: dict[int, str] = {}
        inputs = 3
        for block, widths in enumerate(_BLOCKS, start=1):
            if block > 1:
                self.features.append(nn.MaxPool2d(2, ceil_mode=True))
            for number, outputs in enumerate(widths, start=1):
                self.features.append(nn.Conv2d(inputs, outputs, 3, padding=1))
                self.features.append(nn.ReLU(inplace=True))
                name = f"relu{block}_{number}"
                self._names[len(self.features) - 1] = name
                if name in _STYLE_LAYERS or name in _CONTENT_LAYERS:
                    self.strides[name] = 2 ** (block - 1)
                inputs = outputs
        self.register_buffer("mean", torch.tensor(_MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(_DEVIATION).view(3, 1, 1), persistent=False)

    def forward(self, pictures: torch.Tensor) -> Features:
        current = (pictures - self.mean) / self.deviation
        found = {}
        for index, layer in enumerate(self.features):
            current = layer(current)
            name = self._names.get(index)
            if name in self.strides:
                found[name] = current
        return found
