"""Where the next pictures branch off."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from studio.document import Document, Layer
from studio.domain.branch import Branch
from studio.domain.events import Pixels
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request


@dataclass(frozen=True, slots=True)
class Canvas:
    """A step that is painted on: the document that shows it, and its lowest layer, the step."""

    document: Document
    step: Layer


@dataclass(frozen=True, slots=True)
class BranchPoint:
    """A step of a picture that the next ones have in common with it.

    `frames` are how its steps up to this one look, (h, w, 3), as far as they are known. What was
    painted on the step is `painted`, or lies on the `canvas` as long as it is painted on.
    """

    parent: Request
    step: int
    painted: PictureRef | None = None
    frames: tuple[Pixels, ...] = field(default=(), repr=False, compare=False)
    canvas: Canvas | None = None

    @classmethod
    def of(cls, branch: Branch) -> BranchPoint:
        """Where a picture branched off."""
        return cls(branch.parent, branch.step, branch.painted)

    def grow(self, request: Request) -> Request:
        """`request` from here on. What is painted on the canvas isn't a part of it yet.

        Raises:
            RequestError: it takes too few steps, or branches have grown from branches too often.
        """
        if self.parent.inpaint is not None:
            request = replace(request, upscale=1, hires=None, tiling=None)
        branch = Branch(self.parent, self.step, self.painted)
        return branch.grown(replace(request, num_images_per_prompt=1))


def owner(request: Request, step: int) -> Request:
    """Whose step it is: a branch's first steps are those of the picture that it grew from."""
    while request.branch is not None and step <= request.branch.step:
        request = request.branch.parent
    return request
