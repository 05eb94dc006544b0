"""Painting an area at once: what the bucket does, and Delete."""

from __future__ import annotations

import numpy as np

from studio.document.area import Area
from studio.document.content import Content
from studio.document.edit_log import Edit
from studio.document.masks import Mask
from studio.document.painting.mixing import Colour, erased, masked, painted
from studio.document.painting.target import Surface, Target
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
    Masks become white, or black where they are erased.

    Raises:
        ValueError: no layer is active, or it has no mask to paint on.
    """
    surface = Surface.of(content, target)
    image = surface.image(content)
    x, y = surface.origin(content)
    area = Area.of(box).moved(-x, -y)
    share = cover * np.float32(opacity / 255)
    before = image.read(area)
    if target is not Target.LAYER:
        after = masked(before, share, 0 if colour is None else 255)
    elif colour is None:
        after = erased(before, share)
    else:
        after = painted(before, share, colour)
    name = "Delete" if colour is None else "Fill"
    return Edit(name, surface.with_image(content, image.written(area, after)))
