"""How one picture came to be: a frame for each denoising step, and the finished picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from psygnal import Signal

from studio.domain.branch import Branch
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.domain.request import Request


class Emergence:
    """The steps of one picture, while it emerges and afterwards.

    Steps count from 1 to `total_steps`, of which a picture that was stopped took only the first.
    Frames are uint8 (h, w, 3) and may be smaller than `size`, those of a first pass most of all.
    While it follows, the newest frame is shown; `show` picks one, `follow` lets go again. `request`
    is what the steps are of, if it is known and all of them are its own or its parents'.
    """

    frames_changed: ClassVar[Signal] = Signal()
    shown_changed: ClassVar[Signal] = Signal()

    def __init__(self, size: Size, total_steps: int) -> None:
        self.size = size
        self.total_steps = total_steps
        self.image: Pixels | None = None
        self.request: Request | None = None
        self._frames: dict[int, Pixels] = {}
        self._shown_step: int | None = None

    @classmethod
    def of_request(cls, request: Request, earlier: Sequence[Pixels] = ()) -> Emergence:
        """A picture that will emerge. `earlier` are the frames of the steps that it has in common
        with the picture it branches from, as far as they are known."""
        emergence = cls(request.finished_size, request.whole_way)
        emergence.of(request)
        emergence.begin_with(earlier)
        return emergence

    @classmethod
    def of_finished(cls, image: Pixels, previews: Sequence[Pixels] | None) -> Emergence:
        """A finished picture; `previews` are (h, w, 3), or None when its steps weren't kept."""
        height, width = image.shape[:2]
        emergence = cls(Size(width, height), 0 if previews is None else len(previews))
        emergence.complete(image, previews)
        return emergence

    def of(self, request: Request) -> None:
        """Note what the steps are of. They reach to `request.steps_taken`, whatever is missing."""
        areas = 1 if request.inpaint is None else len(request.inpaint.boxes)
        if not request.task.needs_model or areas > 1 or request.num_images_per_prompt > 1:
            return
        self.request = request
        if self.is_complete:
            self.total_steps = max(request.whole_way, self._newest_frame)
            missing = request.steps_taken - self._newest_frame
            if missing > 0:
                self._frames = {step + missing: frame for step, frame in self._frames.items()}

    def begin_with(self, earlier: Sequence[Pixels]) -> None:
        """Keep the frames of the steps that a branch doesn't take itself, before it begins."""
        self._frames = dict(enumerate(earlier, start=1))

    @property
    def branches(self) -> tuple[Branch, ...]:
        """Where it grew from another picture, where that one did, and so on."""
        found: list[Branch] = []
        branch = None if self.request is None else self.request.branch
        while branch is not None:
            found.append(branch)
            branch = branch.parent.branch
        return tuple(found)

    @property
    def first_way(self) -> int:
        """After which step the second pass begins; 0 if there is none, or it isn't known."""
        request = self.request
        return 0 if request is None or request.hires is None else request.first_way

    @property
    def is_complete(self) -> bool:
        return self.image is not None

    @property
    def has_frames(self) -> bool:
        """Whether any step can be seen; the steps of an old picture may have made room."""
        return bool(self._frames)

    @property
    def newest_step(self) -> int:
        """The last step that was taken; 0 before the first."""
        if self.is_complete and self.request is not None:
            return self.request.steps_taken
        return self._newest_frame

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
        if self.image is not None and (self.follows or self.shown_step >= self.newest_step):
            return self.image
        shown = self.frame(self.shown_step)
        return self.image if shown is None else shown

    def frame(self, step: int) -> Pixels | None:
        """The frame of a step, or the nearest one before it; None when there is none yet."""
        if step in self._frames:
            return self._frames[step]
        earlier = [known for known in self._frames if known <= step]
        return self._frames[max(earlier)] if earlier else None

    def frames(self, last: int) -> tuple[Pixels, ...]:
        """The frames of the first `last` steps; none at all if one of them was never seen."""
        found = [self.frame(step) for step in range(1, last + 1)]
        seen = tuple(frame for frame in found if frame is not None)
        return seen if len(seen) == len(found) else ()

    @property
    def known_frames(self) -> tuple[Pixels, ...]:
        """All frames there are, in order."""
        return tuple(self._frames[step] for step in sorted(self._frames))

    def add(self, step: int, pixels: Pixels) -> None:
        """Keep the frame of a step that was just taken."""
        self._frames[step] = pixels
        self.frames_changed.emit()
        if self.follows:
            self.shown_changed.emit()

    def complete(self, image: Pixels, previews: Sequence[Pixels] | None) -> None:
        """The picture is finished: keep it, and all its frames in place of those that came live."""
        self.image = image
        if previews is not None:
            self._frames = dict(enumerate(previews, start=1))
            self.total_steps = len(previews)
        if self.request is not None:
            self.of(self.request)
        self.frames_changed.emit()
        self.shown_changed.emit()

    def take_frames(self, other: Emergence) -> None:
        """Show the frames of another emergence of the same steps, as these made room."""
        self._frames = dict(other._frames)
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

    @property
    def _newest_frame(self) -> int:
        return max(self._frames, default=0)
