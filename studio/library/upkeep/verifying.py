"""Whether every picture file is, byte for byte, what it was when it came into the history."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from studio.domain.errors import PictureError
from studio.library.encoding import pixel_digest
from studio.library.index.connections import Connections
from studio.library.reading import read_picture
from studio.library.upkeep.adopting import SUFFIXES

_DATED: Final = re.compile(r"\d{4}-\d\d-\d\d")
_WORKERS: Final = 4


@dataclass(slots=True)
class Verification:
    """What is known after `checked` of `total` files; paths are below the pictures folder.

    `missing` have a row and no file, `changed` are other bytes than they were, `extra` are picture
    files in a day's folder of which the history knows nothing.
    """

    total: int = 0
    checked: int = 0
    intact: int = 0
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)


def verify(connections: Connections, pictures: Path) -> Generator[Verification, None, Verification]:
    """Look at every file; the same object each time, as far as it is known.

    Of a file whose digest was never taken the pixels are compared with those that were recorded,
    and then its digest is noted.

    Raises:
        StorageError: the index can't be read or written.
    """
    rows = connections.rows(
        "SELECT id, path, file_digest, pixel_digest FROM pictures ORDER BY path"
    )
    found = Verification(total=len(rows))
    found.extra = sorted(_files(pictures) - {path for _, path, _, _ in rows})
    yield found

    def look(row: tuple[int, str, str, str]) -> tuple[str, str]:
        _, path, file_digest, pixels = row
        return _state(pictures / path, file_digest, pixels)

    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="verify") as pool:
        try:
            for row, (state, digest) in zip(rows, pool.map(look, rows), strict=True):
                picture_id, path, known, _ = row
                found.checked += 1
                if state == "intact":
                    found.intact += 1
                    if not known:
                        _note(connections, picture_id, digest)
                else:
                    (found.missing if state == "missing" else found.changed).append(path)
                yield found
        finally:
            pool.shutdown(cancel_futures=True)
    return found


def _state(path: Path, file_digest: str, pixels: str) -> tuple[str, str]:
    """Whether a file is intact, missing or changed, and its sha256 (hex)."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if file_digest:
            return ("intact" if digest == file_digest else "changed"), digest
        is_same = pixel_digest(read_picture(path, keep_alpha=True)) == pixels
        return ("intact" if is_same else "changed"), digest
    except FileNotFoundError:
        return "missing", ""
    except (OSError, PictureError):
        return "changed", ""


def _note(connections: Connections, picture_id: int, digest: str) -> None:
    with connections.writing() as connection:
        connection.execute("UPDATE pictures SET file_digest = ? WHERE id = ?", (digest, picture_id))


def _files(pictures: Path) -> set[str]:
    found: set[str] = set()
    for folder in _entries(pictures):
        if _DATED.fullmatch(folder.name) and folder.is_dir(follow_symlinks=False):
            found.update(
                f"{folder.name}/{entry.name}"
                for entry in _entries(Path(folder.path))
                if Path(entry.name).suffix.lower() in SUFFIXES and not entry.name.startswith(".")
            )
    return found


def _entries(folder: Path) -> Iterable[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)
