from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.errors import RequestError
from studio.domain.geometry import Size
from studio.domain.model import ModelInfo
from studio.domain.request import PictureRef
from studio.domain.schedulers import Scheduler
from studio.ui.session import Draft

MODEL = ModelInfo(
    name="tiny",
    title="Tiny",
    family="sd",
    path=Path("tiny"),
    size_multiple_px=8,
    sizes=(Size(64, 64), Size(96, 64)),
    default_steps=12,
    default_guidance_scale=3.5,
    default_scheduler=Scheduler.HEUN,
    default_upscale=4,
    licence="Apache-2.0",
)


def test_a_new_draft_takes_the_models_defaults():
    draft = Draft.for_model(MODEL)
    assert (draft.size, draft.num_inference_steps) == (Size(64, 64), 12)
    assert (draft.guidance_scale, draft.scheduler) == (3.5, Scheduler.HEUN)
    assert draft.upscale == 4


def test_a_field_announces_only_a_real_change():
    draft = Draft.for_model(MODEL)
    seen: list[str] = []
    draft.events.prompt.connect(seen.append)
    draft.prompt = "an owl"
    draft.prompt = "an owl"
    assert seen == ["an owl"]


def test_count_gives_consecutive_seeds_and_otherwise_equal_requests():
    draft = Draft.for_model(MODEL)
    draft.seed, draft.count, draft.prompt = 7, 3, " an owl "
    requests = draft.requests()
    assert [request.seed for request in requests] == [7, 8, 9]
    assert {request.prompt for request in requests} == {"an owl"}


def test_the_start_picture_is_in_every_request():
    ref = PictureRef("0" * 64, 64, 64)
    assert Draft.for_model(MODEL).requests(ref)[0].init_image == ref


def test_restoring_a_request_makes_the_same_request_again():
    draft = Draft.for_model(MODEL)
    draft.prompt, draft.negative_prompt, draft.scheduler = "a boat", "rain", Scheduler.EULER_A
    draft.upscale = 2
    draft.resize(Size(96, 64))
    request = draft.as_request()
    other = Draft.for_model(MODEL)
    other.restore(request, MODEL)
    assert other.as_request() == request
    assert other.keep_seed


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_a_resized_draft_can_always_be_requested(width: int, height: int):
    draft = Draft.for_model(MODEL)
    draft.resize(Size(width, height))
    request = draft.as_request()
    assert request.width % MODEL.size_multiple_px == 0
    assert request.height % MODEL.size_multiple_px == 0


def test_an_impossible_value_is_one_sentence():
    draft = Draft.for_model(MODEL)
    draft.num_inference_steps = 0
    with pytest.raises(RequestError, match="steps"):
        draft.requests()
