from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from studio.domain.branch import KEPT, MAX_DEPTH, Branch
from studio.domain.errors import RequestError
from studio.domain.geometry import Box, Size
from studio.domain.hires import HiresFix
from studio.domain.inpaint import Extents, Inpaint
from studio.domain.request import PictureRef, Request
from tests.support.samples import a_request, branches

START = PictureRef("0a" * 32, 64, 48)
PARENT = a_request(num_inference_steps=10)


def branched(parent: Request = PARENT, step: int = 4, **changes: Any) -> Request:
    painted = changes.pop("painted", None)
    return replace(
        parent, **{"prompt": "a dog", "branch": Branch(parent, step, painted), **changes}
    )


@given(branches())
def test_the_parent_stands_in_the_record_as_it_would_alone(request_: Request) -> None:
    assert request_.branch is not None
    record = json.loads(request_.to_json())
    parent = Request.from_json(json.dumps(record["branch"]["parent"]))
    assert parent == request_.branch.parent
    assert parent.digest == request_.branch.parent.digest


@pytest.mark.parametrize(
    "changes",
    [{"step": 5}, {"painted": PictureRef("0b" * 32, 64, 48)}, {"parent": replace(PARENT, seed=8)}],
)
def test_a_change_inside_the_branch_changes_the_digest(changes: dict[str, Any]) -> None:
    branch = replace(Branch(PARENT, 4), **changes)
    assert replace(PARENT, branch=branch).digest != replace(PARENT, branch=Branch(PARENT, 4)).digest


def test_with_a_start_picture_only_the_last_steps_are_taken() -> None:
    request = a_request(num_inference_steps=10, init_image=START, strength=0.45)
    assert (request.whole_way, request.steps_taken) == (4, 4)
    assert replace(request, last_step=3).steps_taken == 3
    assert replace(request, last_step=9).steps_taken == 4
    assert replace(request, strength=0.01).whole_way == 1


def test_a_branch_may_take_more_steps_than_its_parent() -> None:
    assert branched(step=9, num_inference_steps=30).whole_way == 30


def test_a_kept_step_can_be_gone_on_from() -> None:
    kept = replace(PARENT, last_step=4)
    finished = replace(PARENT, branch=Branch(kept, 4))
    assert finished.steps_taken == 10


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"step": -1}, "from 0 to 400"),
        ({"step": 10}, "from 0 to 9"),
        ({"step": 4, "num_inference_steps": 4}, "none left to take"),
        ({"last_step": 4}, "must come after"),
        ({"last_step": 0}, "whole number from 1 to 400"),
        ({"width": 72}, "keeps the size"),
        ({"init_image": START}, "keeps the start picture"),
        ({"num_images_per_prompt": 2}, "keeps the count"),
        ({"painted": PictureRef("0b" * 32, 8, 8)}, "equally large"),
        ({"painted": "red"}, "isn't described"),
    ],
)
def test_what_no_branch_can_be_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        branched(**changes)


def test_only_what_a_model_draws_has_steps() -> None:
    upscaling = a_request(
        num_inference_steps=0, init_image=START, upscale=2, width=START.width, height=START.height
    )
    with pytest.raises(RequestError, match="has steps"):
        replace(upscaling, last_step=1)


def test_several_working_areas_have_no_steps_to_go_on_from() -> None:
    boxes = (Box(0, 0, 8, 8), Box(8, 8, 8, 8))
    inpaint = Inpaint(boxes, extend=Extents(left=8))
    parent = a_request(init_image=START, inpaint=inpaint)
    with pytest.raises(RequestError, match="several working areas"):
        branched(parent)


def test_a_chain_of_branches_has_an_end() -> None:
    request = PARENT
    for _ in range(MAX_DEPTH):
        request = replace(request, branch=Branch(request, 4))
    assert Request.from_json(request.to_json()) == request
    with pytest.raises(RequestError, match="More than 64"):
        replace(request, branch=Branch(request, 4))


def test_a_record_that_nests_deeper_is_refused() -> None:
    record = json.loads(branched().to_json())
    for _ in range(MAX_DEPTH + 1):
        record["branch"] = {**record["branch"], "parent": dict(record)}
    with pytest.raises(RequestError):
        Request.from_json(json.dumps(record))


@pytest.mark.parametrize("branch", [{}, [], "x", 7, {"parent": None}, {"parent": {}, "step": 1}])
def test_a_damaged_branch_is_refused(branch: object) -> None:
    record = json.loads(PARENT.to_json()) | {"branch": branch}
    with pytest.raises(RequestError):
        Request.from_json(json.dumps(record))


def test_a_request_grows_on_a_step_with_all_that_branches_keep() -> None:
    parent = replace(PARENT, init_image=START, strength=0.5, edit=True)
    other = replace(PARENT, prompt="an owl", seed=7, width=128, height=96, num_images_per_prompt=3)

    grown = Branch(parent, 4).grown(other)

    assert (grown.prompt, grown.seed, grown.branch) == ("an owl", 7, Branch(parent, 4))
    assert all(getattr(grown, name) == getattr(parent, name) for name in KEPT)


# Two passes

TWICE = replace(PARENT, hires=HiresFix(128, 96, strength=0.5))


def test_steps_are_counted_through_both_passes() -> None:
    assert (TWICE.first_way, TWICE.whole_way, TWICE.steps_taken) == (10, 15, 15)
    assert (PARENT.first_way, PARENT.whole_way) == (10, 10)
    assert [TWICE.size_at(step) for step in (0, 10, 11)] == [PARENT.size] * 2 + [Size(128, 96)]
    few = replace(TWICE, hires=HiresFix(128, 96, strength=0.01, num_inference_steps=30))
    assert few.whole_way == 11


@pytest.mark.parametrize(("last_step", "size"), [(10, PARENT.size), (11, Size(128, 96))])
def test_what_ends_in_the_first_pass_is_as_large_as_that(last_step: int, size: Size) -> None:
    ended = replace(TWICE, last_step=last_step)
    assert (ended.steps_taken, ended.finished_size) == (last_step, size)
    assert Request.from_json(ended.to_json()) == ended
    assert replace(TWICE, branch=Branch(ended, last_step)).steps_taken == 15


def test_within_the_second_pass_a_branch_keeps_that_and_the_number_of_steps() -> None:
    assert branched(TWICE, 12, guidance_scale=2.0).whole_way == 15
    assert branched(TWICE, 4, hires=None, num_inference_steps=8).whole_way == 8
    with pytest.raises(RequestError, match="keeps the second pass"):
        branched(TWICE, 12, hires=HiresFix(128, 96, strength=0.4))
    with pytest.raises(RequestError, match="keeps the steps"):
        branched(TWICE, 12, num_inference_steps=12)
    with pytest.raises(RequestError, match="none left to take"):
        branched(TWICE, 8, num_inference_steps=7)
    with pytest.raises(RequestError, match="from 0 to 14"):
        branched(TWICE, 15)
    grown = Branch(TWICE, 12).grown(replace(PARENT, prompt="an owl", num_inference_steps=7))
    assert (grown.hires, grown.num_inference_steps) == (TWICE.hires, 10)


def test_a_finished_first_pass_may_be_followed_by_another_second_one() -> None:
    added = branched(PARENT, 10, hires=HiresFix(256, 192))
    assert added.finished_size == Size(256, 192)
    assert branched(TWICE, 10, hires=HiresFix(256, 192)).steps_taken == 15
    with pytest.raises(RequestError, match="none left to take"):
        branched(TWICE, 10, hires=None)
    with pytest.raises(RequestError, match="keeps the steps"):
        branched(PARENT, 10, hires=HiresFix(256, 192), num_inference_steps=12)


def test_what_is_painted_is_as_large_as_the_step_that_it_lies_on() -> None:
    small, large = PictureRef("0b" * 32, 64, 48), PictureRef("0b" * 32, 128, 96)
    assert PARENT.size == small.size
    assert branched(TWICE, 10, painted=small).branch is not None
    assert branched(TWICE, 11, painted=large).branch is not None
    with pytest.raises(RequestError, match="equally large"):
        branched(TWICE, 11, painted=small)
