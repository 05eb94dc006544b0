"""A picture in two passes is drawn as two requests of one pass each.

Their steps are counted on: the second pass begins after step `first_way` of the whole. That step's
state is the finished latents of the first pass; what the second pass makes of them before its own
first step is never kept, only made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from typing import Final

from studio.domain.branch import Branch
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request

# Tells that there is a start; nobody looks for these pixels.
_FIRST_PASS: Final = PictureRef("0" * 64, 1, 1)


class Pass(Enum):
    """One of the passes of requests, which may have but one: the first."""

    FIRST = 1
    SECOND = 2

    def before(self, request: Request) -> int:
        """How many steps of `request` come before this pass."""
        return 0 if self is Pass.FIRST else request.first_way

    def alone(self, request: Request) -> Request:
        """This pass of `request` as a request of its own, and so are those that it grows from."""
        return first_pass(request) if self is Pass.FIRST else _second_pass(request)

    def line(self, request: Request) -> Iterator[Request]:
        """Whose steps those of this pass of `request` are: its own, and of those it grows from."""
        while True:
            request = first_pass_of(request) if self is Pass.FIRST else request
            yield request
            branch = request.branch
            if branch is None or (self is Pass.SECOND and branch.step <= request.first_way):
                return
            request = branch.parent


def first_pass(request: Request) -> Request:
    """What is drawn before the second pass, as a request of its own; what grows from the second
    pass of another one has the first pass of that one."""
    request = first_pass_of(request)
    last, branch = request.last_step, request.branch
    if branch is not None:
        branch = replace(branch, parent=first_pass(branch.parent))
    if request.hires is None and branch == request.branch:
        return request
    last = None if last is None else min(last, request.first_way)
    return replace(request, hires=None, last_step=last, branch=branch)


def first_pass_of(request: Request) -> Request:
    """Whose first pass it is that `request` has."""
    while (branch := request.branch) is not None and branch.step >= branch.parent.first_way:
        request = branch.parent
    return request


def between_passes(request: Request) -> list[Branch]:
    """The branches that `request` comes from between both passes, oldest first."""
    branches = []
    while (branch := request.branch) is not None and branch.step >= branch.parent.first_way:
        if branch.step == branch.parent.first_way:
            branches.append(branch)
        request = branch.parent
    return branches[::-1]


def _second_pass(request: Request) -> Request:
    """Image to image, with a start that has no name."""
    hires, before, branch = request.hires, request.first_way, request.branch
    if hires is None:
        raise ValueError("there is no second pass")
    if branch is not None and branch.step > before:
        branch = Branch(_second_pass(branch.parent), branch.step - before, branch.painted)
    else:
        branch = None
    return replace(
        request,
        width=hires.width,
        height=hires.height,
        init_image=_FIRST_PASS,
        strength=hires.strength,
        num_inference_steps=hires.num_inference_steps or request.num_inference_steps,
        hires=None,
        edit=False,
        last_step=None if request.last_step is None else request.last_step - before,
        branch=branch,
    )
