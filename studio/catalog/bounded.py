"""Reading JSON and YAML that somebody else wrote, with limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from studio.domain.errors import ModelRefused

MAX_JSON_BYTES: Final = 16 << 20
MAX_YAML_BYTES: Final = 64 << 10
_MAX_BRACKETS: Final = 1_000


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


def read_yaml(path: Path, limit_bytes: int = MAX_YAML_BYTES) -> dict[Any, Any]:
    """The mapping in a YAML file of plain values; empty if there is none that can be read."""
    try:
        with path.open("rb") as file:
            content = file.read(limit_bytes + 1)
    except OSError:
        return {}
    return parse_yaml(content) if len(content) <= limit_bytes else {}


def parse_yaml(content: bytes) -> dict[Any, Any]:
    """The mapping in YAML's bytes; empty if there is none. Aliases are refused, for they can make a
    short text endlessly large, and a thousand brackets, which take the reader minutes."""
    import yaml  # type: ignore[import-untyped] # only who has such files waits for it

    if len(content) > MAX_YAML_BYTES or content.count(b"[") + content.count(b"{") > _MAX_BRACKETS:
        return {}
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(content)):
            return {}
        record = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}
