from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.cli.progress import ProgressBar, duration, progress_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_line_says_step_speed_and_time_left() -> None:
    line = progress_line(5, 20, 0.25, columns=80)
    assert line == "5/20 " + "█" * 10 + "·" * 30 + " 4.0 it/s  0:04 left"
    assert progress_line(1, 4, 2.5, "2 of 3:").startswith("2 of 3: 1/4 ██")
    assert progress_line(1, 4, 2.5).endswith(" 2.5 s/it  0:08 left")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (0.1, "0:01"), (59.5, "1:00"), (3599, "59:59"), (3600, "1:00:00")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@given(
    total=st.integers(1, 200),
    data=st.data(),
    seconds_per_step=st.floats(0, 1e4),
    columns=st.integers(8, 200),
)
def test_line_fits_and_the_bar_grows(
    total: int, data: st.DataObject, seconds_per_step: float, columns: int
) -> None:
    step = data.draw(st.integers(0, total))
    line = progress_line(step, total, seconds_per_step, "1 of 2:", columns)
    assert len(line) < columns
    assert "\n" not in line
    earlier = progress_line(max(0, step - 1), total, seconds_per_step, "1 of 2:", columns)
    assert earlier.count("█") <= line.count("█")


def test_bar_leaves_an_empty_line_on_a_terminal() -> None:
    terminal = Terminal()
    with ProgressBar(terminal) as bar:
        bar.say("loading …")
        bar.step(1, 2, 1.0)
    shown = terminal.getvalue().split("\r\x1b[K")
    assert shown[1] == "loading …"
    assert shown[2].startswith("1/2 ")
    assert shown[-1] == ""


def test_bar_tells_upscaling_from_its_first_tile_on() -> None:
    terminal = Terminal()
    with ProgressBar(terminal) as bar:
        bar.tile(0, 8, 0.0, "2 of 3:")
        bar.tile(3, 8, 2.0, "2 of 3:")
    shown = terminal.getvalue().split("\r\x1b[K")
    assert shown[1] == "2 of 3: upscaling …"
    assert shown[2].startswith("2 of 3: upscaling 3/8 ")
    assert shown[2].endswith(" 2.0 s/it  0:10 left")


def test_bar_is_silent_where_nobody_watches() -> None:
    pipe = io.StringIO()
    with ProgressBar(pipe) as bar:
        bar.step(1, 2, 1.0)
    assert pipe.getvalue() == ""
