"""Where a painted patch meets the picture: matching its colours, and measuring the seam."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.document.fills import continued
from studio.document.masks import Mask, feathered, grown
from studio.document.smooth_fill import resized, smooth_fill
from studio.document.strips import strips
from studio.domain.events import Pixels

# How far from the border the picture's own steps are looked at.
_AROUND_PX: Final = 8
# Of 255: steps in colour that nobody would draw on purpose.
_SLIGHT_STEP: Final = 32
# How far a step is spread, of the longer side.
_FADE: Final = 1 / 4


def matched(patch: Pixels, original: Pixels, held: Mask) -> Pixels:
    """`patch` with its colours shifted so that it agrees with `original` where nothing was to
    change; the shift continues smoothly over what did change.

    Args:
        patch, original: (H, W, 3), the same place of the picture.
        held: a small mask (h, w), white where nothing changed; each of its pixels stands for a
            rectangle of the patch.

    A membrane between the known differences, as in Pérez et al. 2003 (“Poisson image editing”),
    drawn coarsely by pull-push.
    """
    if not held.any():
        return patch
    height, width = held.shape
    box = Image.Resampling.BOX
    before = np.asarray(Image.fromarray(original).resize((width, height), box), np.float32)
    after = np.asarray(Image.fromarray(patch).resize((width, height), box), np.float32)
    shift = smooth_fill(before - after, np.asarray(held > 0, np.float32))
    agreed = patch.copy()
    for rows in strips(len(patch)):
        region = (0, rows.start * height / len(patch), width, rows.stop * height / len(patch))
        size = patch.shape[1], rows.stop - rows.start
        fine = resized(shift, *size, Image.Resampling.BICUBIC, region)
        agreed[rows] = np.clip(patch[rows] + fine, 0, 255).round()
    return agreed


def healed(patch: Pixels, original: Pixels, stays: NDArray[np.bool_]) -> Pixels:
    """`patch` without a slight step in colour along a hard edge, beyond which `original` stays.

    The first pixels of the patch take over the colours across the edge, and the shift fades out
    with distance. Where they are far apart nothing is done: that is no seam but a thing's outline.

    Args:
        patch, original: (H, W, 3), the same place of the picture.
        stays: (H, W), where `original` is kept.
    """
    if stays.all() or not stays.any():
        return patch
    kept = np.where(stays, 255, 0).astype(np.uint8)
    edge = (grown(kept, 1) > 0) & ~stays
    step = continued(original, ~stays).astype(np.float32) - patch
    slight = np.exp(-np.square(np.abs(step).max(axis=2) / _SLIGHT_STEP))[..., None]
    shift = smooth_fill(step * slight, np.asarray(edge, np.float32))
    fade = feathered(kept, round(max(patch.shape) * _FADE)).astype(np.float32)[..., None] / 255
    agreed: Pixels = np.clip(patch + shift * fade, 0, 255).round().astype(np.uint8)
    return agreed


def seam(picture: Pixels, cover: Mask, across_px: int = 1) -> float:
    """How visible the border of what was painted is: the mean step in luminance across it, divided
    by the mean step over the same distance nearby. 1 is what a picture without a seam has.

    Args:
        picture: (H, W, 3), finished.
        cover: (H, W), how far it was painted.
        across_px: over how many pixels to look; one more than the edge of `cover` is soft.
    """
    luminance = np.asarray(Image.fromarray(picture).convert("L"), np.float32)
    near = _near_border(cover, 2 * across_px + _AROUND_PX)
    across, beside = [], []
    for axis in (0, 1):
        one, other = _pairs(cover, axis, across_px)
        step = np.abs(np.subtract(*_pairs(luminance, axis, across_px)))
        around = np.logical_and(*_pairs(near, axis, across_px))
        across.append(step[((one == 0) & (other == 255)) | ((one == 255) & (other == 0))])
        beside.append(step[around & (one == other) & ((one == 0) | (one == 255))])
    at_border, elsewhere = np.concatenate(across), np.concatenate(beside)
    if not len(at_border) or not len(elsewhere):
        return 1.0
    # Half a grey level: what rounding alone makes of an even surface.
    return float((at_border.mean() + 0.5) / (elsewhere.mean() + 0.5))


def _near_border(cover: Mask, reach_px: int) -> NDArray[np.bool_]:
    painted = np.where(cover > 0, 255, 0).astype(np.uint8)
    return (grown(painted, reach_px) > 0) & (grown(255 - painted, reach_px) > 0)


def _pairs(values: NDArray[Any], axis: int, distance_px: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """All values but the last ones, and those `distance_px` further along the axis."""
    along = np.moveaxis(values, axis, 0)
    return along[:-distance_px], along[distance_px:]
