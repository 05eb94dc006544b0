from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.catalog.gguf import read_gguf_header, read_gguf_lists
from studio.catalog.precision import precision_of
from studio.catalog.probe import TensorInfo
from studio.domain.errors import ModelRefused
from tests.support.model_files import write_gguf

SHAPES = {"a.weight": (64, 512), "b": (7,)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_gguf(tmp_path / "a.gguf", SHAPES, "Q4_K")


def test_a_good_header_tells_everything(file: Path) -> None:
    header = read_gguf_header(file)
    assert header.tensors == {
        "a.weight": TensorInfo("Q4_K", (64, 512)),
        "b": TensorInfo("F32", (7,)),
    }
    assert header.metadata == {"general.architecture": "flux"}
    assert header.parameters == 64 * 512 + 7
    assert precision_of(header) == "gguf Q4_K"


def test_lists_are_read_where_they_are_asked_for(file: Path) -> None:
    asked = ("tokens", "numbers", "general.architecture", "nothing")
    assert read_gguf_lists(file, asked) == {"tokens": ["a", "b"], "numbers": [0, 0, 0]}
    file.write_bytes(file.read_bytes()[:120])
    with pytest.raises(ModelRefused):
        read_gguf_lists(file, asked)


def test_a_list_of_what_are_no_numbers_is_refused(file: Path) -> None:
    content = b"GGUF" + struct.pack("<IQQQ1sIIQf", 3, 0, 1, 1, b"k", 9, 6, 1, float("nan"))
    file.write_bytes(content)
    with pytest.raises(ModelRefused, match="damaged"):
        read_gguf_lists(file, ("k",))


def test_every_cut_is_told(file: Path) -> None:
    content = file.read_bytes()
    for length in range(0, len(content), max(1, len(content) // 200)):
        file.write_bytes(content[:length])
        with pytest.raises(ModelRefused, match=r"a\.gguf (is no GGUF|is damaged|ends too early)"):
            read_gguf_header(file)


HEAD = b"GGUF" + struct.pack("<IQQ", 3, 1, 0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**40, 0), "more than"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**40), "more than"),
        (HEAD + struct.pack("<Q", 2**62), "damaged"),
        (HEAD + struct.pack("<Q", 1) + b"a" + struct.pack("<I", 9), "damaged"),
        (HEAD + struct.pack("<Q1sIQIQ", 1, b"a", 1, 8, 99, 0), "kind that isn't known"),
        (HEAD + struct.pack("<Q1sIQIQ", 1, b"\xff", 1, 8, 0, 0), "damaged"),
        (HEAD + struct.pack("<Q1sIQIQ", 1, b"a", 1, 2**60, 0, 0), "too early"),
        (HEAD + struct.pack("<Q1sIQIQ", 1, b"a", 1, 33, 8, 0), "damaged"),
        (b"GGUF" + struct.pack("<IQQQ1sI", 3, 0, 1, 1, b"k", 77), "damaged"),
        (b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 8, 2**60), "damaged"),
        (b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 9, 4), "damaged"),
    ],
)
def test_hostile_files_are_refused_by_name(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ModelRefused, match=words):
        read_gguf_header(file)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_damage_is_refused_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    file = write_gguf(tmp_path / "a.gguf", SHAPES)
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 250))] = data.draw(st.integers(0, 255))
    file.write_bytes(content)
    try:
        header = read_gguf_header(file)
    except ModelRefused as error:
        assert error.sentence.endswith(".")
    else:
        assert len(header.tensors) <= 2


def test_the_weights_are_never_read(tmp_path: Path) -> None:
    file = write_gguf(tmp_path / "huge.gguf", {"a": (2**18, 2**18)})
    assert file.stat().st_size > 2**36
    assert read_gguf_header(file).parameters == 2**36
