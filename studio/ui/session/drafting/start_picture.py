"""The start picture of the next generation: from a file, from pixels, or none."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

import numpy as np
from psygnal import Signal

from studio.document import Artwork, StartPicture
from studio.domain.events import Pixels
from studio.library import Library, Picture
from studio.ui.session.background import Background


class StartPictureChoice:
    """Start from a picture, or from the prompt alone.

    Signals:
        applied(picture): the start picture is this one of the history.
    """

    applied: ClassVar[Signal] = Signal(Picture)

    def __init__(self, library: Library, artwork: Artwork, background: Background) -> None:
        self._library = library
        self._artwork = artwork
        self._background = background

    def from_file(self, path: Path) -> None:
        """Make a picture file the start picture."""
        self._background.start(self._start_from, path, path.name)

    def from_pixels(self, pixels: Pixels, name: str) -> None:
        """Make uint8 (H, W, 3) pixels the start picture."""
        self._background.start(self._start_from, pixels, name)

    def forget(self) -> None:
        """Start from the prompt alone again."""
        self._artwork.start_from(None)

    async def _start_from(self, source: Path | Pixels, name: str) -> None:
        ref = await self._library.adopt(source)
        pixels = await asyncio.to_thread(self._library.input_pixels, ref.digest)
        self._artwork.start_from(StartPicture(ref, np.ascontiguousarray(pixels), name))
        picture = await asyncio.to_thread(self._library.find, ref.digest)
        if picture is not None:
            self.applied.emit(picture)
