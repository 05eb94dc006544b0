"""What a network must tell of itself so that pictures can be compared by its features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import torch

Features = Mapping[str, torch.Tensor]
"""Layer's name to its feature map, (B, C, ceil(H / stride), ceil(W / stride))."""


class FeatureExtractor(Protocol):
    """A network that never learns, whose layers see edges, textures, things."""

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def style_layers(self) -> Mapping[str, float]:
        """The layers whose statistics are the style, and how much each counts; they sum to 1."""
        ...

    @property
    def content_layers(self) -> Mapping[str, float]:
        """The layers that tell what is where, and how much each counts; they sum to 1."""
        ...

    @property
    def strides(self) -> Mapping[str, int]:
        """Pixels between two neighbours in a layer's map: powers of two."""
        ...

    @property
    def overlap_px(self) -> int:
        """How far around a part of a picture its features see: none sees further. A multiple of
        every stride.
        """
        ...

    def __call__(self, pictures: torch.Tensor) -> Features:
        """Features of (B, 3, H, W) in [0, 1] at all style and content layers, in the order in which
        they are made: each of nothing but the one before, the first of the pictures, or these
        themselves.

        Each side is at least twice the largest stride. Mean and deviation that the network learnt
        with are its own matter.
        """
        ...
