"""What counts as a word, in every script."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.library.query.words import folded, searchable, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A cat, in the_snow!", ["a", "cat", "in", "the", "snow"]),
        ("Crème brûlée", ["creme", "brulee"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("ﬁne Ｆｕｌｌ", ["fine", "full"]),
        ("雪の猫 cat", ["雪", "の", "猫", "cat"]),
        ("🦊❄️ fox", ["🦊", "❄", "fox"]),
        ("\0 \ud800 -- “”", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@settings(deadline=None)
@given(st.text())
def test_what_is_in_the_index_has_the_same_words_and_only_spaces_between(text: str) -> None:
    assert words_of(searchable(text)) == words_of(text)
    assert " ".join(words_of(text)) == searchable(text)


@settings(deadline=None)
@given(st.text())
def test_a_folded_name_is_folded(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_names_differ_in_more_than_accents_and_capitals() -> None:
    assert folded("  Älpha   One ") == "alpha one"
    assert folded("alpha-one") != folded("alpha one")
