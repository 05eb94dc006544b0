"""Paint a scene: composite its drawings over its backdrop, in 8-bit RGB."""

from __future__ import annotations

import numpy as np
from PIL import Image

from studio.training.drawings import Drawings
from studio.training.scenes import COLOURS, Colour, Ground, Placed, Scene

LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def paint(scene: Scene, drawings: Drawings, px: int) -> np.ndarray:
    """The scene as (px, px, 3) uint8."""
    canvas = Image.fromarray(_backdrop(scene.backdrop, px))
    for thing in scene.things:
        stamp = _stamp(thing, drawings, max(1, round(thing.size * px)))
        x, y = (round(centre * px - stamp.width / 2) for centre in thing.centre_xy)
        canvas.paste(stamp, (x, y), stamp)
    return np.asarray(canvas, dtype=np.uint8)


def tint(rgb: np.ndarray, colour: Colour) -> np.ndarray:
    """`rgb` (..., 3) in one hue: shadows fall to black, lights rise to white, around `colour`.

    The drawing's own mid grey becomes the colour itself, so that dark and light things take it.
    """
    grey = rgb.astype(np.float32) @ LUMA / 255  # (...)
    light = np.clip(grey - grey.mean(), -0.5, 0.5)[..., None] * 2  # (..., 1), -1 dark to 1 light
    target = np.asarray(colour, dtype=np.float32)
    toned: np.ndarray = np.where(
        light < 0, target * (1 + 0.8 * light), target + (255 - target) * 0.7 * light
    )
    return toned.astype(np.uint8)


def _stamp(thing: Placed, drawings: Drawings, px: int) -> Image.Image:
    pixels = drawings.pixels[thing.hand, thing.name]  # (128, 128, 4)
    if thing.tint is not None:
        pixels = pixels.copy()
        inside = pixels[..., 3] > 0
        pixels[inside, :3] = tint(pixels[inside, :3], COLOURS[thing.tint])
    # Pillow resizes RGBA premultiplied, so transparent pixels' colours don't bleed into edges.
    return Image.fromarray(pixels).resize((px, px), Image.Resampling.BICUBIC)


def _backdrop(backdrop: str | Ground, px: int) -> np.ndarray:
    if isinstance(backdrop, str):
        return np.full((px, px, 3), COLOURS[backdrop], dtype=np.uint8)
    height = np.linspace(0, 1, px)[:, None]  # (px, 1)
    fall = np.minimum(height / backdrop.horizon_at, 1)
    sky = np.array(backdrop.top) * (1 - fall) + np.array(backdrop.horizon) * fall  # (px, 3)
    rows = np.where(height < backdrop.horizon_at, sky, np.array(backdrop.ground))
    return np.repeat(rows[:, None].astype(np.uint8), px, axis=1)
