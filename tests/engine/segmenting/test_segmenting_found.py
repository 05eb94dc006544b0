"""Masks of what was found, at the picture's own size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from studio.domain.geometry import Box, Size
from studio.engine.segmenting import Candidate, Candidates, ObjectPart


def blobs(width: int, height: int, seed: int) -> np.ndarray:
    """Smooth logits, some of them positive."""
    drawn = torch.Generator().manual_seed(seed)
    coarse = torch.randn((1, 1, 3, 3), generator=drawn) - 0.3
    return functional.interpolate(coarse, (height, width), mode="bicubic")[0, 0].numpy()


@given(
    st.builds(Size, st.integers(1, 150), st.integers(1, 150)),
    st.integers(1, 64),
    st.integers(1, 64),
    st.integers(0, 10),
)
def test_masks_are_enlarged_as_torch_does_it(
    size: Size, width: int, height: int, seed: int
) -> None:
    logits = blobs(width, height, seed)
    whole = functional.interpolate(
        torch.from_numpy(logits)[None, None],
        (size.height, size.width),
        mode="bilinear",
        align_corners=False,
    )[0, 0].numpy()
    coverage = Candidate(size, logits, 1.0).coverage()
    mask = np.zeros(whole.shape, np.uint8) if coverage is None else coverage.over(Box.whole(size))
    sure = np.abs(whole) > 1e-4  # there, rounding can't tell another sign
    assert ((mask == 255) == (whole > 0))[sure].all()
    if coverage is not None:
        assert coverage.mask.any(axis=0)[[0, -1]].all()
        assert coverage.mask.any(axis=1)[[0, -1]].all()


def test_large_pictures_are_enlarged_in_bands_without_a_seam() -> None:
    size = Size(3000, 2000)
    logits = blobs(96, 64, 1)
    coverage = Candidate(size, logits, 1.0).coverage()
    assert coverage is not None
    whole = functional.interpolate(
        torch.from_numpy(logits)[None, None], (2000, 3000), mode="bilinear", align_corners=False
    )[0, 0].numpy()
    wrong = (coverage.over(Box.whole(size)) == 255) != (whole > 0)
    assert np.abs(whole[wrong]).max(initial=0) < 1e-4


def a_square(side: int, score: float) -> Candidate:
    logits = np.full((20, 20), -1.0, np.float32)
    logits[:side, :side] = 1
    return Candidate(Size(40, 40), logits, score)


@pytest.mark.parametrize(
    ("part", "side"), [(ObjectPart.BEST, 8), (ObjectPart.PART, 4), (ObjectPart.WHOLE, 12)]
)
def test_part_and_whole_are_the_smallest_and_the_largest(part: ObjectPart, side: int) -> None:
    candidates = Candidates((a_square(8, 0.9), a_square(12, 0.8), a_square(4, 0.3)))
    chosen = candidates.chosen(part)
    assert chosen is not None
    coverage = chosen.coverage()
    assert coverage is not None
    assert coverage.box == Box(0, 0, 2 * side, 2 * side)
    rough = chosen.rough()
    assert rough is not None
    assert rough.box == Box(0, 0, side, side)


@pytest.mark.parametrize("part", ObjectPart)
def test_what_covers_nothing_is_never_chosen(part: ObjectPart) -> None:
    nothing = a_square(0, 0.99)
    assert nothing.coverage() is None
    assert nothing.rough() is None
    assert Candidates((nothing,)).chosen(part) is None
    something = a_square(3, 0.1)
    assert Candidates((nothing, something)).chosen(part) is something
