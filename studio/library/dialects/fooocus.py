"""Fooocus: JSON in “parameters” with `fooocus_scheme` beside it; its other scheme is A1111's.

In JPEG and WebP: the same in EXIF's UserComment, with the scheme in MakerNote. Its older logs name
the values as its window does (“Base Model”, “Guidance Scale”).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from studio.library.dialects.a1111 import read_infotext
from studio.library.dialects.values import (
    comment_text,
    file_stem,
    first,
    json_object,
    others_of,
    short_hash,
    text_of,
)
from studio.library.labels.embedded import Embedded
from studio.library.labels.exif import MAKER_NOTE, exif_text
from studio.library.settings import PictureSettings, whole

PROGRAM: Final = "Fooocus"
_PAIR: Final = re.compile(r"(\d{1,9})\D{1,4}(\d{1,9})")
_LORA: Final = re.compile(r"lora_combined_\d{1,2}|lora_name_\d{1,2}")
_KNOWN: Final = frozenset(
    {
        "prompt",
        "negative_prompt",
        "base_model",
        "base_model_hash",
        "seed",
        "steps",
        "guidance_scale",
        "sampler",
        "scheduler",
        "resolution",
        "clip_skip",
        "version",
        "metadata_scheme",
        "width",
        "height",
    }
)


def read(embedded: Embedded) -> PictureSettings | None:
    """From its own JSON, or from A1111's text if Fooocus says that it wrote it."""
    text = embedded.texts.get("parameters", "") or embedded.texts.get("Comment", "")
    text = text or comment_text(embedded)
    scheme = embedded.texts.get("fooocus_scheme", "")
    scheme = scheme or exif_text(embedded.exif.get(MAKER_NOTE, b""))
    values = json_object(text)
    if values is None:
        found = read_infotext(text) if scheme == "a1111" else None
        return None if found is None else replace(found, program=PROGRAM)
    # Older logs name them by the labels of the window.
    values = {key.lower().replace(" ", "_"): value for key, value in values.items()}
    if scheme != "fooocus" and not {"base_model", "prompt"} <= values.keys():
        return None
    size = _PAIR.search(text_of(values.get("resolution"))[:64])
    scheduler = text_of(values.get("scheduler"))
    return PictureSettings(
        program=PROGRAM,
        prompt=text_of(values.get("prompt")),
        negative_prompt=text_of(values.get("negative_prompt")),
        model=file_stem(values.get("base_model")),
        model_hash=short_hash(values.get("base_model_hash")),
        seed=values.get("seed"),
        steps=values.get("steps"),
        guidance_scale=first(values, "guidance_scale", "cfg"),
        sampler=f"{text_of(values.get('sampler'))} {scheduler}".strip(),
        width=whole(size[1] if size else values.get("width")),
        height=whole(size[2] if size else values.get("height")),
        clip_skip=values.get("clip_skip"),
        loras=_loras(values),
        text=text,
        others=others_of(values, _KNOWN),
    )


def _loras(values: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """A list of [name, weight, hash], or `lora_combined_1: "name : weight"` of newer versions."""
    listed = values.get("loras")
    found = [
        (file_stem(item[0]), item[1])
        for item in (listed[:64] if isinstance(listed, list) else [])
        if isinstance(item, list) and len(item) >= 2
    ]
    for key, value in values.items():
        if _LORA.fullmatch(key):
            name, _, weight = text_of(value).rpartition(" : ")
            found.append((file_stem(name or text_of(value)), weight or 1.0))
    return tuple(found)
