"""What the engine is asked about pictures, beside being asked for some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from studio.domain.control import Preprocessor
from studio.domain.events import Pixels
from studio.domain.geometry import Size

Answer = TypeVar("Answer", covariant=True)


class Question(Generic[Answer]):
    """Something about a picture that a network can tell. The runner knows how each kind of question
    is answered.

    Those `between_steps` don't wait for the end of the running job: who clicks looks on.
    """

    between_steps: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, eq=False)
class SeenByControl(Question[Pixels]):
    """What a control sees of a picture, uint8 (H, W, 3), while one of `size` is drawn: uint8
    (size.height, size.width, 3)."""

    pixels: Pixels
    preprocessor: Preprocessor
    size: Size
