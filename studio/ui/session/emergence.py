"""How one picture came to be: a frame for each denoising step, and the finished picture."""

from __future__ import annotations

from typing import ClassVar

from psygnal import Signal

from studio.domain.events import Pixels
from studio.domain.geometry import Size


class Emergence:
    """The steps of one picture, while it emerges and afterwards.

    Steps count from 1 to `total_steps`. Frames are uint8 (h, w, 3) and may be smaller than `size`.
    While it follows, the newest frame is shown; `show` picks one, `follow` lets go again.
    """

    frames_changed: ClassVar[Signal] = Signal()
    shown_changed: ClassVar[Signal] = Signal()

    def __init__(self, size: Size, total_steps: int) -> None:
        self.size = size
        self.total_steps = total_steps
        self.image: Pixels | None = None
        self._frames: dict[int, Pixels] = {}
        self._shown_step: int | None = None

    @classmethod
    def of_finished(cls, image: Pixels, previews: Pixels | None) -> Emergence:
        """A finished picture; `previews` is (N, h, w, 3), or None when its steps weren't kept."""
        height, width = image.shape[:2]
        emergence = cls(Size(width, height), 0 if previews is None else len(previews))
        emergence.complete(image, previews)
        return emergence

    @property
    def is_complete(self) -> bool:
        return self.image is not None

    @property
    def newest_step(self) -> int:
        """The last step that has a frame; 0 before the first."""
        return max(self._frames, default=0)

    @property
    def shown_step(self) -> int:
        return self.newest_step if self._shown_step is None else self._shown_step

    @property
    def follows(self) -> bool:
        """Whether the newest frame, or the finished picture, is shown."""
        return self._shown_step is None

    @property
    def pixels(self) -> Pixels | None:
        """What is shown: the frame of the shown step, or the finished picture."""
        if self.image is not None and (self.follows or self._shown_step == self.total_steps):
            return self.image
        return self.frame(self.shown_step)

    def frame(self, step: int) -> Pixels | None:
        """The frame of a step, or the nearest one before it; None when there is none yet."""
        if step in self._frames:
            return self._frames[step]
        earlier = [known for known in self._frames if known <= step]
        return self._frames[max(earlier)] if earlier else None

    def add(self, step: int, pixels: Pixels) -> None:
        """Keep the frame of a step that was just taken."""
        self._frames[step] = pixels
        self.frames_changed.emit()
        if self.follows:
            self.shown_changed.emit()

    def complete(self, image: Pixels, previews: Pixels | None) -> None:
        """The picture is finished: keep it, and all its frames in place of those that came live."""
        self.image = image
        if previews is not None:
            self._frames = dict(enumerate(previews, start=1))
            self.total_steps = len(previews)
        self.frames_changed.emit()
        self.shown_changed.emit()

    def show(self, step: int) -> None:
        """Show one step and stay there, however many more come."""
        step = min(max(step, 1), max(self.newest_step, 1))
        if step != self._shown_step:
            self._shown_step = step
            self.shown_changed.emit()

    def follow(self) -> None:
        """Show the newest frame, or the finished picture, from now on."""
        if self._shown_step is not None:
            self._shown_step = None
            self.shown_changed.emit()
