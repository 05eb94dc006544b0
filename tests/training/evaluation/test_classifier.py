"""Answers have the promised shapes and sum to one; kinds join what is one thing."""

from __future__ import annotations

import torch

from studio.training.concepts import Concept, curriculum
from studio.training.evaluation.classifier import Classifier, kinds_of


def test_it_gives_a_probability_to_every_pair_of_kind_and_hand() -> None:
    classifier = Classifier(["cat", "dog", "fox"], ["flat", "soft"]).eval()
    known, features = classifier(torch.zeros(4, 3, 64, 64))
    assert known.shape == (4, 3, 2)
    assert features.shape == (4, 192)
    assert torch.allclose(known.exp().sum((1, 2)), torch.ones(4), atol=1e-5)


def test_colours_and_age_make_no_other_kind() -> None:
    words = {"a": "apple", "b": "green apple", "c": "old key", "d": "key", "e": "orange"}
    kinds = kinds_of([Concept(name, (word,)) for name, word in words.items()])
    assert kinds == {"a": "apple", "b": "apple", "c": "key", "d": "key", "e": "orange"}


def test_words_that_name_another_thing_stay() -> None:
    kinds = kinds_of(curriculum())
    assert kinds["mobile-phone"] != kinds["telephone"]
    assert kinds["light-bulb"] == "bulb" != kinds["tulip"]
    assert len(set(kinds.values())) > 290
