from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.domain.errors import StorageError
from studio.domain.file_names import MAX_NAME_BYTES, safe_name
from studio.library.files.names import output_path

any_text = st.text(st.characters(codec=None), max_size=300)


@given(any_text)
@example("..")
@example("../../etc/passwd")
@example("C:\\Windows\\x")
@example("\\\\server\\share")
@example("a\0b")
@example("CON.png")
@example("nul")
@example(". . .")
@example("é" * 300 + ".png")
@example("name.png. ")
@example("\u202egnp.exe")
def test_any_text_becomes_the_name_of_one_visible_file(text: str) -> None:
    name = safe_name(text)
    assert 0 < len(name.encode()) <= MAX_NAME_BYTES
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t')
    assert name.isprintable()
    assert name[0] not in ". "
    assert name[-1] not in ". "
    assert name.split(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}
    assert safe_name(name) == name


@given(st.lists(any_text, min_size=1, max_size=4))
def test_every_path_stays_below_its_base(parts: list[str]) -> None:
    base = Path("/tmp/pictures")  # noqa: S108 (nothing is written)
    path = output_path(base, *parts)
    assert len(path.relative_to(base).parts) == len(parts)
    assert os.path.normpath(path) == str(path)


def test_shortening_keeps_the_suffix() -> None:
    assert safe_name("x" * 500 + ".png") == "x" * 116 + ".png"


def test_composed_and_decomposed_names_are_one() -> None:
    assert safe_name("e\u0301.png") == safe_name("\u00e9.png")


def test_ordinary_names_stay() -> None:
    for name in ("00001-42.png", "Kätzchen im Schnee (2).webp", "猫.jpg"):
        assert safe_name(name) == name


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    base = tmp_path / "pictures"
    base.mkdir()
    (base / "2026-11-21").symlink_to(tmp_path)
    with pytest.raises(StorageError, match="leads out"):
        output_path(base, "2026-11-21", "00001-1.png")


def test_a_base_that_is_a_link_itself_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "pictures").symlink_to(tmp_path / "real")
    path = output_path(tmp_path / "pictures", "a.png")
    assert path == tmp_path / "pictures" / "a.png"
