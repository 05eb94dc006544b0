"""RELIABILITY R13: the one function that names what is downloaded."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog.downloads.names import (
    clean_name,
    name_from_answer,
    repository_path,
)
from studio.domain.errors import DownloadError
from studio.domain.file_names import MAX_NAME_BYTES

DEVICES = {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "COM¹"}


@given(st.text())
def test_any_text_becomes_a_name_that_is_safe_everywhere(text: str) -> None:
    name = clean_name(text)
    assert 0 < len(name.encode()) <= MAX_NAME_BYTES
    assert not set(name) & set('/\\:*?"<>|\0')
    assert all(char.isprintable() for char in name)
    assert name[0] not in ". " and name[-1] not in ". "
    assert name.split(".")[0].strip().upper() not in DEVICES
    assert unicodedata.normalize("NFC", name) == name
    assert clean_name(name) == name


@given(st.text(), st.sampled_from([".safetensors", ".gguf"]))
def test_the_end_that_tells_the_format_stays(stem: str, suffix: str) -> None:
    assert Path(clean_name(f"{stem}a{suffix}")).suffix == suffix


@given(st.text())
def test_a_path_in_a_listing_stays_as_it_is_or_is_refused(text: str) -> None:
    try:
        path = repository_path(text)
    except DownloadError:
        return
    assert path == text
    base = Path("/models/.downloads/x/content")
    assert (base / path).resolve().is_relative_to(base)


@pytest.mark.parametrize(
    "path",
    [
        "model_index.json",
        "text_encoder/model-00001-of-00002.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "sdxl_models/ip-adapter-plus-face_sdxl_vit-h.safetensors",
        "tokenizer/special_tokens_map.json",
        "a b (1)+c=d,e.safetensors",
        "水彩.safetensors",
    ],
)
def test_real_paths_are_usable(path: str) -> None:
    assert repository_path(path) == path == str(PurePosixPath(path))


@pytest.mark.parametrize(
    ("url", "disposition", "expected"),
    [
        ("https://x.org/files/ink.safetensors?k=1", "", "ink.safetensors"),
        ("https://x.org/files/in%2Fk.safetensors", "", "k.safetensors"),
        ("https://x.org/api/42", 'attachment; filename="ink.safetensors"', "ink.safetensors"),
        ("https://x.org/api/42", "attachment; filename=ink.safetensors", "ink.safetensors"),
        (
            "https://x.org/api/42",
            "attachment; filename=\"a.bin\"; filename*=UTF-8''t%C3%BCr.safetensors",
            "tür.safetensors",
        ),
        ("https://x.org/api/42", 'attachment; filename="../../x.safetensors"', "x.safetensors"),
        ("https://x.org/api/42", 'attachment; filename="C:\\\\a\\\\x.gguf"', "x.gguf"),
        ("https://x.org/api/42", "attachment; filename*=UTF-8''..%2F..%2Fx.gguf", "x.gguf"),
        ("https://x.org/", "", "_"),
        ("https://x.org/..", "", "_"),
    ],
)
def test_what_a_file_is_called(url: str, disposition: str, expected: str) -> None:
    assert name_from_answer(url, disposition) == expected
