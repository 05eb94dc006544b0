from __future__ import annotations

import heapq
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.document.selection.colour_models import Palette
from studio.document.selection.cut import Edges, cut, edges_of
from studio.document.selection.geodesic import geodesic_distance
from studio.document.selection.guided import box_mean, guided, guided_coefficients

numbers = st.floats(0, 1, width=32)
small_shapes = st.tuples(st.integers(1, 7), st.integers(1, 7))
grey_pictures = small_shapes.flatmap(
    lambda shape: arrays(np.float32, (3, *shape), elements=numbers)
)


def energy(inside: np.ndarray, cost: np.ndarray, edges: Edges, smoothness: float) -> float:
    across = edges.right[inside[:, 1:] != inside[:, :-1]].sum()
    down = edges.below[inside[1:] != inside[:-1]].sum()
    return float(cost[inside].sum() + smoothness * (across + down))


@settings(max_examples=20, deadline=None)
@given(
    arrays(np.float32, (3, 3), elements=st.floats(-2, 2, width=32)),
    arrays(np.float32, (3, 2), elements=numbers),
    arrays(np.float32, (2, 3), elements=numbers),
)
def test_no_other_way_to_cut_is_better(
    cost: np.ndarray, right: np.ndarray, below: np.ndarray
) -> None:
    """Of all 512 ways to cut nine pixels in two."""
    edges = Edges(right, below)
    u = cut(cost, edges, 1.5, np.full((3, 3), 0.5, np.float32), 1000)
    least = min(
        energy(np.array(bits).reshape(3, 3), cost, edges, 1.5)
        for bits in product((False, True), repeat=9)
    )
    assert energy(u > 0.5, cost, edges, 1.5) == pytest.approx(least, abs=0.02)


def test_an_edge_is_where_colours_differ() -> None:
    colours = np.zeros((3, 4, 6), np.float32)
    colours[0, :, 3:] = 1
    edges = edges_of(colours)
    assert (edges.right[:, 2] < 0.01).all()
    assert (np.delete(edges.right, 2, axis=1) == 1).all()
    assert (edges.below == 1).all()
    contrast, length = edges.contrast(colours[0] > 0)
    assert length == 4
    assert contrast > 0.99


@given(grey_pictures, st.data())
def test_geodesic_distance_is_that_of_the_cheapest_way(
    colours: np.ndarray, data: st.DataObject
) -> None:
    height, width = colours.shape[1:]
    seed = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    seeds = np.zeros((height, width), np.bool_)
    seeds[seed] = True
    found = geodesic_distance(colours, seeds, 0.1)

    expected = np.full((height, width), np.inf)
    waiting = [(0.0, seed)]
    while waiting:
        so_far, here = heapq.heappop(waiting)
        if so_far >= expected[here]:
            continue
        expected[here] = so_far
        for down, right in product((-1, 0, 1), repeat=2):
            there = here[0] + down, here[1] + right
            if 0 <= there[0] < height and 0 <= there[1] < width:
                difference = np.linalg.norm(colours[:, *there] - colours[:, *here])
                step = float(difference) + 0.1 * float(np.hypot(down, right))
                heapq.heappush(waiting, (so_far + step, there))
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_nothing_is_near_where_there_is_no_seed() -> None:
    distance = geodesic_distance(np.zeros((3, 4, 4), np.float32), np.zeros((4, 4), np.bool_), 0.1)
    assert np.isinf(distance).all()


def test_a_colour_speaks_for_the_side_on_which_it_is_seen() -> None:
    colours = np.zeros((3, 10, 10), np.float32)
    colours[0, :, 5:] = 0.8
    inside = np.zeros((10, 10), np.float32)
    inside[:5, 5:] = 1
    cost = Palette(colours).cost(inside, 1 - inside)
    assert (cost[:, 5:] < -0.5).all()
    assert (cost[:, :5] > 2).all()
    assert np.abs(cost).max() <= 3


@given(arrays(np.float32, small_shapes, elements=numbers), st.integers(0, 4))
def test_the_mean_of_boxes_keeps_what_is_even(plane: np.ndarray, radius: int) -> None:
    mean = box_mean(plane, radius)
    assert mean.min() >= plane.min() - 1e-5
    assert mean.max() <= plane.max() + 1e-5
    assert np.allclose(box_mean(plane + 1, radius), mean + 1, atol=1e-5)
    row, column = plane.shape[0] // 2, plane.shape[1] // 2
    padded = np.pad(plane, radius, mode="edge")
    window = padded[row : row + 2 * radius + 1, column : column + 2 * radius + 1]
    assert mean[row, column] == pytest.approx(window.mean(), abs=1e-5)


def test_a_coarse_mask_is_drawn_along_the_edge_of_the_large_picture() -> None:
    """The edge lies at column 21 of the large picture, inside the small one's sixth column."""
    large = np.zeros((3, 40, 40), np.float32)
    large[:, :, 21:] = 0.6
    small = large.reshape(3, 10, 4, 10, 4).mean(axis=(2, 4))
    mask = (small[0] > 0.4).astype(np.float32)
    drawn = guided(large, guided_coefficients(small, mask, 1), (0, 0, 10, 10))
    assert np.array_equal(drawn[20] > 0.5, large[0, 20] > 0.3)
    assert drawn[20, :18].max() < 0.05
    assert drawn[20, 24:].min() > 0.95
