"""What lies under the mask before the denoising begins."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from studio.document.masks import Mask
from studio.document.smooth_fill import smooth_fill
from studio.document.strips import strips
from studio.domain.events import Pixels
from studio.domain.inpaint import Extents, Fill

_NEUTRAL: Final = 128
# Of the longer side: as blurred as that, no thing can be recognised any more, only its colours.
_BLUR: Final = 1 / 12


def extended(pixels: Pixels, extend: Extents) -> Pixels:
    """A picture (H, W, C) with its border pixels continued over what is new."""
    if not extend:
        return pixels
    sides = ((extend.top, extend.bottom), (extend.left, extend.right), (0, 0))
    return np.pad(pixels, sides, mode="edge")


def filled(pixels: Pixels, mask: Mask, fill: Fill, seed: int) -> Pixels:
    """`pixels` (H, W, 3) with `fill` where the mask is white, and mixed with it where it is grey.

    NEUTRAL is middle grey, BLURRED the picture out of focus, BORDER continues the colours around
    the mask, NOISE takes pixels from around it (or, where there are none, from the picture) at
    random by `seed`.
    """
    match fill:
        case Fill.ORIGINAL:
            return pixels
        case Fill.NEUTRAL:
            under = np.full_like(pixels, _NEUTRAL)
        case Fill.BLURRED:
            blur = ImageFilter.GaussianBlur(max(pixels.shape) * _BLUR)
            under = np.asarray(Image.fromarray(pixels).filter(blur), np.uint8)
        case Fill.BORDER:
            known = np.asarray(mask == 0, np.float32)
            under = smooth_fill(pixels.astype(np.float32), known).round().astype(np.uint8)
        case Fill.NOISE:
            around = pixels[mask == 0]
            source = around if len(around) else pixels.reshape(-1, 3)
            chosen = np.random.default_rng(seed).integers(0, len(source), mask.shape)
            under = source[chosen]
    return mixed(pixels, under, mask)


def continued(pixels: Pixels, unknown: NDArray[np.bool_]) -> Pixels:
    """`pixels` (H, W, 3) with the nearest known pixel of the same row where they are `unknown`
    (H, W), and rows without any like the nearest row that has some."""
    rows = np.arange(pixels.shape[0])[:, None]
    across = pixels[rows, _nearest_known(~unknown)]
    has_known = np.asarray(~unknown.all(axis=1, keepdims=True), np.bool_)
    whole: Pixels = across[_nearest_known(has_known.T)[0]]
    return whole


def _nearest_known(known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """For each place of each row of (h, w) the column of the nearest known one; without any, its
    own."""
    width = known.shape[1]
    columns = np.arange(width)
    before = np.maximum.accumulate(np.where(known, columns, -2 * width), axis=1)
    behind = np.where(known, columns, 3 * width)
    after = np.minimum.accumulate(behind[:, ::-1], axis=1)[:, ::-1]
    nearest = np.where(columns - before <= after - columns, before, after)
    return np.where(known.any(axis=1, keepdims=True), nearest, columns)


def mixed(below: Pixels, above: Pixels, cover: Mask) -> Pixels:
    """`above` over `below`, both (H, W, 3), as far as `cover` (H, W) says; where it is 0, `below`
    byte for byte."""
    result = below.copy()
    for rows in strips(len(cover)):
        alpha = cover[rows].astype(np.uint16)[..., None]
        result[rows] = (below[rows] * (255 - alpha) + above[rows] * alpha + 127) // 255
    return result
