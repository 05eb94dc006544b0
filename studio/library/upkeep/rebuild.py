"""The whole history anew, from the picture files and their sidecars alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from studio.domain.errors import StorageError, StudioError
from studio.library.files.disk import Disk
from studio.library.index.database import put_aside
from studio.library.store import Store
from studio.library.upkeep.presence import Presence

log = logging.getLogger(__name__)

DATABASE: Final = "history.sqlite3"


def rebuild(pictures: Path, data: Path, disk: Disk | None = None) -> Iterator[int]:
    """Put the database aside and make another one from all files; how many pictures it has by now.

    What the artist said last is written into the sidecars first, so stars, tags and collections
    come back, too. The old database stays, under another name.

    Raises:
        StorageError: the studio is open, or the disk refused.
    """
    database = data / DATABASE
    if database.exists():
        _check_alone(data)
        try:
            store = Store(pictures, data, disk)
            try:
                store.save_marks()
            finally:
                store.close()
        except StudioError as error:
            # What can't be read is the reason to rebuild.
            log.warning("marks that weren't saved are lost: %s", error)
        put_aside(database, "it is made anew from the files")
    store = Store(pictures, data, disk)
    try:
        count = 0
        for found in store.reconcile():
            count += len(found.added)
            yield count
    finally:
        store.close()


def _check_alone(data: Path) -> None:
    presence = Presence(data / "in-use")
    try:
        if not presence.alone:
            raise StorageError(
                "The history is open in another window.", "Close the studio, then try again."
            )
    finally:
        presence.close()
