"""How much room the steps of all pictures take: made smaller when nobody waits, and let go, the
oldest first, when they take more than they may."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from studio.domain.errors import PictureError
from studio.library.files.disk import Disk, storage_errors
from studio.library.index.connections import Connections
from studio.library.picture import Picture
from studio.library.steps import steps

log = logging.getLogger(__name__)

USUAL_BUDGET_BYTES: Final = 20 * 10**9
_SHARE_OF_DISK: Final = 0.1
_AT_ONCE: Final = 200


def usual_budget_bytes(folder: Path) -> int:
    """20 GB, or a tenth of a small disk."""
    try:
        total = shutil.disk_usage(folder).total
    except OSError:
        return USUAL_BUDGET_BYTES
    return min(USUAL_BUDGET_BYTES, int(total * _SHARE_OF_DISK))


class KeptSteps:
    """Blocking, and safe to use from any thread. Every method may raise StorageError.

    Args:
        connections: to the history's rows.
        pictures: the folder that their paths are relative to.
        files: held while a picture's files are changed or moved away.
    """

    def __init__(
        self, connections: Connections, pictures: Path, disk: Disk, files: threading.Lock
    ) -> None:
        self._connections = connections
        self._pictures = pictures
        self._disk = disk
        self._files = files
        self.budget_bytes = usual_budget_bytes(pictures)

    def total_bytes(self) -> int:
        """How much room the steps of all pictures take."""
        statement = "SELECT coalesce(sum(steps_bytes), 0) FROM pictures WHERE has_steps"
        return int(self._connections.rows(statement)[0][0])

    def prune(self, in_use: Picture | None = None) -> list[int]:
        """Let the oldest steps of pictures without stars go until the rest is within the budget.

        Those of the picture `in_use` stay. The ids of the pictures whose steps are gone.
        """
        pruned: list[int] = []
        excess = self.total_bytes() - self.budget_bytes
        while excess > 0:
            oldest = self._connections.rows(
                "SELECT id, path, steps_bytes FROM pictures"
                " WHERE has_steps AND rating = 0 AND id <> ? ORDER BY created_us, id LIMIT ?",
                (0 if in_use is None else in_use.id, _AT_ONCE),
            )
            doomed = []
            for picture_id, path, size in oldest:
                if excess <= 0:
                    break
                doomed.append((picture_id, path))
                excess -= size
            if not doomed:
                break
            self._let_go(doomed)
            pruned += [picture_id for picture_id, _ in doomed]
        if pruned:
            log.info("steps of %d pictures made room", len(pruned))
        return pruned

    def pack_one(self) -> bool:
        """Make the steps of one picture smaller that were never tried; whether there was one."""
        waiting = self._connections.rows(
            "SELECT id, path FROM pictures WHERE has_steps AND NOT steps_packed LIMIT 1"
        )
        for picture_id, path in waiting:
            way = steps.steps_path(self._pictures / path)
            size = None
            with self._files:
                try:
                    with storage_errors(way):
                        size = steps.pack_steps(way, self._disk)
                except PictureError as error:
                    log.info("not made smaller: %s", error)
            with self._connections.writing() as connection:
                connection.execute(
                    "UPDATE pictures SET steps_packed = 1, steps_bytes = coalesce(?, steps_bytes)"
                    " WHERE id = ?",
                    (size, picture_id),
                )
        return bool(waiting)

    def _let_go(self, doomed: Iterable[tuple[int, str]]) -> None:
        # The row first: a file that a crash leaves behind is cleared away at the next start.
        with self._files:
            with self._connections.writing() as connection:
                connection.executemany(
                    "UPDATE pictures SET has_steps = 0, steps_bytes = 0, steps_pruned = 1"
                    " WHERE id = ?",
                    [(picture_id,) for picture_id, _ in doomed],
                )
            for _, path in doomed:
                self._disk.remove(steps.steps_path(self._pictures / path))
