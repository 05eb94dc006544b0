"""What the artist wants a model to begin with, in place of its maker's values."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from studio.domain.geometry import Size
from studio.domain.limits import (
    MAX_CLIP_SKIP,
    MAX_GUIDANCE_SCALE,
    MAX_PROMPT_CHARS,
    MAX_SIDE_PX,
    MAX_STEPS,
    MIN_SIDE_PX,
)
from studio.domain.model import ModelInfo
from studio.domain.schedulers import Scheduler
from studio.domain.upscalers import UPSCALES
from studio.ui.session.drafting.draft import Draft

_MOST_SIZES: Final = 50


@dataclass(frozen=True, slots=True)
class ModelDefaults:
    """The prompt panel's values that belong to a model rather than to one picture."""

    num_inference_steps: int
    guidance_scale: float
    scheduler: Scheduler
    width: int
    height: int
    upscale: int = 1
    negative_prompt: str = ""
    clip_skip: int = 0
    vae: str = ""

    @classmethod
    def of(cls, draft: Draft) -> ModelDefaults:
        """The values that stand in the prompt panel now."""
        return cls(
            num_inference_steps=draft.num_inference_steps,
            guidance_scale=draft.guidance_scale,
            scheduler=draft.scheduler,
            width=draft.size.width,
            height=draft.size.height,
            upscale=draft.upscale,
            negative_prompt=draft.negative_prompt,
            clip_skip=draft.clip_skip,
            vae=draft.vae,
        )

    @classmethod
    def from_record(cls, record: Any) -> ModelDefaults | None:
        """Read back what `record` wrote; None if it is something else or out of range."""
        try:
            defaults = cls(**{**record, "scheduler": Scheduler(record["scheduler"])})
        except (TypeError, ValueError, KeyError):
            return None
        return defaults if defaults._is_usable() else None

    def record(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)

    def applied_to(self, model: ModelInfo) -> ModelInfo:
        """The model as if its maker had chosen these. A size that it can't draw is passed over."""
        size = Size(self.width, self.height)
        multiple = model.size_multiple_px
        sizes = model.sizes
        if size.width % multiple == 0 and size.height % multiple == 0:
            sizes = (size, *(other for other in model.sizes if other != size))[:_MOST_SIZES]
        return replace(
            model,
            sizes=sizes,
            default_steps=self.num_inference_steps,
            default_guidance_scale=self.guidance_scale,
            default_scheduler=self.scheduler,
            default_upscale=self.upscale,
        )

    def sentence(self) -> str:
        """For people: “20 steps, guidance 5, Euler a, 512 × 768”."""
        parts = [
            "1 step" if self.num_inference_steps == 1 else f"{self.num_inference_steps} steps",
            f"guidance {self.guidance_scale:g}",
            str(self.scheduler),
            str(Size(self.width, self.height)),
        ]
        if self.upscale > 1:
            parts.append(f"finished {self.upscale}× as large")
        if self.clip_skip:
            parts.append(f"clip skip {self.clip_skip}")
        if self.vae:
            parts.append(f"VAE {self.vae}")
        if self.negative_prompt:
            parts.append(f"left out: {self.negative_prompt}")
        return ", ".join(parts)

    def _is_usable(self) -> bool:
        whole = (
            self.num_inference_steps,
            self.width,
            self.height,
            self.upscale,
            self.clip_skip,
        )
        texts = (self.negative_prompt, self.vae)
        return (
            all(type(number) is int for number in whole)
            and type(self.guidance_scale) in (int, float)
            and math.isfinite(self.guidance_scale)
            and all(isinstance(text, str) for text in texts)
            and 1 <= self.num_inference_steps <= MAX_STEPS
            and 0 <= self.guidance_scale <= MAX_GUIDANCE_SCALE
            and all(MIN_SIDE_PX <= side <= MAX_SIDE_PX for side in (self.width, self.height))
            and self.upscale in (1, *UPSCALES)
            and 0 <= self.clip_skip <= MAX_CLIP_SKIP
            and all(len(text) <= MAX_PROMPT_CHARS for text in texts)
        )
