"""Twenty-six painted styles in one network: Dumoulin et al. 2016 (arXiv:1610.07629), “A Learned
Representation for Artistic Style”."""

from __future__ import annotations

from typing import Final

import torch
from torch import nn

from studio.style.nets.transform import TransformNetwork

STYLES: Final = 26


class MultiStyle(TransformNetwork):
    """Paints in a mixture of the styles that it learnt."""

    def __init__(self) -> None:
        super().__init__((32, 32, 32), 6, (8, 4), contract_normalised=True)
        self.styles = nn.Parameter(torch.empty(STYLES, 2 * self.style_size))

    def parameters_of(self, weights: torch.Tensor) -> torch.Tensor:
        """What the network paints with: (26,), their sum 1, to (2, style_size)."""
        return (weights @ self.styles).view(2, -1)
