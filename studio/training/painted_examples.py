"""Examples of the painted styles: a landscape of our own in each of them.

python -m studio.training.painted_examples FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from studio.domain.events import Pixels
from studio.style.instant import Instant
from studio.style.method import PaintedStyle
from studio.style.painted import PAINTED

SIDE_PX: Final = 384
EXAMPLE_PX: Final = 192
_SUN: Final = (0.66, 0.3)
# Each ridge: how high it lies, how much it rises and falls, its colours in light and in shade.
_RIDGES: Final = (
    (0.50, 0.16, (165, 170, 200), (110, 120, 165)),
    (0.62, 0.10, (125, 150, 120), (60, 90, 95)),
    (0.72, 0.06, (165, 180, 80), (65, 105, 50)),
)
_SHORE: Final = 0.82
_Colour = tuple[int, int, int] | NDArray[np.float64]


def landscape() -> Pixels:
    """Sun, clouds, three ridges, a lake, a house and a tree: (384, 384, 3), always the same."""
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX] / SIDE_PX
    picture = _mixed((70, 130, 200), (250, 215, 170), y / 0.6)
    far = np.hypot(x - _SUN[0], y - _SUN[1])
    picture = _mixed(picture, (255, 235, 170), 0.7 * np.exp(-((far / 0.18) ** 2)))
    picture = _mixed(picture, (255, 246, 215), (0.065 - far) * SIDE_PX)
    picture = _mixed(picture, (250, 248, 245), 3 * _noise(5, 1) - 1.7 - 2 * y)
    for number, (level, rise, light, shade) in enumerate(_RIDGES):
        waves = [np.sin(x * (5 + 6 * k + 3 * number) + 2 * number + k) / k for k in (1, 2, 3)]
        top = level - rise * sum(waves) / 2.5
        slope = _mixed(light, shade, 4 * (y - top) + 0.7 * _noise(24, 7 + number))
        picture = _mixed(picture, slope, (y - top) * SIDE_PX)
    rows = ((2 * _SHORE - y) * SIDE_PX).clip(0, SIDE_PX - 1).astype(int)
    ripples = 14 * np.sin(y * 220 + 9 * _noise(9, 4)) * _noise(20, 5)
    water = 0.6 * picture[rows, np.arange(SIDE_PX)] + (24, 44, 68) + ripples[..., None]
    picture = _mixed(picture, water, (y - _SHORE) * SIDE_PX)
    return _with_house_and_tree(Image.fromarray(picture.clip(0, 255).astype(np.uint8)))


def _with_house_and_tree(picture: Image.Image) -> Pixels:
    draw = ImageDraw.Draw(picture)
    draw.rectangle((70, 262, 128, 306), fill=(236, 222, 200))
    draw.polygon(((60, 264), (99, 230), (138, 264)), fill=(190, 70, 50))
    draw.rectangle((92, 280, 106, 306), fill=(96, 60, 44))
    draw.rectangle((75, 272, 86, 284), fill=(70, 100, 140))
    draw.rectangle((112, 272, 123, 284), fill=(70, 100, 140))
    draw.polygon(((296, 312), (302, 200), (312, 200), (320, 312)), fill=(84, 58, 40))
    random = np.random.default_rng(2)
    for _ in range(90):
        angle, reach = random.uniform(0, 2 * np.pi), random.uniform(0, 1) ** 0.5
        cx, cy = 307 + 62 * reach * np.cos(angle), 172 + 52 * reach * np.sin(angle)
        radius = random.uniform(6, 15)
        light = random.uniform(-25, 45) - 0.5 * (cy - 172) + 0.2 * (cx - 307)
        leaf = tuple(int(np.clip(part + light, 0, 255)) for part in (70, 120, 45))
        draw.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=leaf)
    return np.asarray(picture)


def _mixed(one: _Colour, other: _Colour, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """(H, W, 3) of two colours, by (H, W) shares of the other from 0 to 1."""
    part = share.clip(0, 1)[..., None]
    mixed: NDArray[np.float64] = np.asarray(one) * (1 - part) + np.asarray(other) * part
    return mixed


def _noise(cells: int, seed: int) -> NDArray[np.float64]:
    """(384, 384) of soft noise from 0 to 1, so many cells wide."""
    grid = np.random.default_rng(seed).integers(0, 256, (cells, cells), dtype=np.uint8)
    smooth = Image.fromarray(grid).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    return np.asarray(smooth) / 255.0


def make(folder: Path) -> None:
    """Write an example of each style into `folder`."""
    instant, content = Instant(torch.device("cpu")), landscape()
    for name in PAINTED:
        painting = instant.paint(content, [PaintedStyle(name)], 1.0)
        while True:
            try:
                next(painting)
            except StopIteration as end:
                picture = Image.fromarray(end.value)
                break
        small = picture.resize((EXAMPLE_PX, EXAMPLE_PX), Image.Resampling.LANCZOS)
        small.save(folder / f"{name}.jpg", quality=88, optimize=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
