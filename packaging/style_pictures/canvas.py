"""What the painters share: coordinates, noise, colours, curves and paper.

Pictures are painted twice as large as they are kept, as (HEIGHT, WIDTH, 3) float from 0 to 255.
Lengths and places are in pixels of that size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

WIDTH: Final = 1280
HEIGHT: Final = 1024
Y, X = (axis.astype(np.float64) for axis in np.mgrid[:HEIGHT, :WIDTH])

Field = NDArray[np.float64]
"""(HEIGHT, WIDTH) of numbers, or (HEIGHT, WIDTH, 3) of colours."""
Colour = tuple[int, int, int]
Point = tuple[float, float]


def noise(cell_px: float, seed: int, octaves: int = 1, stretch: float = 1) -> Field:
    """Soft noise, about 0 to 1, its cells so large and `stretch` times as wide."""
    random, total = np.random.default_rng(seed), np.zeros((HEIGHT, WIDTH))
    for octave in range(octaves):
        columns = max(2, round(WIDTH * 2**octave / (cell_px * stretch)))
        rows = max(2, round(HEIGHT * 2**octave / cell_px))
        cells = Image.fromarray(random.random((rows, columns), dtype=np.float32))
        smooth = cells.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        total += np.asarray(smooth, np.float64) / 2**octave
    return total / sum(2.0**-octave for octave in range(octaves))


def mixed(one: ArrayLike, other: ArrayLike, share: Field) -> Field:
    """Two colours, or fields of colours, by the share of the other from 0 to 1."""
    part = share.clip(0, 1)[..., None]
    return np.asarray(one) * (1 - part) + np.asarray(other) * part


def below(level: ArrayLike, softness_px: float = 2) -> Field:
    """1 below a line that is at `level` from the top, 0 above it."""
    return ((Y - level) / softness_px + 0.5).clip(0, 1)


def disc(x: float, y: float, radius: float, softness_px: float = 2) -> Field:
    """1 within a disc, 0 outside."""
    return ((radius - np.hypot(X - x, Y - y)) / softness_px + 0.5).clip(0, 1)


def curve(points: Sequence[Point], steps: int = 12) -> list[Point]:
    """A smooth line through points (Catmull and Rom 1974)."""
    p = np.asarray([points[0], *points, points[-1]], dtype=np.float64)
    t = (np.arange(steps) / steps)[:, None]
    pieces = [
        b
        + t * (c - a) / 2
        + t**2 * (a - 2.5 * b + 2 * c - d / 2)
        + t**3 * (1.5 * (b - c) + (d - a) / 2)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return [(float(x), float(y)) for x, y in np.concatenate([*pieces, p[-1:]])]


def image(field: Field) -> Image.Image:
    return Image.fromarray(field.clip(0, 255).astype(np.uint8))


def field(picture: Image.Image) -> Field:
    return np.asarray(picture, dtype=np.float64)


def near(colour: ArrayLike, spread: float, random: np.random.Generator) -> Colour:
    """A colour close to another, as paint from the same tube is."""
    light, tint = random.normal(0, spread), random.normal(0, spread / 3, 3)
    red, green, blue = (np.asarray(colour) + light + tint).clip(0, 255).astype(int)
    return int(red), int(green), int(blue)


def on_paper(picture: Field, depth: float, seed: int, cell_px: float = 3) -> Field:
    """With the unevenness of paper, `depth` levels dark."""
    grain = noise(cell_px, seed) + 0.5 * noise(90, seed + 1, 2) - 0.75
    return picture + depth * grain[..., None]
