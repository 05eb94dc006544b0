"""A small network that names the thing in a picture, and the hand that drew it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from studio.training.concepts import Concept
from studio.training.scenes import COLOURS

PICTURE_PX = 64
WIDTHS = (48, 96, 192)
# Words that make no other thing of it: a smiling sun is a sun.
QUALIFIERS = frozenset(COLOURS) | {"light", "old", "smiling", "glowing"}


def kinds_of(concepts: Sequence[Concept]) -> dict[str, str]:
    """For each drawing's name the plain word for it: "red apple" and "apple" are one kind."""
    return {concept.name: _plain(concept.words[0]) for concept in concepts}


def _plain(word: str) -> str:
    first, _, rest = word.partition(" ")
    return _plain(rest) if rest and first in QUALIFIERS else word


class Classifier(nn.Module):
    """A convolutional network of 2 M parameters that tells which drawing it sees.

    What one hand's cat has that another's lacks is not what their houses differ in, so there is one
    head, for every pair of a kind of thing and a hand; kinds and hands are sums over it. Answers
    are indices into `kinds` and `hands`.
    """

    def __init__(self, kinds: Sequence[str], hands: Sequence[str]) -> None:
        super().__init__()
        self.kinds, self.hands = tuple(kinds), tuple(hands)
        self.conv_in = nn.Conv2d(3, WIDTHS[0], 4, stride=4)  # (B, 48, 16, 16)
        self.stages = nn.ModuleList()
        for narrow, wide in zip((WIDTHS[0], *WIDTHS), WIDTHS, strict=False):
            stride = 1 if narrow == wide else 2
            blocks = [_Block(narrow, wide, stride)]
            if stride == 2:
                blocks.append(_Block(wide, wide))
            self.stages.append(nn.Sequential(*blocks))
        # Seen before the last stage too: how a thing is drawn shows in edges and shading.
        self.to_pairs = nn.Linear(WIDTHS[-1] + WIDTHS[-2], len(self.kinds) * len(self.hands))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, 64, 64) in -1..1 to log-probabilities (B, kinds, hands) and features (B, 192)."""
        *_, before, last = self.stage_features(pictures)
        features = last.mean((2, 3))
        pairs = self.to_pairs(torch.cat([features, before.mean((2, 3))], dim=1))
        known = pairs.log_softmax(1).unflatten(1, (len(self.kinds), len(self.hands)))
        return known, features

    def stage_features(self, pictures: Tensor) -> list[Tensor]:
        """What each stage makes of (B, 3, H, W) in -1..1: (B, 48, H/4, W/4), then ever smaller."""
        hidden = self.conv_in(pictures)
        features = []
        for stage in self.stages:
            hidden = stage(hidden)
            features.append(hidden)
        return features


class _Block(nn.Module):
    """Two convolutions around which the input passes unchanged (He et al. 2016)."""

    def __init__(self, narrow: int, wide: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(narrow, wide, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(wide)
        self.conv2 = nn.Conv2d(wide, wide, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(wide)
        self.past: nn.Module = nn.Identity()
        if (narrow, stride) != (wide, 1):
            self.past = nn.Conv2d(narrow, wide, stride, stride)

    def forward(self, pictures: Tensor) -> Tensor:
        hidden = torch.relu(self.norm1(self.conv1(pictures)))
        return torch.relu(self.norm2(self.conv2(hidden)) + self.past(pictures))
