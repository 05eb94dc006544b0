"""Values of JSON that anyone may have written, taken without trusting their shape."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import PureWindowsPath
from typing import Any, Final

from studio.library.labels.embedded import Embedded
from studio.library.labels.exif import USER_COMMENT, exif_text
from studio.library.settings import MAX_OTHERS

_MAX_JSON_CHARS: Final = 4 << 20
_WEIGHT_FILES: Final = frozenset({".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".sft"})


def json_object(text: str) -> dict[str, Any] | None:
    """The JSON object that this text is; None for anything else."""
    text = text.strip()
    if not text.startswith("{") or len(text) > _MAX_JSON_CHARS:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        # ComfyUI writes NaN as Python does, which loads; what else isn't JSON is none.
        return None
    return found if isinstance(found, dict) else None


def at(value: Any, *keys: str) -> Any:
    """What lies deep in nested objects; None where there is nothing."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text_of(value: Any) -> str:
    """The value if it is text, or several texts line by line; else ""."""
    if isinstance(value, list):
        return "\n".join(filter(None, (text_of(part) for part in value[:64])))
    return value if isinstance(value, str) else ""


def first(values: Mapping[str, Any], *names: str) -> Any:
    """The value of the first of these names that has one."""
    return next((values[name] for name in names if values.get(name) not in (None, "")), None)


def items_of(value: Any) -> list[dict[str, Any]]:
    """The objects in a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def file_stem(name: Any) -> str:
    """A model's name without its folders, on any system, and without the ending of its file."""
    if not isinstance(name, str):
        return ""
    last = name[-1024:].replace("\\", "/").rstrip("/").rpartition("/")[2]
    ending = PureWindowsPath(last).suffix
    return last[: -len(ending)] if ending.lower() in _WEIGHT_FILES else last


def short_hash(value: Any) -> str:
    """A hash in lower case, without what says which kind it is."""
    return text_of(value).lower().rpartition(":")[2].removeprefix("0x")[:64]


def others_of(values: Mapping[str, Any], known: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """What stands there besides, as far as it is short: names and numbers."""
    passed = frozenset(known)
    return tuple(
        (key, value if isinstance(value, str) else str(value))
        for key, value in values.items()
        if key not in passed
        and isinstance(value, str | int | float)
        and not (isinstance(value, int) and abs(value) > 2**64)
        and value != ""
    )[:MAX_OTHERS]


def comment_text(embedded: Embedded) -> str:
    """The text that isn't in a PNG: EXIF's UserComment, or the comment of a JPEG."""
    return exif_text(embedded.exif.get(USER_COMMENT, b"")) or embedded.comment
