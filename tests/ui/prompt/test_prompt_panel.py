"""The prompt panel with real typing: bound to the draft both ways, whole at any width."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TypeVar

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.domain.limits import MAX_PROMPT_CHARS
from studio.domain.schedulers import Scheduler
from studio.ui import theme
from studio.ui.prompt import PromptPanel
from studio.ui.session import Session
from tests.support.fakes import FakeEngine
from tests.support.samples import a_request

W = TypeVar("W", bound=QWidget)
Control = Qt.KeyboardModifier.ControlModifier


def named(panel: QWidget, kind: type[W], name: str) -> W:
    (found,) = [child for child in panel.findChildren(kind) if child.accessibleName() == name]
    return found


def prompt_of(panel: PromptPanel) -> QPlainTextEdit:
    return named(panel, QPlainTextEdit, "Prompt")


def negative_of(panel: PromptPanel) -> QPlainTextEdit:
    return named(panel, QPlainTextEdit, "Leave out")


def test_typing_writes_the_draft(panel: PromptPanel, session: Session) -> None:
    QTest.keyClicks(prompt_of(panel), "a fox")
    QTest.keyClick(prompt_of(panel), Qt.Key.Key_Return)
    QTest.keyClicks(prompt_of(panel), "in snow")
    assert session.draft.prompt == "a fox\nin snow"


def test_the_draft_writes_the_field_and_the_cursor_stays(
    panel: PromptPanel, session: Session
) -> None:
    prompt = prompt_of(panel)
    QTest.keyClicks(prompt, "a small house")
    cursor = prompt.textCursor()
    cursor.setPosition(7)
    prompt.setTextCursor(cursor)
    session.draft.prompt = "a small boat at sea"
    assert prompt.toPlainText() == "a small boat at sea"
    assert prompt.textCursor().position() == 7
    session.draft.prompt = "fox"
    assert prompt.textCursor().position() == 3
    session.draft.prompt = "fox in snow"
    assert prompt.textCursor().atEnd(), "who writes on at the end goes on at the end"
    prompt.undo()
    prompt.undo()
    assert session.draft.prompt == "a small boat at sea", "what a program wrote can be undone"


def test_line_ends_from_outside_stay_in_the_draft(panel: PromptPanel, session: Session) -> None:
    session.draft.prompt = "one\r\ntwo"
    assert session.draft.prompt == "one\r\ntwo"
    assert "one" in prompt_of(panel).toPlainText()


def test_tab_goes_on_and_the_order_makes_sense(panel: PromptPanel) -> None:
    QTest.keyClicks(prompt_of(panel), "x")
    visited: list[str] = []
    for _ in range(18):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        visited.append(QApplication.focusWidget().accessibleName())
    assert visited[:12] == [
        "Prompts you used",
        "Leave out",
        "Model",
        "Size",
        "Width in pixels",
        "Swap width and height",
        "Height in pixels",
        "Finish",
        "Steps",
        "Guidance",
        "Seed",
        "Draw a new seed",
    ]
    assert visited[12:18] == [
        "Keep the seed",
        "Guides",
        "Second pass and tiles",
        "LoRAs and VAE",
        "Advanced",
        "Generate",
    ]


async def test_control_enter_generates_from_every_field(
    panel: PromptPanel, session: Session, engine: FakeEngine, qasync_loop: QEventLoop
) -> None:
    QTest.keyClicks(prompt_of(panel), "a fox")
    QTest.keyClick(prompt_of(panel), Qt.Key.Key_Return, Control)
    assert [job.request.prompt for job in engine.jobs] == ["a fox"]
    QTest.keyClick(named(panel, QAbstractSpinBox, "Steps"), Qt.Key.Key_Return, Control)
    QTest.keyClick(named(panel, QLineEdit, "Seed"), Qt.Key.Key_Enter, Control)
    assert len(engine.jobs) == 3
    assert session.draft.prompt == "a fox", "and no line end is written"


def test_leave_out_opens_by_itself(panel: PromptPanel, session: Session) -> None:
    assert not negative_of(panel).isVisible()
    session.draft.negative_prompt = "people"
    assert negative_of(panel).isVisible()
    assert negative_of(panel).toPlainText() == "people"


def test_a_prompt_that_is_too_long_gets_one_sentence(panel: PromptPanel, session: Session) -> None:
    session.draft.prompt = "x" * (MAX_PROMPT_CHARS + 1)
    (said,) = [
        label
        for label in panel.findChildren(QLabel)
        if label.isVisible() and label.property("role") == "error"
    ]
    assert "20,000" in said.text()
    session.draft.prompt = "x"
    assert not said.isVisible()


def test_numbers_are_bound_both_ways(panel: PromptPanel, session: Session) -> None:
    draft = session.draft
    steps = named(panel, QAbstractSpinBox, "Steps")
    draft.num_inference_steps = 33
    assert steps.text() == "33"
    QTest.keyClick(steps, Qt.Key.Key_Up)
    assert draft.num_inference_steps == 34
    assert isinstance(draft.num_inference_steps, int)
    draft.guidance_scale = 7.123456
    assert draft.guidance_scale == 7.123456, "showing a number doesn't round it"
    QTest.keyClick(named(panel, QAbstractSpinBox, "Pictures"), Qt.Key.Key_Up)
    assert draft.count == 2


def test_the_scheduler_is_bound_both_ways(panel: PromptPanel, session: Session) -> None:
    box = named(panel, QComboBox, "Scheduler")
    assert [box.itemText(row) for row in range(box.count())] == list(Scheduler)
    session.draft.scheduler = Scheduler.HEUN
    assert box.currentText() == "Heun"
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert session.draft.scheduler is Scheduler.DDIM


def test_restoring_fills_every_field(panel: PromptPanel, session: Session) -> None:
    request = a_request(
        "a cat",
        99,
        width=72,
        height=120,
        negative_prompt="dogs",
        num_inference_steps=11,
        guidance_scale=3.25,
        scheduler=Scheduler.LCM,
    )
    session.draft.restore(request, session.catalog.find("tiny"))
    shown = {
        name: named(panel, QAbstractSpinBox, name).text()
        for name in ("Width in pixels", "Height in pixels", "Steps", "Guidance")
    }
    assert shown == {
        "Width in pixels": "72",
        "Height in pixels": "120",
        "Steps": "11",
        "Guidance": "3.25",
    }
    assert named(panel, QLineEdit, "Seed").text() == "99"
    assert named(panel, QComboBox, "Size").currentText() == "Custom"
    assert session.draft.as_request() == request


@pytest.fixture(params=[theme.DARK, theme.LIGHT], ids=["dark", "light"])
def dressed(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, request.param)
    yield
    theme.apply(qapp, theme.DARK)
    qapp.setStyleSheet("")


@pytest.mark.parametrize("width", [260, 300, 340])
def test_nothing_is_cut_off(
    dressed: None, panel: PromptPanel, session: Session, qtbot: QtBot, width: int
) -> None:
    session.draft.negative_prompt = "people"
    for section in panel.findChildren(QPushButton):
        if section.accessibleName() == "Advanced":
            section.setChecked(True)
    panel.resize(width, 500)
    area = panel.findChild(QScrollArea)
    qtbot.waitUntil(lambda: area.widget().width() <= area.viewport().width())
    right = area.viewport().mapToGlobal(area.viewport().rect().topRight()).x()
    for child in area.widget().findChildren(QWidget):
        if child.isVisible() and child.width() > 1:
            assert child.mapToGlobal(QPoint(child.width() - 1, 0)).x() <= right, child


def test_every_label_fits_into_its_column(dressed: None, panel: PromptPanel) -> None:
    labels = [each for each in panel.findChildren(QLabel) if each.property("role") == "field"]
    assert {"Model", "Scheduler", "Refine at"} <= {label.text() for label in labels}
    for label in labels:
        label.ensurePolished()
        assert label.sizeHint().width() <= label.width(), label.text()


def test_every_control_has_a_name_and_a_tooltip(panel: PromptPanel) -> None:
    controls = [
        child
        for kind in (QComboBox, QAbstractSpinBox, QLineEdit, QPlainTextEdit, QPushButton)
        for child in panel.findChildren(kind)
        if child.objectName() != "qt_spinbox_lineedit"
    ] + panel.findChildren(QToolButton)
    assert len(controls) >= 15
    for control in controls:
        tip = control.toolTip() or control.parentWidget().toolTip()
        name = control.accessibleName() or getattr(control, "text", str)()
        assert tip, control
        assert name, control


def test_a_long_prompt_grows_the_field_then_scrolls(panel: PromptPanel) -> None:
    prompt = prompt_of(panel)
    heights = []
    for _ in range(14):
        QTest.keyClick(prompt, Qt.Key.Key_Return)
        heights.append(prompt.height())
    assert heights[-1] > heights[0]
    assert heights[-1] == heights[-2]
    prompt.moveCursor(QTextCursor.MoveOperation.Start)


async def test_a_deleted_panel_hears_nothing(session: Session, qasync_loop: QEventLoop) -> None:
    panel = PromptPanel(session)
    kept = panel.findChildren(QWidget)
    panel.deleteLater()
    await asyncio.sleep(0)
    QApplication.sendPostedEvents(None, 52)  # QEvent.Type.DeferredDelete
    session.draft.prompt = "nobody listens"
    session.draft.size = session.draft.model.sizes[1]
    session.generation.generate()
    assert kept


def test_text_can_be_dropped_on_the_prompt_and_files_are_left_to_the_window(
    panel: PromptPanel,
) -> None:
    prompt = panel.findChildren(QPlainTextEdit)[0]
    text, file, link = QMimeData(), QMimeData(), QMimeData()
    text.setText("an owl")
    file.setUrls([QUrl.fromLocalFile("/photos/owl.png")])
    file.setText("/photos/owl.png")
    link.setUrls([QUrl("https://example.org/owl")])
    assert prompt.canInsertFromMimeData(text)
    assert not prompt.canInsertFromMimeData(file)
    assert prompt.canInsertFromMimeData(link)
