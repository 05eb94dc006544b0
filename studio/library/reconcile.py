"""At the start: bring the index and the files on the disk into agreement.

The files are the truth. What a crash left behind is adopted if it is a whole picture of ours, and
cleared away if it is only the beginning of one. Nothing else is ever removed.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from studio.library import metadata, png, steps
from studio.library.disk import Disk, is_temporary
from studio.library.index import Index
from studio.library.picture import PictureRecord

log = logging.getLogger(__name__)

_DATED: Final = re.compile(r"\d{4}-\d\d-\d\d")
_OURS: Final = re.compile(r"\d{5,}-\d+\.(?:png|safetensors)")


def reconcile(index: Index, pictures: Path, disk: Disk) -> None:
    """Adopt pictures that have no row, mark rows whose file is gone, clear unfinished files away.

    To be called only while no other process uses these folders.

    Raises:
        StorageError: the index can't be written.
    """
    known = index.known()
    present = set()
    orphans = []
    for path in _files(pictures, disk):
        name = path.relative_to(pictures).as_posix()
        present.add(name)
        if name not in known and (adopted := _adoptable(path)) is not None:
            orphans.append(adopted)
    gone = [name for name, was_present in known.items() if was_present and name not in present]
    back = [name for name, was_present in known.items() if not was_present and name in present]
    if gone or back or orphans:
        orphans.sort(key=lambda adopted: (adopted[1].created, adopted[0]))
        index.reconcile(gone, back, orphans)
        log.info("history: %d adopted, %d gone, %d back", len(orphans), len(gone), len(back))


def _files(pictures: Path, disk: Disk) -> Iterator[Path]:
    """The PNG files in the dated folders; clears what is unfinished away in passing."""
    for folder in _dated_folders(pictures):
        for place in (folder, folder / steps.FOLDER):
            for path, size in _listed(place):
                if is_temporary(path.name) or (size == 0 and _OURS.fullmatch(path.name)):
                    disk.remove(path)
                elif place is folder and path.suffix == ".png":
                    yield path


def _dated_folders(pictures: Path) -> list[Path]:
    with os.scandir(pictures) as entries:
        return [
            Path(entry)
            for entry in entries
            if _DATED.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
        ]


def _listed(folder: Path) -> list[tuple[Path, int]]:
    try:
        with os.scandir(folder) as entries:
            return [
                (Path(entry), entry.stat(follow_symlinks=False).st_size)
                for entry in entries
                if entry.is_file(follow_symlinks=False)
            ]
    except OSError:
        return []


def _adoptable(path: Path) -> tuple[Path, PictureRecord, int, int, bool] | None:
    """What the index needs to know of a file, if it is a whole picture that carries our record."""
    try:
        record = metadata.read_record(path)
        if record is None:
            return None
        with path.open("rb") as file:
            width, height = png.check_whole(file)
    except (OSError, png.BrokenPng) as error:
        log.warning("not adopted: %s (%s)", path, error)
        return None
    return path, record, width, height, steps.belongs_to(steps.steps_path(path), record.request)
