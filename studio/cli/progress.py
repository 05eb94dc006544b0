"""A progress bar of one line, for a terminal."""

from __future__ import annotations

import shutil
from types import TracebackType
from typing import Final, TextIO

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_ERASE_LINE: Final = "\r\x1b[K"


class ProgressBar:
    """Shows how far a job is, in place, and leaves the line empty. Silent where nobody watches."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._watched = stream.isatty()

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._show("")

    def say(self, text: str) -> None:
        """Show a text instead of the bar."""
        self._show(text)

    def step(self, step: int, total: int, seconds_per_step: float, label: str = "") -> None:
        """Show that `step` of `total` steps are done."""
        columns = shutil.get_terminal_size().columns
        self._show(progress_line(step, total, seconds_per_step, label, columns))

    def tile(self, tile: int, total: int, seconds_per_tile: float, label: str = "") -> None:
        """Show that `tile` of `total` tiles are upscaled."""
        what = f"{label} upscaling".lstrip()
        if tile:
            self.step(tile, total, seconds_per_tile, what)
        else:
            self.say(f"{what} …")

    def _show(self, text: str) -> None:
        if self._watched:
            self._stream.write(_ERASE_LINE + text)
            self._stream.flush()


def progress_line(
    step: int, total: int, seconds_per_step: float, label: str = "", columns: int = 80
) -> str:
    """“label 12/20 ███▌   3.2 it/s 0:03 left”, one character narrower than `columns`."""
    speed = 1 / seconds_per_step if seconds_per_step > 0 else 0.0
    rate = f"{speed:.1f} it/s" if speed >= 1 or not speed else f"{seconds_per_step:.1f} s/it"
    left = duration((total - step) * seconds_per_step)
    before = f"{label} {step}/{total} ".lstrip()
    after = f" {rate}  {left} left"
    width = min(40, columns - 1 - len(before) - len(after))
    if width < 4:
        return (before + after.lstrip())[: columns - 1]
    return before + _bar(step / total, width) + after


def duration(seconds: float) -> str:
    """“0:07”, “12:30”, “1:02:03”; rounded up, so that it says 0:00 only at the end."""
    whole = -int(-seconds // 1)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _bar(fraction: float, width: int) -> str:
    eighths = round(fraction * width * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[part] if part else "")).ljust(width, "·")
