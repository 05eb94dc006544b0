"""`pentimento.json`: what whoever made a model wants the studio to know about it.

    {
      "title": "Pentimento small",
      "licence": "Apache-2.0",
      "sizes": [[64, 64], [96, 64]],
      "default_steps": 20,
      "default_guidance_scale": 4.0,
      "default_scheduler": "DPM++ 2M",
      "default_upscale": 4,
      "example_prompts": ["a red fox in the snow"]
    }

Every key may be missing. A value of the wrong kind counts as missing; unknown keys are passed over.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from studio.catalog.bounded import read_object
from studio.domain.errors import ModelRefused
from studio.domain.geometry import Size
from studio.domain.limits import MAX_GUIDANCE_SCALE, MAX_SIDE_PX, MAX_STEPS, MIN_SIDE_PX
from studio.domain.schedulers import Scheduler
from studio.domain.upscalers import UPSCALES

log = logging.getLogger(__name__)

FILE_NAME: Final = "pentimento.json"
_MAX_BYTES: Final = 1 << 20
_MAX_ENTRIES: Final = 50
_MAX_TITLE_CHARS: Final = 200
_MAX_PROMPT_CHARS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Description:
    """What the file says; None or empty where it says nothing usable."""

    title: str | None = None
    licence: str | None = None
    sizes: tuple[Size, ...] = ()
    default_steps: int | None = None
    default_guidance_scale: float | None = None
    default_scheduler: Scheduler | None = None
    default_upscale: int | None = None
    example_prompts: tuple[str, ...] = ()


def read_description(folder: Path, multiple_px: int) -> Description:
    """The description in a model's folder; an empty one if there is none that can be read.

    Sizes whose sides aren't multiples of `multiple_px` are passed over.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return Description()
    try:
        record = read_object(path, _MAX_BYTES)
    except ModelRefused as error:
        log.warning("%s: %s", path, error)
        return Description()
    steps = record.get("default_steps")
    guidance = record.get("default_guidance_scale")
    upscale = record.get("default_upscale")
    return Description(
        title=_text(record.get("title"), _MAX_TITLE_CHARS),
        licence=_text(record.get("licence"), _MAX_TITLE_CHARS),
        sizes=tuple(
            size
            for entry in _entries(record.get("sizes"))
            if (size := _size(entry, multiple_px)) is not None
        ),
        default_steps=steps if type(steps) is int and 1 <= steps <= MAX_STEPS else None,
        default_guidance_scale=_guidance(guidance),
        default_scheduler=_scheduler(record.get("default_scheduler")),
        default_upscale=upscale if type(upscale) is int and upscale in UPSCALES else None,
        example_prompts=tuple(
            prompt
            for entry in _entries(record.get("example_prompts"))
            if (prompt := _text(entry, _MAX_PROMPT_CHARS)) is not None
        ),
    )


def _entries(value: Any) -> list[Any]:
    return value[:_MAX_ENTRIES] if isinstance(value, list) else []


def _text(value: Any, limit: int) -> str | None:
    usable = isinstance(value, str) and value.strip() and len(value) <= limit
    return value.strip() if usable else None


def _size(value: Any, multiple_px: int) -> Size | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    for side in value:
        if type(side) is not int or not MIN_SIDE_PX <= side <= MAX_SIDE_PX or side % multiple_px:
            return None
    return Size(*value)


def _guidance(value: Any) -> float | None:
    if type(value) not in (int, float) or not 0 <= value <= MAX_GUIDANCE_SCALE:
        return None
    return float(value) if math.isfinite(value) else None


def _scheduler(value: Any) -> Scheduler | None:
    return Scheduler(value) if isinstance(value, str) and value in tuple(Scheduler) else None
