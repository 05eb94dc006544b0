"""One picture on its way to another style, iteration by iteration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch

from studio.domain import stylize
from studio.domain.events import Pixels
from studio.domain.stylize import USUAL_WEIGHTS, LossWeights
from studio.style.descent import Descent
from studio.style.features import FeatureExtractor
from studio.style.losses import StyleLoss, StyleLossW2, SumLoss
from studio.style.method import StylePicture
from studio.style.objective import Losses, Objective
from studio.style.resizing import resized
from studio.style.schedule import Stage, schedule
from studio.style.statistics import LayerStatistics, Statistics
from studio.style.tiled_features import TiledFeatures

MOST_PX: Final = 700_000
"""How much of a large picture is looked at at a time: of 4096² px that takes 0.26 of the whole's
memory. Smaller tiles look at more twice, and the picture, its momentum and its content need most of
the memory. What isn't twice as large is looked at as a whole."""
_NOISE: Final = 0.05
_CPU: Final = torch.device("cpu")
_LOSSES: Final[Mapping[stylize.StyleLoss, type[StyleLoss] | type[StyleLossW2]]] = {
    stylize.StyleLoss.GRAM: StyleLoss,
    stylize.StyleLoss.WASSERSTEIN: StyleLossW2,
}


@dataclass(frozen=True, slots=True)
class Iteration:
    """`number` (1 is the first) of `total` are done, at the size `width` × `height`; `losses` are
    those before the last step."""

    number: int
    total: int
    width: int
    height: int
    losses: Losses


class Optimisation:
    """The same arguments give the same pixels on the same machine.

    `weights` may be replaced at any time from any thread: each iteration reads it once. So may
    `iterations`, to let it go on; what comes on top of the first number is done in full size. All
    else belongs to the thread that runs it.

    Args:
        content: the picture, uint8 (H, W, 3).
        styles: one or more; their weights are parts of a whole.
        extractor: on `device`.
        strength: 0 to 1: how much of the styles' statistics there is in what it aims at, the rest
            being the content's own.
        loss: how two styles are compared.
        weights: of content and smoothness, the style's being 1.
        iterations: how many, over all sizes.
        seed: of the little noise it starts with.
        most_px: how many pixels are looked at at a time.
    """

    def __init__(
        self,
        content: Pixels,
        styles: Sequence[StylePicture],
        extractor: FeatureExtractor,
        *,
        strength: float = 1.0,
        loss: stylize.StyleLoss = stylize.StyleLoss.WASSERSTEIN,
        weights: LossWeights = USUAL_WEIGHTS,
        iterations: int = 300,
        seed: int = 0,
        device: torch.device = _CPU,
        most_px: int = MOST_PX,
    ) -> None:
        self.weights = weights
        self.iterations = iterations
        self._content = content
        whole = sum(style.weight for style in styles)
        self._styles = [(style, strength * style.weight / whole) for style in styles]
        if strength < 1:
            self._styles.append((StylePicture(content), 1 - strength))
        self._extractor = extractor
        self._loss = _LOSSES[loss]
        self._device = device
        self._most_px = most_px
        self._generator = torch.Generator().manual_seed(seed)
        self._stages = list(schedule(content.shape[0], content.shape[1], iterations))
        self._stage: Stage | None = None
        self._objective: Objective | None = None
        self._descent: Descent | None = None
        self._done = 0

    def run(self) -> Iterator[Iteration]:
        """Iterate until `iterations` are done. After a `break`, or with more iterations, another
        call goes on from there."""
        while self._done < self.iterations:
            if self._stages and self._stages[0].first <= self._done:
                self._begin(self._stages.pop(0))
            assert self._stage and self._objective and self._descent  # noqa: S101
            losses = self._descent.step(self._objective, self.weights)
            self._done += 1
            yield Iteration(
                self._done, self.iterations, self._stage.width, self._stage.height, losses
            )

    def picture(self) -> Pixels:
        """How it looks now, uint8 (h, w, 3): smaller than the content as long as the last size
        isn't reached. The content itself before the first iteration."""
        if self._descent is None:
            return self._content
        values = self._descent.picture[0].permute(1, 2, 0)
        return values.mul(255).round_().clamp_(0, 255).byte().contiguous().cpu().numpy()

    def _begin(self, stage: Stage) -> None:
        """Go on at another size."""
        size = (stage.height, stage.width)
        content = self._tensor(resized(self._content, *size))
        if self._descent is None:
            noise = torch.randn(content.shape, generator=self._generator).to(self._device)
            self._descent = Descent((content + _NOISE * noise).clamp_(0, 1))
        else:
            self._descent = self._descent.enlarged(*size)
        self._objective = None  # before there is another: both may be large
        style_loss = self._style_loss(max(size))
        features = TiledFeatures(self._extractor, *size, self._most_px)
        self._objective = Objective(features, content, style_loss)
        self._stage = stage

    def _style_loss(self, longer_px: int) -> SumLoss:
        """Towards the blend of the styles, as they look beside a picture of this size."""
        found = [(self._statistics(style, longer_px), share) for style, share in self._styles]
        layers = self._extractor.style_layers
        losses = {
            layer: self._loss(
                Statistics.blend((statistics[layer], share) for statistics, share in found)
            )
            for layer in layers
        }
        return SumLoss(losses, layers)

    def _statistics(self, style: StylePicture, longer_px: int) -> LayerStatistics:
        height, width = style.pixels.shape[:2]
        # Never enlarged: there is nothing between its pixels.
        factor = min(1.0, longer_px * style.scale / max(height, width))
        size = max(1, round(height * factor)), max(1, round(width * factor))
        features = TiledFeatures(self._extractor, *size, self._most_px)
        statistics = features.statistics(self._tensor(resized(style.pixels, *size)))
        return {layer: one.to(_CPU) for layer, one in statistics.items()}

    def _tensor(self, pixels: Pixels) -> torch.Tensor:
        """(H, W, 3) as (1, 3, H, W) in [0, 1], channels last."""
        on_device = torch.tensor(pixels, device=self._device)
        return on_device.permute(2, 0, 1)[None].float().div_(255)
