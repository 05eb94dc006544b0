"""What schema 2 holds in columns of its own and schema 1 only inside each request's JSON."""

from __future__ import annotations

import logging
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Final

from studio.domain.errors import RequestError
from studio.domain.operation import Operation
from studio.domain.request import Request
from studio.library.picture import has_mask, named_parents
from studio.library.query.words import searchable
from studio.library.settings import PictureSettings

log = logging.getLogger(__name__)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def derive_columns(connection: sqlite3.Connection) -> None:
    """Fill the tables of schema 2 from `pictures_1`. Rows that can't be read stay unseen."""
    connection.execute(
        "INSERT INTO pictures (id, path, present, width, height, created_us, day, elapsed_s,"
        " batch_index, pixel_digest, request_digest, operation, has_steps)"
        " SELECT id, path, present, width, height, created_us, 0, elapsed_s, batch_index,"
        " pixel_digest, request_digest, '', has_steps FROM pictures_1"
    )
    connection.execute(
        "INSERT INTO records (picture_id, request) SELECT id, request FROM pictures_1"
    )
    connection.execute(
        "INSERT INTO folders (name, changed_ns, steps_changed_ns)"
        " SELECT DISTINCT substr(path, 1, instr(path, '/') - 1), -1, -1 FROM pictures_1"
    )
    rows = connection.execute("SELECT id, request, batch_index, created_us FROM pictures_1")
    for picture_id, text, index, created_us in rows:
        day = (_EPOCH + timedelta(microseconds=created_us)).astimezone()
        try:
            request = Request.from_json(text)
        except RequestError as error:
            log.warning("row %s of the history is unreadable: %s", picture_id, error)
            connection.execute("UPDATE pictures SET present = 0 WHERE id = ?", (picture_id,))
            continue
        _derive(connection, picture_id, request, index, int(day.strftime("%Y%m%d")))


def _derive(
    connection: sqlite3.Connection, picture_id: int, request: Request, index: int, day: int
) -> None:
    settings = PictureSettings.of(request, index)
    connection.execute(
        "UPDATE pictures SET day = ?, operation = ?, program = ?, model = ?, seed = ?, steps = ?,"
        " guidance_scale = ?, sampler = ?, strength = ?, prompt = ?, negative_prompt = ?,"
        " has_mask = ? WHERE id = ?",
        (
            *(day, Operation.of(request), settings.program, settings.model, settings.seed),
            *(settings.steps, settings.guidance_scale, settings.sampler, settings.strength),
            *(settings.prompt, settings.negative_prompt, has_mask(request), picture_id),
        ),
    )
    connection.executemany(
        "INSERT INTO loras (name, picture_id, weight) VALUES (?, ?, ?)",
        [(name, picture_id, weight) for name, weight in settings.loras],
    )
    connection.executemany(
        "INSERT INTO parents (picture_id, position, role, digest) VALUES (?, ?, ?, ?)",
        [
            (picture_id, position, parent.role, parent.digest)
            for position, parent in enumerate(dict.fromkeys(named_parents(request)))
        ],
    )
    connection.execute(
        "INSERT INTO words (rowid, prompt, title, tags) VALUES (?, ?, '', '')",
        (picture_id, searchable(settings.prompt)),
    )
