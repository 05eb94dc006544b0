"""Masks as uint8 (H, W): 0 stays, 255 changes, grey changes a little."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from studio.domain.events import Pixels
from studio.domain.geometry import Box

Mask = NDArray[np.uint8]


def from_picture(pixels: Pixels) -> Mask:
    """The luminance (ITU-R 601-2) of a picture (H, W, 3); of (H, W, 4), as seen on black."""
    mask = np.asarray(Image.fromarray(np.ascontiguousarray(pixels[..., :3])).convert("L"))
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3].astype(np.uint16)
        mask = ((mask * alpha + 127) // 255).astype(np.uint8)
    return mask


def to_picture(mask: Mask) -> Pixels:
    """A mask as a grey picture (H, W, 3), as requests name it."""
    return np.repeat(mask[..., None], 3, axis=2)


def inverted(mask: Mask) -> Mask:
    """What stayed changes, and the other way round."""
    return 255 - mask


def grown(mask: Mask, radius_px: int) -> Mask:
    """The mask larger by `radius_px` on all sides, greys included: each pixel takes the brightest
    value within a regular octagon of that inner radius (a grey dilation).

    An octagon is the sum of four strokes, so the radius costs only its logarithm.
    """
    if radius_px == 0:
        return mask
    # A stroke along a diagonal leaves every second pixel out; a straight one of 1 fills them.
    diagonal = min(round(radius_px * (1 - 0.5**0.5)), (radius_px - 1) // 2)
    straight = radius_px - 2 * diagonal
    height, width = mask.shape
    mask = np.pad(mask, 2 * diagonal)  # ways from one pixel to another may lead over the border
    for (down, right), reach in (
        ((0, 1), straight),
        ((1, 0), straight),
        ((1, 1), diagonal),
        ((1, -1), diagonal),
    ):
        mask = _stroked(mask, down, right, reach)
    inner = slice(2 * diagonal, 2 * diagonal + height), slice(2 * diagonal, 2 * diagonal + width)
    return np.ascontiguousarray(mask[inner])


def shrunk(mask: Mask, radius_px: int) -> Mask:
    """The mask smaller by `radius_px` on all sides, but not at the borders of the picture."""
    return inverted(grown(inverted(mask), radius_px))


def feathered(mask: Mask, width_px: int) -> Mask:
    """The mask fading out smoothly over the `width_px` pixels around it. None becomes darker."""
    if width_px == 0:
        return mask
    half = width_px // 2
    reach = width_px - half
    picture = Image.fromarray(grown(mask, half))
    # Two boxes in a row: a tent, whose edges have no corners and whose reach has an end.
    for radius in (reach // 2, reach - reach // 2):
        picture = picture.filter(ImageFilter.BoxBlur(radius))
    blurred = np.asarray(picture, np.uint8)
    return np.where(blurred > mask, blurred, mask)


def bounds(mask: Mask) -> Box | None:
    """The smallest box around all that isn't black; None for a black mask."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    return Box.between(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _stroked(mask: Mask, down: int, right: int, reach: int) -> Mask:
    """The brightest of the pixels up to `reach` steps of (down, right) away, both ways."""
    for sign in (1, -1):
        covered = 0  # each pixel already knows those so many steps behind it
        while covered < reach:
            step = min(covered + 1, reach - covered)
            mask = _brightest(mask, sign * step * down, sign * step * right)
            covered += step
    return mask


def _brightest(mask: Mask, down: int, right: int) -> Mask:
    """Each pixel or the one (down, right) of it before, whichever is brighter."""
    height, width = mask.shape
    if abs(down) >= height or abs(right) >= width:
        return mask
    result = mask.copy()
    target, source = result, mask
    target = target[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)]
    source = source[max(0, -down) : height + min(0, -down), max(0, -right) : width + min(0, -right)]
    np.maximum(target, source, out=target)
    return result
