"""What the history needs to know of a picture file, from that file and its sidecar alone."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import ExifTags, Image

from studio.domain.request import Request
from studio.library.dialects import read_settings
from studio.library.index.marks import Marks
from studio.library.index.rows import NewRow
from studio.library.labels import metadata, png
from studio.library.labels.sidecar import read_sidecar
from studio.library.reading import FORMATS, MAX_PIXELS
from studio.library.small_copies import SIDEWAYS
from studio.library.steps import steps

log = logging.getLogger(__name__)

SUFFIXES: Final = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif"}
)


@dataclass(frozen=True, slots=True)
class Adopted:
    """A picture file that belongs into the history, with what the artist said of it."""

    row: NewRow
    marks: Marks


def adopt(path: Path, pictures: Path) -> Adopted | None:
    """The row of a file, if it is a whole picture and it or its sidecar carries our record.

    Never raises. `pictures` is the folder that paths are relative to.
    """
    if path.suffix.lower() not in SUFFIXES:
        return None
    name = path.relative_to(pictures).as_posix()
    beside = read_sidecar(path)
    try:
        record = metadata.read_record(path) or beside.record
        if record is None:
            return None
        width, height = _size(path)
        imported = read_settings(path) if record.request is None else None
        steps_bytes = 0 if record.request is None else _steps_bytes(path, record.request)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except Exception as error:  # noqa: BLE001 (decoders raise anything for what is damaged)
        log.warning("not adopted: %s (%s)", path, error)
        return None
    row = NewRow(name, record, width, height, steps_bytes, imported, digest)
    return Adopted(row, beside.marks)


def _steps_bytes(path: Path, request: Request) -> int:
    way = steps.steps_path(path)
    return way.stat().st_size if steps.belongs_to(way, request) else 0


def _size(path: Path) -> tuple[int, int]:
    """Width and height as it is seen; raises anything if it is no whole picture."""
    with path.open("rb") as file:
        if file.read(8) == png.SIGNATURE:
            file.seek(0)
            return png.check_whole(file)
    with Image.open(path, formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("too large")
        turn = image.getexif().get(ExifTags.Base.Orientation)
        return image.size[::-1] if turn in SIDEWAYS else image.size
