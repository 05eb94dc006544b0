"""The timeline with real events: scrub, keys, play, follow."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.domain.geometry import Size
from studio.domain.hires import HiresFix
from studio.ui import theme
from studio.ui.session import Emergence, Session
from studio.ui.timeline import TimelinePanel
from studio.ui.timeline.step_peek import StepPeek
from studio.ui.timeline.strip_painting import BOUNDARY_REACH
from studio.ui.timeline.timeline_panel import NO_PICTURE, NO_STEPS
from studio.ui.timeline.timeline_strip import TimelineStrip
from tests.support.fakes import picture_pixels
from tests.support.samples import a_request

STEPS = 10


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> Iterator[TimelinePanel]:
    panel = TimelinePanel(session)
    qtbot.addWidget(panel)
    panel.resize(700, panel.sizeHint().height())
    panel.show()
    panel.activateWindow()
    yield panel
    panel.stop()


@pytest.fixture
def strip(panel: TimelinePanel) -> TimelineStrip:
    return panel.findChild(TimelineStrip)


def frames(count: int = STEPS) -> np.ndarray:
    return np.stack([picture_pixels(8, 8, seed) for seed in range(count)])


def running(session: Session, taken: int) -> Emergence:
    emergence = Emergence(Size(64, 64), STEPS)
    session.shown.put(emergence, None)
    for step in range(1, taken + 1):
        emergence.add(step, frames()[step - 1])
    return emergence


def finished(session: Session, count: int = STEPS) -> Emergence:
    emergence = Emergence.of_finished(picture_pixels(64, 64, 99), frames(count))
    session.shown.put(emergence, None)
    return emergence


def over(strip: TimelineStrip, step: int) -> QPoint:
    return QPoint(round(strip._centre(step)), strip.height() // 2)


def text(panel: TimelinePanel) -> str:
    labels = [label for label in panel.findChildren(QLabel) if label.window() is panel]
    return "\n".join(label.text() for label in labels if label.isVisible())


def accent_columns(widget: QWidget) -> list[int]:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    accent = theme.color("accent").rgb()
    row = widget.height() - 5
    return [x for x in range(image.width()) if image.pixel(x, row) == accent]


def test_an_empty_timeline_says_what_comes(panel: TimelinePanel, session: Session) -> None:
    assert text(panel) == NO_PICTURE
    height = panel.sizeHint().height()
    session.shown.put(Emergence.of_finished(picture_pixels(), None), None)
    assert text(panel) == NO_STEPS
    finished(session)
    assert panel.sizeHint().height() == height
    session.shown.put(None, None)
    assert text(panel) == NO_PICTURE


def test_the_head_follows_the_running_picture(
    panel: TimelinePanel, strip: TimelineStrip, session: Session, qtbot: QtBot
) -> None:
    emergence = running(session, 3)
    for step in (4, 5):
        emergence.add(step, frames()[step])
        qtbot.waitUntil(lambda: text(panel) == f"step {emergence.newest_step} / {STEPS}")
        assert over(strip, step).x() in accent_columns(strip)
    assert panel._end.isChecked() and panel._end.text() == "Live"


def test_of_steps_that_come_quickly_the_newest_is_shown_in_a_while(
    panel: TimelinePanel, session: Session, qtbot: QtBot
) -> None:
    emergence = running(session, 1)
    for step in range(2, STEPS):
        emergence.add(step, frames()[step])
    assert text(panel) == f"step 1 / {STEPS}"
    qtbot.waitUntil(lambda: text(panel) == f"step {STEPS - 1} / {STEPS}")
    emergence.add(STEPS, frames()[0])
    emergence.complete(picture_pixels(64, 64, 99), frames())
    assert text(panel) == f"step {STEPS} / {STEPS}", "the end is shown at once"


def test_press_and_drag_scrub_at_once(
    panel: TimelinePanel, strip: TimelineStrip, session: Session
) -> None:
    emergence = finished(session)
    QTest.mousePress(strip, Qt.MouseButton.LeftButton, pos=over(strip, 4))
    assert emergence.shown_step == 4
    assert session.artwork.pixels is emergence.frame(4)
    QTest.mouseMove(strip, over(strip, 7))
    assert emergence.shown_step == 7
    QTest.mouseMove(strip, QPoint(-500, 3))
    assert emergence.shown_step == 1
    QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=QPoint(-500, 3))
    QTest.mouseMove(strip, over(strip, 9))
    assert emergence.shown_step == 1
    assert text(panel) == f"step 1 / {STEPS}"
    assert not panel._end.isChecked() and panel._end.text() == "Finished"


def test_what_is_still_to_come_cannot_be_shown(strip: TimelineStrip, session: Session) -> None:
    emergence = running(session, 4)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=over(strip, 9))
    assert emergence.shown_step == 4
    assert not emergence.follows
    emergence.add(5, frames()[5])
    assert emergence.shown_step == 4


def test_keys_step_and_jump(panel: TimelinePanel, strip: TimelineStrip, session: Session) -> None:
    emergence = finished(session)
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Home)
    assert emergence.shown_step == 1
    QTest.keyClick(strip, Qt.Key.Key_Left)
    assert emergence.shown_step == 1
    QTest.keyClick(strip, Qt.Key.Key_Right)
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert emergence.shown_step == 3
    QTest.keyClick(strip, Qt.Key.Key_Left)
    assert emergence.shown_step == 2
    QTest.keyClick(strip, Qt.Key.Key_End)
    assert emergence.follows and session.artwork.pixels is emergence.image


def test_buttons_step_and_know_their_ends(panel: TimelinePanel, session: Session) -> None:
    emergence = finished(session, 3)
    assert not panel._next.isEnabled()
    for _ in range(2):
        QTest.mouseClick(panel._previous, Qt.MouseButton.LeftButton)
    assert emergence.shown_step == 1
    assert not panel._previous.isEnabled()
    QTest.mouseClick(panel._next, Qt.MouseButton.LeftButton)
    assert emergence.shown_step == 2
    QTest.mouseClick(panel._end, Qt.MouseButton.LeftButton)
    assert emergence.follows and panel._end.isChecked()
    QTest.mouseClick(panel._end, Qt.MouseButton.LeftButton)
    assert emergence.follows and panel._end.isChecked()


def test_play_shows_each_step_once_and_ends_at_the_picture(
    panel: TimelinePanel, session: Session, qtbot: QtBot
) -> None:
    emergence = finished(session, 4)
    shown: list[int] = []
    emergence.shown_changed.connect(lambda: shown.append(emergence.shown_step))
    QTest.mouseClick(panel._play, Qt.MouseButton.LeftButton)
    assert panel.is_playing
    qtbot.waitUntil(lambda: not panel.is_playing)
    assert shown == [1, 2, 3, 4, 4]  # the last: from the fourth step to the finished picture
    assert emergence.follows


def test_scrubbing_escape_and_another_picture_stop_playing(
    panel: TimelinePanel, strip: TimelineStrip, session: Session
) -> None:
    finished(session)
    panel.play()
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=over(strip, 5))
    assert not panel.is_playing
    panel.play()
    assert session.shown.emergence.shown_step == 5
    QTest.keyClick(strip, Qt.Key.Key_Escape)
    assert not panel.is_playing
    panel.toggle_play()
    finished(session)
    assert not panel.is_playing


def test_nothing_plays_without_frames(panel: TimelinePanel, session: Session) -> None:
    panel.play()
    running(session, 0)
    panel.play()
    panel.next_step()
    panel.previous_step()
    assert not panel.is_playing
    assert text(panel) == f"step 0 / {STEPS}"


def test_an_old_picture_no_longer_moves_the_head(panel: TimelinePanel, session: Session) -> None:
    old = running(session, 2)
    finished(session)
    assert len(old.frames_changed) == 0 and len(old.shown_changed) == 0
    old.add(3, frames()[3])
    assert text(panel) == f"step {STEPS} / {STEPS}"


def test_each_step_shows_its_little_picture(strip: TimelineStrip, session: Session) -> None:
    emergence = Emergence(Size(64, 64), 4)
    session.shown.put(emergence, None)
    for step, grey in ((1, 40), (2, 120), (3, 200)):
        emergence.add(step, np.full((8, 8, 3), grey, np.uint8))
    emergence.show(3)
    image = strip.grab().toImage()

    def colour(step: int) -> int:
        return image.pixelColor(over(strip, step)).red()

    assert [colour(1), colour(2), colour(3)] == [40, 120, 200]
    assert image.pixelColor(over(strip, 4)) == theme.color("raised")
    emergence.add(1, np.full((8, 8, 3), 90, np.uint8))
    image = strip.grab().toImage()
    assert colour(1) == 90


def test_many_steps_become_plain_ticks_with_a_closer_look(
    strip: TimelineStrip, session: Session, qtbot: QtBot
) -> None:
    finished(session, 200)
    assert strip._thumbnail_width() == 0
    strip.grab()
    peek = strip.findChild(StepPeek)
    QTest.mouseMove(strip, over(strip, 150))
    qtbot.waitUntil(peek.isVisible)
    step = strip._step_at(QPointF(over(strip, 150)))
    assert peek.findChildren(QLabel)[1].text() == f"step {step}"
    QApplication.sendEvent(strip, QEvent(QEvent.Type.Leave))
    assert not peek.isVisible()


def test_the_look_at_a_step_goes_when_another_window_comes(
    strip: TimelineStrip, session: Session, qtbot: QtBot
) -> None:
    finished(session)
    qtbot.waitUntil(strip.isActiveWindow)
    peek = strip.findChild(StepPeek)
    QTest.mouseMove(strip, over(strip, 3))
    qtbot.waitUntil(peek.isVisible)
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: not peek.isVisible())


def test_screen_readers_find_a_slider(strip: TimelineStrip, session: Session) -> None:
    emergence = finished(session)
    emergence.show(7)
    interface = QAccessible.queryAccessibleInterface(strip)
    assert interface.role() == QAccessible.Role.Slider
    assert interface.text(QAccessible.Text.Name) == "Steps"
    assert interface.text(QAccessible.Text.Description) == f"step 7 of {STEPS}"
    value = interface.valueInterface()
    assert value.currentValue() == 7 and value.maximumValue() == STEPS
    value.setCurrentValue(3)
    assert emergence.shown_step == 3


def test_the_picture_may_go_on_after_the_panel(session: Session, qtbot: QtBot) -> None:
    parent = QWidget()
    panel = TimelinePanel(session, parent)
    emergence = running(session, 2)
    parent.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    emergence.add(3, frames()[3])
    emergence.show(1)
    finished(session)
    assert panel is not None


def test_a_narrow_panel_gives_the_strip_a_row_of_its_own(
    panel: TimelinePanel, strip: TimelineStrip, session: Session
) -> None:
    finished(session, 20)
    assert strip.y() < panel._play.y() + panel._play.height()
    panel.resize(360, 120)
    QApplication.processEvents()
    assert strip.y() >= panel._play.y() + panel._play.height()
    assert strip.width() > 300
    panel.resize(900, 80)
    QApplication.processEvents()
    assert strip.x() > panel._next.x()
    assert strip.geometry().right() < panel._end.x()


def test_a_line_stands_between_the_steps_of_two_passes(
    strip: TimelineStrip, session: Session
) -> None:
    emergence = finished(session)
    before = strip.grab().toImage()
    emergence.of(a_request(num_inference_steps=6, hires=HiresFix(128, 128, 0.5, 8)))
    strip.refresh()
    strip.repaint()
    image = strip.grab().toImage()
    assert emergence.total_steps == STEPS
    assert "second pass after step 6" in strip.accessibleDescription()
    x = round(strip._after(6) * image.devicePixelRatio())
    changed = [
        column
        for column in range(image.width())
        if any(image.pixel(column, y) != before.pixel(column, y) for y in range(image.height()))
    ]
    assert changed and all(abs(column - x) <= BOUNDARY_REACH + 1 for column in changed)


def test_the_peek_says_to_which_pass_a_step_belongs(strip: TimelineStrip, session: Session) -> None:
    finished(session).of(a_request(num_inference_steps=6, hires=HiresFix(128, 128, 0.5, 8)))
    peek = strip.findChild(StepPeek)
    for step, words in ((6, "step 6"), (7, "step 7, second pass")):
        QTest.mouseMove(strip, over(strip, step))
        assert peek._text.text() == words
