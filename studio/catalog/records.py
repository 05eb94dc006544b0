"""What was found out about files, as JSON and back: for the cache."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.geometry import Size
from studio.domain.model import ModelInfo, ModelTask
from studio.domain.schedulers import Scheduler
from studio.domain.upscalers import Architecture, UpscalerInfo


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that lies among the models and can't be used, and why, in a sentence or two."""

    path: Path
    reason: str


Entry = ModelInfo | AddonInfo | UpscalerInfo | Refusal
"""What a file or folder turned out to be."""

_CLASSES: Final[Mapping[str, type[Entry]]] = {
    kind.__name__: kind for kind in (ModelInfo, AddonInfo, UpscalerInfo, Refusal)
}
_RESTORE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "path": Path,
    "sizes": lambda pairs: tuple(Size(pair["width"], pair["height"]) for pair in pairs),
    "default_scheduler": Scheduler,
    "task": ModelTask,
    "kind": AddonKind,
    "architecture": Architecture,
    "example_prompts": tuple,
    "parts": lambda paths: tuple(map(Path, paths)),
    "trigger_words": tuple,
}


def to_text(entry: Entry | None) -> str:
    """The entry as JSON; None is a file that is neither listed nor refused."""
    if entry is None:
        return "null"
    return json.dumps({"class": type(entry).__name__, **asdict(entry)}, default=str)


def from_text(text: str) -> Entry | None:
    """The entry that `to_text` wrote.

    Raises:
        ValueError, KeyError, TypeError: it was written by another version, or is damaged.
    """
    record = json.loads(text)
    if record is None:
        return None
    kind = _CLASSES[record.pop("class")]
    known = {name: _RESTORE[name](v) if name in _RESTORE else v for name, v in record.items()}
    return kind(**known)
