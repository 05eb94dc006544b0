"""What can be done to a document. Each function says what it would be like afterwards: an `Edit`
for `Document.do`, or for `Document.preview` while the artist still drags."""

from studio.document.edits.canvas import (
    clear_mask,
    crop,
    resize_canvas,
    set_mask,
    set_prompt,
    set_working_area,
    write_mask,
)
from studio.document.edits.layers import (
    add_generated,
    add_layer,
    add_picture,
    duplicate_layer,
    flatten_document,
    merge_down,
    move_in_order,
    move_layer,
    remove_layer,
    rename_layer,
    set_blend_mode,
    set_layer_image,
    set_layer_mask,
    set_opacity,
    set_visible,
)
from studio.document.edits.transform import flip_layer, transform_layer

__all__ = [
    "add_generated",
    "add_layer",
    "add_picture",
    "clear_mask",
    "crop",
    "duplicate_layer",
    "flatten_document",
    "flip_layer",
    "merge_down",
    "move_in_order",
    "move_layer",
    "remove_layer",
    "rename_layer",
    "resize_canvas",
    "set_blend_mode",
    "set_layer_image",
    "set_layer_mask",
    "set_mask",
    "set_opacity",
    "set_prompt",
    "set_visible",
    "set_working_area",
    "transform_layer",
    "write_mask",
]
