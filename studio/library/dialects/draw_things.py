"""Draw Things: JSON in XMP's exif:UserComment, or in EXIF's, beside a text for people."""

from __future__ import annotations

from typing import Any, Final

from studio.library.dialects.a1111 import split_infotext
from studio.library.dialects.values import (
    at,
    comment_text,
    file_stem,
    first,
    items_of,
    json_object,
    others_of,
    text_of,
)
from studio.library.labels.embedded import Embedded
from studio.library.settings import PictureSettings, number, whole

PROGRAM: Final = "Draw Things"
_KNOWN: Final = frozenset(
    {"c", "uc", "model", "sampler", "scale", "seed", "size", "steps", "strength", "lora"}
)


def read(embedded: Embedded) -> PictureSettings | None:
    """From the JSON that only Draw Things writes so: its prompts are called “c” and “uc”."""
    xmp = embedded.xmp
    text = (xmp.user_comment if xmp is not None else "") or comment_text(embedded)
    values = json_object(text)
    if values is None and xmp is not None and xmp.creator_tool.startswith(PROGRAM):
        return _described(xmp.description)
    if values is None or not ({"c", "uc"} <= values.keys() or "v2" in values):
        return None
    newer = values.get("v2")
    newer = newer if isinstance(newer, dict) else {}
    width, _, height = text_of(values.get("size")).partition("x")
    skipped = newer.get("clipSkip")
    return PictureSettings(
        program=PROGRAM,
        prompt=text_of(values.get("c")),
        negative_prompt=text_of(first({**newer, **values}, "uc", "negativePrompt")),
        model=file_stem(values.get("model") or newer.get("model")),
        seed=first({**newer, **values}, "seed"),
        steps=first({**newer, **values}, "steps"),
        guidance_scale=first({**newer, **values}, "scale", "guidanceScale"),
        sampler=text_of(values.get("sampler")),
        width=whole(width or newer.get("width")),
        height=whole(height or newer.get("height")),
        strength=_strength(first({**newer, **values}, "strength")),
        clip_skip=skipped,
        loras=tuple(
            (file_stem(first(item, "model", "file")), item.get("weight"))  # type: ignore[misc]
            for item in items_of(values.get("lora") or at(values, "v2", "loras"))
        ),
        text=text,
        others=others_of(values, _KNOWN),
    )


def _described(text: str) -> PictureSettings | None:
    """From the text for people: prompt, “-” and the negative prompt, then pairs like A1111's."""
    prompt, _, pairs = split_infotext(text)
    if not pairs:
        return None
    *lines, last = prompt.split("\n")
    negative_prompt = last.removeprefix("-") if lines and last.startswith("-") else ""
    width, _, height = pairs.get("Size", "").partition("x")
    return PictureSettings(
        program=PROGRAM,
        prompt="\n".join(lines) if negative_prompt else prompt,
        negative_prompt=negative_prompt,
        model=file_stem(pairs.get("Model", "")),
        seed=whole(pairs.get("Seed")),
        steps=whole(pairs.get("Steps")),
        guidance_scale=number(pairs.get("Guidance Scale")),
        sampler=pairs.get("Sampler", ""),
        width=whole(width),
        height=whole(height),
        strength=_strength(number(pairs.get("Strength"))),
        text=text,
    )


def _strength(value: Any) -> Any:
    """It writes 1 where there was no start picture at all."""
    return None if value in (1, 1.0, "1", "1.0") else value
