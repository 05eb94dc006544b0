"""Which pictures look alike: each is looked at once, in the background, when nothing else is."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import ClassVar, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from studio.domain.errors import StudioError
from studio.domain.events import Pixels
from studio.engine import Engine, EngineState
from studio.library import Library, Picture
from studio.ui.session.background import Background
from studio.ui.session.pictures.gallery import Gallery

log = logging.getLogger(__name__)

AT_ONCE: Final = 4
MOST_SIMILAR: Final = 200
# As the gallery keeps them: what is looked at here is there at once when it is scrolled to.
_THUMBNAIL_PX: Final = 160
_TITLE_CHARS: Final = 40
# Whoever has just seen a picture often asks for the next one within seconds, and wants both cores.
REST_S: Final = 5.0


class Describer(Protocol):
    """Tells how pictures look; used off the loop's thread."""

    def describe(self, pictures: Sequence[Pixels]) -> NDArray[np.int8]:
        """From pictures, uint8 (H, W, 3), to a row of numbers each."""
        ...

    def close(self) -> None:
        """It describes nothing any more."""
        ...


class Similarity:
    """Looks at the history's pictures, a few at a time, until it is paused; never while a job runs,
    nor within `rest_s` of the last one.

    Signals:
        changed(): how many it has looked at, or whether it is paused.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(
        self,
        make_describer: Callable[[], Describer],
        engine: Engine,
        library: Library,
        gallery: Gallery,
        background: Background,
        *,
        rest_s: float = REST_S,
    ) -> None:
        self.known = 0
        self.total = 0
        self.is_paused = False
        self._make_describer = make_describer
        self._describer: Describer | None = None
        self._is_closed = False
        # A thread outlives the task that waits for it: it must not make a describer after `close`.
        self._using_describer = threading.Lock()
        self._describing = asyncio.Lock()
        self._engine = engine
        self._library = library
        self._gallery = gallery
        self._background = background
        self._new: list[Picture] = []
        self._more = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle_since_s = 0.0
        self._rest_s = rest_s
        library.recorded.connect(self._on_recorded)
        library.added.connect(self._on_added)
        library.removed.connect(self._on_removed)
        engine.status_changed.connect(self._on_idle_changed)

    @property
    def is_looking(self) -> bool:
        """Whether there are pictures that it hasn't looked at."""
        return self.known < self.total

    def begin(self) -> None:
        """Look at what is new, from now on."""
        self._on_idle_changed()
        self._background.start(self._look)

    def pause(self) -> None:
        """Look at no more until `resume`, other than what is asked about."""
        self._set_paused(True)

    def resume(self) -> None:
        """Go on looking."""
        self._set_paused(False)

    async def close(self) -> None:
        """Look at nothing any more, once what is looked at now is done."""
        await asyncio.to_thread(self._end)

    def show(self, picture: Picture) -> None:
        """Show in the history what looks like this picture, nearest first, itself before all."""
        self._background.start(self._show, picture)

    async def _show(self, picture: Picture) -> None:
        found = await self.similar(picture)
        words = " ".join(picture.settings.prompt.split())[:_TITLE_CHARS]
        self._gallery.show_list(f"Like “{words}”" if words else "Alike", [picture, *found])

    async def similar(self, picture: Picture) -> list[Picture]:
        """The pictures that look most like this one, of those looked at so far, nearest first.

        Raises:
            StudioError: its file can't be read.
        """
        likenesses = self._library.likenesses
        nearest = await asyncio.to_thread(likenesses.nearest, picture.id, MOST_SIMILAR)
        if not nearest:
            await self._look_at([picture])
            nearest = await asyncio.to_thread(likenesses.nearest, picture.id, MOST_SIMILAR)
        return await asyncio.to_thread(self._library.pictures, [number for number, _ in nearest])

    def _set_paused(self, is_paused: bool) -> None:
        if is_paused != self.is_paused:
            self.is_paused = is_paused
            self._on_idle_changed()
            self.changed.emit()

    def _on_recorded(self, picture: Picture) -> None:
        self._new.append(picture)
        self.total += 1
        self._more.set()

    def _on_added(self, pictures: list[Picture]) -> None:
        for picture in pictures:
            self._on_recorded(picture)

    def _on_removed(self, pictures: list[Picture]) -> None:
        self.total = max(0, self.total - len(pictures))
        self.known = min(self.known, self.total)
        self.changed.emit()

    def _on_idle_changed(self) -> None:
        if self.is_paused or self._engine.status.state is not EngineState.READY:
            self._idle.clear()
        elif not self._idle.is_set():
            self._idle_since_s = time.monotonic()
            self._idle.set()

    async def _look(self) -> None:
        likenesses = self._library.likenesses
        self.known = await asyncio.to_thread(likenesses.count)
        self.total = await asyncio.to_thread(self._library.count)
        self.changed.emit()
        while True:
            await self._until_idle()
            if not (missing := await asyncio.to_thread(likenesses.missing, AT_ONCE)):
                break
            self._new.clear()
            await self._look_at(await asyncio.to_thread(self._library.pictures, missing))
        # From now on only what is new: to ask the whole history again and again takes its time.
        while True:
            await self._more.wait()
            self._more.clear()
            while self._new:
                await self._until_idle()
                some, self._new = self._new[:AT_ONCE], self._new[AT_ONCE:]
                await self._look_at(some)

    async def _until_idle(self) -> None:
        while True:
            await self._idle.wait()
            left_s = self._idle_since_s + self._rest_s - time.monotonic()
            if left_s <= 0 and self._idle.is_set():
                return
            await asyncio.sleep(max(left_s, 0))

    async def _look_at(self, pictures: Sequence[Picture]) -> None:
        async with self._describing:
            thumbnails: dict[int, Pixels] = {}
            rows: dict[int, NDArray[np.int8] | None] = {}
            for picture in pictures:
                try:
                    thumbnails[picture.id] = await self._library.thumbnail(picture, _THUMBNAIL_PX)
                except StudioError as error:
                    log.info("not looked at: %s", error)
                    rows[picture.id] = None
            described = await asyncio.to_thread(self._described, list(thumbnails.values()))
            rows.update(zip(thumbnails, described, strict=True))
            await asyncio.to_thread(self._library.likenesses.put, rows)
        self.known = min(self.known + len(rows), self.total)
        self.changed.emit()

    def _described(self, pictures: Sequence[Pixels]) -> NDArray[np.int8]:
        with self._using_describer:
            if self._is_closed:
                raise RuntimeError("closed: nobody waits for this")
            if self._describer is None:
                self._describer = self._make_describer()
            return self._describer.describe(pictures)

    def _end(self) -> None:
        with self._using_describer:
            self._is_closed = True
            if self._describer is not None:
                self._describer.close()
