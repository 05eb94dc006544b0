"""Gathering what is known about a model or addon from everything that lies with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from studio.catalog import model_metadata
from studio.catalog.bounded import parse_yaml
from studio.catalog.cards import ModelCard
from studio.catalog.licences import UNKNOWN, find_licence
from studio.catalog.model_files import read_weights_header
from studio.catalog.sidecars import Notes, find_preview, plain_text, read_notes, words
from studio.catalog.writing import write_whole
from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelRefused
from studio.domain.model import ModelInfo

_CARDS: Final = ("CARD.md", "README.md")
_PREVIEWS: Final = ("preview.png", "samples.png", "thumbnail.png", "preview.jpg", "thumbnail.jpg")
_MAX_CARD_BYTES: Final = 512 << 10
_MAX_SECTION_CHARS: Final = 4_000
_FRONT_MATTER: Final = re.compile(rb"\A---\r?\n(.*?)\r?\n---\r?\n", re.DOTALL)
_TRAINING: Final = re.compile(
    r"^#+[ \t]*[^\n]*\b(?:train\w*|data(?:set)?s?)\b[^\n]*\n(.*?)(?=^#|\Z)",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Page:
    """A card in Markdown: what its front matter says, and its text."""

    facts: Mapping[Any, Any] = field(default_factory=dict)
    text: str = ""

    def fact(self, name: str) -> str:
        """One fact; of several the first."""
        value = self.facts.get(name)
        if isinstance(value, list):
            value = next((one for one in value if isinstance(one, str)), "")
        return value.strip()[:_MAX_SECTION_CHARS] if isinstance(value, str) else ""


def read_card(info: ModelInfo | AddonInfo, thumbnails: Path | None) -> ModelCard:
    """The card of a model or addon. Never raises: what can't be read isn't known.

    Args:
        thumbnails: a folder to which pictures are written that lie in headers; without it they are
            left there.
    """
    path = info.path
    page = _page(path) if path.is_dir() else _Page()
    notes = Notes() if path.is_dir() else read_notes(path)
    metadata = _metadata(path)
    named = page.fact("license_name") or page.fact("license") or info.licence
    if info.licence != UNKNOWN:
        named = info.licence
    licence = find_licence(named)
    return ModelCard(
        title=info.title,
        description=notes.description
        or model_metadata.spec(metadata, "description")
        or plain_text(page.text),
        trained_on=_trained_on(page, metadata),
        author=notes.author or model_metadata.spec(metadata, "author", 200),
        licence=licence.id,
        licence_title=licence.title,
        licence_link=page.fact("license_link") or licence.link,
        permits=licence.permits,
        trigger_words=info.trigger_words if isinstance(info, AddonInfo) else notes.trigger_words,
        base_model=notes.base_model or page.fact("base_model") or _trained_from(metadata),
        thumbnail=_thumbnail(path, metadata, thumbnails),
        source_url=notes.source_url or _repository(path),
        tags=notes.tags or words(page.facts.get("tags")) or _spec_tags(metadata),
    )


def _page(folder: Path) -> _Page:
    for name in _CARDS:
        try:
            with (folder / name).open("rb") as file:
                content = file.read(_MAX_CARD_BYTES)
        except OSError:
            continue
        front = _FRONT_MATTER.match(content)
        facts = parse_yaml(front[1]) if front else {}
        text = content[front.end() :] if front else content
        return _Page(facts, text.decode(errors="replace").strip())
    return _Page()


def _metadata(path: Path) -> Mapping[str, str]:
    if path.is_dir():
        return {}
    try:
        return read_weights_header(path).metadata
    except ModelRefused:
        return {}


def _trained_on(page: _Page, metadata: Mapping[str, str]) -> str:
    """The card's section on training or data, its front matter's data sets, or what kohya noted."""
    if section := _TRAINING.search(page.text):
        return plain_text(section[1], _MAX_SECTION_CHARS)
    if sets := words(page.facts.get("datasets")):
        return ", ".join(sets)
    pictures = metadata.get("ss_num_train_images", "")
    return f"{pictures} pictures" if pictures.isdecimal() and len(pictures) < 9 else ""


def _trained_from(metadata: Mapping[str, str]) -> str:
    return (
        metadata.get("ss_sd_model_name", "")[:200]
        or metadata.get("ss_base_model_version", "")[:200]
    )


def _spec_tags(metadata: Mapping[str, str]) -> tuple[str, ...]:
    return words(model_metadata.spec(metadata, "tags").split(","))


def _repository(path: Path) -> str:
    """The page of what lies in Hugging Face's cache, from the name of its folder there."""
    for folder in path.parents:
        if folder.name.startswith("models--") and folder.name.count("--") == 2:
            _, owner, name = folder.name.split("--")
            return f"https://huggingface.co/{owner}/{name}"
    return ""


def _thumbnail(path: Path, metadata: Mapping[str, str], folder: Path | None) -> Path | None:
    if path.is_dir():
        return next((at for name in _PREVIEWS if (at := path / name).is_file()), None)
    if (beside := find_preview(path)) is not None:
        return beside
    content = model_metadata.thumbnail(metadata)
    if content is None or folder is None:
        return None
    target = folder / hashlib.sha256(content).hexdigest()
    try:
        if not target.exists():
            write_whole(target, content)
    except OSError:
        return None
    return target
