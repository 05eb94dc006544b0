"""The window of models: its list, the page of the chosen one, and what can be done there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QLabel, QMenu, QToolButton
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.catalog.cards import ModelCard
from studio.domain.model import ModelTask
from studio.domain.placement import Offload, PlacementWishes, Quantization
from studio.engine import EngineState, EngineStatus
from studio.ui.canvas.drops import DropHint
from studio.ui.main_window import MainWindow
from studio.ui.models import open_models
from studio.ui.models.filter_bar import CARDS
from studio.ui.models.models_window import ModelsWindow
from studio.ui.session import Notice, Session
from studio.ui.settings import Settings
from tests.support.drags import a_file, drop, enter, leave
from tests.support.fakes import FakeCatalog, FakeEngine, a_model, an_addon
from tests.support.sessions import until


def listed(window: ModelsWindow) -> list[str]:
    models = window.models.view.models
    return [models.index(row).data() for row in range(models.rowCount())]


def choose(window: ModelsWindow, name: str) -> None:
    view = window.models.view
    view.setCurrentIndex(view.models.index(listed(window).index(name)))


async def shown(window: ModelsWindow, title: str) -> None:
    """The card has been read."""
    await until(lambda: window.models.card.title.text() == title)


async def test_all_are_listed_and_the_one_in_use_is_looked_at(
    qasync_loop: QEventLoop, models_window: ModelsWindow
) -> None:
    assert listed(models_window) == [
        "Moon",
        "Other",
        "Tiny",
        "Moody",
        "Pixels",
        "Grain",
        "Canny",
        "Fast",
        "Fine, slow",
    ]
    current = models_window.models.view.current()
    assert current is not None
    assert current.name == "tiny"
    card = models_window.models.card
    assert card.use.text() == "In use"
    assert not card.use.isEnabled()
    assert models_window.models.says.text() == "9 files"


async def test_search_kind_and_family_narrow_the_list(
    qasync_loop: QEventLoop, models_window: ModelsWindow
) -> None:
    bar = models_window.models.bar
    QTest.keyClick(models_window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert models_window.focusWidget() is bar.search
    QTest.keyClicks(bar.search, "pixel ART")
    assert listed(models_window) == ["Pixels"]
    assert models_window.models.says.text() == "1 of 9 files"
    QTest.keyClick(bar.search, Qt.Key.Key_Down)
    assert models_window.focusWidget() is models_window.models.view
    bar.search.setFocus()
    QTest.keyClick(bar.search, Qt.Key.Key_Escape)
    assert len(listed(models_window)) == 9
    assert models_window.isVisible()
    bar.kind.setCurrentIndex(bar.kind.findText("LoRAs"))
    bar.kind.activated.emit(bar.kind.currentIndex())
    assert listed(models_window) == ["Moody", "Pixels"]
    bar.family.setCurrentIndex(bar.family.findText("Stable Diffusion XL"))
    bar.family.activated.emit(bar.family.currentIndex())
    assert listed(models_window) == ["Pixels"]


async def test_nothing_found_is_said(qasync_loop: QEventLoop, models_window: ModelsWindow) -> None:
    before = models_window.models.view.grab().toImage()
    models_window.models.bar.search.setText("nothing like that")
    assert listed(models_window) == []
    assert models_window.models.card.info is None
    assert models_window.models.view.grab().toImage() != before


async def test_the_card_tells_all_that_is_known_as_plain_text(
    qasync_loop: QEventLoop, models_window: ModelsWindow
) -> None:
    choose(models_window, "Moon")
    await shown(models_window, "Moon <b>XL</b>")
    card = models_window.models.card
    assert card.permits.text() == "You may sell pictures.\nYou may share it."
    assert card.licence.text() == "openrail++"
    assert card.trained_on.text() == "Pictures of the moon."
    assert card.description.text().endswith("…")
    assert card.known.values()["Source"] == "https://example.org/moon"
    assert card.known.values()["Maker"] == "Ana"
    assert card.hashes.values() == {"AutoV2": "c9e3e68f89"}
    assert "no graphics card" in card.fit.text()
    labels = card.findChildren(QLabel)
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)


async def test_what_can_be_copied_is_copied_whole(
    qasync_loop: QEventLoop, models_window: ModelsWindow
) -> None:
    choose(models_window, "Moon")
    await shown(models_window, "Moon <b>XL</b>")
    buttons = models_window.models.card.known.findChildren(QToolButton)
    copy = next(each for each in buttons if each.accessibleName() == "Copy Source")
    copy.click()
    assert QGuiApplication.clipboard().text() == "https://example.org/moon"


async def test_a_double_click_uses_a_model(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session, engine: FakeEngine
) -> None:
    view = models_window.models.view
    rect = view.visualRect(view.models.index(listed(models_window).index("Other")))
    at = rect.topLeft() + QPoint(120, 20)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert session.draft.model.name == "other"
    assert session.draft.num_inference_steps == 7
    assert engine.warmed == ["other"]
    assert models_window.models.card.use.text() == "In use"


async def test_enter_on_a_lora_puts_it_into_the_prompt(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session
) -> None:
    session.draft.prompt = "a fox"
    choose(models_window, "Moody")
    QTest.keyClick(models_window.models.view, Qt.Key.Key_Return)
    assert session.draft.prompt == "a fox <lora:moody:0.8>"
    choose(models_window, "Grain")
    models_window.models.card.use.click()
    assert session.draft.prompt == "a fox <lora:moody:0.8>, grain"
    choose(models_window, "Canny")
    assert not models_window.models.card.use.isVisible()


async def test_trigger_words_are_clicked_into_the_prompt(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session
) -> None:
    choose(models_window, "Moon")
    await until(lambda: len(models_window.models.card.words.buttons()) == 2)
    for button in models_window.models.card.words.buttons():
        button.click()
    assert session.draft.prompt == "moonlight, a & b"


async def test_stars_by_key_by_mouse_and_on_the_page(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session
) -> None:
    marks, view = session.models.marks, models_window.models.view
    choose(models_window, "Pixels")
    pixels = view.current()
    assert pixels is not None
    QTest.keyClick(view, Qt.Key.Key_S)
    assert marks.is_favourite(pixels)
    assert listed(models_window)[0] == "Pixels"
    assert view.current() == pixels, "what is looked at stays so"
    rect = view.visualRect(view.currentIndex())
    star = QPoint(rect.right() - 20, rect.center().y())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=star)
    assert not marks.is_favourite(pixels)
    models_window.models.card.star.click()
    assert marks.is_favourite(pixels)
    models_window.models.bar.favourites.click()
    assert listed(models_window) == ["Pixels"]


async def test_a_double_click_on_a_star_uses_nothing(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session
) -> None:
    view = models_window.models.view
    rect = view.visualRect(view.models.index(0))
    star = QPoint(rect.right() - 20, rect.center().y())
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=star)
    assert session.draft.model.name == "tiny"


async def test_the_present_values_are_kept_and_reset(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session
) -> None:
    box = models_window.models.card.defaults
    assert box.keep.isVisible()
    assert not box.reset.isVisible()
    assert box.says.text().startswith("4 steps, guidance 5, Euler, 64 × 64")
    session.draft.num_inference_steps = 31
    box.keep.click()
    assert box.says.text().startswith("31 steps")
    assert box.says.text().endswith("(your values)")
    box.reset.click()
    assert box.says.text().endswith("(its maker's values)")
    choose(models_window, "Other")
    assert not box.keep.isVisible(), "the panel's values belong to the model in use"


async def test_the_artist_may_decide_how_a_model_lies_on_the_card(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session
) -> None:
    choose(models_window, "Moon")
    boxes = models_window.models.card.placement.boxes
    assert boxes["offload"].currentText() == "Automatic"
    boxes["offload"].setFocus()
    QTest.keyClick(boxes["offload"], Qt.Key.Key_Down)
    QTest.keyClick(boxes["offload"], Qt.Key.Key_Down)
    QTest.keyClick(boxes["quantization"], Qt.Key.Key_End)
    wishes = session.models.marks.wishes
    assert wishes.of("moon") == PlacementWishes(
        offload=Offload.MODEL, quantization=Quantization.NF4
    )
    assert wishes.of("tiny") == PlacementWishes()
    choose(models_window, "Tiny")
    assert boxes["offload"].currentText() == "Automatic"
    choose(models_window, "Moon")
    assert boxes["offload"].currentText() == "Its parts take turns"
    QTest.keyClick(boxes["offload"], Qt.Key.Key_Home)
    QTest.keyClick(boxes["quantization"], Qt.Key.Key_Home)
    assert not session.models.marks.wishes.of_models


async def test_cards_have_larger_pictures_and_are_remembered(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session, settings: Settings
) -> None:
    view = models_window.models.view
    row = view.visualRect(view.models.index(0)).size()
    models_window.models.bar.view.button(CARDS).click()
    await asyncio.sleep(0.05)
    card = view.visualRect(view.models.index(0)).size()
    assert card.height() > 2 * row.height()
    assert (
        view.visualRect(view.models.index(1)).top() == view.visualRect(view.models.index(0)).top()
    )
    models_window.resize(760, 500)
    models_window.close()
    again = ModelsWindow(session, settings)
    assert again.models.view.shows_cards
    assert again.size() == QSize(760, 500)
    again.close()


async def test_preview_pictures_come_without_moving_anything(
    qasync_loop: QEventLoop, models_window: ModelsWindow, catalog: FakeCatalog
) -> None:
    view, previews = models_window.models.view, models_window.models.previews
    before = [view.visualRect(view.models.index(row)) for row in range(4)]
    moon = catalog.find("moon")
    view.grab()
    await until(lambda: previews.get(moon) is not None)
    assert not previews.get(moon).isNull()
    await until(lambda: previews.get(catalog.find("other")) is not None)
    assert previews.get(catalog.find("other")).isNull()
    assert [view.visualRect(view.models.index(row)) for row in range(4)] == before


async def test_a_picture_that_comes_to_lie_beside_a_model_is_seen(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session, catalog: FakeCatalog
) -> None:
    previews, other = models_window.models.previews, catalog.find("other")
    await until(lambda: previews.get(other) is not None)
    assert previews.get(other).isNull()
    catalog.told["other"] = ModelCard("Other", thumbnail=catalog.told["moon"].thumbnail)
    QTest.keyClick(models_window, Qt.Key.Key_F5)
    await until(lambda: previews.get(other) is not None and not previews.get(other).isNull())


async def test_the_card_is_judged_anew_when_the_engine_knows_it(
    qasync_loop: QEventLoop, models_window: ModelsWindow, engine: FakeEngine
) -> None:
    choose(models_window, "Moon")
    gb = 10**9
    engine.status = EngineStatus(
        EngineState.READY, "a card", card_free_bytes=22 * gb, card_total_bytes=24 * gb
    )
    engine.status_changed.emit(engine.status)
    assert "24.0 GB" in models_window.models.card.fit.text()
    current = models_window.models.view.current()
    assert current is not None
    assert models_window.models.view.models.fit_text(current) == "fits your card"


async def test_a_model_that_comes_is_listed_and_the_place_stays(
    qasync_loop: QEventLoop, models_window: ModelsWindow, catalog: FakeCatalog
) -> None:
    choose(models_window, "Pixels")
    catalog._models = (*catalog.models(), a_model("new"))
    await asyncio.to_thread(catalog.rescan)
    await until(lambda: "New" in listed(models_window))
    current = models_window.models.view.current()
    assert current is not None
    assert current.name == "pixels"


async def test_delete_moves_own_files_to_the_trash_only(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session, catalog: FakeCatalog
) -> None:
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    choose(models_window, "Other")
    assert not models_window.models.card.trash.isEnabled()
    QTest.keyClick(models_window.models.view, Qt.Key.Key_Delete)
    await until(lambda: notices)
    assert notices[0].is_error
    choose(models_window, "Moon")
    models_window.models.card.trash.click()
    await until(lambda: len(notices) == 2)
    assert not catalog.find("moon").path.exists()
    assert notices[1].action is not None


async def test_checksums_come_when_they_are_wanted(
    qasync_loop: QEventLoop, models_window: ModelsWindow
) -> None:
    choose(models_window, "Moon")
    await shown(models_window, "Moon <b>XL</b>")
    card = models_window.models.card
    card.compute.click()
    assert not card.compute.isEnabled()
    await until(lambda: "sha256" in card.hashes.values())
    assert not card.compute.isVisible()


async def test_the_menu_offers_what_a_kind_can(
    qasync_loop: QEventLoop, models_window: ModelsWindow, catalog: FakeCatalog, session: Session
) -> None:
    def texts(menu: QMenu) -> list[str]:
        return [action.text() for action in menu.actions() if action.text()]

    page = models_window.models
    moody = catalog.addons()[0]
    assert texts(page.menu_for(catalog.find("moon"))) == [
        "Use this model",
        "Favourite",
        "Show in the file manager",
        "Move to trash",
    ]
    menu = page.menu_for(moody)
    assert texts(menu) == [
        "Add to the prompt",
        "Add its trigger words",
        "Favourite",
        "Show in the file manager",
    ]
    next(a for a in menu.actions() if a.text() == "Add its trigger words").trigger()
    assert session.draft.prompt == "moody light, fog"


async def test_folders_can_be_added_shown_and_removed(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session, tmp_path: Path
) -> None:
    page = models_window.folders
    models_window.show_folders()
    assert [row.title for row in page.places.rows()] == [str(session.model_files.own_folder)]
    theirs = tmp_path / "ComfyUI"
    theirs.mkdir()
    drop(models_window, a_file(theirs))
    await until(lambda: len(page.places.rows()) == 2)
    await until(lambda: page.places.value() is not None)
    assert page.places.rows()[1].title == str(theirs)
    assert page.remove.isEnabled()
    page.remove.click()
    await until(lambda: len(page.places.rows()) == 1)
    page.places.choose(0)
    assert not page.remove.isEnabled(), "the studio's own folder stays"


async def test_refusals_say_why_and_pickles_can_be_converted(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session
) -> None:
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    page = models_window.folders
    tab = models_window.pages.tabText(1)
    assert tab == "Folders · 2 refused"
    assert page.refused.rows()[0].text == "old.ckpt is a pickle."
    page.refused.choose(1)
    assert not page.convert.isEnabled()
    page.refused.choose(0)
    assert page.convert.isEnabled()
    page.convert.click()
    await until(lambda: notices)
    assert "old.safetensors" in notices[0].sentence
    assert models_window.pages.tabText(1) == "Folders · 1 refused"


async def test_escape_and_enter_mean_no_dialog_button(
    qasync_loop: QEventLoop, models_window: ModelsWindow
) -> None:
    QTest.keyClick(models_window.models.bar.search, Qt.Key.Key_Return)
    assert models_window.isVisible()
    QTest.keyClick(models_window.models.view, Qt.Key.Key_Escape)
    assert not models_window.isVisible()


async def test_three_thousand_files_take_no_widgets(
    qasync_loop: QEventLoop, models_window: ModelsWindow, catalog: FakeCatalog
) -> None:
    view = models_window.models.view
    before = len(view.findChildren(QAbstractItemView)) + len(view.findChildren(QLabel))
    catalog._addons = tuple(an_addon(f"l{n}") for n in range(3000))
    catalog.changed.emit()
    assert len(listed(models_window)) == 3005
    view.grab()
    after = len(view.findChildren(QAbstractItemView)) + len(view.findChildren(QLabel))
    assert after == before
    assert len(models_window.models.previews._wanted) < 100, "only those in sight are wanted"


def test_the_studios_window_opens_one_and_takes_folders(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, qasync_loop: QEventLoop
) -> None:
    opened = open_models(window)
    assert open_models(window) is opened
    window.session.models.window_wanted.emit()
    assert len(window.findChildren(ModelsWindow)) == 1
    theirs = tmp_path / "models of mine"
    theirs.mkdir()
    assert enter(window, a_file(theirs))
    hint = next(each for each in window.findChildren(DropHint) if each.parent() is window)
    assert hint.isVisible()
    leave(window)
    assert not hint.isVisible()
    assert not enter(window, a_file(tmp_path / "notes.txt"))
    drop(window, a_file(theirs))
    assert opened.pages.currentWidget() is opened.folders
    assert not hint.isVisible()
    opened.close()


async def test_a_refiner_is_listed_and_says_where_it_is_chosen(
    qasync_loop: QEventLoop,
    models_window: ModelsWindow,
    session: Session,
    catalog: FakeCatalog,
    engine: FakeEngine,
) -> None:
    catalog._models = [*catalog._models, replace(a_model("polish"), task=ModelTask.REFINER)]
    catalog.changed.emit()
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    page = models_window.models
    choose(models_window, "Polish")
    await shown(models_window, "Polish")
    assert page.card.use.isHidden()
    assert page.card.info is not None
    words = [action.text() for action in page.menu_for(page.card.info).actions()]
    assert "Use this model" not in words
    page.use(page.card.info)
    assert session.draft.model.name == "tiny" and engine.warmed == []
    assert "LoRAs and VAE" in notices[0].sentence
    choose(models_window, "Tiny")
    await shown(models_window, "Tiny")
    assert not page.card.use.isHidden()


async def test_upscalers_are_listed_with_what_is_known_of_them(
    qasync_loop: QEventLoop, models_window: ModelsWindow, session: Session
) -> None:
    bar = models_window.models.bar
    bar.kind.setCurrentIndex(bar.kind.findText("Upscalers"))
    bar.kind.activated.emit(bar.kind.currentIndex())
    assert listed(models_window) == ["Fast", "Fine, slow"]
    choose(models_window, "Fast")
    await shown(models_window, "Fast")
    info = models_window.models.card.info
    assert info is not None
    told = models_window.models.view.models.told(info)
    assert told == ["Upscaler", "compact", "1 MB", "BSD-3-Clause"]
    assert models_window.models.card.use.isHidden()
    assert not models_window.models.card.trash.isEnabled()
