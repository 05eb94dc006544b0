"""The losses of style transfer: zero at equality, true gradients, blind to where things are."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.style.losses import ContentLoss, StyleLoss, StyleLossW2, SumLoss, TVLoss
from studio.style.statistics import Statistics

SEEDS = st.integers(0, 2**32 - 1)
STYLE_LOSSES = pytest.mark.parametrize("kind", [StyleLoss, StyleLossW2])


def features(seed: int, channels: int = 5, side: int = 6) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(channels, channels, generator=generator, dtype=torch.float64)
    raw = torch.randn(channels, side * side, generator=generator, dtype=torch.float64)
    return (mixing @ raw + mixing[:, :1]).view(1, channels, side, side)


def gaussian(mean: list[float], variances: list[float]) -> Statistics:
    centre = torch.tensor(mean, dtype=torch.float64)
    spread = torch.tensor(variances, dtype=torch.float64).diag()
    return Statistics(centre, spread + torch.outer(centre, centre))


@STYLE_LOSSES
@settings(deadline=None, max_examples=25)
@given(seed=SEEDS)
def test_a_style_has_no_distance_from_itself(
    kind: type[StyleLoss] | type[StyleLossW2], seed: int
) -> None:
    statistics = Statistics.of(features(seed))
    assert kind(statistics)(statistics).item() == pytest.approx(0, abs=1e-6)


@STYLE_LOSSES
@settings(deadline=None, max_examples=25)
@given(seed=SEEDS)
def test_other_statistics_have_a_distance(
    kind: type[StyleLoss] | type[StyleLossW2], seed: int
) -> None:
    one, other = Statistics.of(features(seed)), Statistics.of(features(seed + 1))
    assert kind(one)(other).item() > 1e-3


@STYLE_LOSSES
@settings(deadline=None, max_examples=25)
@given(seed=SEEDS)
def test_style_does_not_ask_where(kind: type[StyleLoss] | type[StyleLossW2], seed: int) -> None:
    found = features(seed)
    order = torch.randperm(36, generator=torch.Generator().manual_seed(seed))
    shuffled = found.flatten(2)[:, :, order].view_as(found)
    loss = kind(Statistics.of(features(seed + 1)))
    there = loss(Statistics.of(found)).item()
    assert loss(Statistics.of(shuffled)).item() == pytest.approx(there, rel=1e-9)


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS)
def test_content_does_ask_where(seed: int) -> None:
    found = features(seed)
    assert ContentLoss(found)(found.flip(3)).item() > 1e-6
    assert ContentLoss(found)(found).item() == 0


@STYLE_LOSSES
def test_the_gradient_of_a_style_loss_is_that_of_its_values(
    kind: type[StyleLoss] | type[StyleLossW2],
) -> None:
    loss = kind(Statistics.of(features(1)))
    start = features(2).requires_grad_()
    assert torch.autograd.gradcheck(lambda found: loss(Statistics.of(found)), (start,))


def test_the_gradients_of_content_loss_and_total_variation_are_those_of_their_values() -> None:
    loss = ContentLoss(features(1))
    assert torch.autograd.gradcheck(loss, (features(2).requires_grad_(),))
    assert torch.autograd.gradcheck(TVLoss(), (features(2).requires_grad_(),))


@STYLE_LOSSES
@settings(deadline=None, max_examples=25)
@given(seed=SEEDS)
def test_nothing_at_all_costs_one(kind: type[StyleLoss] | type[StyleLossW2], seed: int) -> None:
    found = features(seed)
    nothing = Statistics.of(torch.zeros_like(found))
    # The Wasserstein loss keeps a little variance everywhere.
    assert kind(Statistics.of(found))(nothing).item() == pytest.approx(1, abs=0.05)
    assert ContentLoss(found)(torch.zeros_like(found)).item() == pytest.approx(1)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
    st.lists(st.floats(0.1, 9), min_size=3, max_size=3),
)
def test_wasserstein_of_independent_features_is_that_of_each(
    mean: list[float], variances: list[float]
) -> None:
    """Two Gaussians on axes: the squared distances of means and of deviations, summed."""
    target = gaussian([0.5, -1.0, 2.0], [1.0, 4.0, 0.25])
    by_hand = sum((a - b) ** 2 for a, b in zip(mean, [0.5, -1.0, 2.0], strict=True)) + sum(
        (math.sqrt(a) - math.sqrt(b)) ** 2 for a, b in zip(variances, [1.0, 4.0, 0.25], strict=True)
    )
    measured = StyleLossW2(target)(gaussian(mean, variances)) * target.power
    assert measured.item() == pytest.approx(by_hand, abs=2e-3, rel=2e-3)


def test_a_flat_style_has_a_finite_gradient() -> None:
    flat = Statistics.of(torch.full((1, 4, 5, 5), 0.5))
    start = torch.full((1, 4, 5, 5), 0.5).requires_grad_()
    for kind in (StyleLoss, StyleLossW2):
        loss = kind(flat)(Statistics.of(start))
        (gradient,) = torch.autograd.grad(loss, start)
        assert torch.isfinite(gradient).all()


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, cut=st.integers(1, 5))
def test_statistics_and_content_of_parts_add_up(seed: int, cut: int) -> None:
    found, target = features(seed), features(seed + 1)
    parts = [slice(0, cut), slice(cut, None)]
    shares = [(Statistics.of(found[:, :, rows], places=36), 1.0) for rows in parts]
    assert torch.allclose(Statistics.blend(shares).gram, Statistics.of(found).gram)
    assert torch.allclose(Statistics.blend(shares).mean, Statistics.of(found).mean)
    loss = ContentLoss(target)
    added = sum(loss(found[:, :, rows], rows).item() for rows in parts)
    assert added == pytest.approx(loss(found).item())


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, row=st.integers(1, 5), column=st.integers(1, 5))
def test_total_variation_of_parts_adds_up(seed: int, row: int, column: int) -> None:
    picture = features(seed)
    total = 0.0
    for rows in ((0, row), (row, 6)):
        for columns in ((0, column), (column, 6)):
            seen = picture[:, :, rows[0] : rows[1] + 1, columns[0] : columns[1] + 1]
            size = rows[1] - rows[0], columns[1] - columns[0]
            total += TVLoss()(seen, size).item() * size[0] * size[1] / 36
    assert total == pytest.approx(TVLoss()(picture).item())


def test_total_variation_of_a_step() -> None:
    picture = torch.zeros(1, 1, 2, 4)
    picture[..., 2:] = 3.0  # two rows, each with one difference of 3, on 8 pixels
    assert TVLoss()(picture).item() == pytest.approx(18 / 8)
    assert TVLoss()(torch.full((1, 3, 4, 4), 0.7)).item() == 0


def test_a_sum_gives_each_loss_its_own_input_and_weight() -> None:
    target = features(1)
    loss = SumLoss({"here": ContentLoss(target), "there": TVLoss()}, {"here": 2.0, "there": 0.5})
    found = features(2)
    by_hand = 2 * ContentLoss(target)(found) + 0.5 * TVLoss()(target)
    assert loss({"here": found, "there": target}).item() == pytest.approx(by_hand.item())
