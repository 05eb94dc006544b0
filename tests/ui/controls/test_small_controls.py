"""The smaller controls: section, wheel, labels, buttons, tasks."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.ui import theme
from studio.ui.controls.collapsible_section import CollapsibleSection
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.controls.fields import plain_tooltip, say, sentence_label
from studio.ui.controls.progress_button import ProgressButton
from studio.ui.controls.tasks import Tasks
from studio.ui.controls.thumbnails import rounded_pixmap
from studio.ui.controls.tool_button import tool_button
from studio.ui.controls.wheel import wheel_needs_focus


def test_a_section_is_folded_until_its_heading_is_pressed(qtbot: QtBot) -> None:
    content = QLabel("inside")
    section = CollapsibleSection("Advanced", content)
    qtbot.addWidget(section)
    section.show()
    assert not content.isVisible()
    heard: list[bool] = []
    section.toggled.connect(heard.append)
    QTest.mouseClick(section.heading, Qt.MouseButton.LeftButton)
    assert content.isVisible()
    QTest.keyClick(section.heading, Qt.Key.Key_Space)
    assert not content.isVisible()
    assert heard == [True, False]
    section.set_title("More")
    assert section.heading.accessibleName() == "More"


def test_a_menu_is_not_changed_by_scrolling_past(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    first, second = QComboBox(), QComboBox()
    layout = QVBoxLayout(window)
    for box in (first, second):
        box.addItems(["a", "b", "c"])
        wheel_needs_focus(box)
        layout.addWidget(box)
    window.show()
    window.activateWindow()
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    for box in (first, second):
        place = QPointF(box.rect().center())
        event = QWheelEvent(
            place,
            QPointF(box.mapToGlobal(place.toPoint())),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(box, event)
    assert (first.currentIndex(), second.currentIndex()) == (1, 0)


def test_a_sentence_takes_room_only_while_there_is_one(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    label = sentence_label("error")
    QVBoxLayout(window).addWidget(label)
    window.show()
    assert not label.isVisible()
    say(label, "<b>Too long.</b>")
    assert label.isVisible()
    assert label.textFormat() is Qt.TextFormat.PlainText
    say(label, "")
    assert not label.isVisible()


def test_a_tooltip_shows_markup_as_text() -> None:
    assert plain_tooltip("a <b>bold</b> & brave\nprompt") == (
        "<span>a &lt;b&gt;bold&lt;/b&gt; &amp; brave<br>prompt</span>"
    )


def test_an_elided_label_never_asks_for_room(qtbot: QtBot) -> None:
    label = ElidedLabel("a name that is far too long for the room that there is")
    qtbot.addWidget(label)
    label.resize(40, 20)
    label.show()
    assert label.minimumSizeHint().width() == 0
    assert "far too long" in label.toolTip()
    assert not label.grab().isNull()


def test_a_double_click_presses_a_progress_button_once(qtbot: QtBot) -> None:
    button = ProgressButton("Generate")
    qtbot.addWidget(button)
    button.show()
    presses: list[bool] = []
    button.clicked.connect(lambda checked: presses.append(checked))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(button, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert len(presses) == 1


def test_the_line_of_a_progress_button_shows_the_fraction(qtbot: QtBot) -> None:
    button = ProgressButton("Stop")
    qtbot.addWidget(button)
    button.resize(200, 36)
    button.show()
    accent = theme.color("accent").rgb()

    def filled() -> int:
        image = button.grab().toImage().scaled(200, 36)
        return sum(image.pixel(x, 33) == accent for x in range(200))

    assert filled() == 0
    button.show_progress(0.5)
    assert 90 <= filled() <= 100
    button.show_progress(None)
    assert filled() == 0


def test_a_tool_button_says_its_name_and_shortcut(qtbot: QtBot) -> None:
    button = tool_button("dices", "Draw a new seed", "Ctrl+D")
    qtbot.addWidget(button)
    assert button.accessibleName() == "Draw a new seed"
    assert button.toolTip() == "Draw a new seed (Ctrl+D)"
    assert min(button.width(), button.height()) >= theme.HIT_SIZE


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(300, 200, (48, 32)), (200, 300, (32, 48)), (10, 10, (48, 48)), (5000, 1, (48, 1))],
)
def test_a_thumbnail_keeps_the_proportions(
    qapp: QApplication, width: int, height: int, expected: tuple[int, int]
) -> None:
    pixels = np.full((height, width, 3), 200, np.uint8)
    for ratio in (1.0, 2.0):
        size = rounded_pixmap(pixels, 48, ratio).deviceIndependentSize()
        assert (max(1, round(size.width())), max(1, round(size.height()))) == expected


async def test_tasks_end_with_their_owner(qasync_loop: QEventLoop) -> None:
    ended = asyncio.Event()

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    owner = QObject()
    tasks = Tasks(owner)
    tasks.start(wait_for_ever())
    await asyncio.sleep(0)
    assert len(tasks) == 1
    owner.deleteLater()
    await asyncio.wait_for(ended.wait(), 5)
    await asyncio.sleep(0)
    assert len(tasks) == 0
