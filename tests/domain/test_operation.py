from __future__ import annotations

from dataclasses import replace

import pytest

from studio.domain.branch import Branch
from studio.domain.geometry import Box
from studio.domain.inpaint import Extents, Inpaint
from studio.domain.operation import Operation
from studio.domain.request import PictureRef, Request
from studio.domain.stylize import StyleSource, Stylize
from tests.support.samples import a_request

REF = PictureRef("ab" * 32, 64, 48)
UPSCALING = a_request(num_inference_steps=0, init_image=REF, upscale=2)
STYLING = a_request(
    num_inference_steps=0, init_image=REF, stylize=Stylize((StyleSource(painted="candy"),))
)
PAINTING = a_request(init_image=REF, inpaint=Inpaint((Box(0, 0, 64, 48),), mask=REF))
EXPANDING = a_request(
    init_image=REF, inpaint=Inpaint((Box(0, 0, 80, 48),), extend=Extents(left=16))
)


@pytest.mark.parametrize(
    ("request_", "operation"),
    [
        (a_request(), Operation.TEXT),
        (a_request(last_step=3), Operation.TEXT),
        (a_request(init_image=REF), Operation.IMAGE),
        (PAINTING, Operation.INPAINT),
        (EXPANDING, Operation.EXPAND),
        (STYLING, Operation.STYLE),
        (UPSCALING, Operation.UPSCALE),
        (replace(a_request(), branch=Branch(a_request(), 2)), Operation.BRANCH),
    ],
)
def test_a_request_says_what_it_does(request_: Request, operation: Operation) -> None:
    assert Operation.of(request_) is operation
