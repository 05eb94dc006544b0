"""Pictures that requests start from, kept under their digest, so that a request can be redone."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Final

from studio.domain.errors import PictureError
from studio.domain.events import Pixels
from studio.domain.request import PictureRef
from studio.library.encoding import (
    PictureFormat,
    check_pixels,
    encode,
    picture_ref,
    pixel_digest,
    without_idle_alpha,
)
from studio.library.files.disk import Disk, storage_errors
from studio.library.files.names import output_path
from studio.library.reading import read_picture

# A content and its mask for each of a few trials; none is larger than 1024 px.
_MOST_LENT: Final = 8


class Inputs:
    """A folder of PNG files named by their pixels' digest. Blocking; safe from any thread."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk
        self._lent: OrderedDict[str, Pixels] = OrderedDict()

    def lend(self, pixels: Pixels) -> PictureRef:
        """Name pixels (H, W, 3) for a request that is tried out and forgotten: the newest few are
        found without being kept on the disk."""
        ref = picture_ref(pixels)
        self._lent[ref.digest] = pixels
        while len(self._lent) > _MOST_LENT:
            self._lent.popitem(last=False)
        return ref

    def adopt(self, source: Path | Pixels, *, keep_alpha: bool = False) -> PictureRef:
        """Keep a picture file, or pixels (H, W, 3 or 4), and name it for requests.

        What is transparent in a file lies on white unless `keep_alpha`.

        Raises:
            PictureError: the file isn't a picture that the studio opens.
            StorageError: the disk refused.
        """
        if isinstance(source, Path):
            pixels = read_picture(source, keep_alpha=keep_alpha)
        else:
            check_pixels(source)
            pixels = without_idle_alpha(source)
        ref = picture_ref(pixels)
        path = self._path(ref.digest)
        if not path.exists():
            with storage_errors(path):
                self._disk.make_folder(path.parent)
                self._disk.replace(path, encode(pixels, PictureFormat.PNG, None))
        return ref

    def pixels(self, digest: str) -> Pixels | None:
        """The pixels of this digest, uint8 (H, W, 3 or 4), or None if they were never kept.

        Raises:
            PictureError: the kept file is damaged or holds other pixels.
        """
        if (lent := self._lent.get(digest)) is not None:
            return lent
        path = self._path(digest)
        if not path.exists():
            return None
        pixels = read_picture(path, keep_alpha=True)
        if pixel_digest(pixels) != digest:
            raise PictureError(
                f"The kept start picture “{path}” has changed.", "Drop the picture in again."
            )
        return pixels

    def _path(self, digest: str) -> Path:
        return output_path(self._folder, f"{digest}.png")
