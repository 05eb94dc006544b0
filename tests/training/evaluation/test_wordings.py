"""Every wording names the thing and its colour, and English stays English."""

from __future__ import annotations

import pytest

from studio.training.evaluation.wordings import PLAIN, UNKNOWN, USUAL, in_words
from studio.training.scenes import TINTS, Placed

WORDINGS = (*USUAL, *UNKNOWN)
OWL = Placed("owl", "owl", "flat", "orange")


def test_the_plain_wording_is_plain() -> None:
    assert in_words(OWL, PLAIN) == "an orange owl"
    assert in_words(Placed("cat-face", "cat", "flat", "black"), PLAIN) == "a black cat"


@pytest.mark.parametrize("tint", TINTS)
@pytest.mark.parametrize("wording", WORDINGS)
def test_no_wording_loses_the_thing_or_its_colour(wording: str, tint: str) -> None:
    words = in_words(Placed("owl", "owl", "flat", tint), wording)
    assert tint in words.lower()
    assert "owl" in words.lower()
    assert "{" not in words
    assert words != in_words(Placed("owl", "owl", "flat", tint), PLAIN)


def test_case_number_and_article_follow_the_wording() -> None:
    said = {wording: in_words(OWL, wording) for wording in WORDINGS}
    assert said["{A_BLUE} {CAT}"] == "AN ORANGE OWL"
    assert said["some {blue} {cats}"] == "some orange owls"
    assert said["a quixotic {blue} {cat}"] == "a quixotic orange owl"
    assert said["{a_blue} quixotic {cat}"] == "an orange quixotic owl"
