"""The tables of the history, and the way from each schema to the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from studio.library.index.migration_2 import derive_columns

Step: TypeAlias = str | Callable[[sqlite3.Connection], None]
"""A statement, or what must be computed from the rows."""
Migrations: TypeAlias = Sequence[Sequence[Step]]

_SCHEMA_1: Final = (
    """
    CREATE TABLE pictures (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path TEXT NOT NULL UNIQUE,        -- below the pictures folder, with forward slashes
        request TEXT NOT NULL,            -- its JSON
        request_digest TEXT NOT NULL,
        batch_index INTEGER NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        created_us INTEGER NOT NULL,      -- microseconds since 1970, UTC
        pixel_digest TEXT NOT NULL,
        elapsed_s REAL NOT NULL,
        has_steps INTEGER NOT NULL,
        present INTEGER NOT NULL DEFAULT 1 -- 0: its file was gone when last looked for
    ) STRICT
    """,
    "CREATE INDEX newest ON pictures (created_us, id) WHERE present",
    "CREATE INDEX by_pixels ON pictures (pixel_digest)",
    "CREATE INDEX by_request ON pictures (request_digest)",
)

_SCHEMA_2: Final[tuple[Step, ...]] = (
    "DROP INDEX newest",
    "DROP INDEX by_pixels",
    "DROP INDEX by_request",
    "ALTER TABLE pictures RENAME TO pictures_1",
    """
    CREATE TABLE pictures (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path TEXT NOT NULL UNIQUE,        -- below the pictures folder, with forward slashes
        present INTEGER NOT NULL DEFAULT 1, -- 0: its file was gone when last looked for
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        created_us INTEGER NOT NULL,      -- microseconds since 1970, UTC
        day INTEGER NOT NULL,             -- yyyymmdd where the artist was
        elapsed_s REAL NOT NULL,
        batch_index INTEGER NOT NULL,
        pixel_digest TEXT NOT NULL,
        request_digest TEXT NOT NULL,     -- '' for an import
        file_digest TEXT NOT NULL DEFAULT '', -- sha256 of the file, '' where not taken
        operation TEXT NOT NULL,
        batch TEXT NOT NULL DEFAULT '',
        project TEXT NOT NULL DEFAULT '',
        title TEXT NOT NULL DEFAULT '',
        program TEXT NOT NULL DEFAULT '',
        model TEXT NOT NULL DEFAULT '',
        model_hash TEXT NOT NULL DEFAULT '',
        seed INTEGER,
        steps INTEGER,
        guidance_scale REAL,
        sampler TEXT NOT NULL DEFAULT '',
        strength REAL,
        prompt TEXT NOT NULL DEFAULT '',
        negative_prompt TEXT NOT NULL DEFAULT '',
        has_mask INTEGER NOT NULL DEFAULT 0,
        rating INTEGER NOT NULL DEFAULT 0, -- 0 to 5
        tags TEXT NOT NULL DEFAULT '',    -- one a line; each is in the table of tags, too
        has_steps INTEGER NOT NULL,
        steps_bytes INTEGER NOT NULL DEFAULT 0,
        steps_packed INTEGER NOT NULL DEFAULT 0, -- 1: no work is left that makes them smaller
        steps_pruned INTEGER NOT NULL DEFAULT 0 -- 1: there were steps, and they had to make room
    ) STRICT
    """,
    # Apart, so that whoever looks through the rows needn't read it.
    """
    CREATE TABLE records (
        picture_id INTEGER PRIMARY KEY REFERENCES pictures ON DELETE CASCADE,
        request TEXT,                     -- its JSON; NULL for an import
        settings TEXT                     -- an import's, as JSON
    ) STRICT
    """,
    """
    CREATE TABLE parents (
        picture_id INTEGER NOT NULL REFERENCES pictures ON DELETE CASCADE,
        position INTEGER NOT NULL,
        role TEXT NOT NULL,
        digest TEXT NOT NULL,             -- of pixels; of a request where the role is 'branch'
        PRIMARY KEY (picture_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE tags (
        tag TEXT NOT NULL,
        picture_id INTEGER NOT NULL REFERENCES pictures ON DELETE CASCADE,
        PRIMARY KEY (tag, picture_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE loras (
        name TEXT NOT NULL,
        picture_id INTEGER NOT NULL REFERENCES pictures ON DELETE CASCADE,
        weight REAL NOT NULL,
        PRIMARY KEY (name, picture_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE collections (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
    """
    CREATE TABLE members (
        collection_id INTEGER NOT NULL REFERENCES collections ON DELETE CASCADE,
        picture_id INTEGER NOT NULL REFERENCES pictures ON DELETE CASCADE,
        PRIMARY KEY (collection_id, picture_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE saved_searches (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        query TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE prompts (
        id INTEGER PRIMARY KEY,
        prompt TEXT NOT NULL,
        negative_prompt TEXT NOT NULL,
        used_us INTEGER NOT NULL,
        UNIQUE (prompt, negative_prompt)
    ) STRICT
    """,
    # What a picture looks like; NULL for one that can't be looked at.
    """
    CREATE TABLE likenesses (
        picture_id INTEGER PRIMARY KEY REFERENCES pictures ON DELETE CASCADE,
        version INTEGER NOT NULL,
        row BLOB
    ) STRICT
    """,
    # Pictures whose rating, tags or collections aren't in their sidecar yet.
    """
    CREATE TABLE unsaved (
        picture_id INTEGER PRIMARY KEY REFERENCES pictures ON DELETE CASCADE,
        saved_tags TEXT NOT NULL,         -- those in the sidecar, as in pictures.tags
        changes INTEGER NOT NULL DEFAULT 1
    ) STRICT
    """,
    # How each folder was when it was last compared with the rows.
    """
    CREATE TABLE folders (
        name TEXT PRIMARY KEY,
        changed_ns INTEGER NOT NULL,
        steps_changed_ns INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # Rows hold what `query.words.searchable` gives.
    """
    CREATE VIRTUAL TABLE words USING fts5(
        prompt, title, tags, tokenize = 'ascii', prefix = '1 2 3'
    )
    """,
    derive_columns,
    "DROP TABLE pictures_1",
    # With the day, so that an outline of what they find needs no look at the rows.
    "CREATE INDEX newest ON pictures (created_us, id) WHERE present",
    "CREATE INDEX by_day ON pictures (day, created_us, id) WHERE present",
    "CREATE INDEX by_batch ON pictures (batch, created_us, id) WHERE present",
    "CREATE INDEX by_project ON pictures (project, created_us, id) WHERE present",
    "CREATE INDEX by_rating ON pictures (rating, created_us, id, day) WHERE present",
    "CREATE INDEX by_operation ON pictures (operation, created_us, id, day) WHERE present",
    "CREATE INDEX by_model ON pictures (model, created_us, id, day) WHERE present",
    "CREATE INDEX by_program ON pictures (program, created_us, id, day) WHERE present",
    "CREATE INDEX by_sampler ON pictures (sampler, created_us, id, day) WHERE present",
    "CREATE INDEX by_seed ON pictures (seed, created_us, id, day) WHERE present",
    "CREATE INDEX by_steps ON pictures (steps, created_us, id, day) WHERE present",
    "CREATE INDEX by_guidance_scale ON pictures (guidance_scale, created_us, id, day)"
    " WHERE present",
    "CREATE INDEX by_strength ON pictures (strength) WHERE strength IS NOT NULL",
    "CREATE INDEX by_size ON pictures (width, height) WHERE present",
    "CREATE INDEX by_mask ON pictures (created_us, id) WHERE present AND has_mask",
    "CREATE INDEX by_model_hash ON pictures (model_hash) WHERE model_hash <> ''",
    "CREATE INDEX by_title ON pictures (title) WHERE title <> ''",
    "CREATE INDEX by_pixels ON pictures (pixel_digest)",
    "CREATE INDEX by_request ON pictures (request_digest)",
    "CREATE INDEX gone ON pictures (id) WHERE NOT present",
    # What has to make room first, with all that is asked about it.
    "CREATE INDEX with_steps ON pictures (created_us, id, rating, steps_bytes) WHERE has_steps",
    "CREATE INDEX to_pack ON pictures (id) WHERE has_steps AND NOT steps_packed",
    "CREATE INDEX children ON parents (digest)",
    "CREATE INDEX tags_of ON tags (picture_id)",
    "CREATE INDEX loras_of ON loras (picture_id)",
    "CREATE INDEX collections_of ON members (picture_id)",
    "CREATE INDEX newest_prompts ON prompts (used_us)",
)

_SCHEMA_3: Final[tuple[Step, ...]] = (
    # How pictures were computed, and their energy; none for those from before and for imports.
    """
    CREATE TABLE makings (
        picture_id INTEGER PRIMARY KEY REFERENCES pictures ON DELETE CASCADE,
        making TEXT NOT NULL,             -- its JSON
        energy_j REAL,
        co2_g REAL
    ) STRICT
    """,
)

MIGRATIONS: Final[Migrations] = (_SCHEMA_1, _SCHEMA_2, _SCHEMA_3)
"""What leads from each schema to the next. Never edited once released."""
