"""How the colours of a layer mix with those below: the W3C's compositing specification, level 1.

Colours are float32, 0 to 1, in planes (3, h, w) or (4, h, w): whole rows of one channel are what
numpy computes fastest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.document.layer import BlendMode

Planes = NDArray[np.float32]


def compose(below: Planes, colour: Planes, alpha: Planes, mode: BlendMode) -> None:
    """Lay a layer over `below`, in place.

    Args:
        below: (4, h, w), premultiplied; the fourth plane is alpha.
        colour: (3, h, w), the layer's, not premultiplied; is overwritten.
        alpha: (h, w), the layer's, with its opacity and mask worked in.

    Source: W3C, Compositing and Blending Level 1, section 5 (“General formula for compositing and
    blending”): co = cs αs (1 − αb) + αs αb B(cb, cs) + (1 − αs) αb cb.
    """
    backdrop, backdrop_alpha = below[:3], below[3]
    if mode is not BlendMode.NORMAL:
        straight = backdrop / np.maximum(backdrop_alpha, np.float32(1e-6))
        np.minimum(straight, 1, out=straight)
        blended = _BLENDS[mode](straight, colour)
        blended -= colour
        blended *= backdrop_alpha
        colour += blended
    below *= 1 - alpha
    colour *= alpha
    backdrop += colour
    backdrop_alpha += alpha


def _multiply(below: Planes, above: Planes) -> Planes:
    return below * above


def _screen(below: Planes, above: Planes) -> Planes:
    return below + above - below * above


def _overlay(below: Planes, above: Planes) -> Planes:
    return _hard_light(above, below)


def _hard_light(below: Planes, above: Planes) -> Planes:
    doubled = 2 * above
    return np.where(above <= 0.5, below * doubled, _screen(below, doubled - 1))


def _color_dodge(below: Planes, above: Planes) -> Planes:
    room = np.maximum(1 - above, 1e-6)
    return np.where(below <= 0, np.float32(0), np.minimum(1, below / room))


def _color_burn(below: Planes, above: Planes) -> Planes:
    room = np.maximum(above, 1e-6)
    return np.where(below >= 1, np.float32(1), 1 - np.minimum(1, (1 - below) / room))


def _soft_light(below: Planes, above: Planes) -> Planes:
    curve = np.where(below <= 0.25, ((16 * below - 12) * below + 4) * below, np.sqrt(below))
    darker = below - (1 - 2 * above) * below * (1 - below)
    return np.where(above <= 0.5, darker, below + (2 * above - 1) * (curve - below))


def _difference(below: Planes, above: Planes) -> Planes:
    apart: Planes = np.abs(below - above)
    return apart


_BLENDS: Final[dict[BlendMode, Callable[[Planes, Planes], Planes]]] = {
    BlendMode.MULTIPLY: _multiply,
    BlendMode.SCREEN: _screen,
    BlendMode.OVERLAY: _overlay,
    BlendMode.DARKEN: np.minimum,
    BlendMode.LIGHTEN: np.maximum,
    BlendMode.COLOR_DODGE: _color_dodge,
    BlendMode.COLOR_BURN: _color_burn,
    BlendMode.HARD_LIGHT: _hard_light,
    BlendMode.SOFT_LIGHT: _soft_light,
    BlendMode.DIFFERENCE: _difference,
}
