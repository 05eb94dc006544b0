"""What was painted over a picture, kept apart from it, as a layer that is transparent elsewhere."""

from __future__ import annotations

import numpy as np

from studio.document.fills import mixed
from studio.document.masks import Mask
from studio.document.strips import strips
from studio.domain.events import Pixels
from studio.domain.geometry import Box


class Painting:
    """A layer over `below` (H, W, 3), to which one patch after the other is added.

    It holds the area around `boxes` only, and never changes `below`.
    """

    def __init__(self, below: Pixels, boxes: tuple[Box, ...]) -> None:
        self._below = below
        self.box = Box.between(
            min(box.x for box in boxes),
            min(box.y for box in boxes),
            max(box.right for box in boxes),
            max(box.bottom for box in boxes),
        )
        self._layer = np.zeros((self.box.height, self.box.width, 4), np.uint8)

    @property
    def layer(self) -> Pixels:
        """(h, w, 4), straight alpha; lies at `box`."""
        return self._layer

    def seen(self, box: Box) -> Pixels:
        """What is seen in `box`: the layer over the picture, (h, w, 3)."""
        layer = self._layer[self._inner(box).slices]
        return mixed(self._below[box.slices], layer[..., :3], layer[..., 3])

    def add(self, box: Box, patch: Pixels, cover: Mask) -> None:
        """Lay `patch` (h, w, 3) over what is seen in `box`, as far as `cover` (h, w) says.

        Where nothing was painted before, the layer takes the patch's colours and its cover;
        where something was, as Porter & Duff 1984 lay one over the other.
        """
        layer = self._layer[self._inner(box).slices]
        for rows in strips(box.height):
            _lay_over(layer[rows], patch[rows], cover[rows])

    def flattened(self) -> Pixels:
        """The whole picture with the layer over it, (H, W, 3)."""
        picture = self._below.copy()
        picture[self.box.slices] = self.seen(self.box)
        return picture

    def _inner(self, box: Box) -> Box:
        return box.moved(-self.box.x, -self.box.y)


def _lay_over(layer: Pixels, patch: Pixels, cover: Mask) -> None:
    above = cover.astype(np.float32) / 255
    kept = layer[..., 3].astype(np.float32) / 255 * (1 - above)
    alpha = above + kept
    share = np.divide(above, alpha, out=np.zeros_like(alpha), where=alpha > 0)[..., None]
    layer[..., :3] = (layer[..., :3] * (1 - share) + patch * share).round()
    layer[..., 3] = (alpha * 255).round()
