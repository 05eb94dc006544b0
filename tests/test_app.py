"""What the composition itself does: files go to the desktop's trash, errors into the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.app import log_uncaught, move_to_trash
from studio.domain.errors import StorageError


def test_a_file_goes_to_the_trash_and_its_place_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    path = tmp_path / "moon.png"
    path.write_bytes(b"a moon")
    place = move_to_trash(path)
    assert not path.exists()
    assert place is not None and place.read_bytes() == b"a moon"
    assert place.is_relative_to(data)
    with pytest.raises(StorageError, match=r"moon\.png"):
        move_to_trash(path)


def test_an_error_that_nobody_caught_is_in_the_log_and_on_the_terminal(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    error = LookupError("nowhere")
    log_uncaught(LookupError, error, None)
    [record] = caplog.records
    assert record.exc_info == (LookupError, error, None)
    assert "LookupError: nowhere" in capsys.readouterr().err
