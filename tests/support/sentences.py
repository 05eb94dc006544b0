"""What the command says of what a person can mend."""

from __future__ import annotations

import pytest


def check_one_sentence(capsys: pytest.CaptureFixture[str], said: str) -> None:
    """The command told nothing but one line, `said` in it, on the error stream."""
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.startswith("pentimento: ")
    assert err.count("\n") == 1
