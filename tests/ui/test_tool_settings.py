"""The tools' settings survive a restart; whatever can't be read stays as it is."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document import Brush
from studio.engine.segmenting import ObjectPart
from studio.ui.session import MaskView, ToolName, Tools
from studio.ui.tool_settings import restore_tools, tools_to_json

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = [
    "foreground",
    "background",
    "brushes",
    "tolerance",
    "contiguous",
    "object_finder",
    "object_part",
    "mask_view",
    "mask_colour",
]


def changed() -> Tools:
    tools = Tools(
        foreground=(1, 2, 3),
        background=(4, 5, 6),
        tolerance=0.4,
        contiguous=False,
        object_finder="sam-vit-base",
        object_part=ObjectPart.WHOLE,
        mask_view=MaskView.OUTLINE,
        mask_colour=(7, 8, 9),
    )
    tools.set_brush(ToolName.ERASER, Brush(77, 0.1, 0.2, 0.3, 0.4, True, True))
    return tools


def test_everything_but_the_tool_in_hand_comes_back() -> None:
    tools = changed()
    tools.active = ToolName.BRUSH
    again = Tools()
    restore_tools(again, tools_to_json(tools))
    assert again == replace(tools, active=ToolName.HAND)
    assert type(again.mask_view) is MaskView


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "null", "{", "[" * 100_000])
def test_what_is_no_record_changes_nothing(text: str) -> None:
    tools = changed()
    restore_tools(tools, text)
    assert tools == changed()


@pytest.mark.parametrize(
    "brush",
    [{"size_px": 0}, {"size_px": 1e9}, {"hardness": "soft"}, {"flow": None}, {"opacity": True}],
)
def test_an_impossible_brush_leaves_the_one_that_is_there(brush: dict[str, object]) -> None:
    record = json.loads(tools_to_json(changed()))
    record["brushes"]["eraser"].update(brush)
    tools = Tools()
    restore_tools(tools, json.dumps(record))
    assert tools.brushes[ToolName.ERASER] == Tools().brushes[ToolName.ERASER]
    assert tools.foreground == (1, 2, 3)


@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_no_record_makes_tools_that_can_not_be(record: dict[str, object]) -> None:
    tools = Tools()
    restore_tools(tools, json.dumps(record))
    restored = Tools()
    restore_tools(restored, tools_to_json(tools))
    assert restored == tools
