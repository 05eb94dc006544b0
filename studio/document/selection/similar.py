"""Selecting by colour: the bucket and the magic wand, and ranges of colours.

Colours are as far apart as they look: distances in OKLab, where black and white are 1 apart and
0.02 can just be seen; what is transparent is alike and 1 from what isn't.

Pictures are uint8 sRGB (H, W, 3), or with alpha (H, W, 4). They are read through a function that
gives the pixels of a box, so that filling a small area of a large document reads only that area.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.document import masks
from studio.document.masks import Mask
from studio.document.selection.coverage import Coverage
from studio.document.selection.flood import Region, connected
from studio.document.selection.oklab import oklab_alpha
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size

Reader = Callable[[Box], Pixels]
Distances = NDArray[np.float32]
Colour = tuple[int, ...]  # red, green, blue and perhaps alpha, 0 to 255

_FIRST_WINDOW_PX: Final = 256
_ROUNDING: Final = np.float32(1e-4)
# Pixels at once: few enough to stay near the processor.
_PIXELS: Final = 1 << 13


def similar_area(
    read: Reader,
    picture: Size,
    x: int,
    y: int,
    tolerance: float,
    *,
    contiguous: bool = True,
    smooth: bool = True,
) -> Coverage:
    """The pixels that look no further than `tolerance` from the pixel at (x, y).

    `contiguous`: only those that hang together with it. `smooth`: at the border, pixels that mix
    the colour with the one beyond are selected as much as they seem to be of it; hard edges stay.
    """
    colour: Colour = tuple(read(Box(x, y, 1, 1))[0, 0].tolist())
    if not contiguous:
        everywhere = Box.whole(picture)
        distances = _distances(read(everywhere), [colour])
        return _trimmed(everywhere, distances <= tolerance, distances, tolerance, smooth)
    window = Box(x, y, 1, 1).grown(_FIRST_WINDOW_PX, picture)
    while True:
        distances = _distances(read(window), [colour])
        region = connected(distances <= tolerance, y - window.y, x - window.x)
        larger = _enlarged(window, region, picture)
        if larger == window:
            return _trimmed(window, region, distances, tolerance, smooth)
        window = larger


def colour_range(
    pixels: Pixels, colours: Sequence[Colour], tolerance: float, softness: float = 0.0
) -> Mask:
    """How near each pixel looks to the nearest of `colours`: (H, W), 255 up to `tolerance`, then
    fading evenly to 0 at `tolerance + softness`.
    """
    distances = _distances(pixels, colours)
    if softness == 0:
        return np.where(distances <= tolerance, np.uint8(255), np.uint8(0))
    mask = np.empty(distances.shape, np.uint8)
    for rows in _bands(*distances.shape):
        near = (tolerance + softness - distances[rows]) * (255 / softness)
        mask[rows] = np.clip(near, 0, 255) + 0.5
    return mask


def _distances(pixels: Pixels, colours: Sequence[Colour]) -> Distances:
    """To the nearest of `colours`, (H, W)."""
    height, width, channels = pixels.shape
    targets = oklab_alpha(np.array([(*colour, 255)[:channels] for colour in colours], np.uint8))
    distances = np.empty((height, width), np.float32)
    for rows in _bands(height, width):
        planes = oklab_alpha(pixels[rows])
        nearest = np.full(planes.shape[1:], np.inf, np.float32)
        for target in targets.T:
            squares = (planes - target[:, None, None]) ** 2
            np.minimum(nearest, squares[0] + squares[1] + squares[2] + squares[3], out=nearest)
        np.sqrt(nearest, out=distances[rows])
    # The same colour isn't always computed to the last bit alike.
    distances -= _ROUNDING
    return distances.clip(0, out=distances)


def _bands(height: int, width: int) -> Iterator[slice]:
    rows = -(-_PIXELS // width)
    return (slice(top, top + rows) for top in range(0, height, rows))


def _enlarged(window: Box, region: Region, picture: Size) -> Box:
    """The window, three times as large towards each side where the region, or what decides on the
    smooth seam around it, may go on.
    """
    reach = max(window.width, window.height)
    return Box.between(
        max(0, window.x - reach * int(region[:, :2].any())),
        max(0, window.y - reach * int(region[:2].any())),
        min(picture.width, window.right + reach * int(region[:, -2:].any())),
        min(picture.height, window.bottom + reach * int(region[-2:].any())),
    )


def _trimmed(
    window: Box, region: Region, distances: Distances, tolerance: float, smooth: bool
) -> Coverage:
    """The region as a mask no larger than it is."""
    inside = masks.bounds(region.view(np.uint8)) or window
    if not smooth:
        return Coverage(inside.moved(window.x, window.y), _as_mask(region[inside.slices]))
    seen = inside.grown(2, window.size)
    mask = _smoothed(region[seen.slices], distances[seen.slices], tolerance)
    touched = masks.bounds(mask) or inside
    box = touched.moved(window.x + seen.x, window.y + seen.y)
    return Coverage(box, mask[touched.slices])


def _as_mask(region: Region) -> Mask:
    return region.view(np.uint8) * np.uint8(255)


def _smoothed(region: Region, distances: Distances, tolerance: float) -> Mask:
    """The region as a mask with a seam of one pixel where colours mix.

    A pixel of the seam lies between the region's colour and that beyond it, the furthest of its
    eight neighbours: its share of the way back is how much of it is selected.
    """
    mask = _as_mask(region)
    rows, columns = np.nonzero(masks.grown(mask, 1) > mask)
    height, width = region.shape
    beyond = np.zeros(len(rows), np.float32)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            near = distances[
                np.clip(rows + down, 0, height - 1), np.clip(columns + right, 0, width - 1)
            ]
            np.maximum(beyond, near, out=beyond)
    way = beyond - tolerance
    share = (beyond - distances[rows, columns]) / np.where(way > 0, way, 1)
    mask[rows, columns] = np.rint(255 * np.clip(share, 0, 1))
    return mask
