"""Qwen's words from the studio's own copy: the numbers that Qwen was trained with."""

from __future__ import annotations

import hashlib
import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.resources import RESOURCES
from studio.engine.loading.qwen_words import qwen3_tokenizer, qwen25_tokenizer

OF_3 = qwen3_tokenizer()
OF_25 = qwen25_tokenizer()


def test_the_merges_are_those_that_were_published() -> None:
    folder = RESOURCES / "tokenizers"
    packed = (folder / "qwen" / "merges.txt.xz").read_bytes()
    published = "599bab54075088774b1733fde865d5bd747cbcc7a547c5bc12610e874e26f5e3"
    assert hashlib.sha256(lzma.decompress(packed)).hexdigest() == published
    assert published in (folder / "CARD.md").read_text(encoding="utf-8")


def test_there_are_as_many_as_qwen_has() -> None:
    assert (len(OF_25), len(OF_3)) == (151_665, 151_669)
    assert (OF_3.pad_token_id, OF_3.eos_token_id) == (151_643, 151_645)


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("<|endoftext|>", 151_643),
        ("<|im_start|>", 151_644),
        ("<|im_end|>", 151_645),
        ("<|vision_start|>", 151_652),
        ("<|vision_end|>", 151_653),
        ("<|image_pad|>", 151_655),
        ("<tool_call>", 151_657),
        ("<|file_sep|>", 151_664),
    ],
)
def test_special_words_have_their_numbers(word: str, number: int) -> None:
    assert OF_25(word).input_ids == OF_3(word).input_ids == [number]


def test_only_qwen_3_thinks() -> None:
    assert OF_3("<think></think>").input_ids == [151_667, 151_668]
    assert len(OF_25("<think>").input_ids) > 1


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Hello, world!", [9707, 11, 1879, 0]),
        ("你好", [108_386]),
        ("", []),
    ],
)
def test_words_have_their_numbers(text: str, numbers: list[int]) -> None:
    assert OF_3(text).input_ids == numbers


def test_letters_are_composed() -> None:
    assert OF_3("e\u0301").input_ids == OF_3("\u00e9").input_ids


@given(st.text(alphabet=st.characters(max_codepoint=0x24F, exclude_categories=["Cs"])))
def test_nothing_is_lost(text: str) -> None:
    assert OF_3.decode(OF_3(text).input_ids) == OF_3.backend_tokenizer.normalizer.normalize_str(
        text
    )


def test_a_conversation_is_said_as_published() -> None:
    asked = [{"role": "user", "content": "a cat"}]
    thinking = OF_3.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    assert thinking == "<|im_start|>user\na cat<|im_end|>\n<|im_start|>assistant\n"
    at_once = OF_3.apply_chat_template(
        asked, tokenize=False, add_generation_prompt=True, enable_thinking=False
    )
    assert at_once == thinking + "<think>\n\n</think>\n\n"
