"""The family tree on the screen: what it shows, keys along its edges, clicks, and the history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.domain.request import PictureRef
from studio.library import Picture, upscale_request
from studio.library.lineage.lineage import Edge, Lineage
from studio.library.picture import ParentRole
from studio.ui.compare import CompareWindow
from studio.ui.controls.number_control import NumberControl
from studio.ui.controls.text_field import TextField
from studio.ui.lineage import LineageWindow, open_lineage
from studio.ui.lineage.layout import NODE_PX
from studio.ui.lineage.lineage_view import LineageView
from studio.ui.lineage.redo_dialog import RedoDialog
from studio.ui.lineage.tree import Tree
from studio.ui.lineage.tree_painter import label_of
from studio.ui.main_window import MainWindow
from studio.ui.message_bar import MessageBar
from studio.ui.session import Notice, Session
from tests.support.fakes import FakeEngine, picture_pixels
from tests.support.quiet import all_quiet
from tests.support.samples import a_picture, a_request
from tests.support.sessions import until

LEFT = Qt.MouseButton.LeftButton
Show = Callable[..., Awaitable[LineageWindow]]


def ref(picture: Picture) -> PictureRef:
    return PictureRef(picture.pixel_digest, picture.width, picture.height)


async def drawn_over(session: Session, parent: Picture, prompt: str, seed: int) -> Picture:
    return await session.library.record(
        picture_pixels(64, 48, 60 + seed), a_request(prompt, seed, init_image=ref(parent))
    )


async def a_family(session: Session) -> list[Picture]:
    owl = await session.library.record(picture_pixels(64, 48, 50), a_request("an owl", 1))
    night = await drawn_over(session, owl, "an owl at night", 2)
    snow = await drawn_over(session, owl, "an owl in snow", 3)
    large = await session.library.record(
        picture_pixels(128, 96, 52), upscale_request(ref(night), 2, "fast", night.record)
    )
    return [owl, night, snow, large]


@pytest.fixture
def show(session: Session, qtbot: QtBot) -> Show:
    async def show(picture: Picture, count: int) -> LineageWindow:
        window = LineageWindow(session, picture)
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(window)
        window.resize(1100, 700)
        window.show()
        window.activateWindow()
        await until(lambda: known(window) == count and window.view.hasFocus())
        return window

    return show


def known(window: LineageWindow) -> int:
    return 0 if window.view.tree is None else len(window.view.tree.lineage.pictures)


def middle(view: LineageView, picture: Picture) -> QPoint:
    place = view.place_of(picture.id)
    assert place is not None
    return place.center().toPoint()


async def test_the_whole_family_is_in_sight_parents_left(
    show: Show, session: Session, qasync_loop: QEventLoop
) -> None:
    owl, night, snow, large = await a_family(session)
    window = await show(night, 3)  # a sister is no ancestor and no descendant
    view = window.view
    assert window.says == "3 pictures" and view.current == night
    places = [view.place_of(one.id) for one in (owl, night, large)]
    assert all(place is not None and view.rect().contains(place.toRect()) for place in places)
    assert middle(view, owl).x() < middle(view, night).x() < middle(view, large).x()
    QTest.keyClick(view, Qt.Key.Key_F)
    assert window.family_switch.isChecked()
    await until(lambda: known(window) == 4)
    QTest.keyClick(view, Qt.Key.Key_F)
    await until(lambda: known(window) == 3)
    window.centre_on(owl)
    await until(lambda: known(window) == 4)
    assert view.place_of(snow.id) is not None
    await all_quiet()


async def test_a_picture_alone_isnt_enlarged(
    show: Show, session: Session, qasync_loop: QEventLoop
) -> None:
    owl = await session.library.record(picture_pixels(64, 48, 50), a_request("an owl", 1))
    window = await show(owl, 1)
    place = window.view.place_of(owl.id)
    assert place is not None and abs(place.width() - NODE_PX) < 2
    assert (place.center() - QPointF(window.view.rect().center())).manhattanLength() < 4
    assert "no other" in window.says
    await all_quiet()


async def test_arrows_move_along_the_edges_and_show_what_they_reach(
    show: Show, session: Session, qasync_loop: QEventLoop
) -> None:
    owl, night, snow, large = await a_family(session)
    window = await show(owl, 4)
    view = window.view
    shown: list[Picture] = []
    view.show_wanted.connect(shown.append)
    QTest.keyClick(view, Qt.Key.Key_Left)  # there is no parent
    assert view.current == owl and not shown
    QTest.keyClick(view, Qt.Key.Key_Right)
    first = view.current
    assert first in (night, snow)
    QTest.keyClick(view, Qt.Key.Key_Down if first == night else Qt.Key.Key_Up)
    second = view.current
    assert {first, second} == {night, snow}
    view.choose(night.id)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.current == large
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.current == owl
    assert shown == [first, second, large]
    assert "an owl" in view.accessibleDescription()
    await all_quiet()


async def test_a_click_shows_a_picture_on_the_canvas(
    show: Show, session: Session, qasync_loop: QEventLoop
) -> None:
    owl, night, *_ = await a_family(session)
    window = await show(owl, 4)
    QTest.mouseClick(window.view, LEFT, pos=middle(window.view, night))
    await until(lambda: session.shown.picture == night)
    assert window.view.current == night
    # Dragging is no click.
    QTest.mousePress(window.view, LEFT, pos=middle(window.view, owl))
    QTest.mouseMove(window.view, middle(window.view, owl) + QPoint(60, 20))
    before = middle(window.view, owl)
    QTest.mouseMove(window.view, before + QPoint(60, 20))
    QTest.mouseRelease(window.view, LEFT, pos=middle(window.view, owl))
    assert window.view.current == night and not window.view.is_fitted
    await all_quiet()


async def test_a_double_click_on_an_edge_makes_its_child_anew(
    show: Show, session: Session, engine: FakeEngine, qasync_loop: QEventLoop
) -> None:
    owl, night, *_ = await a_family(session)
    window = await show(owl, 4)
    label = window.view.label_of_edge((owl.id, night.id))
    assert label is not None
    QTest.mouseDClick(window.view, LEFT, pos=label.toPoint())
    await until(lambda: engine.jobs)
    assert engine.jobs[0].request == night.request
    QTest.mouseDClick(window.view, LEFT, pos=middle(window.view, night))
    await until(lambda: session.draft.prompt == "an owl at night")
    assert len(engine.jobs) == 1
    engine.jobs[0].cancel()
    await all_quiet()


async def test_the_wheel_zooms_at_the_mouse(
    show: Show, session: Session, qasync_loop: QEventLoop
) -> None:
    owl, night, *_ = await a_family(session)
    window = await show(owl, 4)
    at = middle(window.view, night)
    place = QPointF(at)
    for _ in range(2):
        event = QWheelEvent(
            place, window.view.mapToGlobal(place), QPoint(), QPoint(0, 120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(window.view, event)
    assert (middle(window.view, night) - at).manhattanLength() <= 2
    assert not window.view.is_fitted
    QTest.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert window.view.is_fitted
    await all_quiet()


async def test_what_is_made_of_them_joins_the_tree_and_what_goes_leaves_it(
    show: Show, session: Session, qasync_loop: QEventLoop
) -> None:
    owl, night, *_ = await a_family(session)
    window = await show(owl, 4)
    window.view.actual_size()
    window.view.choose(night.id)
    before = middle(window.view, night)
    child = await drawn_over(session, night, "an owl by day", 9)
    await until(lambda: known(window) == 5)
    # What is looked at stays where it is.
    assert (middle(window.view, night) - before).manhattanLength() <= 2
    await session.library.record(picture_pixels(64, 48, 99), a_request("a stranger", 99))
    session.history.move_to_trash([child])
    await until(lambda: known(window) == 4)
    session.history.move_to_trash([owl])
    await until(lambda: not window.isVisible())
    await all_quiet()


async def test_the_menu_offers_what_can_be_done(
    show: Show, session: Session, engine: FakeEngine, qasync_loop: QEventLoop
) -> None:
    owl, night, *_ = await a_family(session)
    window = await show(owl, 4)
    entries = {action.text(): action for action in window.menu_for(night).actions()}
    entries["Make it anew"].trigger()
    await until(lambda: engine.jobs)
    entries["Lineage of this picture"].trigger()
    await until(lambda: known(window) == 3)
    engine.jobs[0].cancel()
    await all_quiet()


async def test_what_is_made_anew_from_here_is_seen_here(
    show: Show, session: Session, engine: FakeEngine, qasync_loop: QEventLoop
) -> None:
    _, night, *_ = await a_family(session)
    window = await show(night, 3)
    window.make_anew(night)
    await until(lambda: engine.jobs)
    assert window.family_switch.isChecked()
    engine.jobs[0].start()
    engine.jobs[0].finish()
    await until(lambda: known(window) == 5)
    bar = window.findChild(MessageBar)
    assert isinstance(bar, MessageBar)
    session.messages.notice.emit(Notice("It is done."))
    assert bar.isVisible()
    bar.dismiss()
    await all_quiet()


async def test_the_redo_dialog_has_room_for_what_it_says(
    show: Show, session: Session, qasync_loop: QEventLoop
) -> None:
    owl, *_ = await a_family(session)
    dialog = await a_dialog(await show(owl, 4), owl)
    dialog.choose("num_inference_steps")
    steps = dialog.editor("num_inference_steps")
    assert isinstance(steps, NumberControl)
    steps.spin_box.setValue(33)
    layout = dialog.layout()
    assert layout is not None
    assert dialog.height() >= layout.totalHeightForWidth(dialog.width())
    dialog.reject()
    await all_quiet()


def test_what_lay_on_the_canvas_isnt_told_twice() -> None:
    owl = a_picture(1, a_request("an owl"))
    night = a_picture(2, a_request("night", init_image=ref(owl), strength=0.5))
    edges = tuple(Edge(1, 2, role) for role in (ParentRole.START, ParentRole.CANVAS))
    operation, _ = label_of(Tree(Lineage(2, {1: owl, 2: night}, edges)), (1, 2))
    assert operation == "drawn over, 0.5"


def test_what_was_only_looked_at_is_told_apart() -> None:
    owl = a_picture(1, a_request("an owl"))
    night = a_picture(2, a_request("night", init_image=ref(owl), strength=0.5))
    day = a_picture(3, a_request("day"))
    edges = (
        Edge(1, 2, ParentRole.START),
        Edge(1, 2, ParentRole.CONTROL),
        Edge(1, 3, ParentRole.REFERENCE),
    )
    tree = Tree(Lineage(1, {1: owl, 2: night, 3: day}, edges))
    assert label_of(tree, (1, 2))[0] == "drawn over, 0.5, its control"
    assert label_of(tree, (1, 3)) == ("its reference", "")
    assert (tree.is_lent((1, 2)), tree.is_lent((1, 3))) == (False, True)


async def a_dialog(window: LineageWindow, picture: Picture) -> RedoDialog:
    window.view.choose(picture.id)
    QTest.keyClick(window.view, Qt.Key.Key_R)
    dialog = window.findChild(RedoDialog)
    assert isinstance(dialog, RedoDialog) and dialog.isVisible()
    return dialog


async def test_redo_asks_for_one_thing_and_says_what_follows(
    show: Show, session: Session, engine: FakeEngine, qasync_loop: QEventLoop
) -> None:
    owl, *_ = await a_family(session)
    window = await show(owl, 4)
    dialog = await a_dialog(window, owl)
    assert "another prompt" in dialog.says
    field = dialog.editor("prompt")
    assert isinstance(field, TextField)
    field.setPlainText("a fox")
    assert dialog.alteration.value == "a fox" and dialog.says.startswith("4 pictures")
    dialog.choose("seed")
    seed = dialog.editor("seed")
    assert isinstance(seed, QLineEdit)
    seed.setText("no number")
    assert "seed" in dialog.says
    seed.setText("77")
    dialog.choose("num_inference_steps")
    steps = dialog.editor("num_inference_steps")
    assert isinstance(steps, NumberControl)
    steps.spin_box.setValue(33)
    assert dialog.alteration.value == 33 and "2 of those" in dialog.says
    dialog.choose("scheduler")
    box = dialog.editor("scheduler")
    assert isinstance(box, QComboBox) and box.count() > 5
    dialog.choose("seed")
    dialog.accept()
    await until(lambda: engine.jobs)
    assert engine.jobs[0].request.seed == 77
    engine.jobs[0].cancel()
    await until(lambda: not session.tasks.running)
    await all_quiet()


async def test_the_menus_entry_opens_the_lineage_of_the_picture_on_show(
    window: MainWindow, session: Session, qasync_loop: QEventLoop
) -> None:
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    assert open_lineage(window) is None and notices
    night = (await a_family(session))[1]
    lineage = open_lineage(window, night)
    assert lineage is not None
    await until(lambda: known(lineage) == 3)
    window.closing.emit()
    assert not lineage.isVisible()
    await all_quiet()


def test_of_thousands_only_what_is_in_sight_is_looked_at() -> None:
    pictures = {number: a_picture(number) for number in range(3000)}
    edges = tuple(Edge(0, child, ParentRole.START) for child in range(1, 3000))
    tree = Tree(Lineage(0, pictures, edges))
    x, y = tree.layout.places[1500]
    seen = list(tree.nodes_in(x - 100, y - 300, x + 400, y + 300))
    assert 1500 in seen and len(seen) < 8
    assert tree.node_at(x + 5, y + 5) == 1500 and tree.node_at(x - 5, y + 5) is None
    label = tree.label_of((0, 1500))
    assert label is not None and tree.link_at(*label) == (0, 1500)


async def test_a_picture_is_compared_with_its_parent(
    show: Show, session: Session, qasync_loop: QEventLoop
) -> None:
    owl, night, *_ = await a_family(session)
    window = await show(owl, 4)
    assert not any("Compare" in action.text() for action in window.menu_for(owl).actions())
    entries = {action.text(): action for action in window.menu_for(night).actions()}
    entries["Compare with its parent"].trigger()
    comparison = window.findChild(CompareWindow)
    assert isinstance(comparison, CompareWindow) and comparison.pictures == (owl, night)
    views = comparison.shown.views
    await until(lambda: all(image is not None for view in views for image in view.images))
    comparison.close()
    await all_quiet()


async def test_what_was_upscaled_cant_be_redone_with_another_prompt(
    show: Show, session: Session, qasync_loop: QEventLoop
) -> None:
    owl, *_, large = await a_family(session)
    window = await show(owl, 4)
    window.view.choose(large.id)
    window.redo()
    assert window.findChild(RedoDialog) is None
    entries = [action.text() for action in window.menu_for(large).actions()]
    assert "Make it anew" in entries and "Redo this with…" not in entries
    await all_quiet()
