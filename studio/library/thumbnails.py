"""Small copies of pictures, kept below the data folder; they can be made again at any time."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from studio.domain.errors import PictureError
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.library.files.disk import Disk
from studio.library.picture import Picture
from studio.library.reading import read_picture

log = logging.getLogger(__name__)

_QUALITY: Final = 92


class Thumbnails:
    """Blocking, and safe to use from any thread."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk

    def get(self, picture: Picture, side_px: int, pixels: Pixels | None = None) -> Pixels:
        """The picture fitted into a square of `side_px`, uint8 (h, w, 3); never enlarged.

        `pixels` is the whole picture where it is still at hand: unless it is transparent, its file
        needn't be read.

        Raises:
            PictureError: the picture's file is gone or damaged.
        """
        if pixels is not None and pixels.shape[2] == 4:
            pixels = None
        if max(picture.width, picture.height) <= side_px:
            return read_picture(picture.path) if pixels is None else pixels
        path = self._path(picture.pixel_digest, side_px)
        try:
            return read_picture(path)
        except PictureError:
            if pixels is None:
                pixels = read_picture(picture.path)
            return self._make(pixels, side_px, picture.pixel_digest)

    def keep(self, digest: str, side_px: int, content: bytes) -> None:
        """Keep what `encode_thumbnail` made elsewhere of the picture of this pixel digest."""
        path = self._path(digest, side_px)
        try:
            self._disk.make_folder(path.parent)
            self._disk.replace_soon(path, content)
        except OSError as error:
            # Whoever looks at the picture makes another one.
            log.warning("thumbnail not kept: %s", error)

    def forget(self, picture: Picture) -> None:
        """Remove what is kept of a picture that was deleted."""
        digest = picture.pixel_digest
        for path in (self._folder / digest[:2]).glob(f"{digest}-*.jpg"):
            self._disk.remove(path)

    def _make(self, pixels: Pixels, side_px: int, digest: str) -> Pixels:
        height, width = pixels.shape[:2]
        size = Size(width, height).fitted_into(Size(side_px, side_px))
        # Halving boxes first and Lanczos for the rest: as sharp as Lanczos alone, much faster.
        small = Image.fromarray(pixels).resize(
            (size.width, size.height), Image.Resampling.LANCZOS, reducing_gap=3.0
        )
        self.keep(digest, side_px, encode_thumbnail(small))
        return np.array(small)

    def _path(self, digest: str, side_px: int) -> Path:
        return self._folder / digest[:2] / f"{digest}-{side_px}.jpg"


def encode_thumbnail(small: Image.Image) -> bytes:
    """The file of a thumbnail, of RGB pixels."""
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY, subsampling="4:4:4")
    return file.getvalue()
