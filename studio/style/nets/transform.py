"""The style transfer network of Dumoulin et al. 2016 (arXiv:1610.07629), table 1.

Contract, residual blocks, expand. One set of convolutions paints in every style; the style sets
the normalisation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, cast

import torch
from torch import nn

from studio.style.nets.layers import Affine, ConvLayer, UpsampledConvLayer

SIZE_MULTIPLE: Final = 4
"""The sides of what goes in are multiples of it: two layers halve them, two double them."""


class ResidualBlock(nn.Module):
    """x + second(relu(first(x))), both normalised."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvLayer(channels, channels, 3)
        self.second = ConvLayer(channels, channels, 3)


class TransformNetwork(nn.Module):
    """Paints (B, 3, H, W) in [0, 1] in one style.

    Args:
        contract: channels after each of the three contracting layers.
        residual_blocks: how many.
        expand: channels after the two upsampling layers; the last layer makes them three.
        contract_normalised: False where batch normalisation was folded into the contracting
            convolutions, so that the style sets only what comes after them.
    """

    def __init__(
        self,
        contract: tuple[int, int, int],
        residual_blocks: int,
        expand: tuple[int, int],
        *,
        contract_normalised: bool,
    ) -> None:
        super().__init__()
        first, second, third = contract
        contracting = (
            ConvLayer(3, first, 9, normalised=contract_normalised),
            ConvLayer(first, second, 3, stride=2, normalised=contract_normalised),
            ConvLayer(second, third, 3, stride=2, normalised=contract_normalised),
        )
        expanding = (
            UpsampledConvLayer(third, expand[0]),
            UpsampledConvLayer(expand[0], expand[1]),
            ConvLayer(expand[1], 3, 9),
        )
        blocks = (ResidualBlock(third) for _ in range(residual_blocks))
        self.contract = cast("Sequence[ConvLayer]", nn.ModuleList(contracting))
        self.residual = cast("Sequence[ResidualBlock]", nn.ModuleList(blocks))
        self.expand = cast("Sequence[ConvLayer]", nn.ModuleList(expanding))

    def multiplications(self, height: int, width: int) -> int:
        """For a picture of that size."""
        total = 0
        for layer in (module for module in self.modules() if isinstance(module, ConvLayer)):
            height, width = layer.output_size(height, width)
            total += layer.multiplications(height, width)
        return total

    def normalised_layers(self) -> Iterator[ConvLayer]:
        """The layers that the style normalises, in the order of the network."""
        for module in self.modules():
            if isinstance(module, ConvLayer) and module.normalised:
                yield module

    @property
    def style_size(self) -> int:
        """How many gammas there are, and as many betas."""
        return sum(layer.outputs for layer in self.normalised_layers())

    def forward(self, content: torch.Tensor, parameters: torch.Tensor) -> torch.Tensor:
        """The whole picture at once: (B, 3, H, W) in [0, 1], sides multiples of four, to the same.

        Args:
            content: the picture.
            parameters: (2, style_size): gamma and beta of all normalised layers, in their order.
        """
        styles = iter(self.split(parameters))

        def normalised(layer: ConvLayer, features: torch.Tensor) -> torch.Tensor:
            raw: torch.Tensor = layer(features)
            if not layer.normalised:
                return raw
            variance, mean = torch.var_mean(raw, (2, 3), correction=0, keepdim=True)
            gamma, beta = next(styles)
            affine = Affine.normalising(mean, variance, gamma.view(-1, 1, 1), beta.view(-1, 1, 1))
            return affine(raw)

        features = content
        for layer in self.contract:
            features = normalised(layer, features).relu()
        for block in self.residual:
            inner = normalised(block.first, features).relu()
            features = features + normalised(block.second, inner)
        for layer in self.expand[:-1]:
            features = normalised(layer, features).relu()
        return normalised(self.expand[-1], features).sigmoid()

    def split(self, parameters: torch.Tensor) -> Sequence[tuple[torch.Tensor, torch.Tensor]]:
        """(gamma, beta), each (C,), for each normalised layer."""
        sizes = [layer.outputs for layer in self.normalised_layers()]
        gammas, betas = (half.split(sizes) for half in parameters)
        return list(zip(gammas, betas, strict=True))
