from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given

from studio.domain.errors import RequestError
from studio.domain.picture_ref import PictureRef
from studio.domain.stylize import LossWeights, StyleMethod, StyleSource, Stylize, WeightChange
from tests.support.samples import stylizes

REF = PictureRef("0a" * 32, 64, 48)
STYLE = StyleSource(REF)
PAINTED = StyleSource(painted="reeds")


@given(stylizes)
def test_what_was_written_is_read_again(stylize: Stylize) -> None:
    assert Stylize.from_record(json.loads(json.dumps(asdict(stylize)))) == stylize


@pytest.mark.parametrize(
    "values",
    [
        {"styles": ()},
        {"styles": (STYLE,) * 5},
        {"styles": (STYLE, PAINTED)},
        {"styles": (PAINTED,), "method": StyleMethod.OPTIMISED},
        {"styles": (STYLE,), "outside": (STYLE,)},
        {"styles": (STYLE,), "method": "magic"},
        {"styles": (STYLE,), "strength": math.nan},
        {"styles": (STYLE,), "strength": 1.01},
        {"styles": (STYLE,), "iterations": 0},
        {"styles": (STYLE,), "feather_px": -1},
        {"styles": (STYLE,), "mask": "white"},
        {"styles": (STYLE,), "changes": (WeightChange(5, LossWeights()),) * 2},
        {"styles": "a painting"},
    ],
)
def test_the_impossible_is_refused_in_a_sentence(values: dict[str, Any]) -> None:
    with pytest.raises(RequestError) as caught:
        Stylize(**values)
    assert caught.value.sentence.endswith(".")


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"picture": REF, "painted": "reeds"},
        {"painted": 5},
        {"picture": "a painting"},
        {"picture": REF, "weight": 0},
        {"picture": REF, "scale": 5},
        {"picture": REF, "weight": True},
    ],
)
def test_a_style_is_a_picture_or_a_painted_one(values: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        StyleSource(**values)


def test_the_weights_are_those_of_the_last_change() -> None:
    soft, hard = LossWeights(smoothness=9), LossWeights(content=5)
    changes = (WeightChange(10, soft), WeightChange(20, hard))
    stylize = Stylize((STYLE,), method=StyleMethod.OPTIMISED, changes=changes)
    found = [stylize.weights_at(iteration) for iteration in (0, 9, 10, 19, 20, 300)]
    assert found == [LossWeights(), LossWeights(), soft, soft, hard, hard]


@pytest.mark.parametrize("record", [{"styles": [5]}, {"styles": [{"colour": 1}]}, {"styles": 5}])
def test_what_cannot_be_read_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        Stylize.from_record(record)
