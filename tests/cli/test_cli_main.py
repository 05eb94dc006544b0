from __future__ import annotations

import subprocess
import sys

import pytest

from studio import __version__
from studio.cli import main


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pentimento {__version__}\n"
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for command in ("generate", "upscale", "doctor", "benchmark", "train"):
        assert command in shown


@pytest.mark.parametrize(
    "argv",
    [
        ["paint"],
        ["generate"],
        ["generate", "a fox"],
        ["generate", "a fox", "--out", "a.png", "--steps", "many"],
        ["train", "nothing"],
        ["benchmark", "nothing"],
    ],
)
def test_a_wrong_command_line_is_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "usage: pentimento" in said.err


def test_train_hands_its_options_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "embedded", "--help"]) == 0
    assert "pentimento train embedded" in capsys.readouterr().out
    assert main(["train", "embedded", "--no-such-option"]) == 2


def test_no_display_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux lacks a display")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 1
    assert "no display" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [["--help"], ["generate", "--help"], ["upscale", "--help"], ["benchmark", "--help"], ["paint"]],
)
def test_what_is_heavy_is_not_imported_to_read_the_command_line(argv: list[str]) -> None:
    code = (
        "import sys; from studio.cli import main; main(sys.argv[1:]); "
        "assert not {'torch', 'PySide6', 'diffusers', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-P", "-c", code, *argv], capture_output=True, check=True)
