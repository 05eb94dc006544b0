"""How an emergence should be written, before it is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from studio.domain.geometry import Size
from studio.ui.dialogs.emergence_dialog import EmergenceDialog, ask_emergence, choice_for
from studio.ui.session.pictures.emergence_export import EmergenceFormat, EmergenceWishes

SIZE = Size(512, 384)


def a_dialog(qtbot: QtBot, *, has_ffmpeg: bool = True) -> EmergenceDialog:
    dialog = EmergenceDialog(SIZE, 20, has_ffmpeg=has_ffmpeg)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def choose(dialog: EmergenceDialog, wanted: EmergenceFormat) -> None:
    dialog.format.setCurrentIndex(dialog.format.findData(wanted))


def test_what_is_chosen_is_what_is_wished_for(qtbot: QtBot) -> None:
    dialog = a_dialog(qtbot)
    assert dialog.wishes == EmergenceWishes(EmergenceFormat.MP4, SIZE)
    choose(dialog, EmergenceFormat.WEBP)
    dialog.size_box.setCurrentIndex(
        dialog.size_box.findText("256 × 192", Qt.MatchFlag.MatchStartsWith)
    )
    dialog.pace.set_value(12)
    dialog.hold.set_value(3.5)
    dialog.cross_fades.setChecked(True)
    assert dialog.wishes == EmergenceWishes(
        EmergenceFormat.WEBP, Size(256, 192), 12.0, 3.5, cross_fades=True
    )


def test_a_strip_is_asked_for_other_things_than_a_film(qtbot: QtBot) -> None:
    dialog = a_dialog(qtbot)
    assert dialog.pace.isVisible() and not dialog.step_count.isVisible()
    choose(dialog, EmergenceFormat.STRIP)
    assert dialog.step_count.isVisible() and dialog.captions.isVisible()
    assert not dialog.pace.isVisible() and not dialog.cross_fades.isVisible()
    dialog.step_count.set_value(5)
    assert (dialog.wishes.step_count, dialog.wishes.captions) == (5, True)


def test_without_ffmpeg_webp_is_offered_and_it_is_said_why(qtbot: QtBot) -> None:
    dialog = a_dialog(qtbot, has_ffmpeg=False)
    assert dialog.format.findData(EmergenceFormat.MP4) == -1
    assert dialog.wishes.format is EmergenceFormat.WEBP
    assert any("ffmpeg" in label.text() for label in dialog.findChildren(QLabel))


def test_no_size_is_offered_that_nobody_can_use(qtbot: QtBot) -> None:
    dialog = EmergenceDialog(Size(3000, 100), 4, has_ffmpeg=True)
    qtbot.addWidget(dialog)
    sizes = [dialog.size_box.itemData(row) for row in range(dialog.size_box.count())]
    assert sizes == [Size(3000, 100)]


def test_a_name_without_the_suffix_gets_it(tmp_path: Path) -> None:
    wishes = EmergenceWishes(EmergenceFormat.WEBP, SIZE)
    named = choice_for(tmp_path / "owl.webp", wishes)
    assert (named.path, named.overwrite) == (tmp_path / "owl.webp", True)
    other = choice_for(tmp_path / "owl.v2", wishes)
    assert (other.path, other.overwrite) == (tmp_path / "owl.v2.webp", False)


def test_backing_out_asks_no_more(qtbot: QtBot, tmp_path: Path) -> None:
    def back_out() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QDialog) and not isinstance(dialog, QFileDialog)
        dialog.reject()

    QTimer.singleShot(0, back_out)
    assert ask_emergence(None, SIZE, 20, "owl", tmp_path, has_ffmpeg=True) is None
