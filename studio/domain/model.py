"""What the studio knows about a model before it loads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.domain.geometry import Size
from studio.domain.schedulers import Scheduler


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model on this disk.

    `name` is what a Request names (unique, the folder's name); `title` is for people. `family`
    names the engine's file for it ("sd"). Sides of a picture must be multiples of
    `size_multiple_px`; `sizes` are the presets to offer, the native one first. The defaults are
    where it draws best; `default_upscale` is how many times larger its pictures are finished.
    """

    name: str
    title: str
    family: str
    path: Path
    size_multiple_px: int
    sizes: tuple[Size, ...]
    default_steps: int
    default_guidance_scale: float
    default_scheduler: Scheduler
    licence: str
    example_prompts: tuple[str, ...] = ()
    default_upscale: int = 1

    @property
    def native_size(self) -> Size:
        return self.sizes[0]
