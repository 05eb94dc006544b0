"""The networks that enlarge finished pictures, by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

UPSCALES: Final = (1, 2, 4)
"""How many times larger a picture can be finished; 1 is as drawn."""
MAX_FINISHED_PIXELS: Final = 8192 * 8192
"""What the studio makes is not larger than what it opens."""


class UpscalerName(StrEnum):
    """A network that comes with the studio. FAST is the one that requests mean."""

    FAST = "realesr-animevideov3"
    FINE = "realesrgan-x4plus-anime"


class Architecture(StrEnum):
    """The kinds of network that the engine runs."""

    COMPACT = "compact"
    RESIDUAL_DENSE = "residual dense"


@dataclass(frozen=True, slots=True)
class UpscalerInfo:
    """An upscaler on this disk.

    `name` is what a Request names (unique, the file's name without its end); `title` is for people.
    """

    name: str
    title: str
    path: Path
    architecture: Architecture
