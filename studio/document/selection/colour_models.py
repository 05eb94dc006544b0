"""Which colours speak for the inside of an object, which for the outside."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.document.selection.oklab import Colours

Plane = NDArray[np.float32]

_COLOURS: Final = 96
# How far a colour speaks for its neighbours, in OKLab.
_BLUR: Final = 0.05
# No colour says more than this, as the logarithm of how much likelier it makes a side.
_SUREST: Final = 3.0
# As likely as a colour is that was seen nowhere, compared with one that is everywhere.
_UNSEEN: Final = 0.02


class Palette:
    """A picture (3, h, w) in OKLab as few colours, so that histograms of them are quick."""

    def __init__(self, colours: Colours) -> None:
        # Pillow reduces bytes: in OKLab they are as evenly spaced as colours look.
        scaled = colours * 255 + np.array([0, 128, 128], np.float32)[:, None, None]
        picture = np.moveaxis(scaled.clip(0, 255).round().astype(np.uint8), 0, -1)
        few = Image.fromarray(np.ascontiguousarray(picture)).quantize(
            _COLOURS, Image.Quantize.MEDIANCUT, kmeans=2
        )
        self._indices = np.asarray(few).astype(np.intp)
        self._count = int(self._indices.max()) + 1
        pixels = np.maximum(self._histogram(np.ones(self._indices.shape, np.float32)), 1)
        means = np.stack([self._histogram(plane) for plane in colours]) / pixels
        squares = ((means[:, :, None] - means[:, None]) ** 2).sum(axis=0)
        self._kernel = np.exp(-squares / (2 * _BLUR**2))

    def cost(self, inside: Plane, outside: Plane) -> Plane:
        """How much likelier each pixel's colour is outside, as a logarithm (h, w), -3 to 3.

        `inside` and `outside` (h, w) say how much each pixel counts for either side.
        """
        chances = [
            self._kernel @ self._histogram(weights) / max(float(weights.sum()), 1e-6)
            for weights in (inside, outside)
        ]
        unseen = _UNSEEN * self._kernel.mean()
        ratio = np.log((chances[1] + unseen) / (chances[0] + unseen))
        cost: Plane = ratio.clip(-_SUREST, _SUREST).astype(np.float32)[self._indices]
        return cost

    def _histogram(self, weights: Plane) -> NDArray[np.float64]:
        counts = np.bincount(self._indices.ravel(), weights.ravel(), self._count)
        return counts.astype(np.float64, copy=False)
