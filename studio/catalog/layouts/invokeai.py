"""InvokeAI: a folder of models and a database that says how they are called.

Source: InvokeAI's model records: the table “models” with a JSON config in each row, whose `path` is
relative to the folder of models, or absolute for what it uses in place. The database is opened
as unchanging, so that nothing is ever written beside it.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from studio.catalog.layouts.walk import Root

_DATABASES: Final = ("databases/invokeai.db", "invokeai.db")
_CONFIG: Final = "invokeai.yaml"
_MAX_ROWS: Final = 20_000
_MAX_CONFIG_CHARS: Final = 1 << 20
_MAX_NAME_CHARS: Final = 200


def is_invokeai(path: Path) -> bool:
    """Whether this is the program's folder."""
    return (path / "models").is_dir() and (
        (path / _CONFIG).is_file() or _database(path) is not None
    )


def roots(path: Path) -> tuple[Root, ...]:
    """Its folder of models, then what its database names elsewhere."""
    models = path / "models"
    names = _names(path, models)
    outside = [known for known in names if not known.is_relative_to(models)]
    return (
        Root(models, is_strict=False, names=names),
        *(Root(known, names[known], is_strict=False) for known in outside if known.exists()),
    )


def _database(path: Path) -> Path | None:
    return next((path / name for name in _DATABASES if (path / name).is_file()), None)


def _names(path: Path, models: Path) -> dict[Path, str]:
    """How the database calls what lies at each path; empty if it can't be read."""
    database = _database(path)
    if database is None:
        return {}
    address = f"file:{quote(str(database))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            rows = connection.execute(
                "SELECT config FROM models WHERE length(config) <= ? LIMIT ?",
                (_MAX_CONFIG_CHARS, _MAX_ROWS),
            ).fetchall()
    except sqlite3.Error:
        return {}
    names = {}
    for (text,) in rows:
        config = _config(text)
        at, name = config.get("path"), config.get("name")
        if isinstance(at, str) and isinstance(name, str) and name.strip() and "\0" not in at:
            names[models / at] = name.strip()[:_MAX_NAME_CHARS]
    return names


def _config(text: Any) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}
