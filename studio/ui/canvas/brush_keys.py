"""Keys that choose tools and change the brush while the canvas has the focus."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from studio.ui.canvas.tools import TOOLS
from studio.ui.session import Tools

SIZE_STEP: Final = 1.15
HARDNESS_STEP: Final = 0.1
_TOOL_KEYS: Final = {
    QKeySequence(entry.key)[0]: name  # type: ignore[index] # PySide's stubs lack it
    for name, entry in TOOLS.items()
}


def tool_key(event: QKeyEvent, tools: Tools) -> bool:
    """Do what the key says; False if it says nothing here."""
    pressed = event.keyCombination()
    if pressed in _TOOL_KEYS:
        tools.active = _TOOL_KEYS[pressed]
        return True
    match event.key():
        case Qt.Key.Key_BracketLeft:
            return _resize(tools, 1 / SIZE_STEP)
        case Qt.Key.Key_BracketRight:
            return _resize(tools, SIZE_STEP)
        case Qt.Key.Key_BraceLeft:
            return _harden(tools, -HARDNESS_STEP)
        case Qt.Key.Key_BraceRight:
            return _harden(tools, HARDNESS_STEP)
    if pressed == QKeyCombination(Qt.Key.Key_X):
        tools.swap_colours()
    elif pressed == QKeyCombination(Qt.Key.Key_D):
        tools.reset_colours()
    else:
        return False
    return True


def _resize(tools: Tools, factor: float) -> bool:
    if tools.brush is None:
        return False
    size = min(1000.0, max(1.0, tools.brush.size_px * factor))
    tools.set_brush(tools.active, replace(tools.brush, size_px=size))
    return True


def _harden(tools: Tools, by: float) -> bool:
    if tools.brush is None:
        return False
    hardness = min(1.0, max(0.0, tools.brush.hardness + by))
    tools.set_brush(tools.active, replace(tools.brush, hardness=hardness))
    return True
