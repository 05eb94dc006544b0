"""Where a model draws best, by its family and by what its name says of how it was distilled.

Sources: the makers' model cards (steps, guidance, sizes) as far as remembered, and the defaults of
diffusers' pipelines. What a model says of itself (pentimento.json) comes before all of this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from studio.domain.geometry import Size
from studio.domain.model import ModelTask
from studio.domain.schedulers import Scheduler


@dataclass(frozen=True, slots=True)
class Defaults:
    """Steps, guidance, scheduler, and the sizes to offer; their sides are multiples."""

    steps: int
    guidance_scale: float
    scheduler: Scheduler
    sizes: tuple[Size, ...]
    multiple_px: int


def _sizes(*sides: tuple[int, int]) -> tuple[Size, ...]:
    return tuple(Size(*pair) for pair in sides)


_AT_512: Final = _sizes((512, 512), (768, 512), (512, 768), (640, 640))
_AT_768: Final = _sizes((768, 768), (1024, 768), (768, 1024))
_AT_1024: Final = _sizes((1024, 1024), (1216, 832), (832, 1216), (1344, 768), (768, 1344))
_AT_1328: Final = _sizes((1328, 1328), (1664, 928), (928, 1664), (1472, 1104), (1104, 1472))

_FAMILIES: Final[Mapping[str, Defaults]] = {
    "sd": Defaults(25, 7.5, Scheduler.DPMPP_2M_KARRAS, _AT_512, 8),
    "sd2": Defaults(25, 7.5, Scheduler.DPMPP_2M_KARRAS, _AT_768, 8),
    "sdxl": Defaults(30, 6.0, Scheduler.DPMPP_2M_KARRAS, _AT_1024, 8),
    "sd3": Defaults(28, 5.0, Scheduler.EULER, _AT_1024, 16),
    "flux": Defaults(28, 3.5, Scheduler.EULER, _AT_1024, 16),
    "flux2": Defaults(28, 4.0, Scheduler.EULER, _AT_1024, 16),
    "z-image": Defaults(28, 4.0, Scheduler.EULER, _AT_1024, 16),
    "qwen-image": Defaults(30, 4.0, Scheduler.EULER, _AT_1328, 16),
}
# What a variant's makers say; None leaves the family's own.
_VARIANTS: Final[Mapping[tuple[str, str], tuple[int | None, float | None]]] = {
    ("flux", "schnell"): (4, 0.0),
    ("flux", "fill"): (30, 30.0),
    ("flux", "kontext"): (28, 2.5),
    ("flux2", "klein"): (4, 1.0),
    ("flux2", "klein-4b"): (4, 1.0),
    ("flux2", "klein-9b"): (4, 1.0),
    ("z-image", "turbo"): (9, 0.0),
    ("sd3", "large"): (28, 4.0),
    ("qwen-image", "edit"): (30, 4.0),
}
_NO_GUIDANCE: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Distilled:
    """Steps and guidance of a model that was made to need few steps."""

    words: str
    steps: int
    scheduler: Scheduler
    families: frozenset[str]


_UNETS: Final = frozenset({"sd", "sd2", "sdxl"})
_FLOWS: Final = frozenset({"sd3", "flux", "flux2", "qwen-image", "z-image"})
_DISTILLED: Final = (
    _Distilled(r"lightning", 4, Scheduler.EULER, _UNETS | _FLOWS),
    _Distilled(r"hyper", 8, Scheduler.EULER, _UNETS | _FLOWS),
    _Distilled(r"dmd2?", 4, Scheduler.LCM, _UNETS),
    _Distilled(r"lcm", 6, Scheduler.LCM, _UNETS),
    _Distilled(r"turbo", 4, Scheduler.EULER_A, _UNETS),
    _Distilled(r"turbo", 4, Scheduler.EULER, frozenset({"sd3", "flux", "flux2", "qwen-image"})),
)
_STEPS_IN_NAME: Final = re.compile(r"(?<!\d)(\d{1,2})[ _-]?steps?(?![a-z])")
_MAX_NAMED_STEPS: Final = 16


def defaults_for(
    family: str, name: str, task: ModelTask, variant: str = "", prediction_type: str = ""
) -> Defaults:
    """The defaults for a model of this family (FAMILY_TITLES) and name."""
    found = _FAMILIES[family]
    steps, guidance = _VARIANTS.get((family, variant), (None, None))
    found = replace(
        found,
        steps=found.steps if steps is None else steps,
        guidance_scale=found.guidance_scale if guidance is None else guidance,
    )
    if family == "sd2" and (prediction_type == "epsilon" or task is ModelTask.INPAINT):
        found = replace(found, sizes=_AT_512)
    return few_steps_for(found, family, name) or found


def few_steps_for(usual: Defaults, family: str, name: str) -> Defaults | None:
    """The defaults in the place of `usual` for a model, or with a LoRA, that was made to need few
    steps and has a name that says so (“lcm”, “lightning”…); None for any other."""
    name = name.lower()
    for kind in _DISTILLED:
        if family in kind.families and re.search(rf"(?<![a-z]){kind.words}(?![a-z])", name):
            return _distilled(usual, kind, family, name)
    return None


def _distilled(found: Defaults, kind: _Distilled, family: str, name: str) -> Defaults:
    named = _STEPS_IN_NAME.search(name)
    steps = int(named[1]) if named and 1 <= int(named[1]) <= _MAX_NAMED_STEPS else kind.steps
    is_stabilitys_turbo = re.search(r"sd[_-]?xl[_-]?turbo", name) is not None
    return replace(
        found,
        steps=steps,
        guidance_scale=_NO_GUIDANCE,
        scheduler=kind.scheduler,
        sizes=_AT_512 if family == "sdxl" and is_stabilitys_turbo else found.sizes,
    )
