"""Where the pictures of a command go, and how their files are named."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from studio.domain.errors import StorageError, UsageError
from studio.library.encoding import PictureFormat
from studio.library.files.disk import Disk, storage_errors

_FORMATS: Final = {
    ".png": PictureFormat.PNG,
    ".jpg": PictureFormat.JPEG,
    ".jpeg": PictureFormat.JPEG,
    ".webp": PictureFormat.WEBP,
}
_NUMBER: Final = re.compile(r"(\d{5,9})-")


@dataclass(frozen=True, slots=True)
class Destination:
    """A file for each picture of a command, known before the first of them is made."""

    paths: tuple[Path, ...]
    image_format: PictureFormat
    overwrite: bool

    @classmethod
    def parse(cls, out: str, seeds: range, *, overwrite: bool = False) -> Destination:
        """From what `--out` says: a file for one picture, numbered files for more, or a folder.

        What has no suffix, ends with a slash or is a folder already is a folder. It is made, and
        its files are named as in the history.

        Raises:
            UsageError: the suffix is none that the studio writes.
            StorageError: a file is already there and `overwrite` is off, or a folder is missing
                or can't be made.
        """
        path = Path(out).absolute()
        if path.is_dir() or out.endswith(("/", "\\")) or not path.suffix:
            return cls(_in_folder(path, seeds), PictureFormat.PNG, overwrite=False)
        image_format = _FORMATS.get(path.suffix.lower())
        if image_format is None:
            raise UsageError(
                f"The studio writes no “{path.suffix}” files.", "Use .png, .jpg or .webp."
            )
        if not path.parent.is_dir():
            raise StorageError(f"There is no folder “{path.parent}”.", "Make it first.")
        paths = _numbered(path, len(seeds))
        if not overwrite:
            for taken in paths:
                if taken.exists():
                    raise StorageError(
                        f"There is already a file “{taken}”.",
                        "Choose another name, or say --overwrite.",
                    )
        return cls(paths, image_format, overwrite)

    def write(self, position: int, content: bytes) -> Path:
        """Put a whole picture file on the disk and say where it is.

        Raises:
            StorageError: the disk refused, or another program took the name meanwhile.
        """
        path = self.paths[position]
        with storage_errors(path):
            if self.overwrite:
                Disk().replace(path, content)
            else:
                Disk().write_new(path, content)
        return path


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """What every command asks that makes pictures: where they go, and how to tell of them."""
    parser.add_argument(
        "--out",
        metavar="FILE_OR_FOLDER",
        required=True,
        help="a .png, .jpg or .webp file, or a folder",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a file of that name")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _numbered(path: Path, count: int) -> tuple[Path, ...]:
    if count == 1:
        return (path,)
    digits = len(str(count))
    return tuple(
        path.with_name(f"{path.stem}-{number:0{digits}}{path.suffix}")
        for number in range(1, count + 1)
    )


def _in_folder(folder: Path, seeds: range) -> tuple[Path, ...]:
    with storage_errors(folder):
        Disk().make_folder(folder)
        taken = [int(match[1]) for path in folder.iterdir() if (match := _NUMBER.match(path.name))]
    first = max(taken, default=0) + 1
    return tuple(
        folder / f"{number:05d}-{seed}.png" for number, seed in enumerate(seeds, start=first)
    )
