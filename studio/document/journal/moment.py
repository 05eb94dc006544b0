"""What a journal keeps of a document, and how it is told in JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.document.content import Content
from studio.document.layer import BlendMode, Layer, LayerKind
from studio.document.tiles import TiledImage
from studio.domain.geometry import Box, Size


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A document at one moment.

    Args:
        path: the artist's file that it was opened from or saved to; None if there is none.
        is_modified: whether something would be lost without the journal.
    """

    content: Content
    name: str = ""
    path: Path | None = None
    is_modified: bool = True


def as_json(moment: Moment, number: Callable[[TiledImage], int]) -> dict[str, Any]:
    """All of it but the pixels, for which `number` stands."""
    content, working = moment.content, moment.content.working_area
    return {
        "name": moment.name,
        "path": None if moment.path is None else str(moment.path),
        "is_modified": moment.is_modified,
        "size": [content.size.width, content.size.height],
        "active": content.active_id,
        "prompt": content.prompt,
        "working_area": None
        if working is None
        else [working.x, working.y, working.width, working.height],
        "mask": number(content.mask),
        "layers": [
            {
                "id": layer.id,
                "name": layer.name,
                "kind": str(layer.kind),
                "opacity": layer.opacity,
                "visible": layer.visible,
                "blend_mode": str(layer.blend_mode),
                "x": layer.x,
                "y": layer.y,
                "image": number(layer.image),
                "mask": None if layer.mask is None else number(layer.mask),
            }
            for layer in content.layers
        ],
    }


def from_json(told: dict[str, Any], image: Callable[[int], TiledImage]) -> Moment:
    """What `as_json` told; `image` makes the pixels of a number.

    Raises:
        KeyError, TypeError, ValueError: it wasn't told by `as_json`.
        PictureError: it is larger than the studio works with.
    """
    layers = tuple(
        Layer(
            entry["name"],
            image(entry["image"]),
            LayerKind(entry["kind"]),
            None if entry["mask"] is None else image(entry["mask"]),
            entry["opacity"],
            entry["visible"],
            BlendMode(entry["blend_mode"]),
            entry["x"],
            entry["y"],
            entry["id"],
        )
        for entry in told["layers"]
    )
    content = Content(
        Size(*told["size"]),
        layers,
        told["active"],
        image(told["mask"]),
        None if told["working_area"] is None else Box(*told["working_area"]),
        told["prompt"],
    )
    path = None if told["path"] is None else Path(told["path"])
    return Moment(content, told["name"], path, told["is_modified"])
