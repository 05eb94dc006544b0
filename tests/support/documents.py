"""Small documents for tests, and random ones for laws."""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from studio.document import BlendMode, Content, Layer, TiledImage
from studio.domain.events import Pixels
from studio.domain.geometry import Size

# Pixels take their time on a busy machine, and say much with each example.
few = settings(max_examples=20, deadline=None)


def noise(width: int, height: int, channels: int = 4, seed: int = 0) -> Pixels:
    """Random pixels (height, width, channels)."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@st.composite
def layers(draw: st.DrawFn, width: int = 320, height: int = 280) -> Layer:
    """A layer of any property, with some pixels near the borders of tiles."""
    w, h = draw(st.integers(1, width)), draw(st.integers(1, height))
    kind = draw(st.sampled_from(["noise", "opaque", "nothing"]))
    image = TiledImage(4)
    if kind != "nothing":
        pixels = noise(w, h, 4 if kind == "noise" else 3, draw(st.integers(0, 9)))
        x, y = draw(st.integers(-40, 300)), draw(st.integers(-40, 270))
        image = TiledImage.of(pixels, x, y)
    mask = None
    if draw(st.booleans()):
        fill = draw(st.sampled_from([0, 255]))
        mask = TiledImage.of(noise(w, h, 1), draw(st.integers(-20, 280)), 0, fill)
    return Layer(
        "layer",
        image,
        mask=mask,
        opacity=draw(st.sampled_from([0.0, 0.3, 1.0, 1.0])),
        visible=draw(st.sampled_from([True, True, True, False])),
        blend_mode=draw(st.sampled_from([BlendMode.NORMAL, *BlendMode])),
        x=draw(st.sampled_from([0, 0, -70, 33, 256])),
        y=draw(st.sampled_from([0, 0, 19, -256])),
    )


@st.composite
def contents(draw: st.DrawFn) -> Content:
    """A document of up to four layers, a little larger than one tile."""
    size = Size(draw(st.integers(250, 320)), draw(st.integers(250, 300)))
    stack = tuple(draw(st.lists(layers(), max_size=4)))
    return Content(size, stack, stack[0].id if stack else None)
