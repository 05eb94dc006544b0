"""Hands: the manners of drawing that the model learns, and the words for them.

Three come as drawn (`flat`, `shaded`, `glossy`); two are made from the flat drawings, so that they
cover every thing and teach the model to see a manner apart from the thing it is applied to.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

USUAL = "flat"
# A hand's first phrase is its name in captions; the others mean the same.
PHRASES: dict[str, tuple[str, ...]] = {
    "flat": ("flat style", "flat design"),
    "shaded": ("shaded style",),
    "glossy": ("glossy 3D style", "glossy style", "3D style"),
    "outline": ("bold outline style", "with a bold outline"),
    "soft": ("soft style", "soft pastel style"),
    "simple": ("simple style",),
}
INK = (26, 22, 30)


def bold_outline(pixels: np.ndarray) -> np.ndarray:
    """A drawing (128, 128, 4) RGBA, a little smaller, with a dark line of about 5 px around it."""
    px = len(pixels)
    inner = Image.fromarray(pixels).resize((px - 14, px - 14), Image.Resampling.BICUBIC)
    drawing = Image.new("RGBA", (px, px))
    drawing.paste(inner, (7, 7))
    # A blur spreads the shape evenly to all sides; where it leaves 8 %, the line ends.
    spread = np.asarray(drawing.getchannel("A").filter(ImageFilter.GaussianBlur(4)), np.float32)
    line = np.clip((spread - 12) * 8, 0, 255).astype(np.uint8)
    ink = Image.new("RGBA", (px, px), (*INK, 0))
    ink.putalpha(Image.fromarray(line))
    return np.asarray(Image.alpha_composite(ink, drawing))


def soften(pixels: np.ndarray) -> np.ndarray:
    """A drawing (128, 128, 4) RGBA in pastel colours, its edges and details gently blurred."""
    image = np.asarray(pixels, np.float32)
    alpha = image[..., 3:] / 255
    premultiplied = np.concatenate(
        [(image[..., :3] * 0.56 + 255 * 0.42) * alpha, image[..., 3:]], axis=2
    )
    blurred = Image.fromarray(premultiplied.astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.5))
    soft = np.asarray(blurred, np.float32)
    colours = soft[..., :3] / np.maximum(soft[..., 3:] / 255, 1 / 255)
    return np.concatenate([np.clip(colours, 0, 255), soft[..., 3:]], axis=2).astype(np.uint8)


DERIVED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "outline": bold_outline,
    "soft": soften,
}
