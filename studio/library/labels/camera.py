"""What a camera wrote into a photo, for the artist who wants it kept in an export."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image
from PIL.ExifTags import IFD, Base

from studio.library.labels.embedded import read_embedded

_MAX_BLOCK_BYTES: Final = 256 << 10
# What was true of the file, not of the moment: its own pixels, and notes whose offsets would break.
_OF_THE_FILE: Final = (
    Base.Orientation,
    Base.ImageWidth,
    Base.ImageLength,
    Base.ExifImageWidth,
    Base.ExifImageHeight,
    Base.MakerNote,
    Base.UserComment,
    Base.ColorSpace,
    Base.JpegIFOffset,
    Base.JpegIFByteCount,
)


def camera_exif(path: Path) -> Image.Exif | None:
    """The EXIF of a photo, the place where it was taken included; None if there is none.

    Left out is what isn't true of a copy: how it is turned, its size, its preview. Never raises for
    what the file holds.

    Raises:
        OSError: the file can't be read at all.
    """
    block = read_embedded(path).exif_block
    if not block or len(block) > _MAX_BLOCK_BYTES:
        return None
    exif = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + block)
        for directory in (IFD.Exif, IFD.GPSInfo):
            values = exif.get_ifd(directory)
            for tag in _OF_THE_FILE:
                values.pop(tag, None)
        for tag in _OF_THE_FILE:
            exif.pop(tag, None)
        exif.tobytes()
    except Exception:  # noqa: BLE001 (decoders raise anything for what is damaged)
        return None
    return exif if len(exif) else None
