from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.errors import RequestError
from studio.domain.geometry import Box, Size
from studio.domain.inpaint import Extents, Fill, Inpaint, Intent
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.domain.task import Task
from tests.domain.test_request import json_values
from tests.support.samples import a_request

PICTURE = PictureRef("0a" * 32, 96, 64)
MASK = PictureRef("0b" * 32, 96, 64)
BOX = Box(8, 0, 64, 64)

extents = st.builds(Extents, *[st.integers(0, 300)] * 4)


@st.composite
def inpaints(draw: st.DrawFn) -> Inpaint:
    """For a start picture of PICTURE's size."""
    extend = draw(extents)
    whole = extend.of(PICTURE.size)
    boxes = []
    for _ in range(draw(st.integers(1, 3))):
        x, y = draw(st.integers(0, whole.width - 1)), draw(st.integers(0, whole.height - 1))
        right, bottom = (
            draw(st.integers(x + 1, whole.width)),
            draw(st.integers(y + 1, whole.height)),
        )
        boxes.append(Box.between(x, y, right, bottom))
    return Inpaint(
        tuple(boxes),
        mask=draw(st.just(MASK) if not extend else st.sampled_from([MASK, None])),
        extend=extend,
        fill=draw(st.sampled_from(Fill)),
        grow_px=draw(st.integers(0, 512)),
        feather_px=draw(st.integers(0, 512)),
        intent=draw(st.sampled_from(Intent)),
    )


def request_of(inpaint: Inpaint | None, **others: Any) -> Request:
    return a_request(**{"init_image": PICTURE, "inpaint": inpaint, **others})


@given(inpaints())
def test_json_gives_the_same_inpainting_back(inpaint: Inpaint) -> None:
    request = request_of(inpaint)
    again = Request.from_json(request.to_json())
    assert again == request
    assert again.digest == request.digest
    assert isinstance(again.inpaint, Inpaint)
    assert type(again.inpaint.fill) is Fill


@given(inpaints(), inpaints())
def test_digests_are_equal_exactly_when_inpaintings_are(one: Inpaint, other: Inpaint) -> None:
    assert (request_of(one).digest == request_of(other).digest) == (one == other)


def test_the_task_of_a_request() -> None:
    assert a_request().task is Task.GENERATE
    assert request_of(None).task is Task.GENERATE
    assert request_of(Inpaint((BOX,), MASK)).task is Task.INPAINT


def test_the_finished_picture_is_the_start_picture_with_what_is_added() -> None:
    assert request_of(Inpaint((BOX,), MASK)).finished_size == Size(96, 64)
    extended = Inpaint((BOX,), extend=Extents(left=10, top=2, right=30, bottom=4))
    assert request_of(extended).finished_size == Size(136, 70)


@pytest.mark.parametrize(
    "values",
    [
        {"mask": None},
        {"mask": "0b" * 32},
        {"mask": PictureRef("0b" * 32, 64, 96)},
        {"boxes": ()},
        {"boxes": [BOX]},
        {"boxes": (BOX, "all of it")},
        {"boxes": (BOX,) * 1025},
        {"boxes": (Box(33, 0, 64, 64),)},
        {"boxes": (Box(0, 0, 96, 65),)},
        {"extend": (1, 2, 3, 4)},
        {"extend": Extents(left=8192)},
        {"fill": "paint"},
        {"intent": ["fill"]},
        {"grow_px": -1},
        {"grow_px": 1.5},
        {"feather_px": 513},
    ],
)
def test_what_is_impossible_is_one_sentence(values: dict[str, Any]) -> None:
    with pytest.raises(RequestError) as raised:
        request_of(Inpaint(**{"boxes": (BOX,), "mask": MASK, **values}))
    sentence = raised.value.sentence
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0
    assert len(sentence) < 300


@pytest.mark.parametrize("extent", [-1, 8193, 1.0, True, None])
def test_extents_are_whole_numbers(extent: Any) -> None:
    with pytest.raises(RequestError, match="extent to the top"):
        Extents(top=extent)


def test_inpainting_needs_a_picture_and_no_upscaling() -> None:
    inpaint = Inpaint((BOX,), MASK)
    with pytest.raises(RequestError, match="picture"):
        request_of(inpaint, init_image=None)
    with pytest.raises(RequestError, match="scale"):
        request_of(inpaint, upscale=2)
    with pytest.raises(RequestError, match="described"):
        request_of("all of it")  # type: ignore[arg-type]


@given(st.sampled_from([field.name for field in dataclasses.fields(Inpaint)]), json_values)
def test_any_value_in_any_place_of_the_record_gives_a_request_or_a_request_error(
    field: str, value: object
) -> None:
    record = json.loads(request_of(Inpaint((BOX,), MASK)).to_json())
    record["inpaint"][field] = value
    try:
        request = Request.from_json(json.dumps(record))
    except RequestError:
        return
    assert len(request.digest) == 64


@pytest.mark.parametrize("record", [{}, {"boxes": None}, {"boxes": [{}]}, {"boxes": [[0, 0, 1]]}])
def test_an_incomplete_record_of_inpainting_is_refused(record: dict[str, Any]) -> None:
    whole = json.loads(request_of(None).to_json()) | {"inpaint": record}
    with pytest.raises(RequestError):
        Request.from_json(json.dumps(whole))
