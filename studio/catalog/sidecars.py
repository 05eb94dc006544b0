"""What lies beside a model's file and tells of it: other programs' notes, previews, configs.

Read: `name.civitai.info` (JSON of that site's version record), `name.metadata.json` (LoRA Manager),
`name.json` (A1111's notes), `name.txt`, `name.yaml` (the reference code's config), and pictures
`name.preview.png`, `name.png` and the like. Source: the conventions of A1111, CivitAI's helpers and
ComfyUI's LoRA Manager. Nothing here is trusted: texts are shortened and shown as plain text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from studio.catalog.bounded import read_object
from studio.domain.errors import ModelRefused

_PREVIEWS: Final = (
    ".preview.png",
    ".preview.jpg",
    ".preview.jpeg",
    ".preview.webp",
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
)
_NOTES: Final = (".civitai.info", ".metadata.json", ".json")
_TEXT: Final = ".txt"
_CONFIG: Final = ".yaml"
SIDECAR_ENDINGS: Final = (*_PREVIEWS, *_NOTES, _TEXT, _CONFIG)
_MAX_NOTE_BYTES: Final = 1 << 20
_MAX_CHARS: Final = 8_000
_PARAGRAPHS: Final = frozenset({"p", "li", "div", "h1", "h2", "h3", "h4"})
_MAX_WORDS: Final = 50
_MAX_WORD_CHARS: Final = 500
_V_CONFIG: Final = re.compile(rb"^\s*parameterization\s*:\s*[\"']?v[\"']?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Notes:
    """What sidecars say; empty where they say nothing."""

    title: str = ""
    description: str = ""
    base_model: str = ""
    trigger_words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    source_url: str = ""
    author: str = ""


def read_notes(path: Path) -> Notes:
    """The notes beside a file of weights, those with most to tell first. Never raises."""
    notes = Notes()
    for record in _records(path):
        notes = _joined(notes, _from_record(record))
    if not notes.description:
        notes = _joined(notes, Notes(description=_short_text(_beside(path, _TEXT))))
    return notes


def find_preview(path: Path) -> Path | None:
    """A picture of what the model makes, beside its file."""
    return next((at for end in _PREVIEWS if (at := _beside(path, end)).is_file()), None)


def config_says_v(path: Path) -> bool:
    """Whether the reference code's config beside a checkpoint says that it predicts velocity."""
    try:
        with _beside(path, _CONFIG).open("rb") as file:
            return _V_CONFIG.search(file.read(_MAX_NOTE_BYTES)) is not None
    except OSError:
        return False


def plain_text(text: str, limit: int = _MAX_CHARS) -> str:
    """Text without HTML's tags, shortened; paragraphs stay apart. In time that grows with the text,
    whatever is in it."""
    if "<" not in text:
        return text.strip()[:limit]
    first, *pieces = text[: 8 * limit].split("<")
    plain = html.unescape(first + "".join(map(_without_tag, pieces)))
    return re.sub(r"\n{3,}", "\n\n", plain).strip()[:limit]


def _without_tag(piece: str) -> str:
    """What follows a “<”, without the tag if that began one."""
    tag, end, rest = piece.partition(">")
    if not end or (not tag[:1].isalpha() and tag[:1] not in ("/", "!")):
        return f"<{piece}"
    name = tag.strip("/ ").lower()
    ends_line = name == "br" or (tag.startswith("/") and name in _PARAGRAPHS)
    return f"\n{rest}" if ends_line else rest


def words(value: Any) -> tuple[str, ...]:
    """Trigger words from whatever a note has: a list, or one text with commas."""
    entries = value if isinstance(value, list) else [value]
    found = [
        entry.strip().strip(",").strip()[:_MAX_WORD_CHARS]
        for entry in entries[:_MAX_WORDS]
        if isinstance(entry, str)
    ]
    return tuple(dict.fromkeys(word for word in found if word))


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.stem + ending)


def _records(path: Path) -> Iterator[Mapping[str, Any]]:
    for ending in _NOTES:
        note = _beside(path, ending)
        try:
            if note.is_file():
                yield read_object(note, _MAX_NOTE_BYTES)
        except ModelRefused:
            continue


def _from_record(record: Mapping[str, Any]) -> Notes:
    """A version record of CivitAI has its model below “model”, LoRA Manager the record below
    “civitai”; A1111's own notes are flat."""
    inner = _mapping(record.get("civitai")) or record
    model = _mapping(inner.get("model"))
    number = inner.get("modelId")
    return Notes(
        title=_first(record.get("model_name"), model.get("name")),
        description=plain_text(
            _first(model.get("description"), inner.get("description"), record.get("notes"))
        ),
        base_model=_first(
            record.get("base_model"), inner.get("baseModel"), record.get("sd version")
        ),
        trigger_words=words(inner.get("trainedWords")) or words(record.get("activation text")),
        tags=words(record.get("tags")) or words(model.get("tags")),
        source_url=f"https://civitai.com/models/{number}" if type(number) is int else "",
        author=_first(_mapping(inner.get("creator")).get("username")),
    )


def _joined(first: Notes, second: Notes) -> Notes:
    fields = Notes.__dataclass_fields__
    return Notes(**{name: getattr(first, name) or getattr(second, name) for name in fields})


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(*values: Any) -> str:
    return next((v.strip()[:_MAX_CHARS] for v in values if isinstance(v, str) and v.strip()), "")


def _short_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return plain_text(file.read(_MAX_CHARS).decode(errors="replace"))
    except OSError:
        return ""
