"""What was painted over a step of a picture, taken from the artwork that it was painted in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from studio.document import Content, Document, Layer, LayerKind, TiledImage, flatten
from studio.document.rendering.composite import on_white
from studio.domain.errors import PictureError
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.ui.session.branch_point import Canvas


def canvas_of(pixels: Pixels, step: int) -> Canvas:
    """A new artwork: the decoded step, (H, W, 3), and over it an empty layer to paint on."""
    name = f"Step {step}"
    below = Layer(name, TiledImage.of(pixels), LayerKind.GENERATED)
    over = Layer("Paint here")
    size = Size(pixels.shape[1], pixels.shape[0])
    return Canvas(Document(Content(size, (below, over), over.id), name), below)


def painted_over(content: Content, step: Layer, size: Size) -> Pixels | None:
    """All that lies over the layer `step` of an artwork, and whatever was changed in that layer
    itself, fitted into `size`: (H, W, 4) with straight alpha. None if nothing was painted.

    Raises:
        PictureError: the artwork no longer has the step's size.
    """
    before = step.image.read(step.bounds)
    if content.size != Size(before.shape[1], before.shape[0]):
        raise PictureError(
            "The painted step was cropped or resized, and no longer fits the picture.",
            "Undo that, or paint on the step anew.",
        )
    layers = tuple(layer for layer in content.layers if layer.id != step.id)
    painted = flatten(replace(content, layers=layers))
    if not any(layer is step for layer in content.layers):
        seen = on_white(content)
        changed = (painted[..., 3] == 0) & (seen != before[..., :3]).any(axis=-1)
        painted[changed, :3] = seen[changed]
        painted[changed, 3] = 255
    if not painted[..., 3].any():
        return None
    # Premultiplied, or what is transparent would lend its colour to the edges.
    picture = Image.fromarray(painted).convert("RGBa")
    if (size.width, size.height) != picture.size:
        picture = picture.resize((size.width, size.height), Image.Resampling.BOX)
    return np.array(picture.convert("RGBA"))
