"""InvokeAI: `invokeai_metadata` since version 3, before it `sd-metadata` and `Dream`."""

from __future__ import annotations

import re
from typing import Any, Final

from studio.library.dialects.values import (
    at,
    file_stem,
    first,
    items_of,
    json_object,
    others_of,
    short_hash,
    text_of,
)
from studio.library.labels.embedded import Embedded
from studio.library.settings import PictureSettings

PROGRAM: Final = "InvokeAI"
_OPTION: Final = re.compile(r"(?:^|\s)-(s|S|W|H|C|A|f)\s*([^\s-][^\s]*|-\d\S*)")
_MAX_DREAM_CHARS: Final = 64 << 10
_NEGATIVE_PART: Final = re.compile(r"\[([^\[\]]*)\]")
_KNOWN: Final = frozenset(
    {
        "positive_prompt",
        "negative_prompt",
        "seed",
        "steps",
        "cfg_scale",
        "scheduler",
        "width",
        "height",
        "strength",
        "clip_skip",
    }
)


def read(embedded: Embedded) -> PictureSettings | None:
    """From a PNG's texts, the newest kind first."""
    texts = embedded.texts
    for key in ("invokeai_metadata", "invokeai"):
        if (values := json_object(texts.get(key, ""))) is not None:
            return _newest(values, texts[key])
    if (values := json_object(texts.get("sd-metadata", ""))) is not None:
        return _older(values, texts["sd-metadata"])
    return _oldest(texts["Dream"]) if "Dream" in texts else None


def _newest(values: dict[str, Any], text: str) -> PictureSettings:
    model = values.get("model")
    clip_skip = values.get("clip_skip")
    return PictureSettings(
        program=PROGRAM,
        prompt=text_of(values.get("positive_prompt")),
        negative_prompt=text_of(values.get("negative_prompt")),
        model=_name(model),
        model_hash=short_hash(at(model, "hash")),
        seed=values.get("seed"),
        steps=values.get("steps"),
        guidance_scale=first(values, "guidance", "cfg_scale"),
        sampler=text_of(values.get("scheduler")),
        width=values.get("width"),
        height=values.get("height"),
        strength=values.get("strength"),
        # Theirs counts the layers that are left out, A1111's the one that is taken.
        clip_skip=clip_skip + 1 if isinstance(clip_skip, int) and clip_skip < 64 else None,
        loras=tuple(
            (_name(item.get("lora") or item.get("model")), item.get("weight"))  # type: ignore[misc]
            for item in items_of(values.get("loras"))
        ),
        text=text,
        others=others_of(values, _KNOWN),
    )


def _older(values: dict[str, Any], text: str) -> PictureSettings:
    image = values.get("image")
    image = image if isinstance(image, dict) else {}
    prompts = image.get("prompt")
    if isinstance(prompts, list):
        prompts = ", ".join(text_of(item.get("prompt")) for item in items_of(prompts))
    prompt, negative_prompt = _parted(text_of(prompts))
    return PictureSettings(
        program=PROGRAM,
        prompt=prompt,
        negative_prompt=negative_prompt,
        model=file_stem(first(values, "model_weights", "model")),
        model_hash=short_hash(values.get("model_hash")),
        seed=image.get("seed"),
        steps=image.get("steps"),
        guidance_scale=image.get("cfg_scale"),
        sampler=text_of(image.get("sampler")),
        width=image.get("width"),
        height=image.get("height"),
        strength=image.get("strength"),
        text=text,
        others=others_of(image, _KNOWN | {"prompt", "sampler"}),
    )


def _oldest(text: str) -> PictureSettings | None:
    """A command line: `"prompt [negative]" -s 50 -S 42 -W 512 -H 512 -C 7.5 -A k_lms`."""
    line = text[:_MAX_DREAM_CHARS]
    begin, end = line.find('"'), line.rfind('"')
    if begin < 0 or end <= begin:
        return None
    options = dict(_OPTION.findall(line[end + 1 :]))
    prompt, negative_prompt = _parted(line[begin + 1 : end])
    return PictureSettings(
        program=PROGRAM,
        prompt=prompt,
        negative_prompt=negative_prompt,
        seed=options.get("S"),
        steps=options.get("s"),
        guidance_scale=options.get("C"),
        sampler=options.get("A", ""),
        width=options.get("W"),
        height=options.get("H"),
        strength=options.get("f"),
        text=text,
    )


def _parted(prompt: str) -> tuple[str, str]:
    """What stood in [brackets] was the negative prompt."""
    negative = ", ".join(part.strip(" ,") for part in _NEGATIVE_PART.findall(prompt))
    positive = _NEGATIVE_PART.sub("", prompt) if negative else prompt
    return positive.strip(" ,"), negative


def _name(model: Any) -> str:
    if isinstance(model, dict):
        model = first(model, "name", "model_name")
    return file_stem(model)
