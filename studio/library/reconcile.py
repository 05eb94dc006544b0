"""At the start: bring the index and the files on the disk into agreement.

The files are the truth. What a crash left behind is adopted if it is a whole picture of ours, and
cleared away if it is only the beginning of one. Nothing else is ever removed.
"""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Final

from studio.library import metadata, png, steps
from studio.library.disk import Disk, is_temporary
from studio.library.index import Index
from studio.library.marks import UNMARKED
from studio.library.rows import NewRow

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
    present: set[str] = set()
    orphans = []
    for folder in _dated_folders(pictures):
        names = _clear(folder, disk)
        _clear(folder / steps.FOLDER, disk)
        # As the index writes them. Text, not paths: there may be a hundred thousand.
        present.update(f"{folder.name}/{name}" for name in names)
        for name in names:
            if f"{folder.name}/{name}" not in known and name.endswith(".png"):
                adopted = _adoptable(folder / name, pictures)
                if adopted is not None:
                    orphans.append(adopted)
    gone = [name for name, was_present in known.items() if was_present and name not in present]
    back = [name for name, was_present in known.items() if not was_present and name in present]
    if gone or back or orphans:
        orphans.sort(key=lambda adopted: (adopted.record.created, adopted.path))
        index.reconcile(gone, back, [(orphan, UNMARKED) for orphan in orphans])
        log.info("history: %d adopted, %d gone, %d back", len(orphans), len(gone), len(back))


def _dated_folders(pictures: Path) -> list[Path]:
    with os.scandir(pictures) as entries:
        return [
            Path(entry)
            for entry in entries
            if _DATED.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
        ]


def _clear(folder: Path, disk: Disk) -> list[str]:
    """Remove what was never finished in a folder; the names of the other files there."""
    names = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.is_file(follow_symlinks=False):
                    continue
                # A crash between taking a name and the rename leaves an empty file.
                is_empty = _OURS.fullmatch(entry.name) and not entry.stat().st_size
                if is_empty or is_temporary(entry.name):
                    disk.remove(Path(entry))
                else:
                    names.append(entry.name)
    except OSError as error:
        log.debug("not looked into: %s (%s)", folder, error)
    return names


def _adoptable(path: Path, pictures: Path) -> NewRow | None:
    """The row of a file, if it is a whole picture that carries our record."""
    try:
        record = metadata.read_record(path)
        if record is None or record.request is None:
            return None
        with path.open("rb") as file:
            width, height = png.check_whole(file)
        way = steps.steps_path(path)
        steps_bytes = way.stat().st_size if steps.belongs_to(way, record.request) else 0
    except (OSError, png.BrokenPng) as error:
        log.warning("not adopted: %s (%s)", path, error)
        return None
    return NewRow(path.relative_to(pictures).as_posix(), record, width, height, steps_bytes)
