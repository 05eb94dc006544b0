"""The engine's dialog: what it tells, what it offers, and what a choice does."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QScrollArea, QToolTip
from pytestqt.qtbot import QtBot

from studio.domain.placement import Attention, Offload, PlacementWishes, Quantization
from studio.ui.engine.engine_dialog import EngineDialog
from studio.ui.main_window import MainWindow
from studio.ui.session import Session
from studio.ui.session.models.mode_trials import Difference
from tests.support.fakes import FakeEngine, a_model, an_addon
from tests.support.sessions import until
from tests.support.statuses import CARD, PROCESSOR, tell


def usual(session: Session) -> PlacementWishes:
    return session.models.marks.wishes.usual


def offered(box: QComboBox) -> list[str]:
    """The entries that can be chosen."""
    flags = Qt.ItemFlag.ItemIsEnabled
    rows = range(box.count())
    return [box.itemText(row) for row in rows if box.model().index(row, 0).flags() & flags]


async def test_device_memory_and_placement_are_told(
    qasync_loop: object, dialog: EngineDialog
) -> None:
    assert dialog.device.text() == "A card, 20.0 GB of 24.0 GB free for models"
    assert dialog.placement.text() == CARD.placement
    assert not dialog.own.isVisible()
    assert not dialog.drop_own.isVisible()


async def test_a_choice_counts_for_all_models_from_the_next_job_on(
    qasync_loop: object, dialog: EngineDialog, session: Session, engine: FakeEngine
) -> None:
    offload = dialog.menus.boxes["offload"]
    offload.setFocus()
    QTest.keyClick(offload, Qt.Key.Key_Down)
    QTest.keyClick(offload, Qt.Key.Key_Down)
    assert usual(session).offload is Offload.MODEL
    dialog.fast.rows["cuda-graphs"].box.click()
    dialog.fast.rows["channels-last"].box.click()
    assert usual(session).fast == ("cuda-graphs", "channels-last")
    dialog.warm._spin.setValue(4)
    assert usual(session).keep_warm == 4
    assert session.models.marks.wishes.of("tiny") == usual(session)
    assert not engine.warmed, "nothing restarts"
    dialog.reset.click()
    assert usual(session) == PlacementWishes()
    assert offload.currentIndex() == 0
    assert not dialog.fast.rows["cuda-graphs"].box.isChecked()
    assert not dialog.reset.isEnabled()


async def test_what_misses_a_package_is_listed_with_the_line_that_installs_it(
    qasync_loop: object, dialog: EngineDialog
) -> None:
    box = dialog.menus.boxes["attention"]
    dialog.menus.show_device("cuda", {"sageattention"})
    assert offered(box) == ["Automatic", "PyTorch's own", "SageAttention, in fewer bits"]
    box.showPopup()
    view = box.view()
    place = view.visualRect(box.model().index(2, 0)).center()
    there = view.viewport().mapToGlobal(place)
    QApplication.sendEvent(view.viewport(), QHelpEvent(QEvent.Type.ToolTip, place, there))
    assert "Flash attention needs the package flash_attn." in QToolTip.text()
    assert "pip install flash-attn" in QToolTip.text()
    QToolTip.hideText()
    box.hidePopup()


async def test_without_a_card_it_says_so_and_offers_what_does_something(
    qasync_loop: object, dialog: EngineDialog, engine: FakeEngine
) -> None:
    tell(engine, PROCESSOR)
    assert dialog.device.text().startswith("CPU, 2 threads: there is no graphics card")
    assert offered(dialog.menus.boxes["offload"]) == ["Automatic", "All of it at once"]
    assert offered(dialog.menus.boxes["attention"]) == ["Automatic", "PyTorch's own"]
    assert "fp16" not in offered(dialog.menus.boxes["precision"])
    graphs, cache = (dialog.fast.rows[name] for name in ("cuda-graphs", "first-block-cache"))
    assert not graphs.box.isEnabled()
    assert graphs.says.text() == "CUDA graphs need an NVIDIA card."
    assert not cache.box.isEnabled(), "the one model that is there is around a UNet"
    assert dialog.fast.rows["channels-last"].box.isEnabled()


async def test_what_was_wished_for_elsewhere_can_be_switched_off(
    qasync_loop: object, dialog: EngineDialog, session: Session, engine: FakeEngine
) -> None:
    session.models.place_all(PlacementWishes(fast=("cuda-graphs", "of-tomorrow")))
    tell(engine, PROCESSOR)
    box = dialog.fast.rows["cuda-graphs"].box
    assert box.isChecked()
    assert box.isEnabled()
    box.click()
    assert usual(session).fast == ("of-tomorrow",)
    assert not box.isEnabled()


async def test_measuring_a_mode_draws_the_panels_picture(
    qasync_loop: object, dialog: EngineDialog, session: Session, engine: FakeEngine
) -> None:
    flux = a_model("flux", family="flux")
    session.catalog._models = (flux,)
    session.models.changed.emit()
    line = dialog.fast.rows["first-block-cache"]
    line.measure.click()
    await until(lambda: engine.waiting)
    assert line.measure.text() == "Measuring…"
    assert not line.measure.isEnabled()
    for _ in range(4):
        await until(lambda: engine.waiting)
        engine.waiting[0].start()
        engine.running.finish()
    await until(lambda: "Tiny" in line.fidelity.text())
    assert line.fidelity.text() == "lossy · same pixels, 1 × as fast (Tiny)"
    assert line.measure.isEnabled()


async def test_lossy_modes_say_what_was_measured(
    qasync_loop: object, dialog: EngineDialog, session: Session
) -> None:
    names = list(dialog.fast.rows)
    assert names[-1] == "first-block-cache"
    line = dialog.fast.rows["first-block-cache"]
    assert line.fidelity.text() == "lossy · not measured on this machine"
    assert not dialog.fast.rows["cuda-graphs"].measure.isVisible()
    session.mode_trials._differences["A card", "first-block-cache"] = Difference(31.4, 1.6, "Moon")
    session.mode_trials.changed.emit()
    assert line.fidelity.text() == "lossy · 31.4 dB, 1.6 × as fast (Moon)"


async def test_a_model_with_wishes_of_its_own_is_named(
    qasync_loop: object, dialog: EngineDialog, session: Session
) -> None:
    model = session.draft.model
    session.models.place(model, PlacementWishes(quantization=Quantization.FP8))
    assert dialog.own.text().startswith("“Tiny” has choices of its own")
    dialog.drop_own.click()
    assert not session.models.marks.wishes.of_models
    assert not dialog.own.isVisible()


async def test_menu_label_and_line_open_it_once(
    qasync_loop: object, window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.mouseClick(window.engine_label, Qt.MouseButton.LeftButton)
    qtbot.keyClick(
        window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    )
    (dialog,) = window.findChildren(EngineDialog)
    assert dialog.isVisible()
    assert dialog.menus.wishes.attention in (None, *Attention)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


async def test_a_few_step_lora_changes_the_prompt_panel(
    qasync_loop: object, dialog: EngineDialog, session: Session
) -> None:
    few = dialog.few_steps
    assert "LoRA" in few.says.text()
    session.catalog._addons = (an_addon("lcm-lora-sd15", title="LCM & more"),)
    session.models.changed.emit()
    (box,) = few.boxes.values()
    assert few.says.text() == ""
    box.click()
    assert session.draft.num_inference_steps == 6
    session.draft.loras = ()
    assert not box.isChecked(), "taken away in the prompt panel"
    box.click()
    box.click()
    assert session.draft.loras == ()
    assert session.draft.num_inference_steps == 6, "as it stood before the last click"


async def test_it_scrolls_only_where_the_screen_has_no_room(
    qasync_loop: object, dialog: EngineDialog
) -> None:
    scroll = dialog.findChild(QScrollArea)
    assert scroll is not None
    room = dialog.screen().availableGeometry().height()
    too_much = scroll.verticalScrollBar().maximum()
    assert too_much == 0 or dialog.height() == round(0.9 * room)
    dialog.resize(dialog.width(), dialog.height() + too_much)
    QApplication.processEvents()
    assert scroll.verticalScrollBar().maximum() == 0
    assert not scroll.verticalScrollBar().isVisible()
