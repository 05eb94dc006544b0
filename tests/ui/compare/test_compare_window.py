"""Comparing pictures of the history: one zoom for all, the slider, keys, and what differs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.library import Picture
from studio.ui import theme
from studio.ui.compare import CompareWindow, compare_chosen, open_comparison
from studio.ui.compare.compared_pictures import Mode
from studio.ui.compare.compared_view import ComparedView
from studio.ui.compare.difference_text import DifferenceText
from studio.ui.main_window import MainWindow
from studio.ui.session import Notice, Session
from tests.support.fakes import picture_pixels
from tests.support.quiet import all_quiet
from tests.support.samples import a_request
from tests.support.sessions import until

Open = Callable[..., Awaitable[CompareWindow]]
PROMPTS = ("a red boat", "a blue boat", "a red boat", "an owl at night")


async def made(session: Session, sizes: Sequence[tuple[int, int]]) -> list[Picture]:
    return [
        await session.library.record(
            picture_pixels(width, height, seed),
            a_request(PROMPTS[seed], seed, width=width, height=height),
        )
        for seed, (width, height) in enumerate(sizes)
    ]


@pytest.fixture
def compare(session: Session, qtbot: QtBot) -> Open:
    async def compare(*sizes: tuple[int, int]) -> CompareWindow:
        window = CompareWindow(session, await made(session, sizes))
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(window)
        window.resize(1200, 700)
        window.show()
        window.activateWindow()
        await until(lambda: window.shown.views[0].hasFocus() and all(map(is_there, views(window))))
        return window

    return compare


def views(window: CompareWindow) -> list[ComparedView]:
    return window.shown.views


def is_there(view: ComparedView) -> bool:
    return all(image is not None for image in view.images)


def turn_wheel(view: ComparedView, at: QPoint, notches: int) -> None:
    place = QPointF(at)
    event = QWheelEvent(
        place, view.mapToGlobal(place), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


async def test_pictures_of_any_size_are_fitted_into_one_frame(
    compare: Open, qasync_loop: QEventLoop
) -> None:
    window = await compare((64, 64), (256, 256), (64, 32))
    assert {view.picture_size.width for view in views(window)} == {256}
    assert all(view.is_fitted for view in views(window))
    # The small one and its large copy fill the same part of their views.
    assert views(window)[0].images[0].size == views(window)[1].images[0].size
    await all_quiet()


async def test_the_wheel_and_dragging_move_all_views_alike(
    compare: Open, qasync_loop: QEventLoop
) -> None:
    window = await compare((64, 64), (64, 64))
    one, two = views(window)
    at = QPoint(100, 140)
    before = one.from_widget.map(QPointF(at))
    turn_wheel(one, at, 3)
    after = one.from_widget.map(QPointF(at))
    assert (after - before).manhattanLength() < 0.5  # what is below the mouse stays there
    assert not two.is_fitted and two.zoom == one.zoom
    QTest.mousePress(two, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    QTest.mouseMove(two, QPoint(90, 30))
    QTest.mouseRelease(two, Qt.MouseButton.LeftButton, pos=QPoint(90, 30))
    middle = QPointF(one.rect().center())
    assert (one.from_widget.map(middle) - two.from_widget.map(middle)).manhattanLength() < 0.5
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert one.zoom == two.zoom == 1.0
    QTest.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert one.is_fitted and two.is_fitted
    await all_quiet()


async def test_tab_goes_through_the_pictures_and_numbers_give_one_all_the_room(
    compare: Open, qasync_loop: QEventLoop
) -> None:
    window = await compare((64, 64), (64, 64), (64, 64))
    assert views(window)[0].hasFocus()
    QTest.keyClick(views(window)[0], Qt.Key.Key_Tab)
    assert views(window)[1].hasFocus()
    QTest.keyClick(views(window)[1], Qt.Key.Key_Return)
    assert window.shown.alone == 1 and window.shown.rect().width() == views(window)[1].width()
    QTest.keyClick(window, Qt.Key.Key_3)
    assert [view.isVisible() for view in views(window)] == [False, False, True]
    assert views(window)[2].hasFocus()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.shown.alone is None and window.isVisible()
    QTest.keyClick(window, Qt.Key.Key_4)  # there is none
    assert all(view.isVisible() for view in views(window))
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()
    await all_quiet()


async def test_what_is_seen_stays_when_the_pictures_are_looked_at_in_turn(
    compare: Open, qasync_loop: QEventLoop
) -> None:
    window = await compare((640, 640), (640, 640))
    QTest.keyClick(window, Qt.Key.Key_1)
    turn_wheel(views(window)[0], QPoint(300, 100), 5)
    seen = views(window)[0].from_widget.map(QPointF(20, 20))
    QTest.keyClick(window, Qt.Key.Key_2)
    assert (views(window)[1].from_widget.map(QPointF(20, 20)) - seen).manhattanLength() < 1
    await all_quiet()


async def test_two_pictures_lie_under_a_line_that_moves(
    compare: Open, qasync_loop: QEventLoop
) -> None:
    window = await compare((64, 64), (64, 64))
    QTest.keyClick(window, Qt.Key.Key_S)
    view = window.shown.slider
    assert window.shown.mode is Mode.SLIDER and view.isVisible()
    assert not any(one.isVisible() for one in views(window))

    def seen(x: float, y: float) -> tuple[int, ...]:
        place = view.to_widget.map(QPointF(x, y)).toPoint()
        return view.grab().toImage().pixelColor(place).getRgb()[:3]

    def near(one: tuple[int, ...], other: Sequence[int]) -> bool:
        return all(abs(a - int(b)) < 30 for a, b in zip(one, other, strict=True))

    left, right = picture_pixels(64, 64, 0), picture_pixels(64, 64, 1)
    assert near(seen(10, 20), left[20, 10]) and near(seen(54, 20), right[20, 54])
    view.move_line(0.9)
    assert near(seen(54, 20), left[20, 54])
    QTest.keyClick(window, Qt.Key.Key_S)
    assert all(one.isVisible() for one in views(window))
    await all_quiet()


async def test_three_pictures_have_no_slider(compare: Open, qasync_loop: QEventLoop) -> None:
    window = await compare((64, 64), (64, 64), (64, 64))
    QTest.keyClick(window, Qt.Key.Key_S)
    assert window.shown.mode is Mode.GRID
    await all_quiet()


async def test_changed_words_are_marked_by_sign_and_by_colour(
    compare: Open, qasync_loop: QEventLoop
) -> None:
    window = await compare((64, 64), (64, 64))
    texts = window.differences.findChildren(DifferenceText)
    assert [text.toPlainText() for text in texts] == ["a red boat", "a −red+blue boat"]
    cursor = texts[1].textCursor()
    cursor.setPosition(4)
    assert cursor.charFormat().fontStrikeOut()
    assert cursor.charFormat().foreground().color() == theme.color("danger")
    cursor.setPosition(9)
    assert cursor.charFormat().fontUnderline()
    assert cursor.charFormat().foreground().color() == theme.color("good")
    await all_quiet()


async def test_settings_that_differ_are_listed_and_a_switch_shows_all(
    compare: Open, qasync_loop: QEventLoop
) -> None:
    window = await compare((64, 64), (64, 48))
    table = window.differences.table

    def names() -> list[str]:
        headings = [table.verticalHeaderItem(row) for row in range(table.rowCount())]
        return [heading.text() for heading in headings if heading is not None]

    assert names() == ["≠ Seed", "≠ Size"]
    window.differences.all_switch.click()
    assert "   Steps" in names() and "≠ Size" in names()
    await all_quiet()


async def test_what_goes_to_the_trash_is_no_longer_compared(
    compare: Open, session: Session, qasync_loop: QEventLoop
) -> None:
    window = await compare((64, 64), (64, 64), (64, 64))
    first, second, third = window.pictures
    session.history.move_to_trash([second])
    await until(lambda: window.pictures == (first, third))
    assert len(window.shown.views) == 2
    session.history.move_to_trash([third])
    await until(lambda: not window.isVisible())
    await all_quiet()


async def test_a_picture_that_is_gone_is_told(
    compare: Open, session: Session, qasync_loop: QEventLoop
) -> None:
    pictures = await made(session, [(64, 64), (64, 64)])
    pictures[1].path.unlink()
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    window = CompareWindow(session, pictures)
    window.show()
    await until(lambda: notices)
    assert window.shown.views[1].is_gone and notices[0].is_error
    window.close()
    await all_quiet()


async def test_only_two_to_four_pictures_are_compared(window: MainWindow, session: Session) -> None:
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    assert compare_chosen(window) is None
    assert notices and "Two to four" in notices[0].sentence


async def test_a_comparison_opens_over_the_window(
    window: MainWindow, session: Session, qasync_loop: QEventLoop
) -> None:
    pictures = await made(session, [(64, 64), (64, 64)])
    comparison = open_comparison(window, pictures[::-1])
    assert comparison is not None and comparison.isVisible() and comparison.isWindow()
    assert comparison.pictures == tuple(pictures)  # the eldest first
    await until(lambda: all(map(is_there, comparison.shown.views)))
    window.closing.emit()
    assert not comparison.isVisible()
    await all_quiet()


async def test_another_theme_changes_the_marks(compare: Open, qasync_loop: QEventLoop) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, theme.DARK)
    try:
        window = await compare((64, 64), (64, 64))
        theme.apply(app, theme.LIGHT)
        text = window.differences.findChildren(DifferenceText)[1]
        cursor = text.textCursor()
        cursor.setPosition(4)
        assert cursor.charFormat().foreground().color().name() == theme.LIGHT.danger
        item = window.differences.table.item(0, 0)
        assert item is not None and item.foreground().color().name() == theme.LIGHT.text
        await all_quiet()
    finally:
        theme.apply(app, theme.DARK)
