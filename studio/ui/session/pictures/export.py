"""Pictures leave the studio as files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from studio.document import Content, flat_png, flatten
from studio.domain.events import Pixels
from studio.library import (
    MetadataChoice,
    Picture,
    PictureFormat,
    export_picture,
    export_pixels,
    export_stream,
    without_idle_alpha,
)
from studio.library.files.disk import Disk
from studio.ui.session.long_tasks import LongTask
from studio.ui.session.pictures.exporting import Exporting


class Export:
    """Writes pictures to files of the artist's choice."""

    def __init__(self, exporting: Exporting) -> None:
        self._exporting = exporting

    def write(
        self,
        source: Picture | Content | Pixels,
        path: Path,
        *,
        format: PictureFormat,  # noqa: A002 (what people call it)
        quality: int,
        metadata: MetadataChoice,
        overwrite: bool,
    ) -> None:
        """Write a picture of the history, an artwork or pixels (H, W, 3 or 4) to a file.

        Only a picture of the history has metadata to choose from.
        """
        picture = partial(
            _write, source, path, format, quality, metadata=metadata, overwrite=overwrite
        )
        self._exporting.begin(path, picture)


def _write(
    source: Picture | Content | Pixels,
    path: Path,
    picture_format: PictureFormat,
    quality: int,
    task: LongTask,
    *,
    metadata: MetadataChoice,
    overwrite: bool,
) -> None:
    disk = _WantedDisk(task)
    write: Callable[..., None]
    if isinstance(source, Picture):
        write = partial(export_picture, source, metadata=metadata, quality=quality)
    elif isinstance(source, Content) and picture_format is PictureFormat.PNG:
        # The largest take their time and their memory: band by band they take less of both.
        write = partial(export_stream, lambda stream: flat_png.write(source, stream, task.advance))
    else:
        pixels = flatten(source) if isinstance(source, Content) else source
        task.check()
        write = partial(export_pixels, without_idle_alpha(pixels), record=None, quality=quality)
    write(path=path, format=picture_format, overwrite=overwrite, disk=disk)


class _WantedDisk(Disk):
    """Begins no file for what was cancelled while its pixels were encoded."""

    def __init__(self, task: LongTask) -> None:
        self._task = task

    def create(self, path: Path) -> int:
        self._task.check()
        return super().create(path)
