"""The rows of the history: which pictures there are, in which order they were made."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from studio.domain.errors import RequestError
from studio.domain.request import Request
from studio.library.database import connect, open_database, storage_errors, transaction
from studio.library.picture import Picture, PictureRecord

log = logging.getLogger(__name__)

_COLUMNS: Final = (
    "id, path, request, batch_index, width, height, created_us, pixel_digest, elapsed_s, has_steps"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Index:
    """The database of one pictures folder. Safe to use from any thread.

    Rows of pictures whose files are gone stay, unseen, until the files come back. Every method
    may raise StorageError.
    """

    def __init__(self, path: Path, pictures: Path) -> None:
        self._path = path
        self._pictures = pictures
        self._writer, self.begun_anew = open_database(path)
        # Readers have a connection of their own: they never wait for a commit to reach the disk.
        self._reader = connect(path)
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()

    def close(self) -> None:
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()

    def add(
        self, path: Path, record: PictureRecord, width: int, height: int, *, has_steps: bool
    ) -> Picture:
        """Commit a row for the picture file at `path`."""
        with self._write_lock, storage_errors(self._path), transaction(self._writer):
            return self._insert(path, record, width, height, has_steps=has_steps)

    def reconcile(
        self,
        gone: Iterable[str],
        back: Iterable[str],
        found: Iterable[tuple[Path, PictureRecord, int, int, bool]],
    ) -> None:
        """Mark rows whose files are gone or back and add rows for found files, all at once.

        `gone` and `back` are paths as `known` gives them; `found` has the arguments of `add`.
        """
        with self._write_lock, storage_errors(self._path), transaction(self._writer):
            for present, paths in ((0, gone), (1, back)):
                self._writer.executemany(
                    f"UPDATE pictures SET present = {present} WHERE path = ?",  # noqa: S608
                    [(path,) for path in paths],
                )
            for path, record, width, height, has_steps in found:
                self._insert(path, record, width, height, has_steps=has_steps)

    def remove(self, picture: Picture) -> None:
        with self._write_lock, storage_errors(self._path):
            self._writer.execute("DELETE FROM pictures WHERE id = ?", (picture.id,))

    def known(self) -> dict[str, bool]:
        """Every row's path, relative with forward slashes, and whether its file was there."""
        rows = self._rows("SELECT path, present FROM pictures")
        return {path: bool(present) for path, present in rows}

    def page(self, before: Picture | None, limit: int) -> list[Picture]:
        """The newest pictures, or those that come after `before`, newest first."""
        where = "present"
        values: tuple[int, ...] = ()
        if before is not None:
            where = "present AND (created_us, id) < (?, ?)"
            values = (_microseconds(before.created), before.id)
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM pictures WHERE {where}"  # noqa: S608
            " ORDER BY created_us DESC, id DESC LIMIT ?",
            (*values, limit),
        )
        return self._pictures_of(rows)

    def count(self) -> int:
        return int(self._rows("SELECT count(*) FROM pictures WHERE present")[0][0])

    def get(self, picture_id: int) -> Picture | None:
        return self._one("id = ?", picture_id)

    def find(self, pixel_digest: str) -> Picture | None:
        """The newest picture with these pixels."""
        return self._one("pixel_digest = ? ORDER BY created_us DESC, id DESC LIMIT 1", pixel_digest)

    def with_steps(self, request_digest: str) -> Picture | None:
        """The newest picture of this request of which steps were kept."""
        return self._one(
            "request_digest = ? AND has_steps ORDER BY created_us DESC, id DESC LIMIT 1",
            request_digest,
        )

    def _one(self, condition: str, value: object) -> Picture | None:
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM pictures WHERE present AND {condition}",  # noqa: S608
            (value,),
        )
        return next(iter(self._pictures_of(rows)), None)

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        with self._read_lock, storage_errors(self._path):
            return self._reader.execute(statement, values).fetchall()

    def _insert(
        self, path: Path, record: PictureRecord, width: int, height: int, *, has_steps: bool
    ) -> Picture:
        request = record.request
        cursor: sqlite3.Cursor = self._writer.execute(
            "INSERT INTO pictures (path, request, request_digest, batch_index, width, height,"
            " created_us, pixel_digest, elapsed_s, has_steps) VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                path.relative_to(self._pictures).as_posix(),
                request.to_json(),
                request.digest,
                record.index,
                width,
                height,
                _microseconds(record.created),
                record.pixel_digest,
                record.elapsed_s,
                has_steps,
            ),
        )
        return Picture(
            cursor.lastrowid or 0,
            path,
            request,
            record.index,
            width,
            height,
            record.created,
            record.pixel_digest,
            record.elapsed_s,
            has_steps,
        )

    def _pictures_of(self, rows: Iterable[Any]) -> list[Picture]:
        pictures = []
        for (
            number,
            path,
            request,
            index,
            width,
            height,
            created_us,
            digest,
            elapsed_s,
            steps,
        ) in rows:
            try:
                pictures.append(
                    Picture(
                        number,
                        self._pictures / path,
                        Request.from_json(request),
                        index,
                        width,
                        height,
                        _EPOCH + timedelta(microseconds=created_us),
                        digest,
                        elapsed_s,
                        bool(steps),
                    )
                )
            except RequestError as error:
                # One bad row must not hide the others.
                log.warning("row %s of the history is unreadable: %s", number, error)
        return pictures


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
