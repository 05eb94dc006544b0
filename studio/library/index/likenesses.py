"""What each picture looks like, as rows of numbers, and which pictures are alike by them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.domain.likeness import LIKENESS_VERSION
from studio.library.index.connections import Connections

Rows = NDArray[np.int8]
_CHUNK: Final = 20_000
_KNOWN: Final = (
    "FROM likenesses JOIN pictures ON pictures.id = likenesses.picture_id"
    " WHERE likenesses.version = ? AND pictures.present"
)


class Likenesses:
    """The table of likenesses, (L,) int8 each. Those of another version are as if they weren't
    there.

    Blocking, and safe to use from any thread. What was read once stays in memory: some 300 bytes
    for each picture. Every method may raise StorageError.
    """

    def __init__(self, connections: Connections, version: int = LIKENESS_VERSION) -> None:
        self._connections = connections
        self._version = version
        self._lock = threading.Lock()
        self._read: tuple[NDArray[np.int64], Rows] | None = None

    def missing(self, limit: int) -> list[int]:
        """The newest pictures that have no likeness yet."""
        found = self._connections.rows(
            "SELECT id FROM pictures WHERE present AND NOT EXISTS (SELECT 1 FROM likenesses"
            " WHERE picture_id = id AND version = ?) ORDER BY created_us DESC, id DESC LIMIT ?",
            (self._version, limit),
        )
        return [picture_id for (picture_id,) in found]

    def count(self) -> int:
        """How many pictures were looked at."""
        return int(self._connections.rows(f"SELECT count(*) {_KNOWN}", (self._version,))[0][0])

    def put(self, likenesses: Mapping[int, Rows | None]) -> None:
        """Keep the likenesses of pictures by their ids; None for one that can't be looked at, which
        isn't asked for again. Pictures that went meanwhile are passed over."""
        with self._connections.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO likenesses (picture_id, version, row)"
                " SELECT id, ?, ? FROM pictures WHERE id = ?",
                [
                    (self._version, None if row is None else row.tobytes(), picture_id)
                    for picture_id, row in likenesses.items()
                ],
            )
        with self._lock:
            self._read = None

    def nearest(self, picture_id: int, limit: int) -> list[tuple[int, float]]:
        """The pictures that look most like this one, itself left out, the nearest first, each with
        its nearness: 1 for the same pixels, about 0 for any two. Empty if it has no likeness yet.

        Nearness is the cosine between two rows after the mean of all was taken away: what the whole
        history has in common says nothing.
        """
        ids, rows = self._all()
        places = np.flatnonzero(ids == picture_id)
        count = min(limit, len(ids) - 1)
        if not len(places) or count < 1:
            return []
        mean = np.float32(0) if len(rows) < 3 else rows.mean(axis=0, dtype=np.float32)
        wanted = rows[places[0]] - mean
        nearness = np.concatenate(
            [
                _cosines(rows[start : start + _CHUNK] - mean, wanted)
                for start in range(0, len(rows), _CHUNK)
            ]
        )
        nearness[places[0]] = -np.inf
        best = np.argpartition(-nearness, count - 1)[:count]
        # Of equally near ones the newest first, so that the order is always the same.
        best = best[np.lexsort((-ids[best], -nearness[best]))]
        return [(int(ids[place]), float(nearness[place])) for place in best]

    def _all(self) -> tuple[NDArray[np.int64], Rows]:
        with self._lock:
            if self._read is None:
                found = self._connections.rows(
                    f"SELECT picture_id, row {_KNOWN} AND row IS NOT NULL", (self._version,)
                )
                ids = np.array([picture_id for picture_id, _ in found], np.int64)
                joined = np.frombuffer(b"".join(row for _, row in found), np.int8)
                self._read = (
                    ids,
                    joined.reshape(len(found), -1) if found else np.empty((0, 0), np.int8),
                )
            return self._read


def _cosines(rows: NDArray[np.float32], wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(wanted)
    return np.asarray(rows @ wanted / np.maximum(lengths, 1e-6), np.float32)
