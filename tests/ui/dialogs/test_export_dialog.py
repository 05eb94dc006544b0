"""Exporting: the small dialog, then Qt's own file dialog, driven by real keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.library import (
    ALL_METADATA,
    NO_METADATA,
    MetadataChoice,
    PictureFormat,
    export_picture,
)
from studio.ui.controls.number_control import NumberControl
from studio.ui.dialogs import ExportChoice, ExportSettings, ExportSource, ask_export, ask_save
from studio.ui.dialogs.export_dialog import ExportDialog, choice_for
from studio.ui.session import Session
from tests.support.fakes import picture_pixels
from tests.support.samples import a_request

NoNative = Qt.ApplicationAttribute.AA_DontUseNativeDialogs


@pytest.fixture(autouse=True)
def qts_own_dialogs(qapp: QApplication) -> Iterator[None]:
    QApplication.setAttribute(NoNative, True)
    yield
    QApplication.setAttribute(NoNative, False)


@pytest.fixture
def settings(tmp_path: Path) -> ExportSettings:
    return ExportSettings(tmp_path)


def while_modal(*steps: Callable[[QWidget], object]) -> None:
    """Do one step in each modal dialog, in the order in which they come up."""
    left = list(steps)
    timer = QTimer(QApplication.instance())

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is not None and left:
            step = left.pop(0)
            if not left:
                timer.stop()
                timer.deleteLater()
            step(dialog)

    timer.timeout.connect(look)
    timer.start(20)


def accept(dialog: QWidget) -> None:
    assert isinstance(dialog, ExportDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Return)


def back_out(dialog: QWidget) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def save_as(name: str | None = None) -> Callable[[QWidget], None]:
    def save(dialog: QWidget) -> None:
        assert isinstance(dialog, QFileDialog)
        edit = dialog.findChild(QLineEdit, "fileNameEdit")
        if name is not None:
            edit.selectAll()
            QTest.keyClicks(edit, name)
        dialog.accept()

    return save


def test_a_png_under_the_suggested_name(settings: ExportSettings, tmp_path: Path) -> None:
    while_modal(accept, save_as())
    assert ask_export(None, "a fox 184", settings) == ExportChoice(
        tmp_path / "a fox 184.png", PictureFormat.PNG, 92, metadata=ALL_METADATA, overwrite=True
    )


def test_format_quality_and_metadata_are_chosen(settings: ExportSettings, tmp_path: Path) -> None:
    def choose(dialog: QWidget) -> None:
        formats = dialog.findChild(QComboBox)
        quality = dialog.findChild(NumberControl)
        assert not quality.isEnabled(), "a PNG has no quality"
        QTest.keyClick(formats, Qt.Key.Key_Down)
        assert quality.isEnabled()
        QTest.keyClick(quality.spin_box, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
        for part in ("settings", "parameters", "origin", "prompt"):
            QTest.keyClick(dialog.findChild(QCheckBox, f"metadata-{part}"), Qt.Key.Key_Space)
        accept(dialog)

    while_modal(choose, save_as("mine"))
    assert ask_export(None, "a fox", settings) == ExportChoice(
        tmp_path / "mine.jpg", PictureFormat.JPEG, 82, metadata=NO_METADATA, overwrite=True
    )


def test_backing_out_of_either_dialog(settings: ExportSettings) -> None:
    while_modal(back_out)
    assert ask_export(None, "a fox", settings) is None
    while_modal(accept, back_out)
    assert ask_export(None, "a fox", settings) is None
    while_modal(back_out)
    assert ask_save(None, "a fox", settings.folder) is None


def test_it_starts_with_what_was_chosen_the_last_time(qtbot: QtBot, tmp_path: Path) -> None:
    last = ExportSettings(
        tmp_path, PictureFormat.AVIF, 61, MetadataChoice(origin=False, writer="Ä.")
    )
    dialog = ExportDialog(last)
    qtbot.addWidget(dialog)
    assert dialog.settings(tmp_path) == last
    (default,) = [button for button in dialog.findChildren(QPushButton) if button.isDefault()]
    assert default.text() == "Choose where…"


def test_the_writer_of_the_prompt_is_named_beside_it(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = ExportDialog(ExportSettings(tmp_path))
    qtbot.addWidget(dialog)
    prompt = dialog.findChild(QCheckBox, "metadata-prompt")
    writer = next(edit for edit in dialog.findChildren(QLineEdit) if edit.placeholderText())
    QTest.keyClicks(writer, "  Ä. Meyer ")
    assert dialog.settings(tmp_path).metadata == MetadataChoice(writer="Ä. Meyer")
    QTest.keyClick(prompt, Qt.Key.Key_Space)
    assert not writer.isEnabled()


@pytest.mark.parametrize("source", ExportSource)
def test_only_what_a_source_can_have_is_offered(
    qtbot: QtBot, tmp_path: Path, source: ExportSource
) -> None:
    dialog = ExportDialog(ExportSettings(tmp_path), source)
    qtbot.addWidget(dialog)
    dialog.show()
    shown = {
        box.objectName().removeprefix("metadata-")
        for box in dialog.findChildren(QCheckBox)
        if box.isVisible()
    }
    parts = {"settings", "parameters", "origin", "prompt"}
    assert (
        shown
        == {
            ExportSource.PICTURE: parts,
            ExportSource.IMPORT: parts | {"camera"},
            ExportSource.PIXELS: set(),
        }[source]
    )


def test_a_copy_is_a_png_with_everything_in_it(tmp_path: Path) -> None:
    while_modal(save_as())
    choice = ask_save(None, "a fox", tmp_path)
    assert choice is not None
    assert choice.path == tmp_path / "a fox.png"
    assert choice.metadata == ALL_METADATA


@pytest.mark.parametrize(
    ("typed", "path", "wanted", "overwrite"),
    [
        ("fox.png", "fox.png", PictureFormat.PNG, True),
        ("fox.JPEG", "fox.JPEG", PictureFormat.JPEG, True),
        ("fox.webp", "fox.webp", PictureFormat.WEBP, True),
        ("fox.avif", "fox.avif", PictureFormat.AVIF, True),
        ("fox", "fox.png", PictureFormat.PNG, False),
        ("fox v1.2", "fox v1.2.png", PictureFormat.PNG, False),
    ],
)
def test_the_typed_suffix_decides(
    settings: ExportSettings, typed: str, path: str, wanted: PictureFormat, overwrite: bool
) -> None:
    choice = choice_for(settings.folder / typed, settings)
    assert choice.path == settings.folder / path
    assert choice.format is wanted
    assert choice.overwrite is overwrite, "only a name that the dialog asked about is replaced"


@pytest.mark.parametrize("wanted", PictureFormat)
async def test_the_library_takes_every_choice(
    session: Session, settings: ExportSettings, wanted: PictureFormat
) -> None:
    picture = await session.library.record(picture_pixels(), a_request())
    choice = choice_for(settings.folder / "fox", ExportSettings(settings.folder, wanted))
    export_picture(
        picture,
        choice.path,
        format=choice.format,
        quality=choice.quality,
        metadata=choice.metadata,
        overwrite=choice.overwrite,
    )
    assert choice.path.stat().st_size > 0
