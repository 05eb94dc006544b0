"""What is known of how a picture was made: whatever goes in, only clean values come out."""

import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.limits import MAX_PROMPT_CHARS, MAX_STEPS
from studio.domain.request import PictureRef, Request
from studio.library.settings import PictureSettings, loras_in

_REQUEST = Request(
    prompt="a fox <lora:ink:0.8> at night",
    negative_prompt="blur",
    seed=41,
    model="pentimento-tiny",
    width=512,
    height=320,
    num_inference_steps=12,
    guidance_scale=3.5,
)

_PAIRS = ("loras", "others", "lora_hashes")
_NAMES = [field.name for field in fields(PictureSettings) if field.name not in _PAIRS]
_ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(["1e308", "NaN", "-inf", "-1", "1" * 40, 10**400, "9" * 10_000]),
    st.lists(st.integers()),
)


def test_our_own_request_is_told_whole() -> None:
    settings = PictureSettings.of(_REQUEST, 2)

    assert settings.program == "Pentimento"
    assert (settings.prompt, settings.negative_prompt) == (_REQUEST.prompt, "blur")
    assert (settings.seed, settings.steps, settings.guidance_scale) == (43, 12, 3.5)
    assert (settings.model, settings.sampler) == ("pentimento-tiny", "Euler")
    assert (settings.width, settings.height, settings.strength) == (512, 320, None)
    assert settings.loras == (("ink", 0.8),)


def test_an_upscaled_picture_tells_of_no_drawing() -> None:
    request = Request(
        prompt="",
        seed=0,
        model="",
        width=8,
        height=8,
        num_inference_steps=0,
        init_image=PictureRef("0" * 64, 8, 8),
        upscale=2,
    )

    settings = PictureSettings.of(request, 0)

    assert (settings.seed, settings.steps, settings.guidance_scale) == (None, None, None)
    assert (settings.sampler, settings.strength) == ("", None)


@given(
    st.fixed_dictionaries(dict.fromkeys(_NAMES, _ANYTHING)),
    st.lists(st.tuples(_ANYTHING, _ANYTHING), max_size=3),
)
def test_every_value_is_clean_whatever_was_written(
    values: dict[str, object], pairs: list[tuple[object, object]]
) -> None:
    settings = PictureSettings(**values, **dict.fromkeys(_PAIRS, tuple(pairs)))  # type: ignore[arg-type]

    assert settings.steps is None or 1 <= settings.steps <= MAX_STEPS
    assert settings.seed is None or 0 <= settings.seed < 2**63
    assert settings.width is None or 1 <= settings.width <= 65_535
    assert settings.guidance_scale is None or 0 <= settings.guidance_scale <= 50
    assert settings.strength is None or 0 <= settings.strength <= 1
    assert all(isinstance(name, str) and math.isfinite(weight) for name, weight in settings.loras)
    for text in (
        settings.prompt,
        settings.model,
        *(key for key, _ in (*settings.others, *settings.lora_hashes)),
    ):
        text.encode()
        assert len(text) <= MAX_PROMPT_CHARS
        assert not any(ord(letter) < 32 and letter not in "\t\n" for letter in text)


def test_marks_that_turn_text_around_are_left_out() -> None:
    settings = PictureSettings(prompt="a\u202egnp.exe\u2066\0\x1b[31m\r\nb\ud800")

    assert settings.prompt == "agnp.exe[31m\nb"


def test_a_seed_that_no_generator_takes_is_no_seed() -> None:
    assert PictureSettings(seed=-1).seed is None
    assert PictureSettings(seed=2**64).seed is None
    assert PictureSettings(seed=2**40).seed == 2**40


def test_endless_text_is_cut() -> None:
    assert len(PictureSettings(prompt="x" * 10_000_000).prompt) == MAX_PROMPT_CHARS


def test_loras_are_found_by_their_tags() -> None:
    prompt = "a <lora:ink:0.8> b <lyco:wash> c <lora:x:nan> <lora::1> <lora:unclosed"
    assert loras_in(prompt) == (("ink", 0.8), ("wash", 1.0), ("x", 1.0))


@pytest.mark.parametrize(
    ("tag", "weight"),
    [
        ("<lora:ink:0.4:0.9>", 0.9),
        ("<lora:ink:0.4:0>", 0.0),
        ("<lora:ink:te=0.4:unet=0.9>", 0.9),
        ("<lora:ink:0.4:te=0.9>", 0.9),
        ("<lora:ink:0.4:1,0,0.5>", 0.4),
        ("<lora:ink:0.4:0.9:1,0,0.5>", 0.9),
        ("<lora:ink:>", 1.0),
    ],
)
def test_a_loras_weight_is_that_of_the_unet(tag: str, weight: float) -> None:
    assert loras_in(f"a {tag} b") == (("ink", weight),)
