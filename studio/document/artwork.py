"""The artwork on the canvas: the picture shown and the one that a generation starts from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from psygnal import Signal

from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.domain.request import PictureRef


@dataclass(frozen=True, slots=True)
class StartPicture:
    """A picture that the next generation starts from. `pixels` is (H, W, 3), uint8."""

    ref: PictureRef
    pixels: Pixels = field(repr=False, compare=False)
    name: str = field(default="", compare=False)


class Artwork:
    """What lies on the canvas: uint8 pixels, (h, w, 3) or (h, w, 4). Says when they change."""

    picture_changed: ClassVar[Signal] = Signal()
    start_changed: ClassVar[Signal] = Signal()

    def __init__(self) -> None:
        self._pixels: Pixels | None = None
        self._size: Size | None = None
        self._start: StartPicture | None = None

    @property
    def pixels(self) -> Pixels | None:
        """The shown picture; a preview may have fewer pixels than `size` says."""
        return self._pixels

    @property
    def size(self) -> Size | None:
        """The size in pixels at which the picture lies on the canvas."""
        return self._size

    @property
    def start(self) -> StartPicture | None:
        return self._start

    def show(self, pixels: Pixels | None, size: Size | None = None) -> None:
        """Put a picture on the canvas, or clear it with None; `size` defaults to its own."""
        if pixels is self._pixels and (size is None or size == self._size):
            return
        self._pixels = pixels
        self._size = None if pixels is None else size or Size(pixels.shape[1], pixels.shape[0])
        self.picture_changed.emit()

    def start_from(self, start: StartPicture | None) -> None:
        """Choose the picture that the next generation starts from; None is none."""
        if start == self._start:
            return
        self._start = start
        self.start_changed.emit()
