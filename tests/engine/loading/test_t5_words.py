"""T5's words from the studio's own copy: the numbers that T5 was trained with."""

from __future__ import annotations

import pytest

from studio.engine.loading.t5_words import TOKENS, t5_tokenizer

TOKENIZER = t5_tokenizer()


def test_there_are_as_many_as_t5_has() -> None:
    assert len(TOKENIZER) == 32_100
    assert TOKENIZER.model_max_length == TOKENS == 512
    assert (TOKENIZER.pad_token_id, TOKENIZER.eos_token_id, TOKENIZER.unk_token_id) == (0, 1, 2)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        # As published with T5's documentation.
        (
            "translate English to German: How old are you?",
            [13959, 1566, 12, 2968, 10, 571, 625, 33, 25, 58],
        ),
        ("a cat", [3, 9, 1712]),
        ("", []),
        ("<extra_id_0>", [32_099]),
    ],
)
def test_words_have_their_numbers(text: str, numbers: list[int]) -> None:
    assert TOKENIZER(text).input_ids == [*numbers, 1]


def test_letters_are_made_alike_and_spaces_are_one() -> None:
    assert TOKENIZER("ﬁne  \t½").input_ids == TOKENIZER("fine 1⁄2").input_ids


def test_unknown_letters_are_unknown() -> None:
    assert 2 in TOKENIZER("日").input_ids
