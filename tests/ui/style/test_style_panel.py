"""The style pane with real events: what is dropped, chosen, dragged, applied and stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QSlider, QToolButton, QWidget
from qasync import QEventLoop

from studio.document import Document
from studio.document.edits import write_mask
from studio.document.rendering.composite import flatten
from studio.document.restyling import RestyleMethod
from studio.domain.geometry import Box
from studio.domain.stylize import StyleColours, StyleLoss
from studio.ui.canvas import as_pixels
from studio.ui.session import Notice, Session
from studio.ui.style import StylePanel
from studio.ui.style.mask_side import OUTSIDE, UNDER
from tests.support.drags import a_file, an_image, drop, enter, leave
from tests.support.fakes import FakeEngine, picture_pixels
from tests.support.sessions import a_finished_picture, until

LEFT = Qt.MouseButton.LeftButton


def chosen(session: Session) -> list[str]:
    return [choice.entry.name for choice in session.styles.chosen]


async def shelf_is_read(session: Session) -> None:
    await until(lambda: len(session.styles.entries) >= 4)


def open_photo(session: Session) -> Document:
    document = Document.of_picture(picture_pixels(120, 80), "photo")
    session.editing.open(document)
    return document


def drag_slider(slider: QSlider, share: float) -> None:
    """Press on a slider's groove, move to a share of it and let go."""
    y = slider.height() // 2
    QTest.mousePress(slider, LEFT, pos=QPoint(slider.width() // 2, y))
    QTest.mouseMove(slider, QPoint(round((slider.width() - 1) * share), y))
    QTest.mouseRelease(slider, LEFT, pos=QPoint(round((slider.width() - 1) * share), y))


# Wells


async def test_a_dropped_photo_is_opened_and_shown_in_its_well(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session, photo: Path
) -> None:
    assert not pane.content.pictures
    drop(pane.content, a_file(photo))
    await until(lambda: session.editing.document)
    document = session.editing.document
    assert document is not None and document.name == "harbour"
    assert len(pane.content.pictures) == 1
    seen = as_pixels(pane.content.pictures[0].toImage())
    assert np.array_equal(seen, picture_pixels(120, 80, 5))


async def test_a_picture_from_a_browser_is_opened_too(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session
) -> None:
    drop(pane.content, an_image(picture_pixels(30, 20)))
    await until(lambda: session.editing.document)
    document = session.editing.document
    assert document is not None
    assert np.array_equal(flatten(document.content)[..., :3], picture_pixels(30, 20))


async def test_a_dropped_painting_is_on_the_shelf_and_chosen(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session, photo: Path
) -> None:
    drop(pane.style_well, a_file(photo))
    await until(lambda: chosen(session) == ["harbour"])
    assert [entry.name for entry in session.styles.entries if entry.is_own] == ["harbour"]
    await until(lambda: len(pane.style_well.pictures) == 1)
    drop(pane.style_well, an_image(picture_pixels(30, 20)))
    await until(lambda: chosen(session) == ["Dropped picture"])
    drop(pane.shelf.viewport(), a_file(photo))
    await until(lambda: chosen(session) == ["harbour 2"])


async def test_a_picture_of_the_history_becomes_a_style(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session, engine: FakeEngine
) -> None:
    picture = await a_finished_picture(session, engine)
    drop(pane.style_well, a_file(picture.path))
    await until(lambda: chosen(session) == [picture.path.stem[:40]])


async def test_what_is_pasted_into_the_well_with_the_keyboard_comes_there(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session, photo: Path
) -> None:
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    clipboard = QGuiApplication.clipboard()
    clipboard.setImage(QImage(str(photo)))
    QTest.keyClick(pane.style_well, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: chosen(session) == ["Dropped picture"])
    QTest.keyClick(pane.content, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: session.editing.document)
    assert not notices
    clipboard.setText("no picture")
    QTest.keyClick(pane.content, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert notices[0].sentence == "There is no picture on the clipboard."


async def test_what_is_no_picture_is_not_taken(
    qasync_loop: QEventLoop, pane: StylePanel, tmp_path: Path
) -> None:
    for target in (pane.content, pane.style_well, pane.shelf.viewport()):
        assert not enter(target, a_file(tmp_path / "notes.txt"))


async def test_targets_say_so_while_a_drag_is_anywhere_over_the_window(
    qasync_loop: QEventLoop, pane: StylePanel, photo: Path, qtbot: object
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setAcceptDrops(True)
    pane.watch_drags_of(window)
    enter(window, a_file(photo))
    assert pane.content.is_target and pane.style_well.is_target
    leave(window)
    enter(pane.style_well, a_file(photo))
    await until(lambda: pane.content.is_target)
    leave(pane.style_well)
    await until(lambda: not pane.content.is_target and not pane.style_well.is_target)
    enter(window, a_file(photo.with_suffix(".txt")))
    assert not pane.content.is_target


async def test_the_well_follows_the_canvas_from_picture_to_document(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session, engine: FakeEngine
) -> None:
    await a_finished_picture(session, engine)
    assert pane.content.pictures
    open_photo(session)
    assert as_pixels(pane.content.pictures[0].toImage()).shape == (80, 120, 3)
    session.editing.close()
    session.shown.put(None, None)
    await until(lambda: not pane.content.pictures)


# Method and what it is told


async def test_controls_and_session_are_the_same(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session
) -> None:
    restyling, details = session.restyling, pane.details
    drag_slider(details.strength.slider, 0.0)
    assert restyling.wishes.strength == 0
    restyling.set_strength(0.42)
    assert details.strength.value() == 42
    details.colours.setFocus()
    QTest.keyClick(details.colours, Qt.Key.Key_Down)
    assert restyling.wishes.colours is StyleColours.LUMINANCE
    QTest.mouseClick(details.method.button(RestyleMethod.OPTIMISED), LEFT)
    assert restyling.wishes.method is RestyleMethod.OPTIMISED
    optimised = details.optimised
    optimised.iterations.spin_box.setValue(80)
    optimised.content.spin_box.setValue(50)
    optimised.smoothness.spin_box.setValue(3.5)
    QTest.keyClick(optimised.loss, Qt.Key.Key_Down)
    wishes = restyling.wishes
    assert (wishes.iterations, wishes.loss) == (80, StyleLoss.GRAM)
    assert (wishes.weights.content, wishes.weights.smoothness) == (0.05, 3.5)


async def test_only_what_the_method_needs_is_shown(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session
) -> None:
    details, restyling = pane.details, session.restyling
    always = {details.method}
    shown = {
        RestyleMethod.INSTANT: {details.strength, details.colours, pane.shelf, pane.style_well},
        RestyleMethod.OPTIMISED: {
            details.optimised, details.colours, pane.shelf, pane.style_well,
        },
        RestyleMethod.DIFFUSION: {details.prompt, details.strength},
    }  # fmt: skip
    parts = always.union(*shown.values())
    for method, wanted in shown.items():
        restyling.set_method(method)
        assert {part for part in parts if part.isVisible()} == always | wanted


async def test_what_is_typed_is_the_style_for_the_diffusion_model(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session, engine: FakeEngine
) -> None:
    open_photo(session)
    session.restyling.set_method(RestyleMethod.DIFFUSION)
    QTest.keyClicks(pane.details.prompt, "a woodcut")
    assert session.restyling.prompt == "a woodcut"
    QTest.keyClick(pane.details.prompt, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: engine.jobs)
    assert engine.jobs[0].request.prompt == "a woodcut"


async def test_the_mask_offers_itself_and_the_other_side_a_style(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session
) -> None:
    await shelf_is_read(session)
    side = pane.details.mask_side
    document = open_photo(session)
    assert not side.isVisible()
    mask = np.full((20, 20), 255, np.uint8)
    document.do(write_mask(document.content, Box(10, 10, 20, 20), mask))
    assert side.isVisible() and side.only_mask.isChecked()
    side.feather.spin_box.setValue(9)
    assert session.restyling.wishes.feather_px == 9
    session.styles.choose(session.styles.entries[0])
    QTest.mouseClick(side.other_style, LEFT, pos=QPoint(8, side.other_style.height() // 2))
    assert side.side.isVisible() and side.side.value() == OUTSIDE
    assert not pane.style_well.pictures
    session.styles.choose(session.styles.entries[1])
    QTest.mouseClick(side.side.button(UNDER), LEFT)
    assert chosen(session) == ["Garden"]
    assert [choice.entry.name for choice in session.restyling.outside] == ["Wave"]
    QTest.mouseClick(side.only_mask, LEFT, pos=QPoint(8, side.only_mask.height() // 2))
    assert not session.restyling.under_mask
    assert not side.feather.isVisible()


# Blends


async def test_a_blend_has_a_row_for_each_style_with_weight_scale_and_a_way_out(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session
) -> None:
    await shelf_is_read(session)
    garden, wave, painted = session.styles.entries[:3]
    session.styles.choose(garden)
    (row,) = pane.mix.rows
    assert not row.weight.isVisible() and row.scale.isVisible()
    session.styles.blend(wave)
    first, second = pane.mix.rows
    await until(lambda: second.weight.slider.width() < 200)
    drag_slider(second.weight.slider, 0.0)
    assert session.styles.chosen[1].weight == 0.01
    drag_slider(first.scale.slider, 1.0)
    assert session.styles.chosen[0].scale == 4
    assert pane.mix.rows == (first, second)
    QTest.mouseClick(first.remove, LEFT)
    assert chosen(session) == ["Wave"]
    session.styles.choose(painted)
    (row,) = pane.mix.rows
    assert row.entry == painted and row.scale.isVisibleTo(row)


# Apply


async def test_apply_says_what_is_missing_becomes_stop_and_shows_how_far_it_is(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session, engine: FakeEngine
) -> None:
    await shelf_is_read(session)
    bar = pane.bar
    assert not bar.apply.isEnabled()
    assert "no picture" in " ".join(label.text() for label in bar.findChildren(QLabel))
    document = open_photo(session)
    session.restyling.set_method(RestyleMethod.OPTIMISED)
    session.styles.choose(session.styles.entries[0])
    assert bar.apply.isEnabled() and not bar.stop_here.isVisible()
    QTest.mouseClick(bar.apply, LEFT)
    assert bar.apply.text() == "Stop"
    await until(lambda: engine.jobs)
    job = engine.jobs[0]
    job.start()
    job.come_nearer(30, 60, 90)
    await until(lambda: document.overlays)
    assert bar.apply.fraction() == 0.5
    assert "After 30 iterations" in pane.details.optimised.curves.accessibleDescription()
    QTest.mouseClick(bar.stop_here, LEFT)
    assert job.stopped_here
    job.restyle(90)
    await until(lambda: len(document.content.layers) == 2)
    await until(lambda: bar.apply.text() == "Apply")
    assert bar.apply.fraction() is None
    QTest.mouseClick(bar.apply, LEFT)
    await until(lambda: len(engine.jobs) == 2)
    QTest.mouseClick(bar.apply, LEFT)
    assert engine.jobs[1].was_cancelled


async def test_a_trial_is_taken_off_by_its_button_and_by_escape(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session, engine: FakeEngine
) -> None:
    await shelf_is_read(session)
    document = open_photo(session)
    for take_off in (
        lambda: QTest.mouseClick(pane.bar.discard, LEFT),
        lambda: QTest.keyClick(pane.shelf, Qt.Key.Key_Escape),
    ):
        session.styles.choose(session.styles.entries[0])
        await until(lambda: engine.running is None and engine.waiting)
        engine.waiting[0].start()
        engine.running.restyle(70)
        await until(lambda: document.overlays)
        assert pane.bar.discard.isVisible()
        take_off()
        assert not document.overlays
        assert not pane.bar.discard.isVisible()
        session.restyling.set_styles(())
    QTest.mouseClick(pane.bar.try_out, LEFT)
    assert not session.restyling.tries_out


async def test_before_and_after_is_one_state_wherever_it_is_chosen(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session
) -> None:
    QTest.mouseClick(pane.bar.compare, LEFT)
    assert session.comparison.is_on
    session.comparison.toggle()
    assert not pane.bar.compare.isChecked()


# For everybody


async def test_everything_has_a_name_a_tooltip_and_is_reached_by_tab(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session
) -> None:
    await shelf_is_read(session)
    open_photo(session)
    for entry in session.styles.entries[:2]:
        session.styles.blend(entry)
    for method in RestyleMethod:
        session.restyling.set_method(method)
        for button in (*pane.findChildren(QPushButton), *pane.findChildren(QToolButton)):
            if button.isVisible():
                assert button.accessibleName() or button.text()
                assert button.toolTip(), button.accessibleName()
        wanted = {
            widget
            for widget in pane.findChildren(QWidget)
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            if widget.isEnabled() and not isinstance(widget.focusProxy(), QWidget)
        }
        reached, here = set(), pane.content
        here.setFocus()
        for _ in range(len(wanted) + 5):
            reached.add(QApplication.focusWidget())
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        missing = wanted - reached
        # Of a group of choices Tab reaches the one that holds.
        assert all(isinstance(widget, QPushButton) and widget.isCheckable() for widget in missing)


@pytest.mark.parametrize("method", list(RestyleMethod))
async def test_it_fits_the_narrowest_dock(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session, method: RestyleMethod
) -> None:
    await shelf_is_read(session)
    open_photo(session)
    for entry in session.styles.entries[:2]:
        session.styles.blend(entry)
    session.restyling.set_method(method)
    pane.resize(300, 400)
    for widget in pane.findChildren(QWidget):
        if widget.isVisible():
            right = widget.mapTo(pane, QPoint(widget.width(), 0)).x()
            assert right <= 300, widget
