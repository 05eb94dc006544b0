"""From a picture to the map that a control of some kind was trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from studio.document.control_maps.canny import canny
from studio.document.control_maps.scribble import scribble
from studio.domain.control import Preprocessor
from studio.domain.events import Pixels
from studio.domain.geometry import Size

# Tiles are trained on pictures shrunk to a quarter to an eighth, colours on grids of 64 squares.
_TILE_SHRINKS_BY: Final = 4
_COLOUR_SQUARES: Final = 64


def control_map(pixels: Pixels, preprocessor: Preprocessor) -> Pixels:
    """What `preprocessor` makes of a picture: uint8 (H, W, 3) to the same.

    Raises:
        KeyError: it needs a network (depth, pose).
    """
    return _MAPS[preprocessor](pixels)


def seen_by_control(pixels: Pixels, preprocessor: Preprocessor, size: Size) -> Pixels:
    """What a control sees of a picture (H, W, 3) while one of `size` is drawn: scaled to cover that
    size, cut at its edges, and preprocessed; uint8 (size.height, size.width, 3).

    Raises:
        KeyError: the preprocessor needs a network (depth, pose).
    """
    return control_map(fitted(pixels, size), preprocessor)


def fitted(pixels: Pixels, size: Size) -> Pixels:
    """A picture (H, W, 3) scaled to cover `size` and cut at its edges."""
    if pixels.shape[:2] == (size.height, size.width):
        return pixels
    wanted = (size.width, size.height)
    picture = ImageOps.fit(Image.fromarray(pixels), wanted, Image.Resampling.LANCZOS)
    return np.asarray(picture)


def is_without_network(preprocessor: Preprocessor) -> bool:
    """Whether `control_map` can do it."""
    return preprocessor in _MAPS


def tile(pixels: Pixels) -> Pixels:
    """Tones without detail: shrunk to a quarter and enlarged again."""
    height, width = pixels.shape[:2]
    size = max(1, width // _TILE_SHRINKS_BY), max(1, height // _TILE_SHRINKS_BY)
    small = Image.fromarray(pixels).resize(size, Image.Resampling.BOX)
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def colour(pixels: Pixels) -> Pixels:
    """Colours without shapes: a mosaic of at most 64 squares along the longer side, as the colour
    adapters of Mou et al. 2023 (“T2I-Adapter”) see them."""
    height, width = pixels.shape[:2]
    square = max(1, -(-max(height, width) // _COLOUR_SQUARES))
    size = max(1, width // square), max(1, height // square)
    small = Image.fromarray(pixels).resize(size, Image.Resampling.BOX)
    return np.asarray(small.resize((width, height), Image.Resampling.NEAREST))


_MAPS: Final[Mapping[Preprocessor, Callable[[Pixels], Pixels]]] = {
    Preprocessor.NONE: lambda pixels: pixels,
    Preprocessor.CANNY: canny,
    Preprocessor.SCRIBBLE: scribble,
    Preprocessor.TILE: tile,
    Preprocessor.COLOUR: colour,
}
