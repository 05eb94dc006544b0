"""Turning, scaling and mirroring layers."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, cos, floor, radians, sin

import numpy as np
from PIL import Image

from studio.document.area import Area
from studio.document.content import Content
from studio.document.edit_log import Edit
from studio.document.layer import Layer
from studio.document.tiles import TiledImage
from studio.domain.events import Pixels


def transform_layer(
    content: Content,
    layer_id: str,
    scale_x: float = 1.0,
    scale_y: float = 1.0,
    degrees: float = 0.0,
    x: float = 0.0,
    y: float = 0.0,
) -> Edit:
    """Scale a layer, turn it clockwise by `degrees`, both about the middle of what is on it, and
    move it by `x`, `y` pixels. Its own mask goes along. Pixels are interpolated (bicubic, and
    averaged where they become fewer).

    Raises:
        ValueError: a scale is 0.
    """
    if scale_x == 0 or scale_y == 0:
        raise ValueError("a layer can't be scaled to nothing")
    layer = content.layer(layer_id)
    bounds = layer.image.bounds()
    if bounds.is_empty:
        return Edit("Transform layer", content)
    return Edit(
        "Transform layer",
        content.with_layer(_transformed(layer, bounds, (scale_x, scale_y), degrees, (x, y))),
    )


def flip_layer(content: Content, layer_id: str, vertically: bool = False) -> Edit:
    """Mirror a layer about the middle of what is on it, left to right or upside down."""
    layer = content.layer(layer_id)
    bounds = layer.image.bounds()
    name = "Flip vertically" if vertically else "Flip horizontally"
    if bounds.is_empty:
        return Edit(name, content)
    axis = 0 if vertically else 1

    def mirrored(image: TiledImage) -> TiledImage:
        pixels = np.ascontiguousarray(np.flip(image.read(bounds), axis))
        return TiledImage.of(pixels, bounds.x, bounds.y, image.fill)

    mask = None if layer.mask is None else mirrored(layer.mask)
    return Edit(name, content.with_layer(replace(layer, image=mirrored(layer.image), mask=mask)))


def _transformed(
    layer: Layer,
    bounds: Area,
    scale: tuple[float, float],
    degrees: float,
    move: tuple[float, float],
) -> Layer:
    angle = radians(degrees)
    middle = (bounds.x + bounds.right) / 2, (bounds.y + bounds.bottom) / 2
    # Column by column what the transformation does to a vector.
    a, b = cos(angle) * scale[0], -sin(angle) * scale[1]
    d, e = sin(angle) * scale[0], cos(angle) * scale[1]
    half = bounds.width / 2, bounds.height / 2
    reach_x = abs(a) * half[0] + abs(b) * half[1]
    reach_y = abs(d) * half[0] + abs(e) * half[1]
    goal = middle[0] + move[0], middle[1] + move[1]
    area = Area(
        floor(goal[0] - reach_x + 1e-6),
        floor(goal[1] - reach_y + 1e-6),
        ceil(goal[0] + reach_x - 1e-6),
        ceil(goal[1] + reach_y - 1e-6),
    )
    determinant = a * e - b * d
    inverse = e / determinant, -b / determinant, -d / determinant, a / determinant
    origin = area.x - goal[0], area.y - goal[1]
    matrix = (
        inverse[0],
        inverse[1],
        inverse[0] * origin[0] + inverse[1] * origin[1] + half[0],
        inverse[2],
        inverse[3],
        inverse[2] * origin[0] + inverse[3] * origin[1] + half[1],
    )

    def turned(image: TiledImage) -> TiledImage:
        pixels = _resampled(image.read(bounds), (area.width, area.height), matrix)
        return TiledImage.of(pixels, area.x, area.y, image.fill)

    mask = None if layer.mask is None else turned(layer.mask)
    return replace(layer, image=turned(layer.image), mask=mask)


def _resampled(
    pixels: Pixels, size: tuple[int, int], matrix: tuple[float, float, float, float, float, float]
) -> Pixels:
    picture = Image.fromarray(pixels)
    if picture.mode == "RGBA":
        # Transparent pixels must not bleed their colour into the edge.
        picture = picture.convert("RGBa")
    turned = picture.transform(
        size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC, fillcolor=0
    )
    if turned.mode == "RGBa":
        turned = turned.convert("RGBA")
    return np.asarray(turned, np.uint8)
