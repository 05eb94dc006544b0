"""Everything that is known about a model or addon, for people: its source, what it permits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelCard:
    """All texts are plain text and empty where nothing is known.

    `licence` is an id ("apache-2.0", "unknown"), `licence_title` its name for people, `permits` its
    meaning in sentences. `thumbnail` is
    a picture's file beside the model or in the cache. `hashes` are those known so far, by name
    ("sha256", "AutoV2"…).
    """

    title: str
    description: str = ""
    trained_on: str = ""
    author: str = ""
    licence: str = "unknown"
    licence_title: str = "unknown"
    licence_link: str = ""
    permits: tuple[str, ...] = ()
    trigger_words: tuple[str, ...] = ()
    base_model: str = ""
    thumbnail: Path | None = None
    source_url: str = ""
    tags: tuple[str, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)
