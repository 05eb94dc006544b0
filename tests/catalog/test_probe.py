from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors.numpy import load, save

from studio.catalog.probe import MAX_HEADER_BYTES, MAX_TENSORS, TensorInfo, read_header
from studio.domain.errors import ModelRefused

GOOD = save(
    {"a.weight": np.ones((2, 3), np.float16), "b": np.arange(5, dtype=np.int64)},
    {"modelspec.title": "A cat"},
)


def safetensors(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def one(dtype: object = "F32", shape: object = (1,), offsets: object = (0, 4)) -> bytes:
    entry = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
    return safetensors({"a": entry}, b"\0" * 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


def test_a_good_header_tells_everything(path: Path) -> None:
    path.write_bytes(GOOD)
    header = read_header(path)
    assert header.tensors == {"a.weight": TensorInfo("F16", (2, 3)), "b": TensorInfo("I64", (5,))}
    assert header.metadata == {"modelspec.title": "A cat"}
    assert header.parameters == 11


def test_every_length_of_a_header_is_told_from_a_pickle(path: Path) -> None:
    # A header of 640 bytes begins with the bytes of a pickle, one of 60 with “<”.
    for length in range(56, 1500, 4):
        text = json.dumps({"__metadata__": {"": ""}}).encode().ljust(length)
        path.write_bytes(safetensors(text))
        assert read_header(path).tensors == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\1\2\3", "cut off"),
        (GOOD[:8], "cut off"),
        (GOOD[:60], "cut off"),
        (GOOD[:-1], "cut off"),
        (GOOD + b"\0", "contradicts itself"),
        (pickle.dumps({"weight": [1.0]}), "is a pickle"),
        (pickle.dumps({"weight": [1.0]}, protocol=2), "is a pickle"),
        (b"PK\x03\x04" + b"\0" * 100, "is a pickle"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\n\n  <html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "damaged"),
        (struct.pack("<Q", 2**63) + b"{}", "larger"),
        (struct.pack("<Q", MAX_HEADER_BYTES + 1) + b"{}", "larger"),
        (struct.pack("<Q", 1000) + b"{}", "cut off"),
        (safetensors(b"{not json"), "not JSON"),
        (safetensors(b'{"a":' * 50_000), "not JSON"),
        (safetensors(b"{\xff}"), "not JSON"),
        (safetensors({"a": None}), "contradicts"),
        (safetensors({"a": []}), "contradicts"),
        (safetensors({"a": {"dtype": "F32", "shape": [1]}}), "contradicts"),
        (safetensors({"__metadata__": {"a": 1}}), "contradicts"),
        (safetensors({"__metadata__": []}), "contradicts"),
        (one("F31"), "contradicts"),
        (one(["F32"]), "contradicts"),
        (one(shape=2), "contradicts"),
        (one(shape=[-1]), "contradicts"),
        (one(shape=[True]), "contradicts"),
        (one(shape=[1.0]), "contradicts"),
        (one(shape=[2**62, 2**62, 4]), "contradicts"),
        (one(shape=[1] * 17), "contradicts"),
        (one(offsets=[4, 0]), "contradicts"),
        (one(offsets=[0, 4, 8]), "contradicts"),
        (one(offsets=[1, 5]), "contradicts"),
        (one(offsets=[0]), "contradicts"),
        (one(offsets=7), "contradicts"),
        (one(shape=[2**40], offsets=[0, 2**42]), "cut off"),
    ],
)
def test_hostile_files_are_refused_by_name(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ModelRefused, match=words) as raised:
        read_header(path)
    assert raised.value.sentence.startswith("model.safetensors")


def test_overlapping_tensors_are_refused(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    path.write_bytes(safetensors({"a": entry, "b": entry}, b"\0" * 4))
    with pytest.raises(ModelRefused, match="contradicts"):
        read_header(path)


def test_too_many_tensors_are_refused(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    path.write_bytes(safetensors({str(i): entry for i in range(MAX_TENSORS)}))
    assert len(read_header(path).tensors) == MAX_TENSORS
    path.write_bytes(safetensors({str(i): entry for i in range(MAX_TENSORS + 1)}))
    with pytest.raises(ModelRefused, match="more than"):
        read_header(path)


def test_the_weights_are_never_read(path: Path) -> None:
    size = 2**40  # a sparse file: a terabyte that nobody could read in a test
    entry = {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}
    head = safetensors({"a": entry})
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + size)
    assert read_header(path).parameters == size


def test_a_missing_file_is_said(path: Path) -> None:
    with pytest.raises(ModelRefused, match="can't be read"):
        read_header(path)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_damage_is_refused_or_harmless(path: Path, data: st.DataObject) -> None:
    """What passes here is what the safetensors library itself would load."""
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 160))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        header = read_header(path)
    except ModelRefused as error:
        assert error.sentence.endswith(".")
        return
    try:
        tensors = load(bytes(content))
    except SafetensorError:
        return  # the library is stricter still
    except KeyError:
        return  # a dtype that numpy hasn't
    assert {name: tensor.shape for name, tensor in tensors.items()} == {
        name: tensor.shape for name, tensor in header.tensors.items()
    }


@given(st.dictionaries(st.text(max_size=9), st.lists(st.integers(0, 4), max_size=4), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_safetensors_writes_is_read(path: Path, shapes: dict[str, list[int]]) -> None:
    shapes.pop("__metadata__", None)
    path.write_bytes(save({name: np.zeros(shape, np.int16) for name, shape in shapes.items()}))
    header = read_header(path)
    assert {name: list(tensor.shape) for name, tensor in header.tensors.items()} == shapes
