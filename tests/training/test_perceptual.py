"""Pictures that look alike are near, others far; the denoiser learns from the difference."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from studio.training.autoencoder import to_tensor
from studio.training.batches import compose
from studio.training.denoiser import Trainer
from studio.training.drawings import Drawings
from studio.training.evaluation.classifier import Classifier
from studio.training.perceptual import PerceptualDistance
from studio.training.recipe import Recipe
from tests.support.tiny_training import TINY, fitted

WIDE = replace(TINY, latent_channels=8)


@pytest.fixture
def distance() -> PerceptualDistance:
    torch.manual_seed(0)
    return PerceptualDistance(Classifier(["disc", "box", "bars"], ["flat", "soft"]))


@pytest.fixture
def pictures(drawings: Drawings) -> Tensor:
    return to_tensor(compose(drawings, WIDE, 0)[0])


def new_trainer(drawings: Drawings, recipe: Recipe, distance: PerceptualDistance | None) -> Trainer:
    return Trainer(recipe, drawings, *fitted(drawings, WIDE), perceptual=distance)


def test_equal_pictures_have_no_distance_and_others_have_one(
    distance: PerceptualDistance, pictures: Tensor
) -> None:
    assert distance(pictures, pictures).tolist() == [0.0] * 4
    noise = torch.randn(pictures.shape, generator=torch.Generator().manual_seed(0))
    little, much = (distance(pictures, pictures + scale * noise) for scale in (0.05, 0.5))
    assert (little > 0).all()
    assert (much > little).all()
    assert (much <= 2).all()
    assert torch.allclose(distance(pictures + 0.5 * noise, pictures), much)


def test_pictures_learn_from_it_but_its_network_does_not(
    distance: PerceptualDistance, pictures: Tensor
) -> None:
    before = {name: value.clone() for name, value in distance.state_dict().items()}
    seen = (0.5 * pictures).requires_grad_()
    torch.autograd.backward(distance(seen, pictures).sum())
    assert seen.grad is not None
    assert seen.grad.isfinite().all()
    assert (seen.grad.flatten(1).norm(dim=1) > 0).all()
    after = distance.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert all(parameter.grad is None for parameter in distance.parameters())


@pytest.mark.parametrize("objective", ["v_prediction", "sample"])
def test_its_gradient_reaches_the_denoiser(
    drawings: Drawings, distance: PerceptualDistance, objective: str
) -> None:
    recipe = replace(WIDE, objective=objective, perceptual_weight=0.5)
    batch = compose(drawings, recipe, 0)
    gradients = []
    losses = []
    for perceptual in (None, distance):
        trainer = new_trainer(drawings, recipe, perceptual)
        loss = trainer.loss(*batch)
        torch.autograd.backward(loss)
        losses.append(loss.item())
        gradients.append(trainer.unet.conv_out.weight.grad.clone())
    assert 0 < losses[1] - losses[0] <= 2 * 0.5
    assert not torch.allclose(gradients[0], gradients[1], rtol=1e-2)


def test_learning_by_it_alone_brings_pictures_nearer(
    drawings: Drawings, distance: PerceptualDistance
) -> None:
    recipe = replace(WIDE, perceptual_weight=1000.0, warmup_steps=1, steps=1000)
    trainer = new_trainer(drawings, recipe, distance)
    batch = compose(drawings, recipe, 0)
    before = trainer.loss(*batch).item()
    for _ in range(12):
        trainer.train_step(batch)
    trainer.step = 0  # the same noise and times as before
    assert trainer.loss(*batch).item() < 0.95 * before
