"""What the requests of several pictures say besides their words, to be laid side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from studio.domain.geometry import Size
from studio.library.picture import Picture

NOTHING: Final = "–"
_DIGEST_CHARS: Final = 8
_LABELS: Final = {
    "model": "Model",
    "seed": "Seed",
    "size": "Size",
    "finished": "Finished size",
    "num_inference_steps": "Steps",
    "guidance_scale": "Guidance",
    "scheduler": "Scheduler",
    "init_image": "Start picture",
    "strength": "Strength",
    "upscale": "Upscaled",
    "upscaler": "Upscaler",
    "inpaint.intent": "Painted anew to",
    "inpaint.mask": "Mask",
    "inpaint.fill": "Under the mask",
    "inpaint.grow_px": "Mask grows, px",
    "inpaint.feather_px": "Mask fades, px",
    "inpaint.boxes": "Working areas",
    "stylize.styles": "Styles",
    "stylize.method": "Style by",
    "stylize.strength": "Style strength",
    "stylize.colours": "Colours",
    "branch.step": "Branch after step",
    "branch.parent": "Branch of",
    "branch.painted": "Painted on the step",
    "last_step": "Last step",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of several pictures as a person reads it; NOTHING where a picture has none."""

    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def settings(pictures: Sequence[Picture]) -> tuple[Setting, ...]:
    """What decided these pictures besides their prompts, in the order of the prompt panel.

    The seed is each picture's own. What only one of them has is there, too; what decides nothing in
    a picture (a strength without a start picture) is NOTHING.
    """
    beside = {
        picture.pixel_digest: f"picture {number}" for number, picture in enumerate(pictures, 1)
    }
    records = [dict(_record(picture, beside)) for picture in pictures]
    for record in records:
        record.setdefault("finished", record.get("size", NOTHING))
    if all(record["finished"] == record.get("size") for record in records):
        for record in records:
            del record["finished"]
    names = {name: None for record in records for name in record}
    order = [
        *(name for name in _LABELS if name in names),
        *(name for name in names if name not in _LABELS),
    ]
    return tuple(
        Setting(_label(name), tuple(record.get(name, NOTHING) for record in records))
        for name in order
    )


def _record(picture: Picture, beside: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Names and values; what it was made of that stands beside it is called as it is there."""
    request = picture.request
    if request is None:
        yield from _of_import(picture)
        return
    # Read from the JSON, so that what a request may hold one day is compared from that day on.
    values: dict[str, Any] = json.loads(
        request.to_json(), object_hook=lambda held: beside.get(held.get("digest", ""), held)
    )
    for name in ("version", "prompt", "negative_prompt", "num_images_per_prompt"):
        values.pop(name, None)
    values["seed"] = picture.record.seed
    values["size"] = str(Size(values.pop("width"), values.pop("height")))
    values["finished"] = str(Size(picture.width, picture.height))
    idle: list[str] = []
    if not request.task.needs_model:
        idle += ["num_inference_steps", "guidance_scale", "scheduler", "strength"]
    if request.init_image is None:
        idle.append("strength")
    if request.upscale == 1:
        idle += ["upscale", "upscaler"]
    for name in idle:
        values.pop(name, None)
    yield from _flat("", values)


def _of_import(picture: Picture) -> Iterator[tuple[str, str]]:
    told = picture.settings
    values = {
        "model": told.model,
        "seed": told.seed,
        "size": None if not (told.width and told.height) else str(Size(told.width, told.height)),
        "finished": str(Size(picture.width, picture.height)),
        "num_inference_steps": told.steps,
        "guidance_scale": told.guidance_scale,
        "scheduler": told.sampler,
        "strength": told.strength,
    }
    yield from _flat("", values)


def _flat(above: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        path = f"{above}{name}"
        if value is None or value == [] or value == "":
            continue
        if isinstance(value, Mapping) and path != "branch.parent" and "digest" not in value:
            yield from _flat(f"{path}.", value)
        else:
            yield path, _said(value)


def _said(value: Any) -> str:
    match value:
        case {"digest": str(digest)}:
            return digest[:_DIGEST_CHARS]
        case {"prompt": str(prompt), "seed": seed}:
            return f"“{prompt}”, seed {seed}"
        case {"picture": picture, "painted": painted}:
            return painted or _said(picture)
        case {"x": x, "y": y, "width": width, "height": height}:
            return f"{width} × {height} at {x}, {y}"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case list():
            return ", ".join(map(_said, value))
        case Mapping():
            return ", ".join(f"{name} {_said(part)}" for name, part in value.items())
        case _:
            return str(value)


def _label(name: str) -> str:
    return _LABELS.get(name) or name.replace("_", " ").replace(".", ": ").capitalize()
