"""The benchmark's command line: what it refuses before any work begins."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.benchmarks.embedded_quality import main


@pytest.fixture(autouse=True)
def _threads_as_they_were() -> object:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_folder_without_a_model_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert main([str(tmp_path), "--work", str(tmp_path), "--threads", "1"]) == 1
    assert "is no model" in caplog.text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("share", ["0", "1.5", "much"])
def test_a_share_is_a_share(share: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["model", "--share", share])
    assert "--share" in capsys.readouterr().err


def test_a_hand_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["model", "--hands", "flat,cubist"])
    assert "no such hand: cubist" in capsys.readouterr().err
