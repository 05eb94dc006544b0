"""What can be done to a whole document: its size, working area and prompt."""

from __future__ import annotations

from dataclasses import replace

from studio.document.area import Area
from studio.document.content import Content
from studio.document.edit_log import Edit
from studio.domain.geometry import Box, Size


def crop(content: Content, box: Box | Area, name: str = "Crop") -> Edit:
    """The document becomes what lies in `box`, which may reach beyond it to extend it.

    Layers keep what is now outside, so that cropping costs no pixels and a wider crop shows them
    again; the mask and the working area keep only what is inside.

    Raises:
        PictureError: a side would be longer than 8192 pixels.
    """
    size = Size(box.width, box.height)
    layers = tuple(replace(layer, x=layer.x - box.x, y=layer.y - box.y) for layer in content.layers)
    working = content.working_area
    if working is not None:
        working = Area.of(working).moved(-box.x, -box.y).box(size)
    mask = content.mask.cropped(box).moved(-box.x, -box.y)
    return Edit(name, replace(content, size=size, layers=layers, mask=mask, working_area=working))


def resize_canvas(content: Content, size: Size, x: int = 0, y: int = 0) -> Edit:
    """A canvas of another size with the old one's left upper corner at `x`, `y`; no pixels are
    scaled.

    Raises:
        PictureError: a side would be longer than 8192 pixels.
    """
    return crop(content, Area(-x, -y, size.width - x, size.height - y), "Canvas size")


def set_working_area(content: Content, box: Box | None) -> Edit:
    """The box that the model sees; None lets the studio choose. Edits in a row are one step."""
    return Edit("Working area", replace(content, working_area=box), "working area")


def set_prompt(content: Content, prompt: str) -> Edit:
    """What is asked for in this document. Edits in a row are one step."""
    return Edit("Prompt", replace(content, prompt=prompt), "prompt")
