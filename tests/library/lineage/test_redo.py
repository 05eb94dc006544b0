"""Requests rebuilt on the pictures that came in the place of others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from studio.domain.branch import Branch
from studio.domain.control import Control, Preprocessor, Reference
from studio.domain.errors import RequestError
from studio.domain.geometry import Box
from studio.domain.inpaint import Inpaint
from studio.domain.limits import MAX_IMAGES_PER_PROMPT, MAX_SEED
from studio.domain.request import PictureRef, Request
from studio.domain.stylize import StyleSource, Stylize
from studio.library.lineage.lineage import Edge, Lineage
from studio.library.lineage.redo import Alteration, alone, changed, plan, rebuilt
from studio.library.picture import ParentRole, Picture
from studio.library.upscaling import upscale_request
from tests.support.samples import a_picture, a_request, requests

START, STYLE, BRANCH, CANVAS, CONTROL, _ = ParentRole


def ref(picture: Picture) -> PictureRef:
    return PictureRef(picture.pixel_digest, picture.width, picture.height)


OLD, NEW = a_picture(1, a_request("an owl")), a_picture(2, a_request("a cat"))
MASK = PictureRef("0d" * 32, 64, 48)


@given(requests)
def test_on_no_new_pictures_a_request_stays_as_it_is(request: Request) -> None:
    assert rebuilt(request, {}) == request


@given(requests, st.integers(0, 3))
def test_made_alone_a_picture_of_a_batch_keeps_its_seed(request: Request, index: int) -> None:
    # The last seeds are nobody's first of a batch.
    assume(request.seed + index <= MAX_SEED - MAX_IMAGES_PER_PROMPT)
    picture = a_picture(1, request, index if request.num_images_per_prompt > index else 0)
    made = alone(picture)
    assert made.seed == picture.seed and made.num_images_per_prompt == 1
    assert replace(made, seed=0) == replace(request, seed=0, num_images_per_prompt=1)


def test_a_picture_drawn_over_starts_from_the_new_one() -> None:
    request = a_request("night", init_image=ref(OLD), strength=0.4)
    assert rebuilt(request, {OLD: NEW}) == replace(request, init_image=ref(NEW))


def test_what_is_painted_anew_keeps_its_mask() -> None:
    inpaint = Inpaint((Box(0, 0, 64, 48),), MASK)
    request = a_request("a hat", init_image=ref(OLD), inpaint=inpaint)
    made = rebuilt(request, {OLD: NEW})
    assert made.init_image == ref(NEW) and made.inpaint == inpaint


def test_a_mask_that_fits_no_longer_is_refused() -> None:
    larger = a_picture(3, a_request("a cat", width=128, height=96))
    inpaint = Inpaint((Box(0, 0, 64, 48),), MASK)
    with pytest.raises(RequestError, match="equally large"):
        rebuilt(a_request(init_image=ref(OLD), inpaint=inpaint), {OLD: larger})


def test_upscaling_takes_over_what_the_new_one_shows_and_its_size() -> None:
    larger = a_picture(3, a_request("a cat", seed=99, width=128, height=96))
    made = rebuilt(upscale_request(ref(OLD), 2, "fast", OLD.record), {OLD: larger})
    assert (made.width, made.height, made.upscale) == (128, 96, 2)
    assert (made.prompt, made.seed) == ("a cat", 99)


def test_styles_and_what_takes_them_on_are_replaced() -> None:
    style, other = a_picture(4, a_request("paint")), a_picture(5, a_request("ink"))
    stylize = Stylize((StyleSource(ref(style)), StyleSource(MASK)))
    request = a_request(init_image=ref(OLD), stylize=stylize, num_inference_steps=0)
    made = rebuilt(request, {OLD: NEW, style: other})
    assert made.init_image == ref(NEW) and made.stylize is not None
    assert [source.picture for source in made.stylize.styles] == [ref(other), MASK]


def test_what_guided_a_picture_guides_it_anew() -> None:
    other = a_picture(5, a_request("reeds"))
    request = a_request(
        "night",
        controls=(Control("canny", ref(OLD), Preprocessor.CANNY), Control("depth", ref(other))),
        references=(Reference("ip", ref(OLD)),),
    )
    made = rebuilt(request, {OLD: NEW})
    assert [control.picture for control in made.controls] == [ref(NEW), ref(other)]
    assert [each.picture for each in made.references] == [ref(NEW)]
    parent = a_request("an owl", num_inference_steps=9)
    branch = replace(parent, controls=request.controls, branch=Branch(parent, 3))
    assert rebuilt(branch, {OLD: NEW}).controls == made.controls
    edges = (Edge(1, 3, CONTROL),)
    lineage = Lineage(1, {1: OLD, 3: a_picture(3, request)}, edges)
    assert [picture.id for picture in plan(lineage, OLD).order] == [1, 3]


def test_a_branch_goes_on_from_the_new_parent() -> None:
    parent = a_request("an owl", seed=3)
    request = replace(parent, prompt="at night", branch=Branch(parent, 5, MASK))
    old, new = a_picture(6, parent), a_picture(7, replace(parent, seed=8))
    made = rebuilt(request, {old: new})
    assert made.branch == Branch(alone(new), 5, MASK) and made.prompt == "at night"


def test_a_branch_of_what_takes_fewer_steps_is_refused() -> None:
    parent = a_request("an owl", num_inference_steps=20)
    request = replace(parent, branch=Branch(parent, 15))
    shorter = a_picture(7, replace(parent, num_inference_steps=10))
    with pytest.raises(RequestError):
        rebuilt(request, {a_picture(6, parent): shorter})


def test_a_change_follows_where_the_value_was_the_same() -> None:
    first = a_picture(1, a_request("an owl", seed=3))
    same = a_picture(2, a_request("an owl", seed=9, init_image=ref(first)))
    other = a_picture(3, a_request("a cat", seed=3, init_image=ref(first)))
    wanted = Alteration("prompt", "a fox")
    assert changed(first, wanted, first).prompt == "a fox"
    assert changed(same, wanted, first).prompt == "a fox"
    assert changed(other, wanted, first).prompt == "a cat"
    upscaled = a_picture(4, upscale_request(ref(first), 2, "fast", first.record))
    assert changed(upscaled, wanted, first) == upscaled.request


def test_what_is_impossible_is_refused() -> None:
    with pytest.raises(RequestError):
        changed(OLD, Alteration("seed", -1), OLD)
    with pytest.raises(ValueError, match="width"):
        Alteration("width", 64)


def family(*edges: tuple[int, int, ParentRole]) -> Lineage:
    pictures = {number: a_picture(number) for pair in edges for number in pair[:2]}
    return Lineage(1, pictures, tuple(Edge(*edge) for edge in edges))


def ids(pictures: tuple[Picture, ...]) -> list[int]:
    return [picture.id for picture in pictures]


def test_all_that_grew_from_a_picture_is_made_anew_in_order() -> None:
    lineage = family((1, 2, START), (1, 3, BRANCH), (2, 4, START), (3, 4, STYLE), (9, 4, STYLE))
    made = plan(lineage, lineage.pictures[1])
    assert ids(made.order)[0] == 1 and ids(made.order)[-1] == 4
    assert set(ids(made.order)) == {1, 2, 3, 4} and not made.left_out
    assert ids(plan(lineage, lineage.pictures[3]).order) == [3, 4]


def test_what_was_painted_on_a_canvas_is_left_out_with_all_that_grew_from_it() -> None:
    lineage = family((1, 2, CANVAS), (2, 3, START), (1, 4, START), (4, 3, STYLE))
    made = plan(lineage, lineage.pictures[1])
    assert ids(made.left_out) == [2] and set(ids(made.order)) == {1, 3, 4}
    lineage = family((1, 2, CANVAS), (2, 3, START))
    assert ids(plan(lineage, lineage.pictures[1]).left_out) == [2, 3]
