"""SwarmUI: JSON with `sui_image_params` in “parameters”, or in EXIF's UserComment."""

from __future__ import annotations

from typing import Any, Final

from studio.library.dialects.values import (
    comment_text,
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

PROGRAM: Final = "SwarmUI"
_KNOWN: Final = frozenset(
    {
        "prompt",
        "negativeprompt",
        "model",
        "seed",
        "steps",
        "cfgscale",
        "width",
        "height",
        "sampler",
        "comfyuisampler",
        "autowebuisampler",
        "scheduler",
        "comfyuischeduler",
        "initimagecreativity",
    }
)


def read(embedded: Embedded) -> PictureSettings | None:
    """From its JSON, wherever it stands."""
    text = embedded.texts.get("parameters", "") or comment_text(embedded)
    root = json_object(text)
    if root is None or not isinstance(values := root.get("sui_image_params"), dict):
        return None
    sampler = text_of(first(values, "comfyuisampler", "autowebuisampler", "sampler"))
    scheduler = text_of(first(values, "comfyuischeduler", "scheduler"))
    if scheduler not in ("", "normal"):
        sampler = f"{sampler} {scheduler}"
    creativity = first(values, "initimagecreativity")
    return PictureSettings(
        program=PROGRAM,
        prompt=text_of(values.get("prompt")),
        negative_prompt=text_of(values.get("negativeprompt")),
        model=file_stem(values.get("model")),
        model_hash=_model_hash(root),
        seed=values.get("seed"),
        steps=values.get("steps"),
        guidance_scale=first(values, "fluxguidancescale", "cfgscale"),
        sampler=sampler,
        width=values.get("width"),
        height=values.get("height"),
        strength=creativity if "initimage" in values else None,
        loras=_loras(values),
        text=text,
        others=others_of(values, _KNOWN),
    )


def _model_hash(root: dict[str, Any]) -> str:
    for item in items_of(root.get("sui_models")):
        if item.get("param") == "model":
            return short_hash(item.get("hash"))
    return ""


def _loras(values: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Names and weights stand in lists of their own."""
    names, weights = _listed(values.get("loras")), _listed(values.get("loraweights"))
    weights += [1.0] * (len(names) - len(weights))
    return tuple((file_stem(name), weight) for name, weight in zip(names, weights, strict=False))


def _listed(value: Any) -> list[Any]:
    """A list, or one written as text with commas, as older versions do."""
    if isinstance(value, str):
        return value[:4096].split(",")[:64]
    return value[:64] if isinstance(value, list) else []
