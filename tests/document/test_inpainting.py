from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio.document.inpainting import InpaintWishes, inpainting, outpainting
from studio.document.masks import Mask
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
