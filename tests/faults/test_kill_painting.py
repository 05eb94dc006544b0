"""Strokes that the journal has acknowledged survive the death of their process at any moment."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from studio.document import Area, Content
from studio.document.journal import left_behind, recover
from tests.support.painter import colour, place

ROOT = Path(__file__).resolve().parents[2]
KILLS = 20


@pytest.mark.skipif(sys.platform == "win32", reason="kills as only POSIX does")
def test_killed_at_any_moment_no_stroke_is_lost_that_was_kept(tmp_path: Path) -> None:
    chance = random.Random(20261121)  # noqa: S311
    painters = [_painter(tmp_path)]
    kept_at_all = 0
    for _ in range(KILLS):
        painters.append(_painter(tmp_path))  # starts while the other one paints
        painter = painters.pop(0)
        assert painter.stdout is not None
        kept = int(painter.stdout.readline())  # it has begun
        time.sleep(chance.uniform(0, 0.12))
        painter.send_signal(signal.SIGKILL)
        rest = painter.stdout.read().split()
        painter.wait()
        painter.stdout.close()
        kept = max([kept, *map(int, rest)])
        kept_at_all += kept
        found = left_behind(tmp_path)
        assert len(found) == 1  # the one that lives keeps its own
        [path] = found[0].journals
        moment = recover(path)
        assert moment is not None
        assert _strokes(moment.content) >= kept
        found[0].remove(path)
        found[0].close()
    assert kept_at_all > KILLS
    for painter in painters:
        painter.kill()
        painter.communicate()


def _painter(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.painter", str(root)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _strokes(content: Content) -> int:
    """How many strokes a document has, after making sure that each is whole."""
    count = int(content.prompt)
    seen: dict[tuple[int, int], int] = {}
    for number in range(1, count + 1):
        seen[place(number)] = number
    for (x, y), number in seen.items():
        area = Area(x, y, x + 90, y + 90)
        assert np.array_equal(content.layers[0].image.read(area), colour(number))
        assert np.array_equal(content.mask.read(area), colour(number)[..., 0])
    return count
