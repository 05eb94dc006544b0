"""Tools remember their own settings, and say what changed."""

from __future__ import annotations

from dataclasses import replace

from studio.ui.session.painting.tools import ToolName, Tools


def test_each_tool_remembers_its_own_brush() -> None:
    tools = Tools()
    changed: list[object] = []
    tools.events.brushes.connect(changed.append)
    tools.set_brush(ToolName.MASK_BRUSH, replace(tools.brushes[ToolName.MASK_BRUSH], size_px=99))
    assert len(changed) == 1
    assert tools.brush is None
    tools.active = ToolName.MASK_BRUSH
    assert tools.brush is not None
    assert tools.brush.size_px == 99
    assert tools.brushes[ToolName.BRUSH].size_px == 24


def test_colours_are_swapped_and_reset() -> None:
    tools = Tools()
    tools.foreground = (1, 2, 3)
    tools.swap_colours()
    assert (tools.foreground, tools.background) == ((255, 255, 255), (1, 2, 3))
    tools.reset_colours()
    assert (tools.foreground, tools.background) == ((0, 0, 0), (255, 255, 255))
