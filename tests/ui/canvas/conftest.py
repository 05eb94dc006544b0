"""A canvas that is shown and has the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from studio.ui.canvas import CanvasView
from studio.ui.session import Session


@pytest.fixture
def canvas_wh() -> tuple[int, int]:
    """How large the canvas is; a file of tests may have another one."""
    return 500, 400


@pytest.fixture
def canvas(session: Session, canvas_wh: tuple[int, int], qtbot: QtBot) -> Iterator[CanvasView]:
    canvas = CanvasView(session)
    qtbot.addWidget(canvas)
    canvas.resize(*canvas_wh)
    canvas.show()
    canvas.activateWindow()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus)
    yield canvas
