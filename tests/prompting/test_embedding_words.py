"""Embeddings that a prompt names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.prompting import embeddings_in, spell_embeddings

KNOWN = ("EasyNegative", "bad-hands-5", "easy", "v1.3", "ink")


@pytest.mark.parametrize(
    ("prompt", "named"),
    [
        ("easynegative, bad", ("EasyNegative",)),
        ("embedding:EASYNEGATIVE, bad", ("EasyNegative",)),
        ("(embedding:ink:1.2)", ("ink",)),
        ("(ink:1.2), Ink.", ("ink",)),
        ("ink v1.3 ink", ("ink", "v1.3")),
        ("easynegatives, inky, think, pen-ink, bad-hands-55", ()),
        ("Bad-Hands-5", ("bad-hands-5",)),
        ("embedding:unknown_one, ink", ("unknown_one", "ink")),
        ("embedding: ink", ("ink",)),
        ("embedding of words", ()),
        ("", ()),
    ],
)
def test_what_a_prompt_names(prompt: str, named: tuple[str, ...]) -> None:
    assert embeddings_in(prompt, KNOWN) == named


def test_each_is_spelled_where_it_stands() -> None:
    spelled = spell_embeddings("a EMBEDDING:ink b, ink c", KNOWN, lambda name: f"[{name}]")
    assert spelled == "a [ink] b, [ink] c"


def test_nothing_known_and_nothing_named_leaves_the_prompt() -> None:
    assert spell_embeddings("a cat", (), lambda name: "!") == "a cat"


@given(st.text(), st.lists(st.text(min_size=1), max_size=5))
def test_any_text_with_any_names(prompt: str, known: list[str]) -> None:
    seen: list[str] = []

    def note(name: str) -> str:
        seen.append(name)
        return ""

    spell_embeddings(prompt, known, note)
    assert embeddings_in(prompt, known) == tuple(dict.fromkeys(seen))


@given(st.lists(st.sampled_from(["ink", "easy", "a cat", "rain"]), min_size=1))
def test_named_words_are_found_among_others(words: list[str]) -> None:
    expected = tuple(dict.fromkeys(word for word in words if word in ("ink", "easy")))
    assert embeddings_in(", ".join(words), KNOWN) == expected
