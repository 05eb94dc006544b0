"""Damage leaves the picture recognisable, within its range, and the same for the same seed."""

from __future__ import annotations

import torch

from studio.training.evaluation.damage import damage


def test_it_is_the_same_for_the_same_seed_and_no_other() -> None:
    pictures = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    once, again, other = (damage(pictures, torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(once, again)
    assert not torch.equal(once, other)


def test_it_keeps_shape_range_and_large_forms() -> None:
    pictures = -torch.ones(8, 3, 64, 64)
    pictures[:, :, 16:48, 16:48] = 1
    damaged = damage(pictures, torch.Generator().manual_seed(0))
    assert damaged.shape == pictures.shape
    assert damaged.abs().max() <= 1
    assert (damaged[:, :, 26:38, 26:38].mean((1, 2, 3)) > 0.5).all()
    assert (damaged[:, :, :4].mean((1, 2, 3)) < -0.5).all()
    assert (damaged - pictures).abs().amax((1, 2, 3)).min() > 0.05
