"""What a picture from outside can become in the open artwork: a layer, or the mask."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from studio.document import Document
from studio.document.edits import add_picture, set_mask
from studio.document.selection.dropped import from_dropped
from studio.domain.events import Pixels
from studio.library import read_picture
from studio.ui.session.background import Background
from studio.ui.session.painting.editing import Editing


class Placing:
    """Takes files, or uint8 pixels (H, W, 3 or 4), into the document; each is one step of undo."""

    def __init__(self, editing: Editing, background: Background) -> None:
        self._editing = editing
        self._background = background

    def as_layer(
        self, source: Path | Pixels, name: str, centre: tuple[float, float] | None = None
    ) -> None:
        """A new layer with its middle at `centre` of the document, or in the document's own."""
        if (document := self._editing.document) is not None:
            self._background.start(self._add_layer, document, source, name, centre)

    def at(self, pixels: Pixels, name: str, x: int, y: int) -> None:
        """A new layer with its left upper corner at `x`, `y` of the document."""
        if (document := self._editing.document) is not None:
            document.do(add_picture(document.content, pixels, name, x, y))
            self._editing.bring_back()

    def as_mask(self, source: Path | Pixels) -> None:
        """The picture as the mask, fitted into the document: white is repainted."""
        if (document := self._editing.document) is not None:
            self._background.start(self._set_mask, document, source)

    async def _add_layer(
        self,
        document: Document,
        source: Path | Pixels,
        name: str,
        centre: tuple[float, float] | None,
    ) -> None:
        pixels = await _pixels(source)
        size = document.content.size
        x, y = centre or (size.width / 2, size.height / 2)
        left, top = round(x - pixels.shape[1] / 2), round(y - pixels.shape[0] / 2)
        document.do(add_picture(document.content, pixels, name, left, top))
        self._editing.bring_back()

    async def _set_mask(self, document: Document, source: Path | Pixels) -> None:
        pixels = await _pixels(source)
        size = document.content.size
        mask = await asyncio.to_thread(from_dropped, pixels, size)
        while document.content.size != size:  # cropped meanwhile
            size = document.content.size
            mask = await asyncio.to_thread(from_dropped, pixels, size)
        document.do(set_mask(document.content, mask, "Mask from picture"))
        self._editing.bring_back()


async def _pixels(source: Path | Pixels) -> Pixels:
    if isinstance(source, Path):
        return await asyncio.to_thread(partial(read_picture, source, keep_alpha=True))
    return source
