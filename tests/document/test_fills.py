from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.document.fills import continued, filled, mixed
from studio.document.masks import Mask
from studio.domain.inpaint import Fill
from tests.support.samples import noise

sides = st.tuples(st.integers(1, 24), st.integers(1, 24))


@given(st.sampled_from(Fill), arrays(np.uint8, sides, elements=st.sampled_from([0, 0, 130, 255])))
def test_no_fill_touches_what_stays(fill: Fill, mask: Mask) -> None:
    pixels = noise(3, mask.shape[1], mask.shape[0])
    result = filled(pixels, mask, fill, seed=1)
    assert result.shape == pixels.shape
    assert np.array_equal(result[mask == 0], pixels[mask == 0])


def half_masked() -> Mask:
    mask = np.zeros((48, 64), np.uint8)
    mask[:, 32:] = 255
    return mask


def test_what_lies_under_the_mask() -> None:
    mask = half_masked()
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, :32] = [10, 100, 200]
    pixels[:, 32:] = noise(1, 32, 48)
    under = {fill: filled(pixels, mask, fill, seed=1)[:, 32:].astype(int) for fill in Fill}

    assert np.array_equal(under[Fill.ORIGINAL], pixels[:, 32:])
    assert (under[Fill.NEUTRAL] == 128).all()
    assert under[Fill.BLURRED].std() < pixels[:, 32:].std() / 3
    assert (under[Fill.BORDER] == [10, 100, 200]).all()
    assert (under[Fill.NOISE] == [10, 100, 200]).all()


def test_noise_is_of_the_colours_around_and_of_the_seed() -> None:
    mask, pixels = half_masked(), noise(2)
    pixels[:, :32, 0] = 7
    one, again, other = (filled(pixels, mask, Fill.NOISE, seed)[:, 32:] for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert (one[..., 0] == 7).all()
    assert one[..., 1].std() > 50


@pytest.mark.parametrize("fill", Fill)
def test_a_mask_over_everything_has_nothing_to_look_at(fill: Fill) -> None:
    pixels = noise(2)
    result = filled(pixels, np.full((48, 64), 255, np.uint8), fill, 1)
    assert result.shape == pixels.shape


def test_a_border_continues_as_a_gradient_does() -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    pixels = np.repeat(np.repeat(ramp[None, :, None], 48, axis=0), 3, axis=2)
    mask = np.zeros((48, 64), np.uint8)
    mask[:, 24:40] = 255
    result = filled(pixels, mask, Fill.BORDER, 1).astype(int)
    assert abs(result - pixels).max() < 24
    assert (np.diff(result[20, :, 0]) >= -1).all()


@given(sides, st.integers(0, 255))
def test_mixing_equal_pictures_changes_nothing(size: tuple[int, int], cover: int) -> None:
    pixels = noise(4, size[1], size[0])
    assert np.array_equal(mixed(pixels, pixels, np.full(size, cover, np.uint8)), pixels)


def test_mixing_by_cover() -> None:
    below, above = np.full((1, 3, 3), 200, np.uint8), np.full((1, 3, 3), 100, np.uint8)
    mix = mixed(below, above, np.array([[0, 128, 255]], np.uint8))
    assert mix[0, :, 0].tolist() == [200, 150, 100]


def test_beyond_an_edge_lines_run_straight_on() -> None:
    pixels = noise(5, 12, 10)
    unknown = np.ones((10, 12), np.bool_)
    unknown[3:8, 4:9] = False
    result = continued(pixels, unknown)
    inside = pixels[3:8, 4:9]
    assert np.array_equal(result, np.pad(inside, ((3, 2), (4, 3), (0, 0)), mode="edge"))
    assert np.array_equal(continued(pixels, np.zeros((10, 12), np.bool_)), pixels)
    assert np.array_equal(continued(pixels, np.ones((10, 12), np.bool_)), pixels)
