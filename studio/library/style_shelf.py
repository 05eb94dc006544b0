"""The style pictures: those that come with the studio, and the artist's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from studio.domain.errors import PictureError, StorageError
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.domain.resources import RESOURCES
from studio.library.encoding import PictureFormat, encode
from studio.library.files.disk import Disk, storage_errors
from studio.library.reading import read_picture

STYLES: Final = RESOURCES / "styles"
_SHOWN_SUFFIXES: Final = (".jpg", ".png", ".webp")
_LONGEST_NAME: Final = 60
# No method looks at a style more closely than that.
_LONGEST_SIDE_PX: Final = 2048
_UNFIT: Final = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, slots=True)
class StyleEntry:
    """A style to choose. `path` is its picture; for a painted style, which `painted` names, it is
    one that shows how it paints."""

    name: str
    path: Path
    painted: str = ""
    is_own: bool = False


class StyleShelf:
    """Blocks shortly; safe to be called from any thread.

    Args:
        folder: where the artist's own style pictures lie, as files named as the styles are.
        shipped: what comes with the studio: `pictures` and, of nets that know styles by name,
            `painted`.
    """

    def __init__(self, folder: Path, disk: Disk, shipped: Path = STYLES) -> None:
        self._folder = folder
        self._disk = disk
        self._shipped = shipped

    def pictures(self) -> list[StyleEntry]:
        """The artist's own first, then those that come with the studio; each by name."""
        own = [StyleEntry(path.stem, path, is_own=True) for path in _pictures_in(self._folder)]
        shipped = _pictures_in(self._shipped / "pictures")
        return own + [StyleEntry(_spoken(path.stem), path) for path in shipped]

    def painted(self) -> list[StyleEntry]:
        """The styles that a net knows by name."""
        found = _pictures_in(self._shipped / "painted")
        return [StyleEntry(_spoken(path.stem), path, painted=path.stem) for path in found]

    def find(self, name: str) -> StyleEntry:
        """The style of this name, in upper or lower case, or the picture file that `name` leads to.

        Raises:
            PictureError: there is neither.
        """
        known = {entry.name.casefold(): entry for entry in (*self.painted(), *self.pictures())}
        if (entry := known.get(name.replace("-", " ").casefold())) is not None:
            return entry
        path = Path(name)
        if not path.is_file():
            raise PictureError(
                f"There is neither a style nor a picture file named “{name}”.",
                f"There are: {', '.join(entry.name for entry in known.values())}.",
            )
        return StyleEntry(path.stem, path)

    def add(self, source: Path | Pixels, name: str) -> StyleEntry:
        """Keep a copy of a picture as a style of the artist's, no longer than 2048 pixels; a name
        that is taken gets a number.

        Raises:
            PictureError: the file isn't a picture that the studio opens.
            StorageError: the disk refused, or the name can't be one.
        """
        pixels = read_picture(source) if isinstance(source, Path) else source[..., :3]
        content = encode(_bounded(pixels), PictureFormat.PNG, None)
        path = self._free(_checked(name))
        with storage_errors(path):
            self._disk.make_folder(self._folder)
            self._disk.write_new(path, content)
        return StyleEntry(path.stem, path, is_own=True)

    def rename(self, entry: StyleEntry, name: str) -> StyleEntry:
        """Give one of the artist's own styles another name.

        Raises:
            StorageError: the disk refused, or the name can't be one or is taken.
        """
        path = self._folder / f"{_checked(name)}{entry.path.suffix}"
        if path == entry.path:
            return entry
        if path.exists():
            raise StorageError(f"There is a style named “{path.stem}” already.", "Choose another.")
        with storage_errors(path):
            self._disk.rename(entry.path, path)
        return StyleEntry(path.stem, path, is_own=True)

    def remove(self, entry: StyleEntry, trash: Callable[[Path], object]) -> None:
        """Move one of the artist's own styles to the trash, which takes a file.

        Raises:
            StorageError: the desktop has no trash for that place.
        """
        with storage_errors(entry.path):
            trash(entry.path)

    def _free(self, name: str) -> Path:
        path, number = self._folder / f"{name}.png", 2
        while path.exists():
            path, number = self._folder / f"{name} {number}.png", number + 1
        return path


def thumbnail(entry: StyleEntry, side_px: int) -> Pixels:
    """The middle of a style's picture as a square of `side_px`, (side_px, side_px, 3). Takes the
    time of opening it.

    Raises:
        PictureError: the file isn't a picture that the studio opens.
    """
    picture = Image.fromarray(read_picture(entry.path))
    return np.asarray(ImageOps.fit(picture, (side_px, side_px), Image.Resampling.LANCZOS))


def _bounded(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    if max(height, width) <= _LONGEST_SIDE_PX:
        return pixels
    size = Size(width, height).fitted_into(Size(_LONGEST_SIDE_PX, _LONGEST_SIDE_PX))
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    smaller = picture.resize((size.width, size.height), Image.Resampling.LANCZOS)
    return np.asarray(smaller)


def _pictures_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if path.suffix.lower() in _SHOWN_SUFFIXES)
    return sorted(found, key=lambda path: path.stem.casefold())


def _spoken(stem: str) -> str:
    return stem.replace("-", " ").capitalize()


def _checked(name: str) -> str:
    name = " ".join(name.split())
    fits = name and not name.startswith(".") and not _UNFIT & set(name) and name.isprintable()
    if not fits or len(name) > _LONGEST_NAME:
        raise StorageError(
            "A style's name has 1 to 60 characters and none that files can't have.",
            "Choose another.",
        )
    return name
