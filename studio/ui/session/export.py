"""Pictures leave the studio as files."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from studio.library import Picture, PictureFormat, export_picture, export_pixels
from studio.ui.session.background import Background
from studio.ui.session.messages import Messages, Notice
from studio.ui.session.shown import Shown


class Export:
    """Writes pictures to files of the artist's choice."""

    def __init__(self, shown: Shown, messages: Messages, background: Background) -> None:
        self._shown = shown
        self._messages = messages
        self._background = background

    def write(
        self,
        picture: Picture | None,
        path: Path,
        *,
        format: PictureFormat,  # noqa: A002 (what people call it)
        quality: int,
        with_metadata: bool,
        overwrite: bool,
    ) -> None:
        """Write a picture of the history to a file; None is the one on the canvas, never saved."""
        self._background.start(
            self._write, picture, path, format, quality, with_metadata, overwrite
        )

    async def _write(
        self,
        picture: Picture | None,
        path: Path,
        picture_format: PictureFormat,
        quality: int,
        with_metadata: bool,
        overwrite: bool,
    ) -> None:
        if picture is not None:
            write = partial(export_picture, picture, with_metadata=with_metadata)
        elif self._shown.finished_pixels is not None:
            write = partial(export_pixels, self._shown.finished_pixels, record=None)
        else:
            return
        await asyncio.to_thread(
            write, path=path, format=picture_format, quality=quality, overwrite=overwrite
        )
        self._messages.notice.emit(Notice(f"Saved as “{path.name}”.", is_error=False))
