"""The buttons and the menu for the step on show, and the mark where a branch begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from studio.domain.branch import Branch
from studio.domain.request import Request
from studio.ui import theme
from studio.ui.session import Emergence, Session
from studio.ui.timeline import TimelinePanel
from studio.ui.timeline.step_actions import StepActions
from studio.ui.timeline.step_menu import step_menu
from studio.ui.timeline.timeline_panel import FEW, NARROW
from studio.ui.timeline.timeline_strip import NOT_KEPT, TimelineStrip
from tests.support.fakes import picture_pixels

STEPS = 10
REQUEST = Request("an owl", 7, "tiny", 64, 64, num_inference_steps=STEPS)


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> Iterator[TimelinePanel]:
    panel = TimelinePanel(session)
    qtbot.addWidget(panel)
    panel.resize(NARROW + 160, panel.sizeHint().height())
    panel.show()
    panel.activateWindow()
    yield panel
    panel.stop()


@pytest.fixture
def actions(panel: TimelinePanel) -> StepActions:
    return panel.findChild(StepActions)


@pytest.fixture
def strip(panel: TimelinePanel) -> TimelineStrip:
    return panel.findChild(TimelineStrip)


def put(session: Session, request: Request = REQUEST, *, with_frames: bool = True) -> Emergence:
    """A finished picture of that request on show."""
    frames = np.stack([picture_pixels(8, 8, seed) for seed in range(request.steps_taken)])
    image = picture_pixels(64, 64, 99)
    emergence = Emergence.of_finished(image, frames if with_frames else None)
    emergence.of(request)
    session.shown.put(emergence, None)
    return emergence


def entries(menu: QMenu) -> dict[str, QAction]:
    return {action.text().partition("\t")[0]: action for action in menu.actions()}


def enabled(session: Session, panel: TimelinePanel) -> set[str]:
    menu = step_menu(session, panel.playback, lambda: None)
    return {text for text, action in entries(menu).items() if text and action.isEnabled()}


def test_only_what_a_step_offers_can_be_clicked(
    panel: TimelinePanel, actions: StepActions, session: Session
) -> None:
    emergence = put(session)
    assert not actions.branch.isEnabled()
    assert "earlier step" in actions.branch.toolTip()
    assert not actions.finish.isVisible()
    assert enabled(session, panel) == {"Play", "Export the emergence…"}
    emergence.show(4)
    assert actions.branch.isEnabled() and actions.paint.isEnabled() and actions.keep.isEnabled()
    assert {"Branch from here…", "Paint on this step", "Keep this step"} <= enabled(session, panel)
    put(session, replace(REQUEST, last_step=4))
    assert actions.finish.isVisible()
    assert panel._end.text() == "Kept"
    assert "Finish from here" in enabled(session, panel)


def test_a_click_branches_from_the_step_on_show(actions: StepActions, session: Session) -> None:
    put(session).show(4)
    QTest.mouseClick(actions.branch, Qt.MouseButton.LeftButton)
    assert session.draft.branch is not None
    assert (session.draft.branch.parent, session.draft.branch.step) == (REQUEST, 4)
    assert len(session.draft.branch.frames) == 4


def test_what_has_no_steps_offers_nothing(actions: StepActions, session: Session) -> None:
    session.shown.put(Emergence.of_finished(picture_pixels(), None), None)
    assert not actions.branch.isEnabled()
    session.shown.put(None, None)
    assert not actions.keep.isEnabled()


def test_while_a_picture_is_drawn_it_can_be_ended_or_taken_further(
    actions: StepActions, session: Session
) -> None:
    put(session)
    assert not actions.stop_here.isVisible()
    session.jobs._set_drawing(Emergence.of_request(REQUEST))
    assert actions.stop_here.isVisible() and actions.further.isVisible()
    texts = [action.text() for action in actions.further.menu().actions()]
    assert texts[0] == "5 steps more"
    session.jobs._set_drawing(None)
    assert not actions.stop_here.isVisible()


def test_where_there_is_little_room_the_menu_has_the_rest(
    panel: TimelinePanel, actions: StepActions, session: Session
) -> None:
    put(session).show(4)
    panel.setMinimumSize(1, 1)
    panel.resize(FEW - 1, panel.height())
    assert actions.branch.isVisible() and actions.more.isVisible()
    assert not actions.keep.isVisible() and not actions.paint.isVisible()


def test_every_button_has_a_name(actions: StepActions) -> None:
    assert all(button.accessibleName() and button.toolTip() for button in actions.buttons)


def test_space_plays_and_stops(
    strip: TimelineStrip, session: Session, panel: TimelinePanel
) -> None:
    put(session)
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Space)
    assert panel.is_playing
    QTest.keyClick(strip, Qt.Key.Key_Space)
    assert not panel.is_playing


def test_pages_go_by_five_steps(strip: TimelineStrip, session: Session) -> None:
    emergence = put(session)
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_PageUp)
    assert emergence.shown_step == 5
    QTest.keyClick(strip, Qt.Key.Key_PageDown)
    assert emergence.shown_step == 10


def test_a_right_click_is_about_the_step_under_it(strip: TimelineStrip, session: Session) -> None:
    emergence = put(session)
    strip.menu_requested.disconnect()
    asked: list[QPoint] = []
    strip.menu_requested.connect(asked.append)
    at = QPoint(round(strip._centre(3)), 20)
    for reason, step in (
        (QContextMenuEvent.Reason.Mouse, 3),
        (QContextMenuEvent.Reason.Keyboard, 3),
    ):
        QApplication.sendEvent(strip, QContextMenuEvent(reason, at, strip.mapToGlobal(at)))
        assert emergence.shown_step == step
        assert strip.mapFromGlobal(asked.pop()).x() == at.x()
        at = QPoint(round(strip._centre(step)), 0)


def test_the_menu_stands_above_the_timeline(
    panel: TimelinePanel, session: Session, qtbot: QtBot
) -> None:
    put(session).show(4)
    seen: list[QMenu] = []

    def close() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        seen.append(menu)
        assert "Branch from here…" in entries(menu)
        menu.close()

    QTimer.singleShot(0, close)
    panel.show_menu(QPoint(200, 600))
    assert len(seen) == 1


def test_a_mark_shows_where_it_branched_and_leads_to_the_parent(
    strip: TimelineStrip, session: Session
) -> None:
    child = replace(REQUEST, prompt="a cat", branch=Branch(REQUEST, 4))
    put(session, child)
    strip.parent_requested.disconnect()
    asked: list[Branch] = []
    strip.parent_requested.connect(asked.append)
    x = round(strip._mark_x(child.branch))
    image = strip.grab().toImage()
    assert image.pixelColor(x, strip.height() - 6) == theme.color("text")
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(x, strip.height() - 5))
    assert asked == [child.branch]
    QTest.mouseMove(strip, QPoint(x, strip.height() - 5))
    assert "click to show it" in strip.toolTip()
    assert "branched after step 4" in strip.accessibleDescription()
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(x + 3, 10))
    assert session.shown.emergence is not None
    assert session.shown.emergence.shown_step == 5, "above it are the steps"
    menu = step_menu(session, TimelinePanel(session).playback, lambda: None)
    assert "Show the picture that it branched from at step 4" in entries(menu)


def test_the_parents_steps_are_paler(strip: TimelineStrip, session: Session) -> None:
    child = replace(REQUEST, prompt="a cat", branch=Branch(REQUEST, 4))
    white = np.full((STEPS, 8, 8, 3), 255, np.uint8)
    emergence = Emergence.of_finished(picture_pixels(64, 64), white)
    emergence.of(child)
    session.shown.put(emergence, None)
    image = strip.grab().toImage()

    def grey(step: int) -> int:
        return image.pixelColor(QPoint(round(strip._centre(step)), 20)).red()

    assert grey(2) < 200
    assert grey(7) == 255


def test_steps_that_made_room_say_so_and_are_still_offered(
    actions: StepActions, strip: TimelineStrip, session: Session, panel: TimelinePanel
) -> None:
    emergence = put(session, with_frames=False)
    assert actions.anew.isVisible()
    assert not panel._play.isEnabled()
    before = strip.grab().toImage()
    emergence.show(4)
    assert actions.branch.isEnabled()
    assert strip.fontMetrics().horizontalAdvance(NOT_KEPT) < strip.width()
    assert before != strip.grab().toImage()
    assert "Export the emergence…" not in enabled(session, panel)


def test_pace_and_rounds_are_chosen_in_the_menu(panel: TimelinePanel, session: Session) -> None:
    put(session)
    menu = step_menu(session, panel.playback, lambda: None)
    playing = entries(menu)["Play"].menu()
    assert isinstance(playing, QMenu)
    by_name = entries(playing)
    by_name["Slowly"].trigger()
    by_name["Round and round"].trigger()
    assert panel.playback.pace.value < 1
    assert panel.playback.loops
    later = step_menu(session, panel.playback, lambda: None)
    again = entries(later)["Play"].menu()
    assert isinstance(again, QMenu)
    assert entries(again)["Slowly"].isChecked() and entries(again)["Round and round"].isChecked()
