"""A picture larger and crisper, otherwise as it is."""

from __future__ import annotations

import time
from collections.abc import Iterator

from studio.domain.errors import RequestError
from studio.domain.events import FinishProgress, ImageReady
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.tasks.tools import Tools
from studio.engine.upscaling.finishing import finish


class Upscale:
    """A `TaskRun`."""

    def __init__(self, request: Request, control: Control) -> None:
        self._request = request
        self._control = control

    def run(self, tools: Tools) -> Iterator[FinishProgress | ImageReady]:
        """Enlarge the start picture, its alpha too."""
        request, control = self._request, self._control
        if request.init_image is None:
            raise RequestError("There is no picture to upscale.")
        started = time.perf_counter()
        pixels = tools.find_picture(request.init_image.digest)
        pictures = yield from finish(
            tools.upscaler(request.upscaler), pixels[None], request.upscale, control
        )
        if pictures is not None:
            yield ImageReady(
                generation=control.generation,
                images=pictures,
                previews=(),
                snapshots=(),
                elapsed_s=time.perf_counter() - started,
            )
