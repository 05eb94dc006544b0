"""Folders of other programs whose models are used where they lie, and how those are laid out."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from studio.catalog.bounded import read_object
from studio.catalog.writing import write_whole
from studio.domain.errors import ModelRefused, StorageError

log = logging.getLogger(__name__)

_KEY: Final = "places"


class Layout(StrEnum):
    """How a folder of models is laid out: by which program, or by none."""

    A1111 = "a1111"
    COMFYUI = "comfyui"
    INVOKEAI = "invokeai"
    HUGGING_FACE = "hugging-face"
    DIFFUSERS = "diffusers"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of another program, and how many models, addons and refused files lie in it.

    `sentence` says for people what was found.
    """

    path: Path
    layout: Layout
    models: int
    addons: int
    refused: int
    sentence: str


_TITLES: Final[Mapping[Layout, str]] = {
    Layout.A1111: "A folder of the Stable Diffusion web UI or Forge",
    Layout.COMFYUI: "A folder of ComfyUI",
    Layout.INVOKEAI: "A folder of InvokeAI",
    Layout.HUGGING_FACE: "The cache of Hugging Face's libraries",
    Layout.DIFFUSERS: "A model in diffusers' layout",
    Layout.PLAIN: "A folder of models",
}
_MAX_PLACES: Final = 100


def describe_place(path: Path, layout: Layout, models: int, addons: int, refused: int) -> Place:
    """The place with a sentence about what was found there."""
    if not path.exists():
        return Place(path, layout, 0, 0, 0, "It isn't there now; it is looked for again later.")
    what = f"{_count(models, 'model')} and {_count(addons, 'addon')}"
    unused = f"; {_count(refused, 'file')} can't be used" if refused else ""
    return Place(path, layout, models, addons, refused, f"{_TITLES[layout]}: {what}{unused}.")


def read_places(file: Path) -> tuple[Path, ...]:
    """The folders that were added, in their order; none if the file can't be read."""
    if not file.exists():
        return ()
    try:
        entries = read_object(file).get(_KEY)
    except ModelRefused as error:
        log.warning("%s: %s", file, error)
        return ()
    texts = entries[:_MAX_PLACES] if isinstance(entries, list) else []
    paths = [Path(text) for text in texts if isinstance(text, str) and "\0" not in text]
    return tuple(dict.fromkeys(path for path in paths if path.is_absolute()))


def write_places(file: Path, places: Sequence[Path]) -> None:
    """Keep the folders.

    Raises:
        StorageError: the disk refused.
    """
    content = json.dumps({_KEY: [str(path) for path in places]}, indent=2)
    try:
        write_whole(file, content.encode())
    except (OSError, UnicodeEncodeError) as error:
        raise StorageError(
            f"The list of model folders can't be written: {error}.", "Make room on the disk."
        ) from error


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
