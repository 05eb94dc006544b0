"""Moving a picture with all that belongs to it to the desktop's trash, and back."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from studio.domain.errors import StorageError
from studio.library.files.disk import Disk, storage_error, storage_errors
from studio.library.index.marks import Marks
from studio.library.index.rows import NewRow
from studio.library.picture import Picture

log = logging.getLogger(__name__)

Trash: TypeAlias = Callable[[Path], Path | None]
"""Moves a file to the desktop's trash and says where it lies there, if that is known; raises
OSError or StorageError."""

# As freedesktop.org's trash specification names its two folders.
_FILES: Final = "files"
_INFO: Final = "info"


@dataclass(frozen=True, slots=True)
class Moved:
    """A file that was at `path` and is now at `place`; None if nobody knows where."""

    path: Path
    place: Path | None


@dataclass(frozen=True, slots=True)
class Trashed:
    """A picture in the trash, with all that is needed to have it back as it was."""

    picture: Picture
    row: NewRow
    marks: Marks
    files: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class Deleted:
    """What one deletion moved to the trash. `Library.restore` undoes it."""

    trashed: tuple[Trashed, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(one.picture for one in self.trashed)


def move_to_trash(paths: Sequence[Path], trash: Trash) -> tuple[Moved, ...]:
    """Move all of these files to the trash, or none. Those that are already gone are passed over.

    Raises:
        StorageError: the trash refused one; the others are where they were.
    """
    moved: list[Moved] = []
    for path in paths:
        if not path.exists():
            continue
        try:
            place = trash(path)
        except (OSError, StorageError) as error:
            with suppress(OSError, StorageError):
                move_back(moved, Disk())
            raise storage_error(error, path) if isinstance(error, OSError) else error from error
        moved.append(Moved(path, None if place is None else Path(place)))
    return tuple(moved)


def move_back(files: Sequence[Moved], disk: Disk) -> None:
    """Take files out of the trash again, to where they were.

    Raises:
        StorageError: one isn't in the trash any more, or its place is taken or can't be written.
            Those that came before it are back.
    """
    for moved in files:
        is_there = moved.place is not None and moved.place.exists()
        if not is_there and moved.path.exists():
            continue  # from an attempt that failed half way
        if moved.place is None or not is_there:
            raise StorageError(
                f"“{moved.path.name}” is not where the trash put it.",
                "Look for it in the desktop's trash and restore it there.",
            )
        with storage_errors(moved.path):
            if moved.path.exists():
                raise FileExistsError(17, "exists", moved.path)
            disk.make_folder(moved.path.parent)
            _move(moved.place, moved.path, disk)
        # What the desktop noted about the file when it came into the trash.
        if moved.place.parent.name == _FILES:
            note = moved.place.parent.with_name(_INFO) / f"{moved.place.name}.trashinfo"
            disk.remove(note)


def _move(source: Path, target: Path, disk: Disk) -> None:
    try:
        disk.rename(source, target)
    except OSError:
        # The trash may lie on another disk.
        with source.open("rb") as stream:
            disk.write_new_with(target, lambda out: shutil.copyfileobj(stream, out))
        source.unlink()
        return
    disk.sync_folder(target.parent)
