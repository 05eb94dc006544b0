"""What was made of the last few prompts, so that a job with the same one doesn't read it again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, TypeVar

PROMPTS_KEPT: Final = 8
_Reading = TypeVar("_Reading")


class Readings(Generic[_Reading]):
    """`read`, whose results for the texts asked for last are kept."""

    def __init__(self, read: Callable[[str], _Reading]) -> None:
        self._read = read
        self._kept: OrderedDict[str, _Reading] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, text: str) -> _Reading:
        if text not in self._kept:
            self._kept[text] = self._read(text)
            if len(self._kept) > PROMPTS_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(text)
        return self._kept[text]

    def clear(self) -> None:
        """Read everything anew."""
        self._kept.clear()
