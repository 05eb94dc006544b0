"""Going on from a step of another picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from studio.domain.checks import check_whole
from studio.domain.errors import RequestError
from studio.domain.picture_ref import PictureRef

if TYPE_CHECKING:
    from studio.domain.request import Request

MAX_DEPTH: Final = 64
MAX_STEP: Final = 200
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


@dataclass(frozen=True, slots=True)
class Branch:
    """The first `step` steps are those of `parent`; the ones after it are the request's own.

    At 0 only the noise is the parent's. `parent` is whole, so that the picture can be made again
    even when nothing was kept of the way to it; a chain of branches nests.

    `painted` (RGBA, of the request's size) lies over what the model imagined after that step: its
    colours are encoded and blended into the latents where its alpha says so.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    parent: Request
    step: int
    painted: PictureRef | None = None

    def __post_init__(self) -> None:
        check_whole("step to branch from", self.step, 0, MAX_STEP)
        if self.painted is not None and not isinstance(self.painted, PictureRef):
            raise RequestError("What was painted isn't described as digest, width and height.")

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
        kept: dict[str, Any] = {name: getattr(self.parent, name) for name in KEPT}
        return replace(request, **kept, branch=self)
