"""Painting an area at once: what the bucket, Fill and Delete do."""

from __future__ import annotations

import numpy as np

from studio.document.area import Area
from studio.document.content import Content
from studio.document.edit_log import Edit
from studio.document.masks import Mask
from studio.document.painting.mixing import Colour
from studio.document.painting.target import Surface, Target
from studio.document.tiles import pieces, tile_area
from studio.domain.geometry import Box


def fill_area(
    content: Content,
    box: Box,
    cover: Mask,
    colour: Colour | None,
    target: Target = Target.LAYER,
    opacity: float = 1.0,
) -> Edit:
    """`colour` in `box`, as far as `cover` (h, w) says, on what a tool meets now; None erases.
    On masks it counts as `Surface.covered` says.

    Raises:
        ValueError: no layer is active, or it has no mask to paint on.
    """
    surface = Surface.of(content, target)
    image = surface.image(content)
    x, y = surface.origin(content)
    area = Area.of(box).moved(-x, -y)
    after = surface.covered(image.read(area), cover * np.float32(opacity / 255), colour)
    return Edit(_name(colour, target), surface.with_image(content, image.written(area, after)))


def fill_masked(content: Content, colour: Colour | None, target: Target = Target.LAYER) -> Edit:
    """Like `fill_area`, wherever the document's mask is, as far as it is; in the whole document
    without one.

    Raises:
        ValueError: no layer is active, or it has no mask to paint on.
    """
    surface = Surface.of(content, target)
    image = before = surface.image(content)
    x, y = surface.origin(content)
    everywhere = content.area.moved(-x, -y)
    for index, inner, _ in pieces(everywhere):
        place = tile_area(index)
        part = inner.moved(place.x, place.y)
        cover = np.ones((part.height, part.width), np.float32)
        if content.mask.count:
            mask = content.mask.peek(part.moved(x, y))
            if mask is None:
                continue
            cover *= mask * np.float32(1 / 255)
        image = image.written(part, surface.covered(before.read(part), cover, colour))
    return Edit(_name(colour, target), surface.with_image(content, image))


def _name(colour: Colour | None, target: Target) -> str:
    name = "Delete" if colour is None else "Fill"
    return name if target is Target.LAYER else f"{name} in {target.value}"
