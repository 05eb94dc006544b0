"""A prompt panel on the screen, with the cursor in the prompt."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from studio.ui.prompt import PromptPanel
from studio.ui.session import Session


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> Iterator[PromptPanel]:
    panel = PromptPanel(session)
    qtbot.addWidget(panel)
    panel.resize(320, 800)
    panel.show()
    panel.activateWindow()
    panel.focus_prompt()
    qtbot.waitUntil(lambda: panel.focusWidget() is not None and panel.focusWidget().hasFocus())
    yield panel
