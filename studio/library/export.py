"""Pictures into files of the artist's choice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from PIL import Image

from studio.domain.errors import UsageError
from studio.domain.events import Pixels
from studio.domain.srgb import srgb_profile
from studio.library.encoding import PictureFormat, encode
from studio.library.files.disk import Disk, storage_errors
from studio.library.labels.camera import camera_exif
from studio.library.labels.labelling import ALL_METADATA, Labels, MetadataChoice
from studio.library.picture import Picture, PictureRecord
from studio.library.reading import read_picture

SUFFIXES: Final = {
    ".png": PictureFormat.PNG,
    ".jpg": PictureFormat.JPEG,
    ".jpeg": PictureFormat.JPEG,
    ".webp": PictureFormat.WEBP,
    ".avif": PictureFormat.AVIF,
}


def export_picture(
    picture: Picture,
    path: Path,
    *,
    format: PictureFormat | str | None = None,  # noqa: A002 (what people call it)
    quality: int = 90,
    metadata: MetadataChoice = ALL_METADATA,
    overwrite: bool = False,
    disk: Disk | None = None,
) -> None:
    """Write a picture of the history to `path`, with as much of its `metadata` as is chosen.

    In a JPEG, what is transparent lies on white. What a camera wrote into an imported photo, such
    as the place, stays behind unless it is chosen. See `export_pixels`.

    Raises:
        PictureError: the picture's own file is gone or damaged.
    """
    wanted = _format_of(path, format)
    # Only an import is somebody else's file: what the studio wrote has nothing of a camera.
    is_import = picture.request is None
    export_pixels(
        read_picture(picture.path, keep_alpha=wanted is not PictureFormat.JPEG),
        path,
        record=Labels.of(picture.record, metadata, picture.imported),
        format=wanted,
        quality=quality,
        photo=camera_exif(picture.path) if metadata.camera and is_import else None,
        overwrite=overwrite,
        disk=disk,
    )


def export_pixels(
    pixels: Pixels,
    path: Path,
    *,
    record: PictureRecord | Labels | None,
    format: PictureFormat | str | None = None,  # noqa: A002 (what people call it)
    quality: int = 90,
    photo: Image.Exif | None = None,
    overwrite: bool = False,
    disk: Disk | None = None,
) -> None:
    """Write pixels to `path`, whole or not at all.

    Args:
        pixels: uint8 (H, W, 3), or (H, W, 4) for what isn't a JPEG.
        record: goes into the file, whole or what is chosen of it; None writes no metadata.
        format: decided by the suffix of `path` when it isn't given.
        quality: 1 to 100, for JPEG, WebP and AVIF.
        photo: the EXIF that a camera wrote, to be kept.
        overwrite: replace a file that is already there.

    Raises:
        UsageError: no such format, or format and suffix contradict each other.
        PictureError: the picture or what it tells doesn't fit into the format.
        StorageError: the disk refused, or there is already such a file.
    """
    if not 1 <= quality <= 100:
        raise UsageError(f"The quality is a whole number from 1 to 100, not {quality}.")
    wanted = _format_of(path, format)
    content = encode(pixels, wanted, record, quality, srgb_profile(), photo)
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
