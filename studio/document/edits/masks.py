"""What can be done to the document's mask as a whole, and between it and layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from studio.document import masks
from studio.document.area import Area
from studio.document.content import Content
from studio.document.edit_log import Edit
from studio.document.masks import Mask
from studio.document.rendering.composite import flatten_layers
from studio.document.selection.coverage import Combine, Coverage, changed_box, combined
from studio.document.tiles import TILE, Index, TiledImage, pieces, tile_area
from studio.domain.events import Pixels
from studio.domain.geometry import Box


def set_mask(content: Content, mask: TiledImage | Mask, name: str = "Mask") -> Edit:
    """Another mask, tiled or an array (h, w) as large as the document; `name` is what Undo
    shows."""
    tiled = mask if isinstance(mask, TiledImage) else TiledImage.of(mask)
    return Edit(name, replace(content, mask=tiled.cropped(content.area)))


def write_mask(content: Content, area: Area | Box, mask: Mask, name: str = "Mask") -> Edit:
    """`mask` (h, w) in `area`; the rest of the document's mask stays."""
    return Edit(name, replace(content, mask=content.mask.written(area, mask).cropped(content.area)))


def join_mask(content: Content, drawn: Coverage | None, mode: Combine, name: str) -> Edit:
    """What was drawn joins the mask; None is a shape that covers nothing. `name` is what Undo
    shows."""
    before = content.mask.bounds().box(content.size)
    box = changed_box(before, None if drawn is None else drawn.box, mode)
    if box is None:
        return Edit(name, content)
    if drawn is None:
        return clear_mask(content)
    return write_mask(content, box, combined(content.mask.read(box), drawn.over(box), mode), name)


def clear_mask(content: Content) -> Edit:
    """Nothing is to be repainted."""
    return Edit("Clear mask", replace(content, mask=TiledImage(1)))


def fill_mask(content: Content) -> Edit:
    """All is to be repainted."""
    return Edit("Fill mask", replace(content, mask=_white(content)))


def invert_mask(content: Content) -> Edit:
    """What stayed is to be repainted, and the other way round."""
    inverted: dict[Index, Mask | None] = {}
    for index, white in _white(content).items():
        if (tile := content.mask.tile(index)) is not None:
            rest = masks.inverted(tile)
            inverted[index] = rest if rest.any() else None
        else:
            inverted[index] = white
    mask = TiledImage(1).replaced(inverted).cropped(content.area)
    return Edit("Invert mask", replace(content, mask=mask))


def grow_mask(content: Content, radius_px: int) -> Edit:
    """Larger by `radius_px` on all sides."""
    return _changed(content, "Grow mask", radius_px, lambda mask: masks.grown(mask, radius_px))


def shrink_mask(content: Content, radius_px: int) -> Edit:
    """Smaller by `radius_px` on all sides but the document's borders."""
    return _changed(content, "Shrink mask", radius_px, lambda mask: masks.shrunk(mask, radius_px))


def feather_mask(content: Content, width_px: int) -> Edit:
    """Fading out over the `width_px` pixels around it."""
    return _changed(content, "Feather mask", width_px, lambda mask: masks.feathered(mask, width_px))


def mask_from_alpha(content: Content, layer_id: str) -> Edit:
    """What the layer covers is to be repainted, as far as it does."""
    return _from_layer(content, layer_id, lambda pixels: pixels[..., 3])


def mask_from_luminance(content: Content, layer_id: str) -> Edit:
    """What is light in the layer is to be repainted."""
    return _from_layer(content, layer_id, masks.from_picture)


def mask_layer(content: Content, layer_id: str) -> Edit:
    """The document's mask becomes the layer's own: only what lies under it stays visible. Without
    one, a layer that has none gets a white mask, under which all is seen."""
    layer = content.layer(layer_id)
    own = layer.mask or TiledImage(1, fill=255)
    if content.mask.count:
        own = content.mask.moved(-layer.x, -layer.y)
    return Edit("Mask layer", content.with_layer(replace(layer, mask=own)))


def invert_layer_mask(content: Content, layer_id: str) -> Edit:
    """What the layer's own mask hid is seen, and the other way round."""
    layer = content.layer(layer_id)
    if layer.mask is None:
        return Edit("Invert layer mask", content)
    tiles = {index: masks.inverted(tile) for index, tile in layer.mask.items()}
    own = TiledImage(1, 255 - layer.mask.fill).replaced(tiles)
    return Edit("Invert layer mask", content.with_layer(replace(layer, mask=own)))


def apply_layer_mask(content: Content, layer_id: str) -> Edit:
    """What the layer's own mask hides becomes transparent, and the mask is gone; the picture stays
    the same, to a rounding."""
    layer = content.layer(layer_id)
    if layer.mask is None:
        return Edit("Apply layer mask", content)
    image = layer.image
    for index, tile in layer.image.items():
        mask = layer.mask.tile(index)
        if mask is None and layer.mask.fill == 255:
            continue
        seen = tile.copy()
        shown = layer.mask.blank() if mask is None else mask
        seen[..., 3] = (tile[..., 3].astype(np.uint16) * shown + 127) // 255
        image = image.written(tile_area(index), seen)
    after = replace(layer, image=image, mask=None)
    return Edit("Apply layer mask", content.with_layer(after))


def _changed(content: Content, name: str, reach_px: int, operation: Callable[[Mask], Mask]) -> Edit:
    """The mask after `operation`, which makes nothing white further than `reach_px` from it."""
    box = content.mask.bounds().box(content.size)
    if box is None:
        return Edit(name, content)
    around = box.grown(reach_px, content.size)
    return write_mask(content, around, operation(content.mask.read(around)), name)


def _from_layer(content: Content, layer_id: str, read: Callable[[Pixels], Mask]) -> Edit:
    layer = replace(content.layer(layer_id), visible=True)
    box = layer.tiled_area.box(content.size)
    mask = TiledImage(1)
    if box is not None:
        mask = mask.written(box, read(flatten_layers((layer,), box)))
    return Edit("Mask from layer", replace(content, mask=mask))


def _white(content: Content) -> TiledImage:
    """A mask all white, whose tiles inside are one and the same."""
    white = np.full((TILE, TILE), 255, np.uint8)
    everywhere = {index: white for index, _, _ in pieces(content.area)}
    return TiledImage(1).replaced(everywhere).cropped(content.area)
