from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document.inpainting import (
    InpaintWishes,
    automatic_area,
    inpainting,
    mask_inside,
    outpainting,
)
from studio.document.masks import Mask, bounds
from studio.document.repaint_masks import cover_of
from studio.domain.errors import RequestError
from studio.domain.geometry import Box, Size
from studio.domain.inpaint import Extents, Fill, Intent
from studio.domain.intents import INTENTS
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from tests.support.fakes import a_model
from tests.support.samples import a_request

SMALL = a_model(sizes=(Size(64, 64),))
LARGE = a_model(sizes=(Size(512, 512),))
PICTURE = PictureRef("0a" * 32, 1024, 768)
MASK_REF = PictureRef("0b" * 32, 1024, 768)


def mask_of(*boxes: Box) -> Mask:
    mask = np.zeros((768, 1024), np.uint8)
    for box in boxes:
        mask[box.slices] = 255
    return mask


SPOT = mask_of(Box(400, 300, 240, 120))


def painted(mask: Mask = SPOT, model: Any = SMALL, prompt: str = "a cat", **wishes: Any) -> Request:
    base = a_request(prompt, upscale=4, scheduler="DDIM")
    return inpainting(base, model, PICTURE, mask, MASK_REF, InpaintWishes(**wishes))


@pytest.mark.parametrize("intent", [intent for intent in Intent if intent is not Intent.EXPAND])
def test_an_intent_decides_what_is_left_open(intent: Intent) -> None:
    request, values = painted(model=LARGE, intent=intent), INTENTS[intent]
    assert request.inpaint is not None
    assert (request.strength, request.inpaint.fill) == (values.strength, values.fill)
    assert request.inpaint.intent is intent
    assert (request.init_image, request.inpaint.mask) == (PICTURE, MASK_REF)
    assert (request.prompt, request.seed, request.scheduler) == ("a cat", 7, "DDIM")
    assert request.upscale == 1
    assert request.finished_size == Size(1024, 768)


def test_what_is_wished_is_done() -> None:
    request = painted(strength=0.33, fill=Fill.NOISE, padding_px=0, grow_px=3, feather_px=5)
    inpaint = request.inpaint
    assert inpaint is not None
    assert (request.strength, inpaint.fill) == (0.33, Fill.NOISE)
    assert (inpaint.grow_px, inpaint.feather_px) == (3, 5)
    (box,) = inpaint.boxes
    assert (box.x, box.right) == (400 - 8, 640 + 8)


def test_a_larger_mask_has_a_softer_edge_and_sees_more() -> None:
    small, large = (
        painted(mask_of(Box(400, 300, 40, 40)), LARGE),
        painted(mask_of(Box(100, 100, 480, 480)), LARGE),
    )
    assert small.inpaint is not None
    assert large.inpaint is not None
    assert (small.inpaint.grow_px, small.inpaint.feather_px) == (4, 8)
    assert (large.inpaint.grow_px, large.inpaint.feather_px) == (10, 20)
    assert large.inpaint.boxes[0].width >= 480 + 2 * 120


def test_a_small_model_begins_with_less_noise_but_replaces_all_the_same() -> None:
    assert painted(intent=Intent.ADD).strength < painted(model=LARGE, intent=Intent.ADD).strength
    assert painted(intent=Intent.REPLACE).strength == 1


def test_a_small_model_sees_little_around_a_thing_and_enough_around_a_gap() -> None:
    thing, gap = painted(intent=Intent.ADD).inpaint, painted(intent=Intent.REMOVE).inpaint
    large = painted(model=LARGE, intent=Intent.ADD).inpaint
    assert thing is not None
    assert gap is not None
    assert large is not None
    assert thing.boxes[0].width < 240 * 1.3
    assert gap.boxes[0].width >= 240 * 1.5
    assert large.boxes[0].width >= 240 * 1.5


def test_the_whole_picture_or_each_island() -> None:
    assert painted(whole=True).inpaint.boxes == (Box(0, 0, 1024, 768),)  # type: ignore[union-attr]
    islands = mask_of(Box(50, 50, 60, 60), Box(800, 600, 60, 60))
    together, apart = painted(islands).inpaint, painted(islands, separately=True).inpaint
    assert together is not None
    assert apart is not None
    assert (len(together.boxes), len(apart.boxes)) == (1, 2)


@pytest.mark.parametrize("intent", Intent)
def test_some_intents_need_words(intent: Intent) -> None:
    if intent is Intent.EXPAND:
        return
    if INTENTS[intent].needs_prompt:
        with pytest.raises(RequestError, match=f"To {intent} something"):
            painted(prompt=" ", intent=intent)
    else:
        assert painted(prompt="", intent=intent).prompt == ""


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"padding_px": -1}, "padding"),
        ({"grow_px": -1}, "growth"),
        ({"feather_px": 513}, "feathering"),
        ({"strength": 0.0}, "strength"),
        ({"strength": 1.5}, "strength"),
        ({"fill": "paint"}, "fill"),
    ],
)
def test_what_is_out_of_range_is_one_sentence(wishes: dict[str, Any], words: str) -> None:
    with pytest.raises(RequestError, match=words):
        painted(**wishes)


def test_an_empty_mask_and_one_of_another_size_are_refused() -> None:
    with pytest.raises(RequestError, match="empty"):
        painted(mask_of())
    with pytest.raises(RequestError, match="equally large"):
        inpainting(
            a_request(),
            SMALL,
            PICTURE,
            np.full((9, 9), 255, np.uint8),
            PictureRef("0b" * 32, 9, 9),
            InpaintWishes(),
        )


def test_extending() -> None:
    wishes = InpaintWishes(Intent.EXPAND)
    request = outpainting(a_request(""), SMALL, PICTURE, Extents(left=100, bottom=50), wishes)
    inpaint = request.inpaint
    assert inpaint is not None
    assert request.finished_size == Size(1124, 818)
    assert inpaint.mask is None
    assert inpaint.fill is Fill.BORDER
    assert (inpaint.grow_px, inpaint.feather_px) == (12, 24)
    first, last = (inpaint.box_of_step(step, 5 * len(inpaint.boxes)) for step in (5, 6))
    assert (first, last) == inpaint.boxes[:2]


def test_nothing_to_extend_and_too_much_are_refused() -> None:
    wishes = InpaintWishes(Intent.EXPAND)
    with pytest.raises(RequestError, match="nothing to extend"):
        outpainting(a_request(), SMALL, PICTURE, Extents(), wishes)
    with pytest.raises(RequestError, match="8192 pixels"):
        outpainting(a_request(), SMALL, PICTURE, Extents(left=8000), wishes)


def in_area(area: Box, mask: Mask = SPOT, **wishes: Any) -> Request:
    wished = InpaintWishes(**wishes)
    inside = mask_inside(area, mask, wished)
    return inpainting(a_request("a cat"), SMALL, PICTURE, inside, MASK_REF, wished, area)


def test_a_chosen_area_is_all_that_the_model_sees() -> None:
    area = Box(380, 200, 320, 240)
    request = in_area(area)
    assert request.inpaint is not None
    assert request.inpaint.boxes == (area,)
    assert (request.width, request.height) == (72, 56)
    assert in_area(area, whole=True).inpaint.boxes == (area,)  # type: ignore[union-attr]


def test_islands_have_their_boxes_inside_a_chosen_area() -> None:
    islands = mask_of(Box(100, 100, 60, 60), Box(500, 400, 60, 60), Box(900, 700, 60, 60))
    area = Box(40, 40, 600, 500)
    inpaint = in_area(area, islands, separately=True).inpaint
    assert inpaint is not None
    assert len(inpaint.boxes) == 2
    for box in inpaint.boxes:
        assert (box.x, box.y) >= (area.x, area.y)
        assert (box.right, box.bottom) <= (area.right, area.bottom)


def test_what_the_studio_chooses_is_what_is_asked_for() -> None:
    wishes = InpaintWishes(padding_px=40)
    masked = bounds(SPOT)
    assert masked is not None
    area = automatic_area(masked, PICTURE.size, SMALL, wishes)
    request = painted(padding_px=40)
    assert request.inpaint is not None
    assert request.inpaint.boxes == area.boxes
    assert request.size == area.size


def test_a_mask_beside_the_chosen_area_is_one_sentence() -> None:
    for area in (Box(0, 0, 200, 200), Box(640, 300, 100, 100), Box(630, 300, 100, 100)):
        with pytest.raises(RequestError, match="outside the working area"):
            in_area(area)


@given(st.data())
def test_what_is_painted_fades_out_inside_the_chosen_area(data: st.DataObject) -> None:
    x, y = data.draw(st.integers(0, 700)), data.draw(st.integers(0, 500))
    right, bottom = data.draw(st.integers(x + 60, 1024)), data.draw(st.integers(y + 60, 768))
    area = Box.between(x, y, right, bottom)
    inpaint = in_area(area, mask_of(Box(0, 0, 1024, 768))).inpaint
    assert inpaint is not None
    inside = mask_inside(area, mask_of(Box(0, 0, 1024, 768)), InpaintWishes())
    cover = cover_of(inside, inpaint.grow_px, inpaint.feather_px)[area.slices]
    for at_border, edge in (
        (x == 0, cover[:, 0]),
        (y == 0, cover[0]),
        (right == 1024, cover[:, -1]),
        (bottom == 768, cover[-1]),
    ):
        # One step of the fading may reach the outermost pixels.
        assert at_border or edge.max() <= 255 / inpaint.feather_px + 1
    assert cover.max() == 255
