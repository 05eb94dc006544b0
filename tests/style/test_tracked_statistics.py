"""Statistics of a picture that changes: from a look at a third of it, nearly those of all of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from studio.style.features import Features
from studio.style.statistics import LayerStatistics
from studio.style.tiled_features import TiledFeatures
from studio.style.tracked_statistics import TrackedStatistics

SIDE_PX = 256


class Pixels:
    """Sees nothing but colours, and counts the pixels that it looks at."""

    title = "colours"
    style_layers = {"pixels": 1.0}  # noqa: RUF012
    content_layers = {"pixels": 1.0}  # noqa: RUF012
    strides = {"pixels": 1}  # noqa: RUF012
    overlap_px = 16

    def __init__(self) -> None:
        self.seen_px = 0

    def __call__(self, pictures: torch.Tensor) -> Features:
        self.seen_px += pictures[0, 0].numel()
        return {"pixels": pictures}


def picture(seed: int) -> torch.Tensor:
    return torch.rand(1, 3, SIDE_PX, SIDE_PX, generator=torch.Generator().manual_seed(seed))


def shares(features: TiledFeatures, of: torch.Tensor) -> list[LayerStatistics]:
    return [features.look(of, tile) for tile in features.tiles]


@pytest.fixture
def features() -> Iterator[TiledFeatures]:
    tiled = TiledFeatures(Pixels(), SIDE_PX, SIDE_PX, 1)
    assert len(tiled.tiles) > 16
    yield tiled


def test_what_changes_everywhere_alike_is_told_exactly(features: TiledFeatures) -> None:
    before = picture(1)
    tracked = TrackedStatistics(features)
    tracked.know(shares(features, before))
    after = before + 0.1
    found, exact = tracked.of(after)["pixels"], features.statistics(after)["pixels"]
    torch.testing.assert_close(found.mean, exact.mean)
    torch.testing.assert_close(found.gram, exact.gram, rtol=0, atol=1e-3)


def test_nothing_that_changes_changes_nothing(features: TiledFeatures) -> None:
    tracked = TrackedStatistics(features)
    tracked.know(shares(features, picture(2)))
    for _ in range(3):
        found, exact = tracked.of(picture(2))["pixels"], features.statistics(picture(2))["pixels"]
        torch.testing.assert_close(found.gram, exact.gram)


def test_it_looks_at_all_of_the_first_and_at_a_third_of_the_next(features: TiledFeatures) -> None:
    eye = features.extractor
    assert isinstance(eye, Pixels)
    tracked = TrackedStatistics(features)
    exact = features.statistics(picture(3))["pixels"]
    torch.testing.assert_close(tracked.of(picture(3))["pixels"].gram, exact.gram)
    tracked.know(shares(features, picture(3)))
    whole = sum(tile.seen(picture(3))[0, 0].numel() for tile in features.tiles)
    eye.seen_px = 0
    for _ in range(3):
        tracked.of(picture(4))
    assert eye.seen_px == whole


@given(height=st.integers(64, 600), width=st.integers(64, 600), most_px=st.integers(4000, 100_000))
def test_three_turns_see_each_tile_once_and_never_two_neighbours(
    height: int, width: int, most_px: int
) -> None:
    features = TiledFeatures(Pixels(), height, width, most_px)
    turns = [features.a_third(turn) for turn in range(3)]
    assert sorted(number for numbers in turns for number in numbers) == list(
        range(len(features.tiles))
    )
    for numbers in turns:
        chosen = [features.tiles[number] for number in numbers]
        for one in chosen:
            for other in chosen:
                below = one.columns == other.columns and one.rows.stop == other.rows.start
                beside = one.rows == other.rows and one.columns.stop == other.columns.start
                assert not below
                assert not beside
