"""The trainer learns, and a run that was cut in two ends in the same bits as one that was not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.training.autoencoder import fit, psnr, to_tensor
from studio.training.batches import compose
from studio.training.denoiser import Trainer
from studio.training.drawings import Drawings
from studio.training.networks import build_scheduler
from tests.support.tiny_training import TINY, fitted

SHORT = replace(TINY, warmup_steps=2, steps=6)


@pytest.fixture
def new_trainer(drawings: Drawings) -> object:
    parts = fitted(drawings)
    return lambda recipe=SHORT: Trainer(recipe, drawings, *parts)


def state(trainer: Trainer) -> list[torch.Tensor]:
    averages = list(trainer.average.values())
    return [*(p.detach().clone() for p in trainer.model.parameters()), *averages]


def test_a_resumed_run_ends_in_the_same_bits(new_trainer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    whole = new_trainer()
    whole.run(tmp_path / "whole.pt", lambda line: None)
    first = new_trainer()
    for _ in range(2):
        first.train_step(compose(first.drawings, TINY, first.step))
    first.save(tmp_path / "half.pt")
    second = new_trainer()
    second.load(tmp_path / "half.pt")
    second.run(tmp_path / "second.pt", lambda line: None)
    assert whole.step == second.step == 6
    for one, other in zip(state(whole), state(second), strict=True):
        assert torch.equal(one, other)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".pt"] * 3  # no partial file


def test_every_parameter_learns(new_trainer) -> None:  # type: ignore[no-untyped-def]
    trainer = new_trainer()
    before = {name: p.detach().clone() for name, p in trainer.model.named_parameters()}
    for _ in range(2):
        trainer.train_step(compose(trainer.drawings, TINY, trainer.step))
    still = {n for n, p in trainer.model.named_parameters() if torch.equal(p, before[n])}
    assert still == set()


def test_the_loss_falls(new_trainer) -> None:  # type: ignore[no-untyped-def]
    trainer = new_trainer()
    pictures, captions = compose(trainer.drawings, TINY, 0)
    before = trainer.loss(pictures, captions).item()
    for _ in range(5):
        trainer.train_step(compose(trainer.drawings, TINY, trainer.step))
    trainer.step = 0  # the same noise and times as before
    assert trainer.loss(pictures, captions).item() < 0.98 * before


def test_the_rate_warms_up_and_ends_at_nothing(new_trainer) -> None:  # type: ignore[no-untyped-def]
    trainer = new_trainer()
    scales = []
    for trainer.step in range(7):
        scales.append(trainer.lr_scale())
    assert scales[0] == 0.5
    assert scales[1:5] == [1.0] * 4
    assert 0 < scales[5] < 1
    assert scales[6] == 0


def test_latents_have_a_deviation_of_one(drawings: Drawings) -> None:
    pictures = np.concatenate([compose(drawings, TINY, step)[0] for step in range(20)])
    tensor = to_tensor(pictures)
    vae = fit(tensor, 16)
    latents = vae.encode(tensor).latent_dist.mode() * vae.config.scaling_factor
    assert latents.square().mean().item() == pytest.approx(1, abs=1e-3)
    assert psnr(vae, tensor) > psnr(fit(tensor, 4), tensor) > 15


def test_the_schedule_ends_in_noise_but_not_beyond() -> None:
    left = build_scheduler().alphas_cumprod[-1].sqrt().item()
    assert 0.003 < left < 0.01


@pytest.mark.parametrize("objective", ["v_prediction", "sample"])
def test_a_perfect_net_has_no_error_whatever_it_predicts(
    new_trainer, drawings: Drawings, objective: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    trainer = new_trainer(replace(SHORT, objective=objective))

    def perfect(latents, noise, times, words):  # type: ignore[no-untyped-def]
        if objective == "sample":
            return latents
        return trainer.scheduler.get_velocity(latents, noise, times)

    monkeypatch.setattr(trainer, "predict", perfect)
    assert float(trainer.loss(*compose(drawings, TINY, 0))) < 1e-9
    latents = trainer.encode(compose(drawings, TINY, 0)[0])
    noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(1))
    times = torch.tensor([0, 300, 600, 999])
    answer = perfect(latents, noise, times, None)
    seen = trainer.picture_of(answer, latents, noise, times)
    assert torch.allclose(seen, latents, atol=1e-4)
