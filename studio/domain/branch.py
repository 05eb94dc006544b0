"""Going on from a step of another picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from studio.domain.checks import check_whole
from studio.domain.errors import RequestError
from studio.domain.limits import MAX_STEPS_OF_BOTH
from studio.domain.picture_ref import PictureRef

if TYPE_CHECKING:
    from studio.domain.request import Request

MAX_DEPTH: Final = 64
KEPT: Final = {
    "width": "size",
    "height": "size",
    "init_image": "start picture",
    "strength": "strength",
    "inpaint": "mask",
    "num_images_per_prompt": "count",
    "edit": "kind",
}
"""What a branch has from the picture that it grows from: fields of a request, and their words."""
_ENTERED: Final = {"num_inference_steps": "steps"}
_WITHIN: Final = {**_ENTERED, "hires": "second pass"}


@dataclass(frozen=True, slots=True)
class Branch:
    """The first `step` steps are those of `parent`; the ones after it are the request's own.

    At 0 only the noise is the parent's. Steps of a second pass are counted after those of the
    first; where the first pass is the parent's to its end, so is the number of steps, and within
    the second so is that pass. `parent` is whole, so that the picture can be made again
    even when nothing was kept of the way to it; a chain of branches nests.

    `painted` (RGBA, as large as that step is drawn) lies over what the model imagined after it: its
    colours are encoded and blended into the latents where its alpha says so.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    parent: Request
    step: int
    painted: PictureRef | None = None

    def __post_init__(self) -> None:
        check_whole("step to branch from", self.step, 0, MAX_STEPS_OF_BOTH)
        if self.painted is not None and not isinstance(self.painted, PictureRef):
            raise RequestError("What was painted isn't described as digest, width and height.")

    @property
    def kept(self) -> Mapping[str, str]:
        """What it has from its parent: fields of a request, and their words."""
        if self.step < self.parent.first_way:
            return KEPT
        return {**KEPT, **(_ENTERED if self.step == self.parent.first_way else _WITHIN)}

    @property
    def depth(self) -> int:
        """How many branches follow one another down to a picture that is none, this one too."""
        depth, parent = 1, self.parent
        while parent.branch is not None:
            depth, parent = depth + 1, parent.branch.parent
        return depth

    def grown(self, request: Request) -> Request:
        """`request` from here on, with what a branch keeps of the picture that it grows from.

        Raises:
            RequestError: it takes too few steps, gives several pictures, or branches have grown
                from branches too often.
        """
        kept: dict[str, Any] = {name: getattr(self.parent, name) for name in self.kept}
        return replace(request, **kept, branch=self)
