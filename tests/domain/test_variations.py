from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.errors import RequestError
from studio.domain.request import PictureRef
from studio.domain.schedulers import Scheduler
from studio.domain.variations import MAX_VALUES, Axis, Setting, cells, read_values
from tests.support.samples import a_request

START = PictureRef("0a" * 32, 64, 48)


@pytest.mark.parametrize(
    ("setting", "text", "values"),
    [
        (Setting.STEPS, "10, 20,30", "10 20 30"),
        (Setting.STEPS, "1-5", "1 2 3 4 5"),
        (Setting.STEPS, "1-10 (+3), 50", "1 4 7 10 50"),
        (Setting.STEPS, "10-1 (-3)", "10 7 4 1"),
        (Setting.STEPS, "1-10 [4]", "1 4 7 10"),
        (Setting.STEPS, "5-2", "5 4 3 2"),
        (Setting.GUIDANCE_SCALE, "1-2 (+0.5), 7.50", "1 1.5 2 7.5"),
        (Setting.STRENGTH, "0-1 [5]", "0 0.25 0.5 0.75 1"),
        (Setting.SEED, "7, 7, 8", "7 8"),
    ],
)
def test_numbers_and_ranges(setting: Setting, text: str, values: str) -> None:
    assert read_values(setting, text) == tuple(values.split())


def test_a_seed_of_any_length_keeps_its_digits() -> None:
    assert read_values(Setting.SEED, "9007199254740993") == ("9007199254740993",)


def test_words_may_hold_commas_in_quotes() -> None:
    read = read_values(Setting.PROMPT, ' cat, "a dog, asleep" , "say \\"hi\\"",,')
    assert read == ("cat", "a dog, asleep", 'say "hi"')


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (Setting.STEPS, "ten"),
        (Setting.STEPS, "1.5"),
        (Setting.STEPS, ""),
        (Setting.STEPS, " , "),
        (Setting.STEPS, "1-9 (-1)"),
        (Setting.STEPS, "1-9 (+0)"),
        (Setting.SEED, "1-999999999"),
        (Setting.SEED, "1-9 [999999999999]"),
        (Setting.STRENGTH, "nan, 1e, x"),
    ],
)
def test_what_is_no_value_gives_one_sentence(setting: Setting, text: str) -> None:
    with pytest.raises(RequestError) as raised:
        read_values(setting, text)
    assert raised.value.remedy


@given(st.sampled_from(Setting), st.text(max_size=60))
def test_any_text_gives_values_or_a_request_error(setting: Setting, text: str) -> None:
    try:
        values = read_values(setting, text)
    except RequestError:
        return
    assert 1 <= len(values) <= MAX_VALUES
    assert len(set(values)) == len(values)


axes_of_numbers = st.lists(
    st.builds(
        Axis,
        st.sampled_from([Setting.SEED, Setting.STEPS, Setting.GUIDANCE_SCALE]),
        st.lists(st.integers(1, 50).map(str), min_size=1, max_size=4, unique=True).map(tuple),
    ),
    max_size=3,
    unique_by=lambda axis: axis.setting,
).map(tuple)


@given(axes_of_numbers)
def test_every_combination_is_there_once(axes: tuple[Axis, ...]) -> None:
    made = cells(a_request(), axes)
    count = 1
    for axis in axes:
        count *= len(axis.values)
    assert len({cell.place for cell in made}) == len(made) == count
    assert len({cell.request.digest for cell in made}) == count
    for cell in made:
        for axis, number in zip(axes, cell.place, strict=True):
            value = axis.values[number]
            match axis.setting:
                case Setting.SEED:
                    assert cell.request.seed == int(value)
                case Setting.STEPS:
                    assert cell.request.num_inference_steps == int(value)
                case _:
                    assert cell.request.guidance_scale == float(value)


def test_words_of_the_prompt_are_replaced() -> None:
    axes = (
        Axis(Setting.PROMPT, ("cat", "dog")),
        Axis(Setting.PROMPT, ("snow", "rain", "sun")),
        Axis(Setting.SCHEDULER, ("Euler", "LCM")),
    )
    made = cells(a_request("a cat in the snow"), axes)
    assert [cell.request.prompt for cell in made[:4]] == [
        "a cat in the snow",
        "a dog in the snow",
        "a cat in the rain",
        "a dog in the rain",
    ]
    assert made[6].place == (0, 0, 1)
    assert made[6].request.scheduler is Scheduler.LCM


@pytest.mark.parametrize(
    ("axes", "sentence"),
    [
        ((Axis(Setting.PROMPT, ("mouse", "dog")),), "doesn't hold “mouse”"),
        ((Axis(Setting.STEPS, ("1",)), Axis(Setting.STEPS, ("2",))), "same setting"),
        ((Axis(Setting.STEPS, ("500",)),), "from 1 to 200"),
        ((Axis(Setting.SCHEDULER, ("Eulerian",)),), "no scheduler"),
        ((Axis(Setting.STRENGTH, ("0.5",)),), "start picture"),
        (
            tuple(
                Axis(setting, tuple(map(str, range(1, 31))))
                for setting in (Setting.STEPS, Setting.SEED)
            ),
            "900 pictures",
        ),
    ],
)
def test_what_no_grid_can_be_is_refused(axes: tuple[Axis, ...], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        cells(a_request(), axes)


def test_with_a_start_picture_its_strength_can_vary() -> None:
    request = a_request(init_image=START)
    made = cells(request, (Axis(Setting.STRENGTH, ("0.25", "1")),))
    assert [cell.request.strength for cell in made] == [0.25, 1.0]


@pytest.mark.parametrize(
    ("setting", "label"), [(Setting.STEPS, "steps 5"), (Setting.PROMPT, "5"), (Setting.MODEL, "5")]
)
def test_labels_say_what_is_not_plain_by_itself(setting: Setting, label: str) -> None:
    assert Axis(setting, ("5",)).labels == (label,)


def test_one_value_for_a_side_is_enough() -> None:
    values: Any = read_values(Setting.MODEL, "pentimento-small")
    assert cells(a_request(), (Axis(Setting.MODEL, values),))[0].request.model == "pentimento-small"
