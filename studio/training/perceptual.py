"""How different do two pictures look? The distance of their features in a small network.

After LPIPS (Zhang et al. 2018); the network is the classifier that this folder trains on drawings,
for one that knows photographs would need a download and knows little of icons.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from studio.training.evaluation.classifier import Classifier

EPSILON = 1e-6  # so that a place where no feature answers has a gradient


class PerceptualDistance(nn.Module):
    """The mean over the classifier's stages of how far unit features lie apart; it never learns."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.classifier = classifier.eval().requires_grad_(False)

    def forward(self, pictures: Tensor, others: Tensor) -> Tensor:
        """(B,) from 0, the same, to 2: of pictures (B, 3, H, W) in -1..1 to their `others`."""
        stages = zip(
            self.classifier.stage_features(pictures),
            self.classifier.stage_features(others),
            strict=True,
        )
        apart = [(_unit(one) - _unit(other)).square().sum(1).mean((1, 2)) for one, other in stages]
        return torch.stack(apart).mean(0)


def _unit(features: Tensor) -> Tensor:
    """Features (B, C, h, w) scaled to length 1 at each place."""
    features = features.float()
    return features * (features.square().sum(1, keepdim=True) + EPSILON).rsqrt()
