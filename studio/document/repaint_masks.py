"""What changes, and how far it covers what was there, in each working area of an inpainting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from studio.document.masks import Mask, feathered, grown
from studio.domain.geometry import Box, Size
from studio.domain.inpaint import Extents, Inpaint


@dataclass(frozen=True, slots=True)
class Piece:
    """One working area.

    `change` says how much the model may change, `cover` how far the result hides what was there,
    both as large as `box`: the mask, grown and feathered; `cover` takes grey for white.
    """

    box: Box
    change: Mask = field(repr=False)
    cover: Mask = field(repr=False)


def cover_of(mask: Mask, grow_px: int, feather_px: int) -> Mask:
    """How far a mask's result hides what was there: a pixel where this is 0 stays as it is."""
    return feathered(grown(_solid(mask), grow_px), feather_px)


def pieces(mask: Mask | None, picture: Size, inpaint: Inpaint) -> Iterator[Piece]:
    """The working areas in order. What an earlier one has painted, a later one leaves but for the
    blending at its edge.

    Args:
        mask: of the start picture's size, when `inpaint` has one.
        picture: the start picture's size.
    """
    whole = extended_mask(mask, picture, inpaint.extend)
    inside = Box(inpaint.extend.left, inpaint.extend.top, picture.width, picture.height)
    done = np.zeros(whole.shape, np.bool_) if len(inpaint.boxes) > 1 else None
    for box in inpaint.boxes:
        wanted = whole[box.slices]
        if done is not None:
            wanted = np.where(done[box.slices], 0, wanted)
            done[box.slices] = True
        cover = cover_of(wanted, inpaint.grow_px, inpaint.feather_px)
        has_grey = bool(((wanted > 0) & (wanted < 255)).any())
        change = cover
        if has_grey:
            change = feathered(grown(wanted, inpaint.grow_px), inpaint.feather_px)
        if inpaint.extend:
            allowed = _allowed(whole, inside, box, inpaint)
            change, cover = np.minimum(change, allowed), np.minimum(cover, allowed)
        yield Piece(box, change, cover)


def extended_mask(mask: Mask | None, picture: Size, extend: Extents) -> Mask:
    """The mask of the extended picture: white where it is new."""
    if not extend and mask is not None:
        return mask
    full = extend.of(picture)
    whole = np.full((full.height, full.width), 255, np.uint8)
    inside = whole[Box(extend.left, extend.top, picture.width, picture.height).slices]
    inside[:] = 0 if mask is None else mask
    return whole


def _allowed(whole: Mask, inside: Box, box: Box, inpaint: Inpaint) -> Mask:
    """What may be covered in `box`: all that is new, and of the start picture what its own mask,
    grown and feathered, covers."""
    old = np.zeros((box.height, box.width), np.bool_)
    left, top = max(0, inside.x - box.x), max(0, inside.y - box.y)
    old[top : max(0, inside.bottom - box.y), left : max(0, inside.right - box.x)] = True
    own = cover_of(np.where(old, whole[box.slices], 0), inpaint.grow_px, inpaint.feather_px)
    return np.where(old, own, 255).astype(np.uint8)


def _solid(mask: Mask) -> Mask:
    return np.where(mask > 0, 255, 0).astype(np.uint8)
