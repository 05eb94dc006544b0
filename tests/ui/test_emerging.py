"""What a preview repaints while a picture emerges: its own places, and no layout is done anew.

The steps of the picture are computed on the same cores: whatever the window does takes from them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.domain.geometry import Size
from studio.ui.canvas import CanvasView
from studio.ui.canvas.progress_overlay import ProgressOverlay
from studio.ui.engine_label import EngineLabel
from studio.ui.prompt.generate_bar import GenerateBar
from studio.ui.session import Emergence, Progress, Session
from studio.ui.timeline import TimelinePanel
from studio.ui.timeline.timeline_strip import TimelineStrip
from tests.support.fakes import FakeEngine, picture_pixels
from tests.support.samples import a_request

STEPS = 20


class Ear(QObject):
    """Hears all events of one kind that any widget gets: the widget's class, and what rect."""

    def __init__(self, kind: QEvent.Type) -> None:
        super().__init__()
        self.heard: list[tuple[str, QRect]] = []
        self._kind = kind
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == self._kind and isinstance(watched, QWidget):
            rect = event.rect() if isinstance(event, QPaintEvent) else QRect()
            self.heard.append((type(watched).__name__, rect))
        return False

    def stop(self) -> None:
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]


class Panes(QWidget):
    """The panes of the window that show how far a job is."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.canvas = CanvasView(session)
        self.timeline = TimelinePanel(session)
        self.bar = GenerateBar(session)
        self.label = EngineLabel(session)
        layout = QVBoxLayout(self)
        for pane in (self.canvas, self.timeline, self.bar, self.label):
            layout.addWidget(pane)


@pytest.fixture
def panes(session: Session, engine: FakeEngine, qtbot: QtBot) -> Iterator[Panes]:
    panes = Panes(session)
    qtbot.addWidget(panes)
    panes.resize(900, 800)
    panes.show()
    engine.submit(a_request()).start()
    emergence = Emergence(Size(64, 64), STEPS)
    session.shown.put(emergence, None)
    for step in (1, 2):
        preview(session, step)
    settle()
    yield panes


def preview(session: Session, step: int) -> None:
    emergence = session.shown.emergence
    assert emergence is not None
    emergence.add(step, picture_pixels(8, 8, step))
    session.jobs.set_progress(Progress(step, STEPS, 9.0 + step / 10, 1.0 + STEPS - step))


def behind(panes: Panes, ear: Ear, pane: QWidget) -> bool:
    """Whether what lies behind an opaque pane was painted with it."""
    return any(name == "Panes" and rect.intersects(pane.geometry()) for name, rect in ear.heard)


def settle() -> None:
    for _ in range(5):
        QApplication.processEvents()


def test_nothing_is_laid_out_anew(panes: Panes, session: Session) -> None:
    ear = Ear(QEvent.Type.LayoutRequest)
    for step in range(3, STEPS + 1):
        preview(session, step)
        settle()
    ear.stop()
    assert ear.heard == []


def test_of_the_canvas_only_the_picture_and_the_line_are_repainted(
    panes: Panes, session: Session
) -> None:
    target = panes.canvas._target().toAlignedRect()
    ear = Ear(QEvent.Type.Paint)
    preview(session, 3)
    settle()
    ear.stop()
    canvas = [rect for name, rect in ear.heard if name == "CanvasView"]
    assert canvas.count(target) == 1
    # On a slow machine it may be time for the sentence, too, which lies below the picture.
    assert not any(rect.intersects(target) for rect in canvas if rect != target)
    assert dict(ear.heard)["_Line"] == panes.findChild(ProgressOverlay)._line.rect()
    assert not behind(panes, ear, panes.canvas)


def test_the_timeline_repaints_what_is_new_in_a_while(
    panes: Panes, session: Session, qtbot: QtBot
) -> None:
    strip = panes.timeline.findChild(TimelineStrip)
    assert isinstance(strip, TimelineStrip)
    qtbot.waitUntil(lambda: strip.value() == 2)
    settle()
    ear = Ear(QEvent.Type.Paint)
    preview(session, 3)
    qtbot.waitUntil(lambda: "TimelineStrip" in dict(ear.heard))
    ear.stop()
    slot = strip._geometry().slot_width
    assert dict(ear.heard)["TimelineStrip"].width() <= 2 * slot + 2
    assert not behind(panes, ear, panes.timeline)


def test_the_pill_is_repainted_without_the_picture(panes: Panes, session: Session) -> None:
    target = panes.canvas._target()
    ear = Ear(QEvent.Type.Paint)
    session.jobs.set_progress(Progress(STEPS, STEPS, 9.0, 0.0))
    settle()
    ear.stop()
    canvas = [rect for name, rect in ear.heard if name == "CanvasView"]
    assert canvas
    assert not any(rect.intersects(target.toRect()) for rect in canvas)
