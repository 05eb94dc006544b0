"""Asking the engine what lies where somebody points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from studio.document.selection import Hints
from studio.engine.questions import Question
from studio.engine.segmenting.found import Candidates
from studio.engine.segmenting.picture import SeenPicture

GoesOn = Callable[[int, int], bool]


def always(_done: int, _parts: int) -> bool:
    """Whoever asked waits for the answer."""
    return True


@dataclass(frozen=True, slots=True, eq=False)
class Segmenting(Question[Candidates | None]):
    """What `hints` point at in a picture, as `segmenter`, a name in the catalog, sees it.

    While it looks at a picture that it hasn't seen, `goes_on` is called on the engine's thread with
    how many parts of that are done; once it says no, the answer is None. Without hints it only
    looks, for those that come later.
    """

    between_steps: ClassVar[bool] = True

    segmenter: str
    picture: SeenPicture
    hints: Hints | None
    goes_on: GoesOn = always
