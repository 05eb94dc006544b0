"""A history of as many pictures as are wished for, as if an artist had worked for years.

Rows alone, which takes seconds, or with a small file for each.
"""

from __future__ import annotations

import itertools
import random
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from studio.domain.request import Request
from studio.library.index.database import leave_whole, open_database, transaction
from studio.library.index.rows import microseconds
from studio.library.query.words import searchable

YEARS: Final = 6
NEWEST: Final = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
_PROMPTS: Final = 4000
_BATCH: Final = 4
_SUBJECTS: Final = (
    *("a red fox", "an owl", "a lighthouse", "two dancers", "a market stall", "an old harbour"),
    *("a girl with a paper boat", "a mountain lake", "a sleeping cat", "a ruined abbey"),
    *("a tram in the rain", "a bowl of cherries", "a knight without armour", "a greenhouse"),
)
_PLACES: Final = (
    *("in the snow", "at dawn", "under a violet sky", "by an open window", "in a birch forest"),
    *("beside a frozen river", "on a stage", "among tall grass", "in an empty station"),
)
_HANDS: Final = (
    *("watercolour on rough paper", "woodblock print", "oil painting", "charcoal sketch"),
    *("gouache", "etching", "ink wash", "photograph, 35 mm", "stained glass", "pastel"),
)
_LIGHTS: Final = (
    *("soft light", "long shadows", "backlit", "candlelight", "overcast", "golden hour", "mist"),
)
_MODELS: Final = ("pentimento-small", "dreamshaper-8", "deliberate-v3", "sd-v1-5", "ink-and-wash")
_SAMPLERS: Final = ("Euler", "DPM++ 2M Karras", "Euler a", "UniPC")
_TAGS: Final = ("portrait", "study", "sky", "client", "for print", "colour", "night", "series A")
_PROJECTS: Final = ("", "", "", "Harbour book", "Winter cards", "Owls")


def write_rows(database: Path, count: int) -> None:
    """Put rows of `count` pictures into a new history; the newest is the one with the largest id.

    Four of a batch share a prompt; one in eight has stars, one in twenty tags, one in ten was
    begun from the picture before it; one in fifty was imported.
    """
    connection, _ = open_database(database)
    with closing(connection):
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA temp_store = MEMORY")
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        with transaction(connection):
            # Quicker than to keep each of them sorted with each row.
            for name, _ in indexes:
                connection.execute(f"DROP INDEX {name}")
            _write_pictures(connection, count)
            _write_records(connection, count)
            for _, statement in indexes:
                connection.execute(statement)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    leave_whole(database)


def path_of(number: int, created: datetime) -> str:
    """Where picture `number`, from 1 on, lies below the pictures folder."""
    return f"{created:%Y-%m-%d}/{number:07d}-{number}.png"


def created(number: int, count: int) -> datetime:
    """When picture `number` of `count` was made: evenly over the years."""
    step_us = microseconds_between(count)
    return NEWEST - timedelta(microseconds=(count - number) * step_us)


def microseconds_between(count: int) -> int:
    return int(timedelta(days=365 * YEARS) / timedelta(microseconds=1)) // max(count, 1)


def prompts() -> list[str]:
    """Different prompts, in an order that is always the same."""
    every = [", ".join(parts) for parts in itertools.product(_SUBJECTS, _PLACES, _HANDS, _LIGHTS)]
    random.Random(7).shuffle(every)  # noqa: S311
    return every[:_PROMPTS]


def _write_pictures(connection: Connection, count: int) -> None:
    connection.execute("CREATE TEMP TABLE vocabulary (k INTEGER PRIMARY KEY, prompt, folded)")
    connection.executemany(
        "INSERT INTO vocabulary VALUES (?, ?, ?)",
        ((k, prompt, searchable(prompt)) for k, prompt in enumerate(prompts())),
    )
    for table, values in (("models", _MODELS), ("samplers", _SAMPLERS), ("projects", _PROJECTS)):
        connection.execute(f"CREATE TEMP TABLE {table} (k INTEGER PRIMARY KEY, name)")
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", enumerate(values))  # noqa: S608
    connection.execute(
        f"""
        WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < :n),
        made AS (
            SELECT i, :newest - (:n - i) * :step AS us, (i / {_BATCH}) * 7919 % {_PROMPTS} AS k,
                (i * 2654435761 >> 7) % 1000 AS chance FROM numbers
        )
        INSERT INTO pictures (id, path, width, height, created_us, day, elapsed_s, batch_index,
            pixel_digest, request_digest, operation, batch, project, program, model, seed, steps,
            guidance_scale, sampler, strength, prompt, rating, tags, has_steps, steps_bytes,
            steps_packed)
        SELECT i, strftime('%Y-%m-%d', us / 1000000, 'unixepoch') || printf('/%07d-%d.png', i, i),
            512, CASE chance % 3 WHEN 0 THEN 768 ELSE 512 END, us,
            CAST(strftime('%Y%m%d', us / 1000000, 'unixepoch', 'localtime') AS INTEGER),
            4.2, i % {_BATCH}, printf('%064x', i),
            CASE WHEN chance < 20 THEN '' ELSE printf('%064x', i / {_BATCH}) END,
            CASE WHEN chance < 20 THEN 'import' WHEN chance < 120 THEN 'image' ELSE 'text' END,
            'job ' || (i / {_BATCH}), projects.name,
            CASE WHEN chance < 20 THEN 'ComfyUI' ELSE 'Pentimento' END,
            models.name, i / {_BATCH} + i % {_BATCH}, 20 + chance % 3 * 5, 5.0 + chance % 5 * 0.5,
            samplers.name, CASE WHEN chance BETWEEN 20 AND 119 THEN 0.6 END,
            vocabulary.prompt || CASE WHEN chance % 3 = 0 THEN ', number ' || i / {_BATCH}
                ELSE '' END,
            CASE WHEN chance % 8 = 0 THEN 1 + chance % 5 ELSE 0 END, '', chance > 20,
            CASE WHEN chance > 20 THEN 900000 ELSE 0 END, 1
        FROM made JOIN vocabulary USING (k)
            JOIN models ON models.k = i / 400 % {len(_MODELS)}
            JOIN samplers ON samplers.k = i / 40 % {len(_SAMPLERS)}
            JOIN projects ON projects.k = i / 1200 % {len(_PROJECTS)}
        """,  # noqa: S608
        {"n": count, "newest": microseconds(NEWEST), "step": microseconds_between(count)},
    )


def _write_records(connection: Connection, count: int) -> None:
    request = Request("", 0, "", 512, 512, num_images_per_prompt=_BATCH)
    connection.execute(
        """
        INSERT INTO records (picture_id, request, settings)
        SELECT id, CASE WHEN operation = 'import' THEN NULL ELSE json_set(:request,
            '$.prompt', prompt, '$.seed', seed - batch_index, '$.model', model, '$.height', height,
            '$.num_inference_steps', steps, '$.guidance_scale', guidance_scale) END,
            CASE WHEN operation = 'import' THEN json_object('program', program, 'prompt', prompt,
            'model', model, 'seed', seed, 'steps', steps) END
        FROM pictures
        """,
        {"request": request.to_json()},
    )
    connection.execute(
        "INSERT INTO parents (picture_id, position, role, digest)"
        " SELECT id, 0, 'start', printf('%064x', id - 1) FROM pictures WHERE operation = 'image'"
    )
    connection.execute("CREATE TEMP TABLE words_of_tags (k INTEGER PRIMARY KEY, name)")
    connection.executemany("INSERT INTO words_of_tags VALUES (?, ?)", enumerate(_TAGS))
    tagged = f"FROM pictures JOIN words_of_tags ON k = id / 20 % {len(_TAGS)} WHERE id % 20 = 0"
    connection.execute(f"INSERT INTO tags (tag, picture_id) SELECT name, id {tagged}")
    connection.execute(
        "UPDATE pictures SET tags = (SELECT tag FROM tags WHERE picture_id = id) WHERE id % 20 = 0"
    )
    connection.execute(
        "INSERT INTO words (rowid, prompt, title, tags) SELECT id, vocabulary.folded ||"
        " substr(pictures.prompt, length(vocabulary.prompt) + 2), '', lower(tags)"
        " FROM pictures JOIN vocabulary ON k = (id / :batch) * 7919 % :prompts",
        {"batch": _BATCH, "prompts": _PROMPTS},
    )
    # There are no such folders: as if they had been looked into.
    connection.execute(
        "INSERT INTO folders (name, changed_ns, steps_changed_ns)"
        " SELECT DISTINCT substr(path, 1, instr(path, '/') - 1), 0, 0 FROM pictures"
    )
    connection.execute("INSERT INTO collections (id, name) VALUES (1, 'Best of')")
    connection.execute(
        "INSERT INTO members (collection_id, picture_id) SELECT 1, id FROM pictures"
        " WHERE rating = 5"
    )
