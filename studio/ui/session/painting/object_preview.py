"""What a click on an object would select, while the pointer moves over it."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from studio.document import Document
from studio.document.selection import outlines
from studio.document.selection.shapes import Point
from studio.engine import Candidate
from studio.ui.session.background import Background
from studio.ui.session.painting.object_finding import ObjectFinder

Line = NDArray[np.float64]


class ObjectPreview:
    """Follows the pointer as fast as a segmenter answers, always to the newest place.

    `lines` (n, 2) each, in the document's pixels, lie around the object; none if there is none.

    Signals:
        changed(): `lines` are others.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(self, finder: ObjectFinder, background: Background) -> None:
        self.lines: tuple[Line, ...] = ()
        self._finder = finder
        self._background = background
        self._next: tuple[Document, Point] | None = None
        self._is_wanted = False
        self._is_following = False

    def point_at(self, document: Document, point: Point) -> None:
        """The pointer is there."""
        self._next = document, point
        self._is_wanted = True
        if not self._is_following:
            self._is_following = True
            self._background.start(self._follow)

    def clear(self) -> None:
        """The pointer is elsewhere."""
        self._next = None
        self._is_wanted = False
        self._show(())

    async def _follow(self) -> None:
        try:
            while self._next is not None:
                (document, point), self._next = self._next, None
                found = await self._finder.glance(document.content, point)
                lines = () if found is None else await asyncio.to_thread(_around, found)
                if self._is_wanted:
                    self._show(lines)
        finally:
            self._is_following = False

    def _show(self, lines: tuple[Line, ...]) -> None:
        if lines or self.lines:
            self.lines = lines
            self.changed.emit()


def _around(found: Candidate) -> tuple[Line, ...]:
    rough = found.rough()
    if rough is None:
        return ()
    height, width = found.logits.shape
    scale = found.size.width / width, found.size.height / height
    return tuple(line * scale for line in outlines(rough))
