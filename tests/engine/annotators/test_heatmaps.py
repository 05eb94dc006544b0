"""Peaks of heatmaps, finer than their pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.engine.annotators.heatmaps import peaks

HEIGHT, WIDTH = 64, 48


def bump(x: float, y: float, height: float = 1.0, sigma: float = 2.0) -> np.ndarray:
    """A Gaussian, as ViTPose was taught to answer."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    near = (columns - x) ** 2 + (rows - y) ** 2
    made: np.ndarray = (height * np.exp(-near / (2 * sigma**2))).astype(np.float32)
    return made


@given(st.floats(6, WIDTH - 7), st.floats(6, HEIGHT - 7), st.floats(0.2, 1))
def test_a_gaussian_is_found_where_it_is(x: float, y: float, height: float) -> None:
    at, certainty = peaks(bump(x, y, height)[None, None])
    assert np.abs(at[0, 0] - (x, y)).max() < 0.05
    assert height * 0.85 <= certainty[0, 0] <= height


def test_each_point_of_each_person_is_found_apart() -> None:
    places = np.random.default_rng(0).uniform(8, 40, (3, 17, 2))
    maps = np.stack([np.stack([bump(x, y) for x, y in person]) for person in places])
    at, certainty = peaks(maps)
    assert (at.shape, certainty.shape) == ((3, 17, 2), (3, 17))
    assert np.abs(at - places).max() < 0.05


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1e-9, 1.0, 1e6]))
def test_what_is_no_peak_stays_at_its_highest_pixel(seed: int, scale: float) -> None:
    noise = scale * np.random.default_rng(seed).standard_normal((1, 2, 9, 7)).astype(np.float32)
    at, certainty = peaks(noise.astype(np.float32))
    rows, columns = np.divmod(noise.reshape(2, -1).argmax(axis=1), 7)
    assert np.isfinite(at).all()
    assert np.abs(at[0] - np.stack([columns, rows], axis=1)).max() <= 1
    assert np.array_equal(certainty[0], noise.reshape(2, -1).max(axis=1))


def test_a_peak_at_the_edge_is_no_error() -> None:
    at, _ = peaks(bump(0, 0)[None, None])
    assert np.abs(at[0, 0]).max() <= 1
