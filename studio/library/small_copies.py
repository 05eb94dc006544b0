"""A small copy of a picture from the bytes of its file, decoded no finer than it needs."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from PIL import ExifTags, Image, ImageOps

from studio.domain.geometry import Size
from studio.library.dialects.stealth import hidden_in
from studio.library.labels import png
from studio.library.labels.embedded import Embedded
from studio.library.reading import MAX_PIXELS, as_pixels, explained, formats_for, too_large

# Between halving boxes and Lanczos: at half as much nobody sees a difference at these sizes.
_REDUCING_GAP: Final = 1.5
_TAKEN: Final = (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized)
_SMOOTH: Final = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})
SIDEWAYS: Final = frozenset({5, 6, 7, 8})
"""Orientations, as EXIF counts them, in which what is stored is turned by a quarter."""


@dataclass(frozen=True, slots=True)
class SmallCopy:
    """`image` is RGB in sRGB, turned as the camera says, on white; `size` is the picture's own.

    `taken` is when its camera says that it was; aware. `hidden` is what stands in the lowest bits
    of its pixels, where they were decoded as they are.
    """

    image: Image.Image
    size: Size
    taken: datetime | None
    hidden: Embedded | None


def small_copy(content: bytes, name: str, side_px: int) -> SmallCopy:
    """A copy that fits into a square of `side_px`, never enlarged; `name` is for the sentences.

    A JPEG is decoded at an eighth, a quarter or half its size where that is enough.

    Raises:
        PictureError: not a picture of a known kind, damaged, cut off or too large.
    """
    return explained(content, name, lambda some: _small_copy(some, name, side_px))


def _small_copy(content: bytes, name: str, side_px: int) -> SmallCopy:
    hidden = None
    with Image.open(io.BytesIO(content), formats=formats_for(content, name)) as image:
        if image.width * image.height > MAX_PIXELS:
            raise too_large(name)
        whole = Size(image.width, image.height)
        size = whole.fitted_into(Size(side_px, side_px))
        if image.format == "PNG":
            png.check_whole(io.BytesIO(content))
        image.draft(None, (size.width, size.height))
        image.load()
        if image.format == "PNG":
            _check_last_row(image, content)
        if image.format in ("PNG", "WEBP"):
            hidden = hidden_in(image)
        exif = image.getexif()
        decoded: Image.Image = image
        if image.mode not in _SMOOTH:
            # Palettes and deeper colours can't be mixed.
            decoded = Image.fromarray(as_pixels(image, name, keep_alpha=True))
        small = decoded.resize(
            (size.width, size.height), Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP
        )
        # The same picture again, where it is small as it is; turned by what its own file says.
        small.getexif()[ExifTags.Base.Orientation] = turn = exif.get(ExifTags.Base.Orientation, 1)
        small = ImageOps.exif_transpose(small)
    if turn in SIDEWAYS:
        whole = Size(whole.height, whole.width)
    pixels = as_pixels(small, name, keep_alpha=False)
    return SmallCopy(Image.fromarray(pixels), whole, _taken(exif), hidden)


def _check_last_row(image: Image.Image, content: bytes) -> None:
    # Where a stream of pixels ends early, decoders leave the rest at zero.
    last = image.crop((0, image.height - 1, image.width, image.height))
    if image.info.get("interlace") or last.getbbox(alpha_only=False) is None:
        png.check_rows(io.BytesIO(content))


def _taken(exif: Image.Exif) -> datetime | None:
    details = exif.get_ifd(ExifTags.IFD.Exif)
    offset = details.get(ExifTags.Base.OffsetTimeOriginal)
    values = (*map(details.get, _TAKEN), exif.get(ExifTags.Base.DateTime))
    for value in values:
        try:
            moment = datetime.strptime(str(value).strip("\0 "), "%Y:%m:%d %H:%M:%S")
            if isinstance(offset, str):
                moment = datetime.fromisoformat(f"{moment.isoformat()}{offset.strip()}")
            # A camera without a zone means the artist's own.
            return moment.astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            continue
    return None
