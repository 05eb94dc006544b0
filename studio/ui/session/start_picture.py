"""The start picture of the next generation: from a file, from pixels, or none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from studio.document import Artwork, StartPicture
from studio.domain.events import Pixels
from studio.library import Library
from studio.ui.session.background import Background


class StartPictureChoice:
    """Start from a picture, or from the prompt alone."""

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
