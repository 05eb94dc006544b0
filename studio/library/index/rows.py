"""Between pictures and the rows of the history."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from studio.domain.errors import RequestError
from studio.domain.making import Making
from studio.domain.request import Request
from studio.library.picture import Parent, ParentRole, Picture, PictureRecord, has_mask
from studio.library.query.words import searchable
from studio.library.settings import PictureSettings

log = logging.getLogger(__name__)

SELECT: Final = (
    "SELECT pictures.id, pictures.path, pictures.width, pictures.height, pictures.has_steps,"
    " records.request, pictures.batch_index, pictures.created_us, pictures.elapsed_s,"
    " pictures.pixel_digest, pictures.batch, pictures.project, pictures.title, records.settings,"
    " pictures.rating, pictures.tags, pictures.steps_pruned,"
    " (SELECT group_concat(role || ' ' || digest) FROM parents"
    "  WHERE parents.picture_id = pictures.id),"
    " (SELECT making FROM makings WHERE makings.picture_id = pictures.id)"
    " FROM pictures JOIN records ON records.picture_id = pictures.id"
)
"""What `pictures_of` reads; a WHERE clause may follow."""
_COLUMNS: Final = (
    "path, width, height, created_us, day, elapsed_s, batch_index, pixel_digest, request_digest,"
    " file_digest, batch, project, title, operation, program, model, model_hash, seed, steps,"
    " guidance_scale, sampler, strength, prompt, negative_prompt, has_mask, has_steps, steps_bytes,"
    " steps_pruned"
)
_MARKS: Final = ",".join("?" * (_COLUMNS.count(",") + 1))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NewRow:
    """A picture file that is to have a row; `path` is relative, with forward slashes.

    `imported` is what an imported picture's file says, `file_digest` the file's sha256 where it was
    taken, `steps_bytes` the size of its steps' file, 0 if there is none. `picture_id` is given to
    what comes back and has to be the same picture as before. `steps_pruned` is as in Picture.
    """

    path: str
    record: PictureRecord
    width: int
    height: int
    steps_bytes: int = 0
    imported: PictureSettings | None = None
    file_digest: str = ""
    picture_id: int | None = None
    steps_pruned: bool = False


def insert(connection: sqlite3.Connection, row: NewRow, pictures: Path) -> Picture:
    """Add a row and all that hangs on it; `pictures` is the folder that paths are relative to."""
    record = row.record
    picture = Picture(
        0,
        pictures / row.path,
        row.width,
        row.height,
        bool(row.steps_bytes),
        record,
        row.imported if record.request is None else None,
        steps_pruned=row.steps_pruned,
    )
    request, settings = record.request, picture.settings
    values = (
        *(row.path, row.width, row.height, microseconds(record.created), day_of(record.created)),
        *(record.elapsed_s, record.index, record.pixel_digest),
        *("" if request is None else request.digest, row.file_digest),
        *(record.batch, record.project, record.title, record.operation, settings.program),
        *(settings.model, settings.model_hash, settings.seed, settings.steps),
        *(settings.guidance_scale, settings.sampler, settings.strength),
        *(settings.prompt, settings.negative_prompt, has_mask(request)),
        *(picture.has_steps, row.steps_bytes, row.steps_pruned),
    )
    cursor = connection.execute(
        f"INSERT INTO pictures (id, {_COLUMNS}) VALUES (?,{_MARKS})",  # noqa: S608
        (row.picture_id, *values),
    )
    picture_id = cursor.lastrowid or 0
    connection.execute(
        "INSERT INTO records (picture_id, request, settings) VALUES (?, ?, ?)",
        (
            picture_id,
            None if request is None else request.to_json(),
            None if picture.imported is None else settings_to_json(picture.imported),
        ),
    )
    connection.executemany(
        "INSERT INTO parents (picture_id, position, role, digest) VALUES (?, ?, ?, ?)",
        [
            (picture_id, position, parent.role, parent.digest)
            for position, parent in enumerate(record.parents)
        ],
    )
    connection.executemany(
        "INSERT INTO loras (name, picture_id, weight) VALUES (?, ?, ?)",
        [(name, picture_id, weight) for name, weight in settings.loras],
    )
    if (making := record.making) is not None:
        connection.execute(
            "INSERT INTO makings (picture_id, making, energy_j, co2_g) VALUES (?, ?, ?, ?)",
            (picture_id, json.dumps(making.to_record()), making.energy_j, making.co2_g),
        )
    connection.execute(
        "INSERT INTO words (rowid, prompt, title, tags) VALUES (?, ?, ?, '')",
        (picture_id, searchable(settings.prompt), searchable(record.title)),
    )
    return replace(picture, id=picture_id)


def remove(connection: sqlite3.Connection, picture_id: int) -> None:
    """Remove a row and all that hangs on it."""
    connection.execute("DELETE FROM words WHERE rowid = ?", (picture_id,))
    connection.execute("DELETE FROM pictures WHERE id = ?", (picture_id,))


def pictures_of(rows: Iterable[Any], pictures: Path) -> list[Picture]:
    """The pictures of rows that `SELECT` gave, without those that can't be read."""
    found = []
    for row in rows:
        try:
            found.append(_picture_of(row, pictures))
        except (RequestError, ValueError) as error:
            # One bad row must not hide the others.
            log.warning("row %s of the history is unreadable: %s", row[0], error)
    return found


def microseconds(moment: datetime) -> int:
    """Since 1970, UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def day_of(moment: datetime) -> int:
    """The artist's own day, as yyyymmdd."""
    day = moment.astimezone()
    return day.year * 10_000 + day.month * 100 + day.day


def settings_to_json(settings: PictureSettings) -> str:
    """What `settings_from_json` reads."""
    told = {name: value for name, value in asdict(settings).items() if value not in ("", None, ())}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False)


def settings_from_json(text: str) -> PictureSettings:
    """Nothing at all where the text is no such JSON."""
    try:
        told = json.loads(text)
        for name in ("loras", "others", "lora_hashes"):
            told[name] = tuple((key, value) for key, value in told.get(name, ()))
        return PictureSettings(**told)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return PictureSettings()


def _picture_of(row: Any, pictures: Path) -> Picture:
    picture_id, path, width, height, has_steps, request, index, created_us, *others = row
    elapsed_s, digest, batch, project, title, settings, rating, tags, pruned, parents, making = (
        others
    )
    record = PictureRecord(
        None if request is None else Request.from_json(request),
        index,
        _EPOCH + timedelta(microseconds=created_us),
        elapsed_s,
        digest,
        _parents_of(parents),
        batch,
        project,
        title,
        None if making is None else Making.from_record(json.loads(making)),
    )
    return Picture(
        picture_id,
        pictures / path,
        width,
        height,
        bool(has_steps),
        record,
        None if settings is None else settings_from_json(settings),
        rating,
        tuple(tags.splitlines()),
        bool(pruned),
    )


def _parents_of(text: str | None) -> tuple[Parent, ...]:
    pairs = [pair.split(" ") for pair in (text or "").split(",") if pair]
    return tuple(Parent(ParentRole(role), digest) for role, digest in pairs)
