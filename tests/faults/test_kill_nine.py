"""Whatever the library has acknowledged survives the death of its process at any moment."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from studio.library.encoding import pixel_digest
from studio.library.files.disk import is_temporary
from studio.library.steps.steps import belongs_to, steps_path
from studio.library.store import Store

ROOT = Path(__file__).resolve().parents[2]
KILLS = 60


class Recorder:
    """Forks processes that record, one after the other, and kills them."""

    def __init__(self, pictures: Path, data: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.recorder", str(pictures), str(data)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run_and_kill(self, first_seed: int, wait_for_one: bool, delay_s: float) -> list[list[str]]:
        """What was acknowledged by a process that was killed `delay_s` after its start or first."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{first_seed}\n")
        self._process.stdin.flush()
        lines = self._process.stdout
        acknowledged: list[list[str]] = []
        pid = 0
        while not pid or (wait_for_one and not acknowledged):
            words = lines.readline().split()
            assert words, "the recorder died by itself"
            if len(words) == 1:
                pid = int(words[0])
            else:
                acknowledged.append(words)
        time.sleep(delay_s)
        os.kill(pid, signal.SIGKILL)
        while (words := lines.readline().split()) != ["end"]:
            acknowledged.append(words)
        return acknowledged

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    recorder = Recorder(tmp_path / "pictures", tmp_path / "data")
    yield recorder
    recorder.close()


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_sixty_kills_lose_nothing(tmp_path: Path, recorder: Recorder) -> None:
    pictures, data = tmp_path / "pictures", tmp_path / "data"
    chance = random.Random(20261121)  # noqa: S311
    promised: dict[Path, tuple[str, str]] = {}
    for kill in range(KILLS):
        acknowledged = recorder.run_and_kill(
            kill * 1000, wait_for_one=kill % 4 != 0, delay_s=chance.uniform(0, 0.06)
        )
        for path, pixels, request in acknowledged:
            promised[Path(path)] = (pixels, request)
        store = Store(pictures, data)
        try:
            assert not store.index_was_rebuilt
            list(store.reconcile())
            _check(store, pictures, promised)
        finally:
            store.close()
    assert len(promised) >= KILLS * 3 // 4
    with closing(sqlite3.connect(data / "history.sqlite3")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    store = Store(pictures, data)
    try:
        for picture in store.page(limit=1_000_000):
            # Adopted ones were never promised, but they are whole as well.
            assert pixel_digest(store.pixels(picture)) == picture.pixel_digest
            if picture.path in promised:
                assert picture.has_steps
                assert belongs_to(steps_path(picture.path), picture.request)
                assert len(store.step_previews(picture)) == 1
    finally:
        store.close()


def _check(store: Store, pictures: Path, promised: dict[Path, tuple[str, str]]) -> None:
    rows = {picture.path: picture for picture in store.page(limit=1_000_000)}
    for path, (pixels, request) in promised.items():
        assert rows[path].pixel_digest == pixels
        assert rows[path].request.digest == request
    files = [path for path in pictures.rglob("*") if path.is_file()]
    assert not [path for path in files if is_temporary(path.name) or path.stat().st_size == 0]
    assert {path for path in files if path.suffix == ".png"} == rows.keys()
