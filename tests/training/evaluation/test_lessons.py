"""The classifier's lessons: seeded, resumable to the same weights, kept once they are over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from studio.training.drawings import Drawings
from studio.training.evaluation import lessons
from studio.training.evaluation.classifier import Classifier
from studio.training.evaluation.lessons import School, trained_classifier, view
from studio.training.scenes import HANDS


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "BATCH", 4)


def _school(drawings: Drawings) -> School:
    kinds = sorted({"ball", "bars", "box", "disc", "ink"})
    return School(Classifier(kinds, tuple(HANDS)), drawings, steps=4)


def test_batches_are_a_function_of_their_number(drawings: Drawings) -> None:
    school, other = _school(drawings), _school(drawings)
    pictures, kinds, hands = school.batch()
    assert pictures.shape == (4, 3, 64, 64)
    assert kinds.shape == hands.shape == (4,)
    assert torch.equal(pictures, other.batch()[0])
    other.step = 1
    assert not torch.equal(pictures, other.batch()[0])


def test_a_view_shows_its_drawing(drawings: Drawings) -> None:
    rng = np.random.default_rng(0)
    views = [view(drawings, "flat", "box", rng) for _ in range(20)]
    assert all(each.shape == (64, 64, 3) and each.dtype == np.uint8 for each in views)
    assert all(each.std() > 5 for each in views)


def test_stopped_and_gone_on_it_ends_in_the_same_weights(
    drawings: Drawings, tmp_path: Path
) -> None:
    whole = _school(drawings)
    whole.run(tmp_path / "whole.pt", print)
    first = _school(drawings)
    first.classifier.train()
    first.train_step()
    first.train_step()
    first.save(tmp_path / "part.pt")
    second = _school(drawings)
    second.load(tmp_path / "part.pt")
    second.run(tmp_path / "part.pt", print)
    states = whole.classifier.state_dict(), second.classifier.state_dict()
    assert all(torch.equal(one, states[1][name]) for name, one in states[0].items())


def test_what_was_learnt_is_kept(drawings: Drawings, tmp_path: Path) -> None:
    once = trained_classifier(drawings, tmp_path, steps=2)
    (kept,) = tmp_path.glob("classifier-*.pt")
    written = kept.stat().st_mtime_ns
    again = trained_classifier(drawings, tmp_path, steps=2)
    assert kept.stat().st_mtime_ns == written
    assert not again.training
    picture = torch.zeros(1, 3, 64, 64)
    assert torch.equal(once(picture)[0], again(picture)[0])
