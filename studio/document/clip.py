"""What is copied of a document: the part that its mask covers, or all of a layer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.document.area import Area
from studio.document.content import Content
from studio.document.edit_log import Edit
from studio.document.edits import fill_masked, set_layer_image
from studio.document.layer import BlendMode
from studio.document.rendering.composite import flatten_layers
from studio.document.tiles import TiledImage
from studio.domain.events import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A part of a document: (h, w, 4), straight RGBA, with its left upper corner at `x`, `y`."""

    pixels: Pixels
    x: int
    y: int


def copied(content: Content) -> Clip | None:
    """What is seen under the mask, its alpha the mask's, cropped to it; without a mask the active
    layer as it is. None where that is nothing."""
    return copied_merged(content) if content.mask.count else _of_layer(content)


def copied_merged(content: Content) -> Clip | None:
    """What is seen under the mask, or without one in the whole document."""
    area = content.mask.bounds() if content.mask.count else content.area
    return _masked(content, flatten_layers(content.layers, area), area)


def cut(content: Content) -> tuple[Clip, Edit] | None:
    """What lies under the mask on the active layer alone, or without a mask all of the layer, and
    the edit that takes it away there. None where that is nothing."""
    layer, clip = content.active, _of_layer(content)
    if layer is None or clip is None:
        return None
    if content.mask.count:
        edit = fill_masked(content, None)
    else:
        edit = set_layer_image(content, layer.id, TiledImage(4), "Cut")
    return clip, replace(edit, name="Cut")


def _of_layer(content: Content) -> Clip | None:
    """The active layer with its own mask, but whatever its opacity and blend mode are."""
    layer = content.active
    if layer is None:
        return None
    area = content.mask.bounds() if content.mask.count else layer.bounds
    bare = replace(layer, visible=True, opacity=1.0, blend_mode=BlendMode.NORMAL)
    return _masked(content, flatten_layers((bare,), area), area)


def _masked(content: Content, pixels: Pixels, area: Area) -> Clip | None:
    if content.mask.count:
        mask = content.mask.read(area)
        pixels[..., 3] = (pixels[..., 3].astype(np.uint16) * mask + 127) // 255
    return Clip(pixels, area.x, area.y) if pixels[..., 3].any() else None
