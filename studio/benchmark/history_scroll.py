"""How long a frame takes while the gallery is scrolled: with a million pictures / with a thousand.

Two galleries as the window has them, each on a history of its own. For each pair both are scrolled
through the same parts of their length, by the wheel and by leaps as the scroll bar's handle makes
them, with nothing kept from before: a short history would soon be kept as a whole. A value is the
ratio of the times that 19 of 20 frames stay below; the control is the short history twice.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import Final

import numpy as np

from studio.benchmark.bench import Bench
from studio.benchmark.histories import FEW, MANY, folders_of, home_with
from studio.benchmark.ratios import Measurement, time_rounds
from studio.domain.errors import StudioError
from studio.domain.events import Pixels
from studio.library import Library, Picture
from studio.library.index.outline import Grouping
from studio.ui.history.gallery_model import GalleryModel
from studio.ui.history.gallery_view import USUAL_PX, GalleryView
from studio.ui.session.background import Background
from studio.ui.session.messages import Messages
from studio.ui.session.pictures.gallery import Gallery

_SIZE_PX: Final = (640, 800)
_FRAMES: Final = 120
_WHEEL_PX: Final = 120
_LEAP_EACH: Final = 30


async def run(bench: Bench) -> list[Measurement]:
    bench.say("opening both")
    many = await Scrolled.open(bench, MANY)
    few = await Scrolled.open(bench, FEW)
    try:
        rounds = await time_rounds(
            many.p95_s, few.p95_s, range(bench.wishes.pairs), bench.counter("frames")
        )
    finally:
        await many.close()
        await few.close()
    details = {
        "with_1000000_ms": rounds.median_a_s * 1000,
        "with_1000_ms": rounds.median_b_s * 1000,
        "frames_painted": many.painted,
    }
    workload = f"{_FRAMES} frames, {_SIZE_PX[0]} × {_SIZE_PX[1]} px"
    return [Measurement(workload, rounds.ratios, rounds.control, details)]


class CountingView(GalleryView):
    """Knows how often it was painted."""

    painted = 0

    def paintEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)  # type: ignore[arg-type]
        self.painted += 1


class Scrolled:
    """A gallery on the screen. Thumbnails are made without files: those are the same for both."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._background = Background(Messages())
        self._gallery = Gallery(library, self._background)
        # As many to a line in both: of a thousand in years each has a day of its own.
        self._gallery.group(Grouping.NONE)
        self.painted = 0

    @classmethod
    async def open(cls, bench: Bench, count: int) -> Scrolled:
        """Show a history of so many pictures, and wait until all its rows are known."""
        folders = folders_of(home_with(bench, count))
        library = await Library.open(folders.pictures, folders.data, trash=_no_trash)
        scrolled = cls(library)
        scrolled._gallery.open()
        while not scrolled._gallery.is_complete:
            await asyncio.sleep(0.01)
        await scrolled.p95_s(0)
        return scrolled

    async def close(self) -> None:
        await self._background.close()
        await self._library.close()

    async def p95_s(self, pair: int) -> float:
        """Scroll a while; the time that 19 of 20 frames stay below, in seconds."""
        chance = random.Random(pair)  # noqa: S311
        view = CountingView(GalleryModel(self._gallery, _fail), _Colours())
        view.resize(*_SIZE_PX)
        view.set_thumbnail_px(USUAL_PX)
        view.show()
        bar = view.verticalScrollBar()
        times = []
        for frame in range(_FRAMES):
            if frame % _LEAP_EACH == 0:
                value = round(chance.random() * bar.maximum())
            else:
                value = bar.value() + _WHEEL_PX
            started = time.perf_counter()
            bar.setValue(value)
            await asyncio.sleep(0)  # Qt paints before the loop's next turn
            times.append(time.perf_counter() - started)
            # Pages and thumbnails come meanwhile, as they do between two turns of a wheel.
            await asyncio.sleep(0.004)
        self.painted += view.painted
        view.close()
        view.model().deleteLater()
        view.deleteLater()
        return float(np.percentile(times, 95))


class _Colours:
    """Thumbnails of one colour each."""

    async def thumbnail(self, picture: Picture, side_px: int) -> Pixels:
        colour = np.frombuffer(bytes.fromhex(picture.pixel_digest[-6:]), np.uint8)
        return np.broadcast_to(colour, (side_px, side_px, 3)).copy()


def _no_trash(_path: object) -> None:
    raise AssertionError("nothing is deleted here")


def _fail(error: StudioError) -> None:
    raise error
