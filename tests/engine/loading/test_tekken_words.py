"""Mistral's words out of a text encoder's file."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.domain.errors import ModelRefused
from studio.engine.loading.tekken_words import TEKKEN, tekken_tokenizer
from studio.engine.loading.tensors import Tensors
from tests.support.chat_files import tekken_words
from tests.support.flow_files import write_file
from tests.support.gguf_files import GgufWords, write_gguf
from tests.support.llama_files import words_of


def tokenizer(folder: Path, words: torch.Tensor) -> Any:
    path = write_file({TEKKEN: words}, folder / "mistral.safetensors")
    return tekken_tokenizer([Tensors.of(path)])


def test_words_follow_the_control_words(tmp_path: Path) -> None:
    words = tokenizer(tmp_path, tekken_words())
    assert words("cat?", add_special_tokens=False).input_ids == [20 + 256, 20 + 116, 20 + 63]
    assert words.decode([20 + 256, 20 + 116]) == "cat"


def test_a_conversation_is_said_as_published(tmp_path: Path) -> None:
    words = tokenizer(tmp_path, tekken_words())
    messages = [
        {"role": role, "content": [{"type": "text", "text": "ca"}]} for role in ("system", "user")
    ]
    told = words.apply_chat_template(
        [messages],
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
        padding="max_length",
        truncation=True,
        max_length=9,
    )
    # <pad>, <s>, [SYSTEM_PROMPT], ca, [/SYSTEM_PROMPT], [INST], ca, [/INST]
    assert told.input_ids.tolist() == [[5, 5, 1, 6, 276, 7, 3, 276, 4]]
    assert told.attention_mask.tolist() == [[0, 0, 1, 1, 1, 1, 1, 1, 1]]


def test_a_word_spelled_as_a_control_word_is_that(tmp_path: Path) -> None:
    content = json.loads(bytes(tekken_words().tolist()))
    content["vocab"][256]["token_bytes"] = base64.b64encode(b"<s>").decode()
    words = tokenizer(tmp_path, torch.tensor(list(json.dumps(content).encode()), dtype=torch.uint8))
    assert words.convert_tokens_to_ids("<s>") == words.bos_token_id == 1


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"config": 3}', b"\xff", b"[" * 100_000])
def test_damaged_words_are_refused(tmp_path: Path, content: bytes) -> None:
    words = torch.tensor(list(content), dtype=torch.uint8)
    with pytest.raises(ModelRefused, match="damaged"):
        tokenizer(tmp_path, words)


def test_missing_words_are_refused(tmp_path: Path) -> None:
    content = json.loads(bytes(tekken_words().tolist()))
    del content["vocab"][3]
    words = torch.tensor(list(json.dumps(content).encode()), dtype=torch.uint8)
    with pytest.raises(ModelRefused, match="damaged"):
        tokenizer(tmp_path, words)


@pytest.mark.parametrize("controls", [-1, 10**12])
def test_hostile_numbers_of_control_words_are_refused(tmp_path: Path, controls: int) -> None:
    content = json.loads(bytes(tekken_words().tolist()))
    content["config"]["default_num_special_tokens"] = controls
    content["config"]["default_vocab_size"] = controls + 257
    words = torch.tensor(list(json.dumps(content).encode()), dtype=torch.uint8)
    with pytest.raises(ModelRefused, match="damaged"):
        tokenizer(tmp_path, words)


def test_a_hostile_word_is_refused(tmp_path: Path) -> None:
    content = json.loads(bytes(tekken_words().tolist()))
    content["vocab"][256]["token_bytes"] = base64.b64encode(b"a" * 100_000).decode()
    words = torch.tensor(list(json.dumps(content).encode()), dtype=torch.uint8)
    with pytest.raises(ModelRefused, match="damaged"):
        tokenizer(tmp_path, words)


def test_a_file_without_words_says_what_to_use(tmp_path: Path) -> None:
    path = write_file({"model.norm.weight": torch.ones(2)}, tmp_path / "a.safetensors")
    with pytest.raises(ModelRefused, match="diffusers folder"):
        tekken_tokenizer([Tensors.of(path)])


def packed_words(folder: Path, words: GgufWords) -> Any:
    gguf = pytest.importorskip("gguf")
    path = folder / "mistral.gguf"
    write_gguf({"norm": torch.ones(1)}, path, gguf.GGMLQuantizationType.F32, "llama", words)
    return tekken_tokenizer([Tensors.of(path)])


def test_words_of_a_gguf_file_are_the_same(tmp_path: Path) -> None:
    words = tokenizer(tmp_path, tekken_words())
    packed = packed_words(tmp_path, words_of(words))
    text = "[INST]A cat, cafés 12\n\n[/INST]"
    assert packed(text).input_ids == words(text).input_ids
    assert packed.get_vocab() == words.get_vocab()
    assert (packed.bos_token_id, packed.pad_token_id) == (1, 5)


@pytest.mark.parametrize(
    "change",
    [{"merges": ["c zz"]}, {"merges": [""]}, {"kinds": [3]}, {"tokens": ["a"] * 277}],
)
def test_damaged_words_of_a_gguf_file_are_refused(tmp_path: Path, change: Any) -> None:
    words = words_of(tokenizer(tmp_path, tekken_words()))
    with pytest.raises(ModelRefused, match="damaged"):
        packed_words(tmp_path, dataclasses.replace(words, **change))


def test_a_gguf_file_without_words_says_what_to_use(tmp_path: Path) -> None:
    gguf = pytest.importorskip("gguf")
    path = write_gguf({"norm": torch.ones(1)}, tmp_path / "a.gguf", gguf.GGMLQuantizationType.F32)
    with pytest.raises(ModelRefused, match="diffusers folder"):
        tekken_tokenizer([Tensors.of(path)])
