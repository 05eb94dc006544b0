"""Two texts, word by word: what is removed and added makes the one out of the other."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.library.lineage.word_difference import Change, Part, word_difference

KEPT, REMOVED, ADDED = Change.KEPT, Change.REMOVED, Change.ADDED

WORDS = ["a", "red", "blue", "boat", ",", "(", ")", "1.2", "\n"]
few_words = st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)
some_texts = st.text(max_size=200) | few_words


def made_of(parts: tuple[Part, ...], *changes: Change) -> str:
    return "".join(part.text for part in parts if part.change in changes)


@given(some_texts, some_texts)
def test_applied_to_the_one_text_it_gives_the_other(before: str, after: str) -> None:
    parts = word_difference(before, after)
    assert made_of(parts, KEPT, REMOVED) == before
    assert made_of(parts, KEPT, ADDED) == after
    assert all(part.text for part in parts)


@given(some_texts)
def test_a_text_differs_not_from_itself(text: str) -> None:
    assert word_difference(text, text) == ((Part(KEPT, text),) if text else ())


@given(some_texts, some_texts)
def test_what_is_kept_and_changed_alternates(before: str, after: str) -> None:
    kinds = [part.change for part in word_difference(before, after)]
    assert all((one, other) != (ADDED, REMOVED) and one != other for one, other in pairwise(kinds))


@given(some_texts, some_texts, some_texts, some_texts)
def test_what_both_begin_and_end_with_is_kept(
    start: str, before: str, after: str, end: str
) -> None:
    start, end = f"{start} .", f". {end}"
    parts = word_difference(start + before + end, start + after + end)
    assert parts[0].change is KEPT and parts[0].text.startswith(start)
    assert parts[-1].change is KEPT and parts[-1].text.endswith(end)


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        (
            "a red boat",
            "a blue boat",
            [(KEPT, "a "), (REMOVED, "red"), (ADDED, "blue"), (KEPT, " boat")],
        ),
        (
            "an old tree",
            "one young tree",
            [(REMOVED, "an old"), (ADDED, "one young"), (KEPT, " tree")],
        ),
        ("an owl", "an owl at night", [(KEPT, "an owl"), (ADDED, " at night")]),
        (
            "(moon:1.2), don't",
            "(moon:1.35), don't",
            [(KEPT, "(moon:"), (REMOVED, "1.2"), (ADDED, "1.35"), (KEPT, "), don't")],
        ),
        ("", "new", [(ADDED, "new")]),
        ("", "", []),
    ],
)
def test_words_are_whole(before: str, after: str, parts: list[tuple[Change, str]]) -> None:
    assert word_difference(before, after) == tuple(Part(*part) for part in parts)


def test_long_texts_are_aligned_by_their_rare_words() -> None:
    words = [f"word{number}" for number in range(2000)]
    changed = list(words)
    changed[1000] = "other"
    del changed[300:310]
    changed.insert(1500, "more")
    before, after = ", ".join(words), ", ".join(changed)
    parts = word_difference(before, after)
    assert made_of(parts, KEPT, REMOVED) == before and made_of(parts, KEPT, ADDED) == after
    assert made_of(parts, ADDED).replace(", ", " ").split() == ["other", "more"]
    assert len(made_of(parts, REMOVED).replace(",", "").split()) == 11


@pytest.mark.parametrize("vocabulary", [1, 2, 30, 3000])
def test_of_twenty_thousand_characters_no_text_takes_long(vocabulary: int) -> None:
    choose = random.Random(vocabulary)  # noqa: S311
    words = [chr(97 + number % 26) * (1 + number // 26 % 5) for number in range(vocabulary)]
    before, after = (" ".join(choose.choices(words, k=9000))[:20_000] for _ in range(2))
    parts = word_difference(before, after)
    assert made_of(parts, KEPT, REMOVED) == before and made_of(parts, KEPT, ADDED) == after
