"""What a diffusion model is shown while it repaints a picture in another style."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document.restyling import (
    RestyleMethod,
    RestyleWishes,
    StyleGuides,
    repainting,
)
from studio.domain.control import Control, Preprocessor, Reference, ReferenceKind
from studio.domain.errors import RequestError
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.domain.stylize import StyleSource
from tests.support.fakes import a_model

PICTURE, MASK = PictureRef("0a" * 32, 64, 48), PictureRef("0b" * 32, 64, 48)
WHITE = np.full((48, 64), 255, np.uint8)
WISHES = RestyleWishes(RestyleMethod.DIFFUSION, strength=0.5)
GUIDES = StyleGuides("plus", 0.8, "edges", Preprocessor.CANNY, 0.6)


def style(index: int, weight: float = 1.0) -> StyleSource:
    return StyleSource(PictureRef(f"{index:02x}" * 32, 30, 20), weight=weight)


def repainted(request: Request, *styles: StyleSource, guides: StyleGuides = GUIDES) -> Request:
    model = a_model()
    return repainting(request, model, PICTURE, WHITE, MASK, WISHES, styles, guides)


def a_request(prompt: str = "") -> Request:
    return Request(prompt, 5, "tiny", 64, 64)


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=4), st.floats(0.01, 1))
def test_styles_share_what_is_seen_by_their_weights(weights: list[float], seen: float) -> None:
    guides = StyleGuides("plus", seen)
    references = guides.references([style(i, weight) for i, weight in enumerate(weights)])
    assert math.isclose(sum(each.strength for each in references), seen)
    first = references[0].strength
    for weight, reference in zip(weights, references, strict=True):
        assert math.isclose(reference.strength / first, weight / weights[0])


def test_the_request_says_it_all_and_comes_back() -> None:
    request = repainted(a_request(), style(1))
    assert request.references == (Reference("plus", style(1).picture, 0.8, ReferenceKind.STYLE),)
    assert request.controls == (Control("edges", PICTURE, Preprocessor.CANNY, 0.6),)
    assert request.inpaint is not None and request.strength == 0.5
    assert Request.from_json(request.to_json()) == request


def test_what_another_picture_was_shown_is_not_shown_again() -> None:
    once = repainted(a_request("a woodcut"), style(1))
    again = repainted(once, style(2))
    assert [each.picture for each in again.references] == [style(2).picture]
    assert len(again.controls) == 1


@pytest.mark.parametrize("guides", [StyleGuides(), StyleGuides("plus", 0, "edges", kept=0)])
def test_without_guides_it_is_as_before(guides: StyleGuides) -> None:
    request = repainted(a_request("a woodcut"), style(1), guides=guides)
    plain = repainting(a_request("a woodcut"), a_model(), PICTURE, WHITE, MASK, WISHES)
    assert request == plain
    assert (plain.references, plain.controls) == ((), ())


def test_a_painted_style_cannot_be_seen() -> None:
    with pytest.raises(RequestError, match="instant method only"):
        repainted(a_request(), StyleSource(painted="reeds"))
