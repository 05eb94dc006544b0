"""Pictures into files of the artist's choice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from studio.domain.errors import UsageError
from studio.domain.events import Pixels
from studio.domain.srgb import srgb_profile
from studio.library.disk import Disk, storage_errors
from studio.library.encoding import PictureFormat, encode
from studio.library.picture import Picture, PictureRecord
from studio.library.reading import read_picture

SUFFIXES: Final = {
    ".png": PictureFormat.PNG,
    ".jpg": PictureFormat.JPEG,
    ".jpeg": PictureFormat.JPEG,
    ".webp": PictureFormat.WEBP,
}


def export_picture(
    picture: Picture,
    path: Path,
    *,
    format: PictureFormat | str | None = None,  # noqa: A002 (what people call it)
    quality: int = 90,
    with_metadata: bool = True,
    overwrite: bool = False,
    disk: Disk | None = None,
) -> None:
    """Write a picture of the history to `path`; see `export_pixels`.

    In a JPEG, what is transparent lies on white.

    Raises:
        PictureError: the picture's own file is gone or damaged.
    """
    record = picture.record if with_metadata else None
    wanted = _format_of(path, format)
    export_pixels(
        read_picture(picture.path, keep_alpha=wanted is not PictureFormat.JPEG),
        path,
        record=record,
        format=wanted,
        quality=quality,
        overwrite=overwrite,
        disk=disk,
    )


def export_pixels(
    pixels: Pixels,
    path: Path,
    *,
    record: PictureRecord | None,
    format: PictureFormat | str | None = None,  # noqa: A002 (what people call it)
    quality: int = 90,
    overwrite: bool = False,
    disk: Disk | None = None,
) -> None:
    """Write pixels to `path`, whole or not at all.

    Args:
        pixels: uint8 (H, W, 3), or (H, W, 4) for what isn't a JPEG.
        record: goes into the file; None writes no metadata.
        format: decided by the suffix of `path` when it isn't given.
        quality: 1 to 100, for JPEG and WebP.
        overwrite: replace a file that is already there.

    Raises:
        UsageError: no such format, or format and suffix contradict each other.
        PictureError: the picture or its record doesn't fit into the format.
        StorageError: the disk refused, or there is already such a file.
    """
    if not 1 <= quality <= 100:
        raise UsageError(f"The quality is a whole number from 1 to 100, not {quality}.")
    content = encode(pixels, _format_of(path, format), record, quality, srgb_profile())
    disk = disk or Disk()
    with storage_errors(path):
        if overwrite:
            disk.replace(path, content)
        else:
            disk.write_new(path, content)


def export_stream(
    write: Callable[[IO[bytes]], None],
    path: Path,
    *,
    format: PictureFormat,  # noqa: A002 (what people call it)
    overwrite: bool = False,
    disk: Disk | None = None,
) -> None:
    """Have `write` put a picture of that format into a new file, whole or not at all; it needn't
    fit into memory.

    Raises:
        UsageError: format and suffix contradict each other.
        StorageError: the disk refused, or there is already such a file.
    """
    _format_of(path, format)
    disk = disk or Disk()
    with storage_errors(path):
        if overwrite:
            disk.replace_with(path, write)
        else:
            disk.write_new_with(path, write)


def _format_of(path: Path, wanted: PictureFormat | str | None) -> PictureFormat:
    by_suffix = SUFFIXES.get(path.suffix.lower())
    if wanted is None:
        if by_suffix is None:
            raise UsageError(
                f"The studio doesn't know which format “{path.name}” should have.",
                f"End the name with one of: {', '.join(SUFFIXES)}.",
            )
        return by_suffix
    try:
        wanted = PictureFormat(wanted)
    except ValueError:
        raise UsageError(
            f"The studio doesn't write {wanted} files.", f"Choose {', '.join(PictureFormat)}."
        ) from None
    if by_suffix is not None and by_suffix is not wanted:
        raise UsageError(
            f"The name “{path.name}” says {by_suffix}, but the format is {wanted}.",
            "Change the one or the other.",
        )
    return wanted
