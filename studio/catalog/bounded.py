"""Reading JSON that somebody else wrote, with limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from studio.domain.errors import ModelRefused

MAX_JSON_BYTES: Final = 16 << 20


def read_object(path: Path, limit_bytes: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        ModelRefused: missing, too large, or no JSON object; the sentence says which.
    """
    try:
        if not path.is_file():
            raise ModelRefused(f"{path.name} is missing.", "Fetch the model again.")
        with path.open("rb") as file:
            content = file.read(limit_bytes + 1)
    except OSError as error:
        raise ModelRefused(f"{path.name} can't be read: {error.strerror}.") from error
    if len(content) > limit_bytes:
        raise ModelRefused(f"{path.name} is larger than {limit_bytes} bytes.")
    return parse_object(content, path.name)


def parse_object(content: bytes, name: str) -> dict[str, Any]:
    """The JSON object in UTF-8 bytes; `name` is for the sentence.

    Raises:
        ModelRefused: no JSON object.
    """
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        raise ModelRefused(f"{name} is damaged: it is not JSON.", "Fetch it again.") from None
    if not isinstance(record, dict):
        raise ModelRefused(f"{name} is damaged: it holds no JSON object.", "Fetch it again.")
    return record
