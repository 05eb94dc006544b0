"""Pictures in words for people, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from studio.library.index.marks import Marks
from studio.library.labels.metadata import record_to_json
from studio.library.picture import ParentRole, Picture

Relatives = list[tuple[ParentRole, Picture]]

_STARS: Final = 5
_PROMPT_CHARS: Final = 60


def as_json(picture: Picture) -> dict[str, Any]:
    """What a list of pictures says of each."""
    settings = picture.settings
    return {
        "id": picture.id,
        "file": str(picture.path),
        "created": picture.created.isoformat(),
        "operation": str(picture.operation),
        "width": picture.width,
        "height": picture.height,
        "rating": picture.rating,
        "tags": list(picture.tags),
        "prompt": settings.prompt,
        "model": settings.model,
        "seed": picture.seed,
    }


def whole_json(
    picture: Picture, marks: Marks, parents: Relatives, children: Relatives
) -> dict[str, Any]:
    """All that is known of a picture."""
    return {
        **as_json(picture),
        "collections": list(marks.collections),
        "has_steps": picture.has_steps,
        "settings": asdict(picture.settings),
        "record": json.loads(record_to_json(picture.record)),
        "parents": [{"role": str(role), **as_json(parent)} for role, parent in parents],
        "children": [{"role": str(role), **as_json(child)} for role, child in children],
    }


def in_a_line(picture: Picture) -> str:
    """“   12 ★★★·· 2026-11-21 18:04  512 × 512  text  7  a cat in the snow”."""
    stars = "★" * picture.rating + "·" * (_STARS - picture.rating)
    moment = f"{picture.created.astimezone():%Y-%m-%d %H:%M}"
    size = f"{picture.width} × {picture.height}"
    seed = "-" if picture.seed is None else str(picture.seed)
    prompt = " ".join(picture.settings.prompt.split())
    if len(prompt) > _PROMPT_CHARS:
        prompt = f"{prompt[: _PROMPT_CHARS - 1]}…"
    what = prompt or picture.path.name
    return f"{picture.id:>6} {stars} {moment} {size:>11} {picture.operation:<8} {seed:>10}  {what}"


def in_words(picture: Picture, marks: Marks, parents: Relatives, children: Relatives) -> str:
    """All that is known of a picture, a line each; what isn't known has none."""
    settings, record = picture.settings, picture.record
    loras = ", ".join(f"{name} ({weight:g})" for name, weight in settings.loras)
    told: dict[str, object] = {
        "number": picture.id,
        "file": picture.path,
        "created": f"{picture.created.astimezone():%Y-%m-%d %H:%M:%S}",
        "operation": picture.operation,
        "size": f"{picture.width} × {picture.height}",
        "stars": picture.rating or "",
        "tags": ", ".join(marks.tags),
        "collections": ", ".join(marks.collections),
        "title": record.title,
        "project": record.project,
        "batch": record.batch,
        "program": settings.program,
        "prompt": settings.prompt,
        "negative prompt": settings.negative_prompt,
        "model": settings.model,
        "model hash": settings.model_hash,
        "seed": picture.seed,
        "steps": settings.steps,
        "guidance scale": settings.guidance_scale,
        "scheduler": settings.sampler,
        "strength": settings.strength,
        "LoRAs": loras,
        "steps kept": "yes" if picture.has_steps else "",
        "made in": f"{picture.elapsed_s:.1f} s" if picture.elapsed_s else "",
        "computed in": "" if record.making is None else record.making.how,
        "energy": "" if record.making is None else record.making.cost,
        "licences": "" if record.making is None else record.making.licences,
    }
    lines = [f"{name}: {value}" for name, value in told.items() if value not in ("", None)]
    lines += [f"parent ({role}): {in_a_line(one).strip()}" for role, one in parents]
    lines += [f"child ({role}): {in_a_line(one).strip()}" for role, one in children]
    return "\n".join(lines)
