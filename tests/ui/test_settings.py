"""What the window remembers survives a restart; what can't be read counts as never set."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from studio.ui.settings import FILE_NAME, Settings


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.theme = "light"
    settings.request = '{"prompt":"eine Eule, “nachts”"}'
    settings.keep_seed = True
    settings.geometry = QByteArray(b"\x00\x01geometry")
    settings.layout = QByteArray(b"\xfflayout")
    settings.export_folder = "/home/äther/Bilder"
    settings.export_format = "WebP"
    settings.export_quality = 71
    settings.export_left_out = ("parameters", "prompt")
    settings.prompt_writer = "Ä. Meyer, Wien"
    settings.open_folder = "/photos"
    settings.pictures_folder = "/pictures"
    settings.sync()

    again = Settings(tmp_path)
    assert again.theme == "light"
    assert again.request == '{"prompt":"eine Eule, “nachts”"}'
    assert again.keep_seed
    assert again.geometry == QByteArray(b"\x00\x01geometry")
    assert again.layout == QByteArray(b"\xfflayout")
    assert again.export_folder == "/home/äther/Bilder"
    assert (again.export_format, again.export_quality) == ("WebP", 71)
    assert again.export_left_out == ("parameters", "prompt")
    assert again.prompt_writer == "Ä. Meyer, Wien"
    assert (again.open_folder, again.pictures_folder) == ("/photos", "/pictures")


def test_a_first_start_has_defaults(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "not" / "there" / "yet")
    assert settings.theme == "dark"
    assert settings.request == ""
    assert settings.geometry.isEmpty()
    assert settings.export_quality == 92
    assert settings.export_left_out == ()
    assert settings.prompt_writer == ""
    assert not settings.keep_seed


@pytest.mark.parametrize("quality", ["0", "101", "-3", "best", "9" * 400])
def test_an_impossible_quality_counts_as_never_set(tmp_path: Path, quality: str) -> None:
    (tmp_path / FILE_NAME).write_text(f"[export]\nquality={quality}\n")
    assert Settings(tmp_path).export_quality == 92


def test_a_damaged_file_counts_as_a_first_start(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(bytes(range(256)) * 20)
    settings = Settings(tmp_path)
    assert settings.theme == "dark"
    assert settings.geometry.isEmpty()


def test_what_is_remembered_is_read_before_the_library_is_imported() -> None:
    code = (
        "import sys, studio.ui.main_window; print({'numpy', 'PIL', 'sqlite3'} & sys.modules.keys())"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
