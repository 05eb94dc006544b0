"""Pictures that say what another picture is to be like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from studio.domain.checks import check_name, check_number, set_choice
from studio.domain.errors import RequestError
from studio.domain.picture_ref import PictureRef

MAX_CONTROLS: Final = 8
MAX_REFERENCES: Final = 8
MAX_CONTROL_STRENGTH: Final = 2.0


class Preprocessor(StrEnum):
    """What is made of a picture before a control sees it: nothing, its edges, its lines as a
    scribble, its tones without detail, its colours without shapes, or what a network finds in it.
    The last two need that network on the disk."""

    NONE = "none"
    CANNY = "canny"
    SCRIBBLE = "scribble"
    TILE = "tile"
    COLOUR = "colour"
    DEPTH = "depth"
    POSE = "pose"


class ReferenceKind(StrEnum):
    """What of a reference picture counts."""

    WHOLE = "whole"
    STYLE = "style"
    COMPOSITION = "composition"
    FACE = "face"


@dataclass(frozen=True, slots=True)
class Control:
    """A ControlNet or T2I-adapter, named `model`, looks at a picture, from `start` to `end` of the
    way (0 to 1). A picture of another size is scaled to cover the request's and cut at its edges.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    model: str
    picture: PictureRef
    preprocessor: Preprocessor = Preprocessor.NONE
    strength: float = 1.0
    start: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        check_name("control", self.model)
        set_choice(self, "preprocessor", Preprocessor)
        if not isinstance(self.picture, PictureRef):
            raise RequestError("A control's picture isn't described as digest, width and height.")
        strength = check_number("strength of a control", self.strength, 0, MAX_CONTROL_STRENGTH)
        object.__setattr__(self, "strength", strength)
        for name in ("start", "end"):
            number = check_number(f"{name} of a control", getattr(self, name), 0, 1)
            object.__setattr__(self, name, number)
        if self.start >= self.end:
            raise RequestError("A control must end after it begins.")

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Control:
        """Read what `dataclasses.asdict` wrote.

        Raises:
            RequestError: something is missing or impossible.
        """
        return cls(**_with_picture(record, "A control"))


@dataclass(frozen=True, slots=True)
class Reference:
    """An IP-Adapter, named `model`, lets the model see a picture: `strength` (0 to 1) of it.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    model: str
    picture: PictureRef
    strength: float = 0.6
    kind: ReferenceKind = ReferenceKind.WHOLE

    def __post_init__(self) -> None:
        check_name("reference", self.model)
        set_choice(self, "kind", ReferenceKind)
        if not isinstance(self.picture, PictureRef):
            raise RequestError("A reference picture isn't described as digest, width and height.")
        strength = check_number("strength of a reference", self.strength, 0, 1)
        object.__setattr__(self, "strength", strength)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Reference:
        """Read what `dataclasses.asdict` wrote.

        Raises:
            RequestError: something is missing or impossible.
        """
        return cls(**_with_picture(record, "A reference"))


def _with_picture(record: Mapping[str, Any], what: str) -> dict[str, Any]:
    try:
        return {**record, "picture": PictureRef.from_record(record["picture"])}
    except (KeyError, TypeError):
        raise RequestError(f"{what} can't be read.") from None
