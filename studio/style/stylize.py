"""A picture in the style of others by any method: its colours, its mask, its two sides."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.domain.events import Pixels
from studio.domain.stylize import StyleColours
from studio.style.colour import coloured
from studio.style.method import Method, Progress, Style

Mask = NDArray[np.uint8]
_ROWS = 256


def stylize(
    method: Method,
    content: Pixels,
    styles: Sequence[Style],
    strength: float = 1.0,
    colours: StyleColours = StyleColours.STYLE,
    mask: Mask | None = None,
    outside: Sequence[Style] = (),
) -> Generator[Progress, None, Pixels]:
    """Paint a picture by `method`; returns the result, of the content's size.

    Args:
        method: how.
        content: uint8 (H, W, 3).
        styles: what to take on.
        strength: 0 to 1, how much of it.
        colours: whose colours.
        mask: (H, W), 255 where the styles go and grey where they go in part; feathered already.
        outside: styles for the other side of the mask. Without them that stays as it is.

    Raises:
        RequestError: the method doesn't know such a style.
    """
    other = content
    parts = 2 if outside else 1
    if outside:
        for_other = method.paint(content, outside, strength)
        other = yield from _told(for_other, 0, parts, content, content, colours, None)
    painting = method.paint(content, styles, strength)
    return (yield from _told(painting, parts - 1, parts, content, other, colours, mask))


def blended(below: Pixels, above: Pixels, mask: Mask) -> Pixels:
    """`above` where the mask is 255, `below` where it is 0, to the byte; mixed between."""
    result = np.empty_like(below)
    for start in range(0, len(below), _ROWS):
        rows = slice(start, start + _ROWS)
        share = mask[rows, :, None].astype(np.uint16)
        mixed = above[rows] * share + below[rows] * (255 - share) + 127
        result[rows] = mixed // 255
    return result


def _told(
    painting: Generator[Progress, None, Pixels],
    part: int,
    parts: int,
    content: Pixels,
    other: Pixels,
    colours: StyleColours,
    mask: Mask | None,
) -> Generator[Progress, None, Pixels]:
    """One painting as a part of the whole, seen in its colours and under its mask."""

    def finished(painted: Pixels) -> Pixels:
        size = painted.shape[1::-1]
        result = coloured(painted, _resized(content, size), colours)
        if mask is None:
            return result
        return blended(_resized(other, size), result, _resized(mask, size))

    while True:
        try:
            progress = next(painting)
        except StopIteration as end:
            return finished(end.value)
        preview = progress.preview
        seen = finished(preview) if preview is not None else None
        yield Progress((part + progress.done) / parts, seen)


def _resized(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    if pixels.shape[1::-1] == size:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
