"""What the style pane remembers, and that nothing in the settings file can break it."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.document.restyling import RestyleMethod
from studio.domain.stylize import StyleColours
from studio.ui.session import Session
from studio.ui.style_settings import restore_style, style_to_json

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = st.sampled_from(
    ["method", "strengths", "colours", "tries_out", "adapter", "structure", "seen", "kept"]
)


def test_it_comes_back_as_it_was(session: Session) -> None:
    restyling = session.restyling
    restyling.set_strength(0.3)
    restyling.set_method(RestyleMethod.DIFFUSION)
    restyling.set_strength(0.7)
    restyling.set_colours(StyleColours.HISTOGRAM)
    restyling.set_tries_out(False)
    restyling.guiding.want_adapter("")
    restyling.guiding.want_structure("tile")
    restyling.guiding.set_seen(0.4)
    restyling.guiding.set_kept(0.2)
    text = style_to_json(restyling)
    restyling.set_method(RestyleMethod.INSTANT)
    restyling.set_strength(1.0)
    restyling.set_colours(StyleColours.STYLE)
    restyling.set_tries_out(True)
    restyling.guiding.want_adapter("plus")
    restyling.guiding.want_structure("canny")
    restyling.guiding.set_seen(1.0)
    restyling.guiding.set_kept(0.0)
    restore_style(restyling, text)
    assert style_to_json(restyling) == text
    assert restyling.wishes.method is RestyleMethod.DIFFUSION
    assert restyling.wishes.strength == 0.7
    assert restyling.strengths[RestyleMethod.INSTANT] == 0.3


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"method": "magic"}', "[" * 100_000])
def test_what_cannot_be_read_changes_nothing(session: Session, text: str) -> None:
    before = style_to_json(session.restyling)
    restore_style(session.restyling, text)
    assert style_to_json(session.restyling) == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=st.dictionaries(FIELDS, JSON))
def test_whatever_stands_there_the_values_stay_in_range(
    session: Session, record: dict[str, object]
) -> None:
    restore_style(session.restyling, json.dumps(record))
    assert all(0 <= strength <= 1 for strength in session.restyling.strengths.values())
    assert session.restyling.wishes.method in RestyleMethod
    guiding = session.restyling.guiding
    assert 0 <= guiding.seen <= 1 and 0 <= guiding.kept <= 1
    assert guiding.wanted_structure is None or isinstance(guiding.wanted_structure, str)
