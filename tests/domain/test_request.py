from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.adapters import FreeU, LoraUse, Refiner, SkipLayers
from studio.domain.control import Control, Preprocessor, Reference
from studio.domain.errors import RequestError
from studio.domain.geometry import Box
from studio.domain.hires import HiresFix, Tiling
from studio.domain.inpaint import Extents, Inpaint
from studio.domain.limits import MAX_PROMPT_CHARS
from studio.domain.request import FORMAT_VERSION, PictureRef, Request
from studio.domain.schedulers import Scheduler
from studio.domain.stylize import StyleSource, Stylize
from studio.domain.task import Task
from studio.domain.upscalers import MAX_FINISHED_PIXELS
from studio.library.reading import MAX_PIXELS
from tests.support.samples import a_request, requests

REF = PictureRef("0a" * 32, 64, 48)
OTHER_REF = PictureRef("0b" * 32, 64, 48)
BEFORE_INPAINTING = "5f29e0a36dbdc37f37a29fa3c2c9bf11e3cb99ea16e30e685fc1660123a03ab4"
CHANGES: dict[str, Any] = {
    "prompt": "a cat in the snow ",
    "seed": 8,
    "model": "tiny2",
    "width": 72,
    "height": 56,
    "negative_prompt": "blurry",
    "num_inference_steps": 21,
    "guidance_scale": math.nextafter(5.0, 6.0),
    "scheduler": Scheduler.EULER_A,
    "num_images_per_prompt": 2,
    "init_image": REF,
    "strength": math.nextafter(0.6, 1.0),
    "upscale": 2,
    "inpaint": Inpaint((Box(0, 0, 8, 8),), extend=Extents(left=8)),
    "upscaler": "another",
    "last_step": 12,
    "loras": (LoraUse("ink", 0.8),),
    "vae": "ft-mse",
    "clip_skip": 1,
    "freeu": FreeU(),
    "pag_scale": 3.0,
    "skip_layers": SkipLayers(),
    "image_guidance_scale": 1.6,
    "refiner": Refiner("refiner"),
    "controls": (Control("canny", REF),),
    "references": (Reference("face", REF),),
    "hires": HiresFix(128, 96),
    "tiling": Tiling(),
}
STYLIZE = Stylize((StyleSource(OTHER_REF),))


@given(requests)
def test_json_gives_the_same_request_back(request_: Request) -> None:
    again = Request.from_json(request_.to_json())
    assert again == request_
    assert again.to_json() == request_.to_json()
    assert again.digest == request_.digest


@given(requests, requests)
def test_digests_are_equal_exactly_when_requests_are(one: Request, other: Request) -> None:
    assert (one.digest == other.digest) == (one == other)


@pytest.mark.parametrize("field", CHANGES)
def test_a_change_of_any_field_changes_the_digest(field: str) -> None:
    request = a_request(init_image=OTHER_REF)
    assert dataclasses.replace(request, **{field: CHANGES[field]}).digest != request.digest


def test_what_was_written_before_inpainting_keeps_its_digest() -> None:
    record = json.loads(a_request().to_json())
    assert not {"inpaint", "upscaler", "last_step", "branch"} & record.keys()
    assert a_request().digest == BEFORE_INPAINTING


def test_a_lora_without_a_strength_for_the_prompt_keeps_its_digest() -> None:
    plain = a_request(loras=(LoraUse("ink", 0.8),))
    record = json.loads(plain.to_json())
    assert record["loras"] == [{"name": "ink", "weight": 0.8, "blocks": []}]
    told = a_request(loras=(LoraUse("ink", 0.8, (), 0.0),))
    assert told.digest != plain.digest
    assert Request.from_json(told.to_json()) == told


def test_a_change_inside_the_start_picture_changes_the_digest() -> None:
    digests = {
        a_request(init_image=ref).digest
        for ref in (
            REF,
            OTHER_REF,
            dataclasses.replace(REF, width=65),
            dataclasses.replace(REF, height=49),
        )
    }
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("one", "same"), [(5, 5.0), (0.0, -0.0), (7, 7.0)], ids=["whole", "minus zero", "seven"]
)
def test_equal_numbers_are_the_same_request(one: float, same: float) -> None:
    requests = [a_request(guidance_scale=one), a_request(guidance_scale=same)]
    assert requests[0] == requests[1]
    assert requests[0].digest == requests[1].digest


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", -1),
        ("seed", 2**63),
        ("seed", 1.0),
        ("seed", True),
        ("width", 8),
        ("height", 8193),
        ("width", "64"),
        ("num_inference_steps", 0),
        ("num_inference_steps", 201),
        ("num_images_per_prompt", 0),
        ("num_images_per_prompt", 65),
        ("guidance_scale", -0.1),
        ("guidance_scale", 50.1),
        ("guidance_scale", math.nan),
        ("guidance_scale", math.inf),
        ("guidance_scale", 10**400),
        ("guidance_scale", "5"),
        ("strength", 0.0),
        ("strength", 1.01),
        ("strength", True),
        ("upscale", 0),
        ("upscale", 3),
        ("upscale", 2.0),
        ("upscale", True),
        ("upscale", [2]),
        ("prompt", None),
        ("prompt", "x" * (MAX_PROMPT_CHARS + 1)),
        ("negative_prompt", "\ud800"),
        ("model", 7),
        ("scheduler", "Eulerian"),
        ("scheduler", ["Euler"]),
        ("init_image", "0a" * 32),
    ],
)
def test_what_is_out_of_range_gives_one_sentence(field: str, value: object) -> None:
    with pytest.raises(RequestError) as raised:
        a_request(**{field: value})  # type: ignore[arg-type]
    sentence = raised.value.sentence
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0
    assert len(sentence) < 500


@pytest.mark.parametrize(
    ("digest", "width", "height"),
    [
        ("0A" * 32, 1, 1),
        ("0a" * 31, 1, 1),
        (["a"] * 64, 1, 1),
        (None, 1, 1),
        ("0a" * 32, 0, 1),
        ("0a" * 32, 1, 65_536),
    ],
)
def test_a_start_picture_needs_digest_and_size(digest: Any, width: int, height: int) -> None:
    with pytest.raises(RequestError):
        PictureRef(digest, width, height)


def test_the_finished_picture_is_larger_than_what_is_drawn() -> None:
    request = a_request(width=64, height=48, upscale=4)
    assert (str(request.size), str(request.finished_size)) == ("64 × 48", "256 × 192")
    assert a_request().finished_size == a_request().size


@pytest.mark.parametrize(("upscale", "side"), [(1, 8192), (2, 4096), (4, 2048)])
def test_the_finished_picture_has_an_end(upscale: int, side: int) -> None:
    assert a_request(width=side, height=16, upscale=upscale).finished_size.width == 8192
    with pytest.raises(RequestError):
        a_request(width=16, height=side + 8, upscale=upscale)
    with pytest.raises(RequestError, match=r"8224 × 64.*8192 pixels") as raised:
        a_request(width=2056, height=16, upscale=4)
    assert raised.value.remedy


def upscaling(**changes: Any) -> Request:
    values = {"num_inference_steps": 0, "init_image": REF, "upscale": 2}
    return a_request(**{**values, "width": REF.width, "height": REF.height, **changes})


def test_without_steps_a_picture_is_upscaled_as_it_is() -> None:
    request = upscaling(upscaler="another", model="")
    assert request.task is Task.UPSCALE
    assert request.finished_size == REF.size.times(2)
    assert Request.from_json(request.to_json()) == request
    assert a_request(init_image=REF).task is Task.GENERATE
    tiny = PictureRef(REF.digest, 1, 3)
    assert str(upscaling(init_image=tiny, width=1, height=3).finished_size) == "2 × 6"


@pytest.mark.parametrize(
    "changes",
    [
        {"init_image": None},
        {"upscale": 1},
        {"num_images_per_prompt": 2},
        {"width": REF.width + 1},
        {"height": float(REF.height)},
        {"width": None},
        {"inpaint": Inpaint((Box(0, 0, 8, 8),), extend=Extents(left=8)), "upscale": 1},
    ],
)
def test_without_steps_nothing_else_is_possible(changes: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        upscaling(**changes)


def test_an_upscaled_picture_is_no_larger_than_what_the_studio_opens() -> None:
    large = PictureRef(REF.digest, 4000, 3000)
    assert upscaling(init_image=large, width=4000, height=3000).finished_size.width == 8000
    with pytest.raises(RequestError, match=r"16000 × 12000.*67 million pixels.*Upscale it 2 ×"):
        upscaling(init_image=large, width=4000, height=3000, upscale=4)
    assert MAX_FINISHED_PIXELS == MAX_PIXELS


def test_a_request_from_before_upscaling_is_one_without() -> None:
    record = json.loads(a_request().to_json())
    assert record.pop("upscale") == 1
    assert Request.from_json(json.dumps(record)) == a_request()


def test_schedulers_may_be_given_by_name() -> None:
    assert a_request(scheduler="Euler a").scheduler is Scheduler.EULER_A


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(st.sampled_from([field.name for field in dataclasses.fields(Request)]), json_values)
def test_any_value_in_any_place_gives_a_request_or_a_request_error(
    field: str, value: object
) -> None:
    record = json.loads(a_request(init_image=REF).to_json()) | {field: value}
    try:
        request = Request.from_json(json.dumps(record))
    except RequestError:
        return
    assert len(request.digest) == 64


@given(st.text() | json_values.map(json.dumps) | st.just("[" * 100_000))
def test_any_text_gives_a_request_or_a_request_error(text: str) -> None:
    with pytest.raises(RequestError):
        Request.from_json(text)


@pytest.mark.parametrize("field", ["prompt", "seed", "model", "width", "height", "version"])
def test_an_incomplete_record_is_refused(field: str) -> None:
    record = json.loads(a_request().to_json())
    del record[field]
    with pytest.raises(RequestError):
        Request.from_json(json.dumps(record))


def test_a_newer_format_is_refused_and_says_what_to_do() -> None:
    record = json.loads(a_request().to_json()) | {"version": FORMAT_VERSION + 1}
    with pytest.raises(RequestError, match="newer") as raised:
        Request.from_json(json.dumps(record))
    assert raised.value.remedy == "Update the studio."


def test_unknown_keys_are_passed_over() -> None:
    record = json.loads(a_request().to_json()) | {"mood": "calm", "__class__": "os.system"}
    assert Request.from_json(json.dumps(record)) == a_request()


def test_every_field_is_among_the_changes() -> None:
    assert {*CHANGES, "stylize", "branch", "edit"} == {
        field.name for field in dataclasses.fields(Request)
    }


def a_styled(**others: Any) -> Request:
    values = {"init_image": REF, "num_inference_steps": 0, "stylize": STYLIZE, **others}
    return a_request(**values)


def test_a_picture_in_another_style_keeps_its_size() -> None:
    request = a_styled()
    assert (request.task, request.finished_size) == (Task.STYLIZE, REF.size)
    upscaled = dataclasses.replace(request, stylize=None, upscale=2)
    assert upscaled.digest != request.digest


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"init_image": None}, "Only a picture can take on a style"),
        ({"width": 72}, "keeps its size"),
        ({"upscale": 2}, "keeps its size"),
        ({"num_inference_steps": 5}, "keeps its size"),
        ({"num_images_per_prompt": 2}, "one picture"),
        ({"inpaint": CHANGES["inpaint"]}, "isn't described"),
        ({"stylize": Stylize((StyleSource(REF),), mask=PictureRef("0c" * 32, 8, 8))}, "mask is"),
        ({"init_image": PictureRef("0a" * 32, 9000, 9000), "width": 9000, "height": 9000}, "more"),
    ],
)
def test_what_no_style_can_do_is_refused(others: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        a_styled(**others)


def test_a_picture_that_is_edited_takes_all_steps() -> None:
    edited = a_request(init_image=REF, edit=True, strength=0.3)
    assert edited.whole_way == edited.num_inference_steps
    assert Request.from_json(edited.to_json()) == edited
    assert edited.digest != dataclasses.replace(edited, edit=False).digest


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"edit": True}, "Only a picture can be changed"),
        ({"edit": 1, "init_image": REF}, "yes or no"),
        (
            {
                "hires": HiresFix(128, 96),
                "init_image": REF,
                "inpaint": Inpaint((Box(0, 0, 8, 8),), extend=Extents(left=8)),
            },
            "second pass",
        ),
        ({"loras": (LoraUse("a"),) * 17}, "at most 16 LoRAs"),
        ({"controls": ("canny",)}, "controls can't be read"),
        ({"clip_skip": 99}, "clip skip"),
        ({"vae": 3}, "vae must be text"),
    ],
)
def test_what_no_model_can_do_is_refused(others: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        a_request(**others)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: LoraUse(""), "LoRA must be named"),
        (lambda: LoraUse("a", 9), "weight of a LoRA"),
        (lambda: SkipLayers(scale=-1), "scale of skip-layer"),
        (lambda: SkipLayers(layers=(7.5,)), "layer to skip"),
        (lambda: SkipLayers(layers=(1,) * 65), "At most 64 layers"),
        (lambda: SkipLayers(end=2), "end of skip-layer"),
        (lambda: LoraUse("a", blocks=(math.nan,)), "weight of a block"),
        (lambda: FreeU(b1=5), "b1 of FreeU"),
        (lambda: Refiner("r", 1.5), "start of the refiner"),
        (lambda: Control("c", REF, "scratch"), "preprocessor"),
        (lambda: Control("c", REF, start=0.5, end=0.5), "must end after"),
        (lambda: Control("c", "picture"), "isn't described"),
        (lambda: Reference("r", REF, 2), "strength of a reference"),
        (lambda: HiresFix(8, 96), "width of the second pass"),
        (lambda: Tiling(64, 40), "half their side"),
    ],
)
def test_impossible_wishes_are_refused_in_a_sentence(make: Any, sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        make()


def test_a_preprocessor_may_be_named_by_text() -> None:
    assert Control("c", REF, "canny").preprocessor is Preprocessor.CANNY
