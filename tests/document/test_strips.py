from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from studio.document.fills import mixed
from studio.document.painted_layer import Painting
from studio.document.seams import matched
from studio.document.smooth_fill import resized, smooth_fill
from studio.document.strips import strips
from studio.domain.geometry import Box
from tests.support.samples import noise

HEIGHT = 600  # some strips, the last one shorter


@pytest.mark.parametrize("height", [1, 255, 256, 257, HEIGHT])
def test_strips_are_all_the_rows_once(height: int) -> None:
    rows = [row for strip in strips(height) for row in range(height)[strip]]
    assert rows == list(range(height))


def test_no_strip_shows() -> None:
    below, above = noise(1, 8, HEIGHT), noise(2, 8, HEIGHT)
    cover = np.random.default_rng(3).integers(0, 256, (HEIGHT, 8), np.uint8)
    alpha = cover[..., None].astype(np.uint16)
    whole = ((below * (255 - alpha) + above * alpha + 127) // 255).astype(np.uint8)
    assert np.array_equal(mixed(below, above, cover), whole)
    painting = Painting(below, (Box(0, 0, 8, HEIGHT),))
    painting.add(Box(0, 0, 8, HEIGHT), above, cover)
    assert np.array_equal(painting.flattened(), whole)


def test_colours_are_matched_alike_in_all_strips() -> None:
    original, patch = noise(1, 64, HEIGHT), noise(2, 64, HEIGHT)
    held = np.random.default_rng(4).integers(0, 2, (75, 8), np.uint8) * 255
    small = [
        np.asarray(Image.fromarray(pixels).resize((8, 75), Image.Resampling.BOX), np.float32)
        for pixels in (original, patch)
    ]
    shift = smooth_fill(small[0] - small[1], (held > 0).astype(np.float32))
    fine = resized(shift, 64, HEIGHT, Image.Resampling.BICUBIC)
    whole = np.clip(patch + fine, 0, 255).round()
    assert np.abs(matched(patch, original, held) - whole).max() <= 1
