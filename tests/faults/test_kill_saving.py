"""A saved artwork is whole, whenever the process that saves it dies."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from studio.document import Area, openraster
from studio.library.files.disk import is_temporary
from tests.support.painter import colour, place

ROOT = Path(__file__).resolve().parents[2]
KILLS = 12


@pytest.mark.skipif(sys.platform == "win32", reason="kills as only POSIX does")
def test_killed_at_any_moment_the_file_is_one_that_was_saved_whole(tmp_path: Path) -> None:
    chance = random.Random(20261121)  # noqa: S311
    paths = [tmp_path / str(kill) / "moon.ora" for kill in range(KILLS)]
    savers = [_saver(paths[0])]
    saved_at_all = 0
    for kill, path in enumerate(paths):
        if kill + 1 < KILLS:
            savers.append(_saver(paths[kill + 1]))  # starts while the other one saves
        saver = savers.pop(0)
        assert saver.stdout is not None
        saved = int(saver.stdout.readline())
        time.sleep(chance.uniform(0, 0.3))
        saver.send_signal(signal.SIGKILL)
        saved = max([saved, *map(int, saver.stdout.read().split())])
        saver.wait()
        saver.stdout.close()
        saved_at_all += saved
        assert saved <= _strokes(path) <= saved + 1
        others = [other for other in path.parent.iterdir() if other != path]
        assert len(others) <= 1  # what it was writing when it died
        assert all(is_temporary(other.name) for other in others)
    assert saved_at_all > KILLS


def _saver(path: Path) -> subprocess.Popen[str]:
    path.parent.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.saver", str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _strokes(path: Path) -> int:
    """How many strokes the file has, after making sure that each is whole."""
    opened = openraster.read(path)
    assert opened.lost == ()
    content = opened.content
    count = int(content.prompt)
    seen = {place(number): number for number in range(1, count + 1)}
    for (x, y), number in seen.items():
        area = Area(x, y, x + 90, y + 90)
        assert np.array_equal(content.layers[1].image.read(area), colour(number))
        assert np.array_equal(content.mask.read(area), colour(number)[..., 0])
    return count
