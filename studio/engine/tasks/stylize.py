"""A picture in the style of others."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Final

import numpy as np

from studio.document.masks import Mask, feathered, from_picture
from studio.domain.errors import RequestError
from studio.domain.events import FinishProgress, ImageReady, PaintedLayer, Pixels, StepPreview
from studio.domain.geometry import Box
from studio.domain.request import Request
from studio.domain.stylize import StyleMethod, StyleSource
from studio.engine.control import Control
from studio.engine.tasks.optimised_style import OptimisedStyle
from studio.engine.tasks.tools import Progress, Tools
from studio.style.method import PaintedStyle, Style, StylePicture
from studio.style.method import Progress as StyleProgress
from studio.style.stylize import blended, stylize

_PERCENT: Final = 100
_UNSEEN: Final = np.empty((1, 0, 0, 3), np.uint8)


class Stylization:
    """A `TaskRun`."""

    def __init__(self, request: Request, control: Control) -> None:
        self._request = request
        self._control = control
        self._started = 0.0

    def run(self, tools: Tools) -> Iterator[Progress | ImageReady]:
        """Paint the start picture in its styles, then give it its colours and its mask."""
        request, wishes, start = self._request, self._request.stylize, self._request.init_image
        if wishes is None or start is None:
            raise RequestError("There is no picture to take on a style.")
        self._started = time.perf_counter()
        content = tools.picture(start)
        mask = None
        if wishes.mask is not None:
            mask = feathered(from_picture(tools.picture(wishes.mask)), wishes.feather_px)
        stepwise = None
        if wishes.method is StyleMethod.OPTIMISED:
            extractor, device = tools.features(), tools.device.torch_device
            stepwise = OptimisedStyle(
                request, wishes, self._control, extractor, device, previews=tools.previews
            )
        painting = stylize(
            stepwise or tools.instant_style(),
            content,
            [_style(source, tools) for source in wishes.styles],
            wishes.strength,
            wishes.colours,
            mask if wishes.outside else None,
            [_style(source, tools) for source in wishes.outside],
        )
        result = yield from self._followed(painting, stepwise, tools.previews)
        if result is not None:
            made = None if stepwise is None else stepwise.request
            yield self._ready(content, result, None if wishes.outside else mask, made)

    def _followed(
        self,
        painting: Generator[StyleProgress, None, Pixels],
        stepwise: OptimisedStyle | None,
        previews: bool,
    ) -> Generator[Progress, None, Pixels | None]:
        """The result; None when `control` said stop."""
        while not self._control.cancelled:
            try:
                progress = next(painting)
            except StopIteration as end:
                result: Pixels = end.value
                return result
            seen = progress.preview[None] if previews and progress.preview is not None else _UNSEEN
            if stepwise is not None:
                yield self._iteration(stepwise, seen)
            else:
                if seen.size:
                    yield StepPreview(self._control.generation, 0, 1, seen, self._elapsed_s, 0.0)
                yield self._share(progress.done)
        painting.close()
        return None

    @property
    def _elapsed_s(self) -> float:
        return time.perf_counter() - self._started

    def _iteration(self, stepwise: OptimisedStyle, seen: Pixels) -> StepPreview:
        elapsed_s = self._elapsed_s
        return StepPreview(
            self._control.generation,
            stepwise.iterations,
            stepwise.total,
            seen,
            elapsed_s,
            elapsed_s / stepwise.iterations,
            stepwise.losses,
        )

    def _share(self, done: float) -> FinishProgress:
        """Of a picture that is there at once the steps are per cent."""
        percent, elapsed_s = int(done * _PERCENT), self._elapsed_s
        pace = elapsed_s / percent if percent else 0.0
        return FinishProgress(self._control.generation, percent, _PERCENT, elapsed_s, pace)

    def _ready(
        self, content: Pixels, result: Pixels, mask: Mask | None, made: Request | None
    ) -> ImageReady:
        alpha = np.full(result.shape[:2], 255, np.uint8) if mask is None else mask
        finished = result if mask is None else blended(content, result, mask)
        box = Box(0, 0, result.shape[1], result.shape[0])
        return ImageReady(
            generation=self._control.generation,
            images=finished[None],
            previews=(),
            snapshots=(),
            elapsed_s=self._elapsed_s,
            painted=PaintedLayer(box, np.dstack([result, alpha])[None]),
            request=made,
        )


def _style(source: StyleSource, tools: Tools) -> Style:
    if source.picture is None:
        return PaintedStyle(source.painted, source.weight, source.scale)
    return StylePicture(tools.picture(source.picture), source.weight, source.scale)
