"""Pictures leave the studio as files."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from studio.document import Content, flatten
from studio.domain.events import Pixels
from studio.library import (
    Picture,
    PictureFormat,
    export_picture,
    export_pixels,
    without_idle_alpha,
)
from studio.ui.session.background import Background
from studio.ui.session.messages import Messages, Notice


class Export:
    """Writes pictures to files of the artist's choice."""

    def __init__(self, messages: Messages, background: Background) -> None:
        self._messages = messages
        self._background = background

    def write(
        self,
        source: Picture | Content | Pixels,
        path: Path,
        *,
        format: PictureFormat,  # noqa: A002 (what people call it)
        quality: int,
        with_metadata: bool,
        overwrite: bool,
    ) -> None:
        """Write a picture of the history, an artwork or pixels (H, W, 3 or 4) to a file.

        Only a picture of the history has metadata.
        """
        self._background.start(self._write, source, path, format, quality, with_metadata, overwrite)

    async def _write(
        self,
        source: Picture | Content | Pixels,
        path: Path,
        picture_format: PictureFormat,
        quality: int,
        with_metadata: bool,
        overwrite: bool,
    ) -> None:
        if isinstance(source, Picture):
            write = partial(export_picture, source, with_metadata=with_metadata)
        else:
            if isinstance(source, Content):
                source = await asyncio.to_thread(flatten, source)
            write = partial(export_pixels, without_idle_alpha(source), record=None)
        await asyncio.to_thread(
            write, path=path, format=picture_format, quality=quality, overwrite=overwrite
        )
        self._messages.notice.emit(Notice(f"Saved as “{path.name}”.", is_error=False))
