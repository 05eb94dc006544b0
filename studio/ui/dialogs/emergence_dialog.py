"""Exporting how a picture emerged: as a film or a strip of steps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QVBoxLayout,
    QWidget,
)

from studio.domain.geometry import Size
from studio.ui import theme
from studio.ui.controls.dialog_foot import DialogFoot
from studio.ui.controls.fields import field_row, say, sentence_label
from studio.ui.controls.number_control import NumberControl
from studio.ui.dialogs.save_path import ask_save_path
from studio.ui.session.pictures.emergence_export import EmergenceFormat, EmergenceWishes

_WIDTH: Final = 380
_MOST_PX: Final = 4096
_LEAST_PX: Final = 64
_DESCRIPTIONS: Final = {
    EmergenceFormat.MP4: "MP4  a film, plays everywhere",
    EmergenceFormat.WEBP: "WebP  a film, for the web",
    EmergenceFormat.STRIP: "PNG  a strip of steps",
}
_NO_FFMPEG: Final = "For MP4, install ffmpeg. WebP plays in every browser."
_SCALES: Final = {1.0: "as finished", 0.5: "half", 0.25: "a quarter", 2.0: "twice"}


@dataclass(frozen=True, slots=True)
class EmergenceChoice:
    """What the artist chose. `overwrite` says that replacing a file at `path` was agreed to."""

    path: Path
    wishes: EmergenceWishes
    overwrite: bool


class EmergenceDialog(QDialog):
    """Format, size and pace; of a strip, how many steps.

    `size` is that of the finished picture, `steps` how many steps it took.
    """

    def __init__(
        self, size: Size, steps: int, *, has_ffmpeg: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export the emergence")
        self.format = QComboBox()
        for choice, description in _DESCRIPTIONS.items():
            if has_ffmpeg or choice is not EmergenceFormat.MP4:
                self.format.addItem(description, choice)
        self._no_ffmpeg = sentence_label("small")
        say(self._no_ffmpeg, "" if has_ffmpeg else _NO_FFMPEG)
        self.size_box = QComboBox()
        for scale, words in _SCALES.items():
            scaled = Size(round(size.width * scale), round(size.height * scale))
            sides = scaled.width, scaled.height
            if scale == 1 or (max(sides) <= _MOST_PX and min(sides) >= _LEAST_PX):
                self.size_box.addItem(f"{scaled}  {words}", scaled)
        self.pace = NumberControl(
            "Pace", 1, 30, big_step=4, default=8, tip="How many steps are shown in a second"
        )
        self.hold = NumberControl(
            "Hold",
            0,
            10,
            step=0.5,
            decimals=1,
            default=2,
            unit="s",
            tip="How long the finished picture stays at the end",
        )
        self.cross_fades = QCheckBox("Blend each step into the next")
        self.step_count = NumberControl(
            "Steps", 1, steps, default=min(8, steps), tip="How many of the steps stand side by side"
        )
        self.captions = QCheckBox("Numbers below the steps")
        self.captions.setChecked(True)
        self._lay_out()
        self._on_format_changed()

        self.format.currentIndexChanged.connect(self._on_format_changed)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_L] * 4)
        layout.setSpacing(theme.SPACE_S)
        for name, box in (("Format", self.format), ("Size", self.size_box)):
            layout.addLayout(field_row(name, box))
            if box is self.format:
                layout.addLayout(_indented(self._no_ffmpeg))
        for number in (self.pace, self.hold, self.step_count):
            layout.addWidget(number)
        for check in (self.cross_fades, self.captions):
            layout.addLayout(_indented(check))
        layout.addStretch(1)
        layout.addSpacing(theme.SPACE_M)
        layout.addLayout(DialogFoot(self, "Choose where…"))
        self.setMinimumWidth(_WIDTH)
        self.setMaximumWidth(_WIDTH)

    @property
    def wishes(self) -> EmergenceWishes:
        """What is chosen now."""
        return EmergenceWishes(
            format=EmergenceFormat(self.format.currentData()),
            size=self.size_box.currentData(),
            steps_per_second=self.pace.value(),
            hold_s=self.hold.value(),
            cross_fades=self.cross_fades.isChecked(),
            step_count=round(self.step_count.value()),
            captions=self.captions.isChecked(),
        )

    def _on_format_changed(self) -> None:
        is_strip = self.format.currentData() == EmergenceFormat.STRIP
        for control in (self.pace, self.hold, self.cross_fades):
            control.setVisible(not is_strip)
        for control in (self.step_count, self.captions):
            control.setVisible(is_strip)
        self.adjustSize()


def ask_emergence(
    parent: QWidget | None,
    size: Size,
    steps: int,
    suggested_name: str,
    folder: Path,
    *,
    has_ffmpeg: bool,
) -> EmergenceChoice | None:
    """Ask how and where to write an emergence; None when the artist backs out of either.

    Args:
        size: of the finished picture.
        steps: how many it took.
        suggested_name: the file's name without its suffix.
    """
    dialog = EmergenceDialog(size, steps, has_ffmpeg=has_ffmpeg, parent=parent)
    try:
        if dialog.exec() != QDialog.DialogCode.Accepted:
            return None
        wishes = dialog.wishes
    finally:
        dialog.deleteLater()
    path = ask_save_path(
        parent, "Export the emergence", folder / f"{suggested_name}{wishes.format.suffix}"
    )
    return None if path is None else choice_for(path, wishes)


def choice_for(path: Path, wishes: EmergenceWishes) -> EmergenceChoice:
    """A name without the format's suffix gets it; nobody was asked about that other name then."""
    suffix = wishes.format.suffix
    has_suffix = path.suffix.lower() == suffix
    return EmergenceChoice(
        path if has_suffix else path.with_name(path.name + suffix), wishes, has_suffix
    )


def _indented(widget: QWidget) -> QVBoxLayout:
    """Below the controls, not below their labels."""
    layout = QVBoxLayout()
    layout.setContentsMargins(theme.LABEL_WIDTH + theme.SPACE_S, 0, 0, 0)
    layout.addWidget(widget)
    return layout
