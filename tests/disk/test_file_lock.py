from __future__ import annotations

from pathlib import Path

import pytest

from studio.disk import FileLock


def test_one_holds_it_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    first = FileLock.taken(path)
    assert first is not None
    assert first.path == path
    assert FileLock.taken(path) is None
    first.release()
    second = FileLock.taken(path)
    assert second is not None
    assert path.exists()
    second.release()


def test_a_file_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        FileLock.taken(tmp_path / "nowhere" / "a.lock")
