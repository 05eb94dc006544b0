from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from studio.disk import DiskCalls


class _Slow(DiskCalls):
    """Takes a few bytes at a time, as a pipe or a network's disk may."""

    def __init__(self, most: int) -> None:
        self._most = most

    def write(self, descriptor: int, content: memoryview) -> int:
        return super().write(descriptor, content[: self._most])


@given(st.binary(max_size=50), st.integers(1, 9))
def test_all_is_written_however_little_is_taken_at_once(content: bytes, most: int) -> None:
    reader, writer = os.pipe()
    try:
        _Slow(most).write_all(writer, content)
        os.close(writer)
        assert os.read(reader, 100) == content
    finally:
        os.close(reader)


def test_a_file_is_replaced_by_one_that_is_whole(tmp_path: Path) -> None:
    disk = DiskCalls()
    new, old = tmp_path / "new", tmp_path / "old"
    old.write_bytes(b"as it was")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT)
    disk.write_all(descriptor, b"as it is")
    disk.sync(descriptor)
    os.close(descriptor)
    disk.rename(new, old)
    disk.sync_folder(tmp_path)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"as it is"]
