"""Painting a part of a picture anew, or more of it beyond its edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from studio.domain.checks import check_whole, set_choice
from studio.domain.errors import RequestError
from studio.domain.geometry import Box, Size
from studio.domain.picture_ref import PictureRef

MAX_GROW_PX: Final = 512
MAX_FEATHER_PX: Final = 512
MAX_EXTENT_PX: Final = 8192
MAX_BOXES: Final = 1024


class Fill(StrEnum):
    """What lies under the mask before the denoising begins."""

    ORIGINAL = "original"
    NEUTRAL = "neutral"
    BLURRED = "blurred"
    BORDER = "border"
    NOISE = "noise"


class Intent(StrEnum):
    """What the artist wants of the masked place. `studio.domain.intents` says what each decides."""

    FILL = "fill"
    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"
    VARY = "vary"
    EXPAND = "expand"


@dataclass(frozen=True, slots=True)
class Extents:
    """How many pixels a picture grows at each of its sides."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def __post_init__(self) -> None:
        for side in ("left", "top", "right", "bottom"):
            check_whole(f"extent to the {side}", getattr(self, side), 0, MAX_EXTENT_PX)

    def __bool__(self) -> bool:
        return any((self.left, self.top, self.right, self.bottom))

    def of(self, size: Size) -> Size:
        """The size of the extended picture."""
        return Size(
            self.left + size.width + self.right,
            self.top + size.height + self.bottom,
        )


@dataclass(frozen=True, slots=True)
class Inpaint:
    """What of a request's start picture is painted anew; all the rest stays, byte for byte.

    `mask` is as large as the start picture: black stays, white is painted anew, grey changes a
    little. `extend` makes the picture larger; what is new is painted as if the mask were white
    there, and the picture inside stays as it is but for the mask. One of the two is given.

    `boxes` are what the model sees, each at the request's `width` × `height`, painted one after the
    other, in pixels of the extended picture; together they cover the mask.

    The mask grows by `grow_px` and then fades out over `feather_px` further pixels, both in pixels
    of the picture. `intent` is for the history: the other values say all that it decides.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    boxes: tuple[Box, ...]
    mask: PictureRef | None = None
    extend: Extents = Extents()
    fill: Fill = Fill.ORIGINAL
    grow_px: int = 0
    feather_px: int = 0
    intent: Intent = Intent.REPLACE

    def __post_init__(self) -> None:
        check_whole("growth of the mask", self.grow_px, 0, MAX_GROW_PX)
        check_whole("feathering of the mask", self.feather_px, 0, MAX_FEATHER_PX)
        set_choice(self, "fill", Fill)
        set_choice(self, "intent", Intent)
        if not isinstance(self.extend, Extents):
            raise RequestError("The extents must be given for left, top, right and bottom.")
        if self.mask is not None and not isinstance(self.mask, PictureRef):
            raise RequestError("The mask isn't described as digest, width and height.")
        if self.mask is None and not self.extend:
            raise RequestError("There is neither a mask nor a side to extend the picture at.")
        boxes = self.boxes
        if not isinstance(boxes, tuple) or not all(isinstance(box, Box) for box in boxes):
            raise RequestError("The working areas must be boxes with x, y, width and height.")
        check_whole("number of working areas", len(boxes), 1, MAX_BOXES)

    def box_of_step(self, step: int, total_steps: int) -> Box:
        """Where the preview of `step` (1 to `total_steps`) lies in the finished picture: each
        working area takes equally many steps, one area after the other."""
        return self.boxes[(step - 1) * len(self.boxes) // total_steps]

    def check_picture(self, picture: Size) -> None:
        """Refuse a start picture that the mask or the boxes don't fit.

        Raises:
            RequestError: they don't; the sentence names the sizes.
        """
        if self.mask is not None and (size := self.mask.size) != picture:
            raise RequestError(
                f"The mask is {size} and the picture {picture}; both must be equally large."
            )
        extended = self.extend.of(picture)
        for box in self.boxes:
            if box.right > extended.width or box.bottom > extended.height:
                raise RequestError(f"The working area {box} leaves the picture of {extended}.")

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Inpaint:
        """Read what `dataclasses.asdict` wrote. Unknown keys are passed over.

        Raises:
            RequestError: something is missing or impossible.
        """
        values = {field.name: record[field.name] for field in fields(cls) if field.name in record}
        try:
            values["boxes"] = tuple(
                Box(box["x"], box["y"], box["width"], box["height"]) for box in record["boxes"]
            )
            if isinstance(values.get("mask"), Mapping):
                values["mask"] = PictureRef.from_record(values["mask"])
            if isinstance(values.get("extend"), Mapping):
                values["extend"] = Extents(**values["extend"])
        except (KeyError, TypeError, ValueError):
            raise RequestError("The working areas or extents can't be read.") from None
        return cls(**values)
