"""LoRAs that a prompt names: `<lora:name>`, `<lora:name:weight>`, `<lora:name:weight:blocks>`.

As the A1111 web UI reads them: the tag is taken out of the prompt and the spaces around it stay, a
weight that is left out is 1, and a single number after the weight is that of the UNet, the first
one then being the text encoder's. Several numbers after the weight, with commas or semicolons
between them, weigh the model's blocks.
"""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

from studio.domain.adapters import MAX_LORA_BLOCKS, MAX_LORA_WEIGHT, LoraUse
from studio.domain.errors import RequestError

# No end within a tag and no beginning: each character is looked at once.
_TAG: Final = re.compile(r"<(?:lora|lyco):([^<>]+)>", re.IGNORECASE)
_BETWEEN_BLOCKS: Final = re.compile("[,;]")


class LoraTag(NamedTuple):
    """A tag that stands in a prompt from `start` to before `end`."""

    start: int
    end: int
    use: LoraUse


def find_loras(prompt: str) -> tuple[LoraTag, ...]:
    """The tags of a prompt in their order. What looks like one and can't be read is none."""
    return tuple(
        LoraTag(found.start(), found.end(), use)
        for found in _TAG.finditer(prompt)
        if (use := _read(found[1])) is not None
    )


def split_loras(prompt: str) -> tuple[str, tuple[LoraUse, ...]]:
    """A prompt's words without its tags, and what these say."""
    tags = find_loras(prompt)
    words, end = [], 0
    for tag in tags:
        words.append(prompt[end : tag.start])
        end = tag.end
    words.append(prompt[end:])
    return "".join(words), tuple(tag.use for tag in tags)


def _read(inner: str) -> LoraUse | None:
    name, *numbers = [part.strip() for part in inner.split(":")]
    if len(numbers) > 2:
        return None
    try:
        weight = _number(numbers[0]) if numbers else 1.0
        blocks = _blocks(weight, numbers[1]) if len(numbers) > 1 else ()
        return LoraUse(name, weight, blocks)
    except (ValueError, RequestError):
        return None


def _blocks(weight: float, written: str) -> tuple[float, ...]:
    parts = _BETWEEN_BLOCKS.split(written)
    if len(parts) == 1:  # the UNet's own weight, as a part of the text encoder's
        return (_clamped(_number(parts[0]) / weight),) if weight else ()
    if not parts[-1].strip():
        del parts[-1]
    if len(parts) > MAX_LORA_BLOCKS:
        raise ValueError("too many blocks")
    return tuple(map(_number, parts))


def _number(written: str) -> float:
    """A finite number, brought into the range of weights."""
    number = float(written)
    if not math.isfinite(number):
        raise ValueError(f"{written} is no weight")
    return _clamped(number)


def _clamped(number: float) -> float:
    return min(max(number, -MAX_LORA_WEIGHT), MAX_LORA_WEIGHT)
