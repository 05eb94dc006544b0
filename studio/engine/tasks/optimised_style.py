"""The optimised method of style transfer as a job: watched, weighed anew, stopped when it is good
enough."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace

import numpy as np
import torch

from studio.domain.events import Losses, Pixels
from studio.domain.request import Request
from studio.domain.stylize import LossWeights, Stylize, WeightChange
from studio.engine.control import Control
from studio.style.features import FeatureExtractor
from studio.style.method import Progress, Style
from studio.style.optimised import Optimised


class OptimisedStyle:
    """A `Method` of one job. With styles for both sides of a mask it paints twice, and what is
    counted goes on counting.

    `iterations` are done so far, of `total`; `losses` (iterations, 3) tells the content's, the
    style's and the whole loss of each.
    """

    def __init__(
        self,
        request: Request,
        wishes: Stylize,
        control: Control,
        extractor: FeatureExtractor,
        device: torch.device,
        *,
        previews: bool,
    ) -> None:
        self.iterations = 0
        self.total = wishes.iterations * (2 if wishes.outside else 1)
        self._request = request
        self._wishes = wishes
        self._control = control
        self._extractor = extractor
        self._device = device
        self._previews = previews
        self._weights = wishes.weights_at(0)
        self._changes: list[WeightChange] = []
        self._stopped_at: int | None = None
        self._losses: list[tuple[float, float, float]] = []

    @property
    def losses(self) -> Losses:
        return np.array(self._losses, np.float32).reshape(-1, 3)

    @property
    def request(self) -> Request | None:
        """The request that gives what it gave, if the artist had a hand in it."""
        if not self._changes and self._stopped_at is None:
            return None
        wishes = replace(self._wishes, changes=tuple(self._changes), stopped_at=self._stopped_at)
        return replace(self._request, stylize=wishes)

    def paint(
        self, content: Pixels, styles: Sequence[Style], strength: float
    ) -> Generator[Progress, None, Pixels]:
        """See `Method.paint`."""
        wishes = self._wishes
        method = Optimised(
            self._extractor,
            self._device,
            loss=wishes.loss,
            weights=self._weights,
            iterations=wishes.iterations,
            seed=self._request.seed,
            previews=self._previews,
        )
        painting = method.paint(content, styles, strength)
        while True:
            try:
                progress = next(painting)
            except StopIteration as end:
                result: Pixels = end.value
                return result
            losses = progress.losses
            self._losses.append((losses.content, losses.style, losses.total))
            self.iterations += 1
            yield progress
            self._reweigh()
            method.weights, method.enough = self._weights, self._is_good_enough()

    def _is_good_enough(self) -> bool:
        if self._control.stops_here and self._stopped_at is None:
            self._stopped_at = self.iterations
        ends = (self._stopped_at, self._wishes.stopped_at)
        return any(end is not None and self.iterations >= end for end in ends)

    def _reweigh(self) -> None:
        wished: LossWeights | None = self._control.weights
        if wished is None:
            self._weights = self._wishes.weights_at(self.iterations)
        elif wished != self._weights:
            self._weights = wished
            self._changes.append(WeightChange(self.iterations, wished))
