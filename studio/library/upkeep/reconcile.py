"""Bringing the index and the files on the disk into agreement, folder by folder.

The files are the truth. What a crash left behind is adopted if it is a whole picture of ours, and
cleared away if it is only the beginning of one. Nothing else is ever removed. A folder in which
nothing was added, renamed or removed since it was last looked at isn't read again.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from studio.library.files.disk import Disk, is_temporary
from studio.library.index.index import Index
from studio.library.picture import Picture
from studio.library.steps import steps
from studio.library.upkeep.adopting import Adopted, adopt
from studio.library.upkeep.file_rows import FileRow

log = logging.getLogger(__name__)

_DATED: Final = re.compile(r"\d{4}-\d\d-\d\d")
_OURS: Final = re.compile(r"\d{5,}-\d+\.(?:png|safetensors)")
_ADOPTED_AT_ONCE: Final = 100
_FOLDERS_AT_ONCE: Final = 200
# A folder may change again within one tick of its clock, and nobody could tell.
_SURE_NS: Final = 2_000_000_000


@dataclass(slots=True)
class Found:
    """What was different: pictures without a row, and rows whose files are gone or back."""

    added: list[Picture] = field(default_factory=list)
    removed: list[Picture] = field(default_factory=list)


class Reconciler:
    """Looks through the dated folders below `pictures`.

    Only what was on the disk before `before_ns` (on the disk's own clock) is judged: what is newer
    is about to get its row.
    """

    def __init__(self, index: Index, pictures: Path, disk: Disk, before_ns: int) -> None:
        self._index = index
        self._files = index.files
        self._pictures = pictures
        self._disk = disk
        self._before_ns = before_ns
        self._adopted: list[Adopted] = []
        self._stamps: dict[str, tuple[int, int]] = {}

    def run(self) -> Iterator[Found]:
        """Look through all folders that changed; yields after each, and as often as something was
        committed. Whoever stops in between has what was committed.

        Raises:
            StorageError: the index can't be written.
        """
        known = self._files.stamps()
        for name in sorted(self._folders(known), reverse=True):
            stamp = self._stamp(name)
            if known.get(name) == stamp:
                continue
            yield from self._look_into(name)
            if max(stamp) < time.time_ns() - _SURE_NS:
                self._stamps[name] = stamp
            # Each commit waits for the disk: one for many folders.
            if len(self._stamps) >= _FOLDERS_AT_ONCE:
                yield self._commit()
        yield self._commit()

    def _folders(self, known: dict[str, tuple[int, int]]) -> set[str]:
        """Those on the disk, and those that were there before."""
        with os.scandir(self._pictures) as entries:
            found = {
                entry.name
                for entry in entries
                if _DATED.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            }
        return found | known.keys()

    def _stamp(self, name: str) -> tuple[int, int]:
        """When something was last added to a folder, or removed, and to that of its steps."""
        folder = self._pictures / name
        return _changed_ns(folder), _changed_ns(folder / steps.FOLDER)

    def _look_into(self, name: str) -> Iterator[Found]:
        folder = self._pictures / name
        # Rows first: a file that goes or comes after its row was read is no reason to doubt it.
        rows = {row.name: row for row in self._files.in_folder(name)}
        names = self._clear(folder).keys()
        ways = self._clear(folder / steps.FOLDER)
        gone = [row.picture_id for row in rows.values() if row.present and row.name not in names]
        back = [row.picture_id for row in rows.values() if not row.present and row.name in names]
        removed = self._index.pictures(gone)
        self._files.set_present(gone, back)
        self._settle_steps(folder, rows.values(), ways)
        yield Found(self._index.pictures(back), removed)
        for key in sorted(names - rows.keys()):
            path = folder / key
            if self._is_judged(path) and (adopted := adopt(path, self._pictures)) is not None:
                self._adopted.append(adopted)
            if len(self._adopted) >= _ADOPTED_AT_ONCE:
                yield self._commit()

    def _commit(self) -> Found:
        """Add the rows of what was adopted, then note which folders need no second look."""
        adopted, self._adopted = self._adopted, []
        adopted.sort(key=lambda one: (one.row.record.created, one.row.path))
        added = self._index.adopt(adopted) if adopted else []
        stamps, self._stamps = self._stamps, {}
        self._files.set_stamps(stamps)
        return Found(added)

    def _settle_steps(self, folder: Path, rows: Iterable[FileRow], ways: Mapping[str, int]) -> None:
        """Let rows say whether there are steps; clear those away that had to make room."""
        told = []
        for row in rows:
            way = steps.steps_path(folder / row.name)
            size = ways.get(way.name, 0)
            if row.steps_pruned and size:
                self._disk.remove(way)
            elif row.steps_bytes != size and not row.steps_pruned:
                told.append((row.picture_id, size))
        self._files.set_steps(told)

    def _clear(self, folder: Path) -> dict[str, int]:
        """Remove what was never finished in a folder; the other files there with their sizes."""
        sizes = {}
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not entry.is_file(follow_symlinks=False):
                        continue
                    size = entry.stat().st_size
                    # A crash between taking a name and the rename leaves an empty file.
                    is_half = is_temporary(entry.name) or (not size and _OURS.fullmatch(entry.name))
                    if not is_half:
                        sizes[entry.name] = size
                    elif self._is_judged(Path(entry)):
                        self._disk.remove(Path(entry))
        except OSError as error:
            log.debug("not looked into: %s (%s)", folder, error)
        return sizes

    def _is_judged(self, path: Path) -> bool:
        with suppress(OSError):
            return path.stat().st_mtime_ns < self._before_ns
        return False


def _changed_ns(folder: Path) -> int:
    with suppress(OSError):
        return folder.stat().st_mtime_ns
    return 0
