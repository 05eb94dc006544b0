"""Scaling, turning and mirroring layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, cos, floor, radians, sin
from typing import Final

import numpy as np
from PIL import Image

from studio.document.area import Area
from studio.document.content import LARGEST_SIDE_PX, Content
from studio.document.edit_log import Edit
from studio.document.layer import Layer
from studio.document.tiles import TiledImage
from studio.domain.errors import PictureError
from studio.domain.events import Pixels

_LARGEST_LAYER_PX: Final = 2 * LARGEST_SIDE_PX
# As far as bicubic interpolation reaches: around it a turned picture fades out smoothly.
_RIM_PX: Final = 2


@dataclass(frozen=True, slots=True)
class Transform:
    """What to do to a layer about the middle of what is on it, in this order.

    Args:
        scale_x, scale_y: factors; negative ones mirror.
        degrees: clockwise.
        x, y: pixels to the right and down.
    """

    scale_x: float = 1.0
    scale_y: float = 1.0
    degrees: float = 0.0
    x: float = 0.0
    y: float = 0.0


def transform_layer(content: Content, layer_id: str, transform: Transform) -> Edit:
    """A layer and its own mask scaled, turned and moved.

    Turned by quarters and not scaled, pixels stay as they are; otherwise they are interpolated
    (bicubic, averaged where they become fewer; Pillow weighs them by their alpha).

    Raises:
        PictureError: the layer would be longer than 16384 pixels.
        KeyError: there is no such layer.
    """
    layer = content.layer(layer_id)
    bounds = layer.image.bounds()
    if not bounds.is_empty:
        layer = _transformed(layer, bounds, transform)
    return Edit("Transform layer", content.with_layer(layer))


def flip_layer(content: Content, layer_id: str, vertically: bool = False) -> Edit:
    """A layer mirrored about the middle of what is on it, left to right or upside down."""
    flip = Transform(scale_y=-1) if vertically else Transform(scale_x=-1)
    edit = transform_layer(content, layer_id, flip)
    return replace(edit, name="Flip vertically" if vertically else "Flip horizontally")


def _transformed(layer: Layer, bounds: Area, transform: Transform) -> Layer:
    width = max(1, round(bounds.width * abs(transform.scale_x)))
    height = max(1, round(bounds.height * abs(transform.scale_y)))
    if max(width, height) > _LARGEST_LAYER_PX:
        raise PictureError(
            f"The layer would be {width} × {height} pixels.",
            f"Keep its sides below {_LARGEST_LAYER_PX} pixels.",
        )
    middle_x = (bounds.x + bounds.right) / 2 + transform.x
    middle_y = (bounds.y + bounds.bottom) / 2 + transform.y

    def changed(image: TiledImage) -> TiledImage:
        pixels = _scaled(image.read(bounds), width, height)
        pixels = pixels[:: _sign(transform.scale_y), :: _sign(transform.scale_x)]
        quarters, rest = divmod(transform.degrees, 90)
        if rest == 0:
            pixels = np.rot90(pixels, -int(quarters))
            x, y = middle_x - pixels.shape[1] / 2, middle_y - pixels.shape[0] / 2
            return TiledImage.of(pixels, floor(x + 0.5), floor(y + 0.5), image.fill)
        pixels, x, y = _turned(pixels, transform.degrees, middle_x, middle_y, image.fill)
        return TiledImage.of(pixels, x, y, image.fill)

    mask = None if layer.mask is None else changed(layer.mask)
    return replace(layer, image=changed(layer.image), mask=mask)


def _scaled(pixels: Pixels, width: int, height: int) -> Pixels:
    if pixels.shape[:2] == (height, width):
        return pixels
    picture = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(picture, np.uint8)


def _turned(
    pixels: Pixels, degrees: float, middle_x: float, middle_y: float, fill: int
) -> tuple[Pixels, int, int]:
    """`pixels` turned clockwise with their middle at `middle_x`, `middle_y`, and where the left
    upper corner of the result lies."""
    rim = ((_RIM_PX, _RIM_PX), (_RIM_PX, _RIM_PX), (0, 0))[: pixels.ndim]
    pixels = np.pad(pixels, rim, constant_values=fill)
    height, width = pixels.shape[:2]
    cosine, sine = cos(radians(degrees)), sin(radians(degrees))
    reach_x = (abs(cosine) * width + abs(sine) * height) / 2
    reach_y = (abs(sine) * width + abs(cosine) * height) / 2
    left, top = floor(middle_x - reach_x), floor(middle_y - reach_y)
    size = ceil(middle_x + reach_x) - left, ceil(middle_y + reach_y) - top
    # Pillow asks where in the old picture a pixel of the new one comes from.
    x, y = left - middle_x, top - middle_y
    inverse = (
        cosine,
        sine,
        cosine * x + sine * y + width / 2,
        -sine,
        cosine,
        -sine * x + cosine * y + height / 2,
    )
    turned = Image.fromarray(pixels).transform(
        size, Image.Transform.AFFINE, inverse, Image.Resampling.BICUBIC, fillcolor=fill
    )
    return np.asarray(turned, np.uint8), left, top


def _sign(scale: float) -> int:
    return -1 if scale < 0 else 1
