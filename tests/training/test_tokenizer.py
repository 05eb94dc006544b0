"""The trained tokenizer is a CLIP tokenizer: whole words, any text, saved and loaded unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import CLIPTokenizer

from studio.training.tokenizer import END, START, train_tokenizer

TEXTS = ["a red apple on a blue background", "an apple and a pear", "two pears in the snow"] * 3


@pytest.fixture(scope="module")
def tokenizer() -> CLIPTokenizer:
    return train_tokenizer(TEXTS, vocab_size=700, max_length=16)


def test_words_of_the_captions_are_whole(tokenizer: CLIPTokenizer) -> None:
    assert tokenizer.tokenize("A red  apple") == ["a</w>", "red</w>", "apple</w>"]


def test_a_prompt_is_padded_and_cut_as_pipelines_expect(tokenizer: CLIPTokenizer) -> None:
    long = "apple " * 40
    tokens = tokenizer(["pear", long], padding="max_length", truncation=True).input_ids
    assert [len(ids) for ids in tokens] == [16, 16]
    start, end = tokenizer.convert_tokens_to_ids([START, END])
    assert tokens[0][0] == tokens[1][0] == start
    assert tokens[0][2:] == [end] * 14
    assert tokens[1][-1] == end
    assert max(map(max, tokens)) < len(tokenizer)


@given(st.text(max_size=20))
def test_any_text_falls_apart_into_known_tokens(tokenizer: CLIPTokenizer, text: str) -> None:
    tokens = tokenizer(text).input_ids
    end = tokenizer.convert_tokens_to_ids(END)
    assert tokens[-1] == end
    if START not in text and END not in text:
        assert end not in tokens[1:-1]  # it is also the unknown token: nothing is unknown


def test_saved_and_loaded_it_reads_alike(tokenizer: CLIPTokenizer, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path)
    again = CLIPTokenizer.from_pretrained(tmp_path)
    text = "two apples, naïve “snow”!"
    assert again(text).input_ids == tokenizer(text).input_ids
    assert again.model_max_length == 16
