"""What is known of how a picture was made, by whichever program, in one form.

It comes from files that anyone may have written: every value is cleaned and clamped as soon as it
is here, so that whoever shows or searches it needs no doubts of its own.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields
from typing import Final

from studio.domain.limits import (
    MAX_GUIDANCE_SCALE,
    MAX_IMAGES_PER_PROMPT,
    MAX_PROMPT_CHARS,
    MAX_SEED,
    MAX_STEPS,
)
from studio.domain.request import Request

OURS: Final = "Pentimento"
MAX_NAME_CHARS: Final = 200
MAX_SIDE_PX: Final = 65_535
MAX_LORAS: Final = 64
MAX_OTHERS: Final = 64
_MAX_LORA_WEIGHT: Final = 10.0
_MAX_CLIP_SKIP: Final = 12
_MAX_DIGITS: Final = 32

# Controls, halves of characters, marks that turn the reading direction around, line separators
# that aren't newlines, and tags that nobody sees.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_LORA: Final = re.compile(r"<(?:lora|lyco):([^:<>]{1,200})(:[^<>]{0,134})?>")


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """How a picture was made, as far as its file tells. What isn't known is "" or None.

    `program` is the one that made it. `model` and `sampler` are names as that program writes them,
    `model_hash` the start of the file's sha256 or what the program takes for it, in lower case.
    `width` and `height` are what the model drew, in pixels. `strength` (0 to 1) is how far a start
    picture was drawn anew. `loras` are names with their weights, `lora_hashes` names with the first
    digits of their files' hashes. `text` is the raw text, shortened; `others` holds what stands
    there besides, key and value as written.

    Any values may be given: text is cleaned of what can't be seen and shortened, numbers are
    clamped to what the studio draws with, and what is no number at all becomes None.
    """

    program: str = ""
    prompt: str = ""
    negative_prompt: str = ""
    model: str = ""
    model_hash: str = ""
    seed: int | None = None
    steps: int | None = None
    guidance_scale: float | None = None
    sampler: str = ""
    width: int | None = None
    height: int | None = None
    strength: float | None = None
    clip_skip: int | None = None
    loras: tuple[tuple[str, float], ...] = ()
    text: str = ""
    others: tuple[tuple[str, str], ...] = ()
    lora_hashes: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name in ("prompt", "negative_prompt", "text"):
            object.__setattr__(self, name, clean_text(getattr(self, name), MAX_PROMPT_CHARS))
        for name in ("program", "model", "model_hash", "sampler"):
            object.__setattr__(self, name, clean_name(getattr(self, name)))
        seed = whole(self.seed)
        # A seed that is out of range is another seed once it is clamped: better none.
        is_seed = seed is not None and 0 <= seed <= MAX_SEED - MAX_IMAGES_PER_PROMPT
        object.__setattr__(self, "seed", seed if is_seed else None)
        for name, low, high in (
            ("steps", 1, MAX_STEPS),
            ("width", 1, MAX_SIDE_PX),
            ("height", 1, MAX_SIDE_PX),
            ("clip_skip", 1, _MAX_CLIP_SKIP),
        ):
            number = whole(getattr(self, name))
            clamped = None if number is None else min(high, max(low, number))
            object.__setattr__(self, name, clamped)
        guidance_scale = clamped_number(self.guidance_scale, 0, MAX_GUIDANCE_SCALE)
        object.__setattr__(self, "guidance_scale", guidance_scale)
        object.__setattr__(self, "strength", clamped_number(self.strength, 0, 1))
        loras = {}
        for name, weight in self.loras[:MAX_LORAS]:
            known = clamped_number(weight, -_MAX_LORA_WEIGHT, _MAX_LORA_WEIGHT)
            loras[clean_name(name)] = 1.0 if known is None else known
        loras.pop("", None)
        object.__setattr__(self, "loras", tuple(loras.items()))
        for name, most in (("others", MAX_OTHERS), ("lora_hashes", MAX_LORAS)):
            pairs = getattr(self, name)[:most]
            cleaned = tuple((clean_name(key), clean_name(value)) for key, value in pairs)
            object.__setattr__(self, name, cleaned)

    @classmethod
    def of(cls, request: Request, index: int) -> PictureSettings:
        """How picture `index` of the studio's own `request` was made."""
        has_model = request.task.needs_model
        has_start = request.init_image is not None
        # A picture that was upscaled or restyled tells of what it shows, and of no drawing.
        return cls(
            program=OURS,
            prompt=request.prompt,
            negative_prompt=request.negative_prompt,
            model=request.model,
            seed=request.seed + index if has_model or request.model else None,
            steps=request.num_inference_steps if has_model else None,
            guidance_scale=request.guidance_scale if has_model else None,
            sampler=str(request.scheduler) if has_model else "",
            width=request.width,
            height=request.height,
            strength=request.strength if has_model and has_start else None,
            loras=loras_in(request.prompt),
        )

    @property
    def is_empty(self) -> bool:
        """Whether it tells nothing that could be shown or used."""
        besides = {"program", "text", "others", "lora_hashes"}
        told = {field.name for field in fields(self)} - besides
        return all(getattr(self, name) in ("", None, ()) for name in told)


def clean_text(value: object, limit: int) -> str:
    """Text without what can't be seen, at most `limit` characters; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    # Cut first: a text of megabytes isn't worth reading to its end.
    lines = value[: 2 * limit].replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub("", lines)[:limit].strip()


def clean_name(value: object) -> str:
    """One short line; numbers are written out."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value:g}" if isinstance(value, float) else str(whole(value) or 0)
    return " ".join(clean_text(value, MAX_NAME_CHARS).split())


def number(value: object) -> float | None:
    """A finite number, from one or from its digits; None for anything else."""
    if isinstance(value, str) and len(value) <= _MAX_DIGITS and "_" not in value:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def whole(value: object) -> int | None:
    """A whole number below 2**64 either way, from one or from its digits; None for else."""
    if isinstance(value, str):
        digits = value.strip()
        if len(digits) > _MAX_DIGITS or not re.fullmatch(r"[+-]?[0-9]+", digits):
            value = number(digits)
        else:
            value = int(digits)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        value = int(value)
    return value if abs(value) < 2**64 else (2**64 - 1 if value > 0 else 1 - 2**64)


def clamped_number(value: object, low: float, high: float) -> float | None:
    """`number`, between `low` and `high`."""
    found = number(value)
    return None if found is None else min(high, max(low, found))


def loras_in(prompt: str) -> tuple[tuple[str, float], ...]:
    """The LoRAs that a prompt names in A1111's way, `<lora:name:weight>`; where the text encoder
    has a weight of its own, `<lora:name:te:unet>` or by `te=` and `unet=`, that of the UNet."""
    found = _LORA.finditer(prompt[:MAX_PROMPT_CHARS])
    return tuple((match[1], _lora_weight((match[2] or "").split(":")[1:])) for match in found)


def _lora_weight(parts: list[str]) -> float:
    named = dict(part.strip().split("=", 1) for part in parts if "=" in part)
    text, picture = ([part for part in parts if "=" not in part] + ["", ""])[:2]
    # The number of the text encoders is that of the UNet, too, unless it has its own.
    told = (number(named.get("unet")), number(picture), number(named.get("te")), number(text))
    return next((weight for weight in told if weight is not None), 1.0)
