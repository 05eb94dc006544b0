"""Where a picture lies in the square that a segmenter looks at, and the way there and back.

For SAM the longer side fills the square, and the rest is padding at the right or below (its
ResizeLongestSide, Kirillov et al. 2023); for SAM 2 the picture is stretched to fill all of it.
Both as in the image processors of transformers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.document.selection.shapes import Point
from studio.domain.events import Pixels
from studio.domain.geometry import Size

Floats = NDArray[np.float32]

# Mean and deviation of ImageNet's colours.
_MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION: Final = np.array([0.229, 0.224, 0.225], np.float32)


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of size `picture` in a square of `side_px`."""

    picture: Size
    side_px: int
    stretches: bool = False

    @property
    def inner(self) -> Size:
        """How large the picture is in the square."""
        if self.stretches:
            return Size(self.side_px, self.side_px)
        scale = self.side_px / max(self.picture.width, self.picture.height)
        width, height = self.picture.width * scale, self.picture.height * scale
        return Size(max(1, int(width + 0.5)), max(1, int(height + 0.5)))

    def places(self, points: Sequence[Point]) -> Floats:
        """(n, 2) x and y in the square for points of the picture, (0, 0) its left upper corner.

        The square counts from the middle of its first pixel, as the networks do.
        """
        across = self.inner.width / self.picture.width
        down = self.inner.height / self.picture.height
        scaled = np.array(points, np.float64).reshape(-1, 2) * (across, down) - 0.5
        return scaled.astype(np.float32)

    def filled(self, pixels: Pixels) -> NDArray[np.float32]:
        """(3, side_px, side_px) of uint8 (h, w, 3) that show the picture, at any size."""
        inner = self.inner
        picture = Image.fromarray(np.ascontiguousarray(pixels))
        small = picture.resize((inner.width, inner.height), Image.Resampling.BILINEAR)
        normal = (np.asarray(small, np.float32) / 255 - _MEAN) / _DEVIATION
        square: NDArray[Any] = np.zeros((3, self.side_px, self.side_px), np.float32)
        square[:, : inner.height, : inner.width] = normal.transpose(2, 0, 1)
        return square
