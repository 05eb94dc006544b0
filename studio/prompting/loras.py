"""LoRAs that a prompt names: `<lora:name>`, `<lora:name:weight>`, `<lora:name:weight:blocks>`.

As the A1111 web UI reads them: the tag is taken out of the prompt and the spaces around it stay, a
weight that is left out is 1, and a single number after the first is that of the UNet, the first one
then being the text encoder's; `te=` and `unet=` say the same by name. Several numbers after the
weights, with commas or semicolons between them, weigh the model's blocks.
"""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

from studio.domain.adapters import MAX_LORA_BLOCKS, MAX_LORA_WEIGHT, LoraUse
from studio.domain.errors import RequestError
from studio.domain.request import Request

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


def loras_of(request: Request) -> tuple[LoraUse, ...]:
    """What a request uses of LoRAs: those it lists, then those that its prompts name."""
    prompts = request.prompt, request.negative_prompt
    return (*request.loras, *(tag.use for prompt in prompts for tag in find_loras(prompt)))


def _read(inner: str) -> LoraUse | None:
    name, *parts = [part.strip() for part in inner.split(":")]
    named = dict(part.split("=", 1) for part in parts if "=" in part)
    numbers = [part for part in parts if "=" not in part]
    blocks = numbers.pop() if len(numbers) > 1 and _BETWEEN_BLOCKS.search(numbers[-1]) else ""
    if len(numbers) > 2:
        return None
    try:
        text = named.get("te", numbers[0] if numbers else "1")
        picture = named.get("unet", numbers[1] if len(numbers) > 1 else None)
        if picture is None:
            return LoraUse(name, _number(text), _blocks(blocks))
        return LoraUse(name, _number(picture), _blocks(blocks), _number(text))
    except (ValueError, RequestError):
        return None


def _blocks(written: str) -> tuple[float, ...]:
    parts = _BETWEEN_BLOCKS.split(written)
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
