"""Folders of other programs whose models are used where they lie, and how those are laid out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


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
