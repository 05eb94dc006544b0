"""How objects are found: by a segmenter of the artist's, or by the picture's colours and edges."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from typing import ClassVar, Final

from psygnal import Signal

from studio.catalog import Catalog
from studio.document import Content
from studio.document.layer import Layer
from studio.document.rendering.composite import flatten_layers
from studio.document.selection import METHOD, Coverage, Hints, object_mask
from studio.document.selection.shapes import Point
from studio.document.selection.similar import Reader
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import StudioError
from studio.engine import Candidate, Engine, ObjectPart, SeenPicture, Segmenting
from studio.ui.session.long_tasks import Cancelled, LongTask, LongTasks
from studio.ui.session.painting.tools import Tools

Found = Callable[[ObjectPart], Coverage | None]
"""The mask of what was found, or of a part of it, or of what it is a part of. For threads."""

LOOKING: Final = "Looking at the picture"
WAITING: Final = "Selecting between two steps"


class ObjectFinder:
    """Finds what hints point at. A segmenter looks at each picture once, on the engine, and then
    answers at once; without one, colours and edges decide, on a thread.

    Signals:
        changed(): another way is in use, or there are others.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(self, catalog: Catalog, engine: Engine, tools: Tools, tasks: LongTasks) -> None:
        self._catalog = catalog
        self._engine = engine
        self._tools = tools
        self._tasks = tasks
        self._shown: tuple[tuple[Layer, ...], SeenPicture] | None = None
        self._looking = asyncio.Lock()
        self._looked_at: set[tuple[str, str]] = set()
        self._is_asked = False
        self._times_cancelled = 0
        self._given_up: set[tuple[str, str]] = set()
        tools.events.object_finder.connect(self.look_again)

    @property
    def segmenters(self) -> tuple[AddonInfo, ...]:
        """Those on this disk."""
        return self._catalog.addons(AddonKind.SEGMENTER)

    @property
    def segmenter(self) -> AddonInfo | None:
        """The one in use: that which the artist chose, or else the first; None if colours and edges
        decide."""
        if self._tools.object_finder == METHOD or not (there := self.segmenters):
            return None
        chosen = [one for one in there if one.name == self._tools.object_finder]
        return (chosen or there)[0]

    def look_again(self) -> None:
        """The catalog may have others now, or the artist chose another."""
        self.changed.emit()

    def forget(self) -> None:
        """Let go of the picture; the engine still knows it when it comes back."""
        self._shown = None

    async def find(self, content: Content, hints: Hints) -> Found:
        """What `hints` point at.

        Raises:
            Cancelled: the artist no longer wants it.
            StudioError: the segmenter can't be used.
        """
        segmenter = self.segmenter
        if segmenter is None:
            coverage = await asyncio.to_thread(object_mask, _reader(content), content.size, hints)
            return lambda _part: coverage
        picture = await self._seen(content)
        await self._look(segmenter.name, picture, is_asked=True)
        is_busy = self._engine.running is not None
        with self._tasks.begun(WAITING) if is_busy else nullcontext() as waiting:
            candidates = await self._engine.ask(Segmenting(segmenter.name, picture, hints))
        if candidates is None or (waiting is not None and waiting.is_cancelled):
            raise Cancelled

        def coverage_of(part: ObjectPart) -> Coverage | None:
            chosen = candidates.chosen(part)
            return None if chosen is None else chosen.coverage()

        return coverage_of

    async def glance(self, content: Content, point: Point) -> Candidate | None:
        """What a click on `point` would select, if that can be told without being in the way of
        anything: of a job, or of an artist who didn't want the picture to be looked at."""
        segmenter = self.segmenter
        if segmenter is None or self._has_jobs:
            return None
        picture = await self._seen(content)
        key = segmenter.name, picture.digest
        if key in self._given_up or self._has_jobs:
            return None
        try:
            await self._look(segmenter.name, picture, is_asked=False)
            if self._has_jobs:
                return None
            hints = Hints(inside=((point,),))
            candidates = await self._engine.ask(Segmenting(segmenter.name, picture, hints))
        except Cancelled:
            return None
        except StudioError:  # a click tells what is wrong
            self._given_up.add(key)
            return None
        return None if candidates is None else candidates.chosen(self._tools.object_part)

    @property
    def _has_jobs(self) -> bool:
        return self._engine.running is not None or bool(self._engine.waiting)

    async def _seen(self, content: Content) -> SeenPicture:
        """The picture as segmenters see it; the mask has no part in it."""
        if self._shown is not None:
            layers, picture = self._shown
            if layers is content.layers and picture.size == content.size:
                return picture
        picture = await asyncio.to_thread(SeenPicture.of, _reader(content), content.size)
        self._shown = content.layers, picture
        return picture

    async def _look(self, segmenter: str, picture: SeenPicture, *, is_asked: bool) -> None:
        """Have the engine look at a picture, unless it has. What nobody clicked for (`is_asked`)
        makes way for jobs.

        Raises:
            Cancelled: the artist cancelled it, or a job came.
            StudioError: the segmenter can't be used.
        """
        key = segmenter, picture.digest
        self._is_asked |= is_asked
        times_cancelled = self._times_cancelled
        async with self._looking:
            if key in self._looked_at:
                return
            if self._times_cancelled != times_cancelled:
                raise Cancelled  # that was meant for all who waited
            self._is_asked |= is_asked
            try:
                with self._tasks.begun(LOOKING) as task:
                    question = Segmenting(segmenter, picture, None, self._goes_on(task))
                    answer = await self._engine.ask(question)
            finally:
                self._is_asked = False
            if answer is not None:
                self._looked_at.add(key)
                self._given_up.discard(key)
                return
            if task.is_cancelled:
                self._times_cancelled += 1
                self._given_up.add(key)
            raise Cancelled

    def _goes_on(self, task: LongTask) -> Callable[[int, int], bool]:
        def goes_on(done: int, parts: int) -> bool:
            if not self._is_asked and self._engine.waiting:
                return False
            try:
                task.advance(done, parts)
            except Cancelled:
                return False
            return True

        return goes_on


def _reader(content: Content) -> Reader:
    return lambda box: flatten_layers(content.layers, box)
