"""The dialog of contact sheets: what is chosen, its preview, and what is remembered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.library import Picture
from studio.library.sheets.contact_sheet import Background, Caption, ContactSheet, Paper
from studio.library.sheets.contact_sheet_export import SheetFormat
from studio.ui.contact_sheets import export_contact_sheet, sheet_from_json, sheet_to_json
from studio.ui.controls.choice_row import ChoiceRow
from studio.ui.controls.number_control import NumberControl
from studio.ui.dialogs.contact_sheet_dialog import ContactSheetDialog
from studio.ui.dialogs.sheet_preview import SheetPreview
from studio.ui.main_window import MainWindow
from studio.ui.session import Notice, Session
from tests.support.fakes import picture_pixels
from tests.support.quiet import all_quiet
from tests.support.samples import a_request
from tests.support.sessions import a_session, until

NoNative = Qt.ApplicationAttribute.AA_DontUseNativeDialogs
Open = Callable[..., Awaitable[ContactSheetDialog]]


async def made(session: Session, count: int) -> list[Picture]:
    return [
        await session.library.record(picture_pixels(64, 48, seed), a_request(f"owl {seed}", seed))
        for seed in range(count)
    ]


@pytest.fixture
def ask(session: Session, qtbot: QtBot) -> Open:
    async def ask(
        count: int, sheet: ContactSheet, chosen: SheetFormat = SheetFormat.PDF
    ) -> ContactSheetDialog:
        pictures = await made(session, count)
        dialog = ContactSheetDialog(session.library, pictures, sheet, chosen)
        dialog.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return ask


@pytest.mark.parametrize(
    "sheet",
    [
        ContactSheet(),
        ContactSheet(7, Paper.A3_LANDSCAPE, frozenset(), "Owls", 3.0, Background.BLACK, 300),
    ],
)
async def test_what_is_given_is_chosen(
    ask: Open, sheet: ContactSheet, qasync_loop: QEventLoop
) -> None:
    dialog = await ask(1, sheet, SheetFormat.PNG)
    assert dialog.sheet == sheet and dialog.format is SheetFormat.PNG
    await all_quiet()


async def test_controls_change_the_sheet_and_its_preview(
    ask: Open, qasync_loop: QEventLoop
) -> None:
    dialog = await ask(12, ContactSheet(columns=2, dpi=150))
    preview = dialog.findChild(SheetPreview)
    assert preview is not None
    await until(lambda: not preview.image.isNull())
    assert dialog.says.startswith("12 pictures on 2 pages of 1240 × 1754 px")
    before = preview.image.cacheKey()
    columns = dialog.findChildren(NumberControl)[0]
    columns.spin_box.setValue(6)
    await until(lambda: preview.image.cacheKey() != before)
    assert dialog.sheet.columns == 6 and "on 1 page" in dialog.says
    title = dialog.findChildren(QLineEdit)[0]
    QTest.keyClicks(title, "Owls at night")
    boxes = {box.text(): box for box in dialog.findChildren(QCheckBox)}
    boxes["Settings"].click()
    rows = {row.accessibleName(): row for row in dialog.findChildren(ChoiceRow)}
    rows["Background"].button(Background.BLACK).click()
    rows["Format"].button(SheetFormat.PNG).click()
    assert dialog.sheet.title == "Owls at night" and Caption.SETTINGS in dialog.sheet.captions
    assert dialog.sheet.background is Background.BLACK and dialog.format is SheetFormat.PNG
    key = preview.image.cacheKey()
    await until(lambda: preview.image.cacheKey() != key)
    assert preview.image.pixelColor(3, 3).lightness() < 40
    await all_quiet()


async def test_escape_backs_out_and_enter_goes_on(ask: Open, qasync_loop: QEventLoop) -> None:
    dialog = await ask(1, ContactSheet())
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.result() == ContactSheetDialog.DialogCode.Accepted
    dialog = await ask(1, ContactSheet())
    buttons = {button.text(): button for button in dialog.findChildren(QPushButton)}
    buttons["Cancel"].click()
    assert dialog.result() == ContactSheetDialog.DialogCode.Rejected
    await all_quiet()


def test_what_was_chosen_is_remembered_but_for_the_title() -> None:
    sheet = ContactSheet(5, Paper.LETTER, frozenset({Caption.SEED}), "Owls", 20.0, dpi=300)
    again, chosen = sheet_from_json(sheet_to_json(sheet, SheetFormat.PNG))
    assert again == ContactSheet(5, Paper.LETTER, frozenset({Caption.SEED}), "", 20.0, dpi=300)
    assert chosen is SheetFormat.PNG


@pytest.mark.parametrize("record", ["", "{}", "[]", "null", '{"columns": 99}', "{" * 99])
def test_what_cant_be_read_is_the_usual_sheet(record: str) -> None:
    assert sheet_from_json(record) == (ContactSheet(), SheetFormat.PDF)


async def test_without_pictures_a_notice_says_what_to_do(
    window: MainWindow, session: Session
) -> None:
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    export_contact_sheet(window, [])
    assert notices and "history" in notices[0].remedy


async def test_from_the_menu_to_the_file(
    window: MainWindow, session: Session, tmp_path: Path, qasync_loop: QEventLoop
) -> None:
    pictures = await made(session, 2)
    window.settings.export_folder = str(tmp_path)
    QApplication.setAttribute(NoNative, True)
    export_contact_sheet(window, pictures)
    dialog = window.findChild(ContactSheetDialog)
    assert isinstance(dialog, ContactSheetDialog)
    dialog.findChildren(QLineEdit)[0].setText("Two owls")
    # Not from here: within a task of the loop no other dialog can run.
    QTimer.singleShot(0, dialog, dialog.accept)
    accept_file_dialog(window)
    await until(lambda: (tmp_path / "Two owls.pdf").exists() and not session.tasks.running)
    QApplication.setAttribute(NoNative, False)
    assert '"columns": 4' in window.settings.contact_sheet
    await all_quiet()


def accept_file_dialog(window: MainWindow) -> None:
    """Accept it as soon as it is up."""
    timer = QTimer(window, interval=20)

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QFileDialog):
            timer.stop()
            dialog.accept()

    timer.timeout.connect(look)
    timer.start()


async def test_a_sheet_is_written_with_progress_and_told(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        pictures = await made(session, 3)
        titles: list[str] = []
        session.tasks.changed.connect(
            lambda: titles.extend(task.title for task in session.tasks.running)
        )
        path = tmp_path / "owls.pdf"
        session.contact_sheets.export(
            pictures, ContactSheet(dpi=20), path, format=SheetFormat.PDF, overwrite=False
        )
        await until(lambda: notices)
        assert path.read_bytes().startswith(b"%PDF-")
        assert titles == ["Exporting “owls.pdf”"] and "owls.pdf" in notices[0].sentence


async def test_a_sheet_can_be_cancelled(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        pictures = await made(session, 3)
        begun: list[str] = []

        def cancel() -> None:
            for task in session.tasks.running:
                begun.append(task.title)
                task.cancel()

        session.tasks.changed.connect(cancel)
        path = tmp_path / "owls.pdf"
        session.contact_sheets.export(
            pictures, ContactSheet(dpi=20), path, format=SheetFormat.PDF, overwrite=False
        )
        await until(lambda: begun and not session.tasks.running)
        assert not path.exists() and not notices
