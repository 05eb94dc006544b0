"""YAML that somebody else wrote: plain values or nothing, and soon."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog.bounded import MAX_YAML_BYTES, parse_yaml, read_yaml


def test_plain_values_are_read(tmp_path: Path) -> None:
    text = "license: mit\ntags:\n- a\n- b\nmine:\n  loras: |\n    x\n    y\n"
    (tmp_path / "a.yaml").write_text(text)
    record = {"license": "mit", "tags": ["a", "b"], "mine": {"loras": "x\ny\n"}}
    assert read_yaml(tmp_path / "a.yaml") == record
    assert read_yaml(tmp_path / "missing.yaml") == {}


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 65_000,
        b"{" * 65_000,
        b"{" * 900,
        b"a: &a [1]\nb: *a",
        b"a: !!python/object/apply:os.system [id]",
        b"a: 1\n" * 20_000,
        b"- a\n- b",
        b"a: b: c",
        b"\xff\xfe\x00",
        b"2001-02-30: 1",
    ],
)
def test_what_is_hostile_or_no_mapping_is_empty(text: bytes) -> None:
    assert parse_yaml(text) == {}


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: 1\n" + b"#" * MAX_YAML_BYTES)
    assert read_yaml(tmp_path / "a.yaml") == {}


@given(st.text(alphabet="ab: -|>[]{}&*!%@`'\"#\n\t,?01~<", max_size=200))
def test_any_text_is_a_mapping_or_nothing(text: str) -> None:
    assert isinstance(parse_yaml(text.encode()), dict)
