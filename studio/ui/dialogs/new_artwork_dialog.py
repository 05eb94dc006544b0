"""How large a new artwork is to be."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from studio.document.content import LARGEST_SIDE_PX
from studio.domain.geometry import Size
from studio.ui import theme
from studio.ui.controls.dialog_foot import DialogFoot
from studio.ui.controls.number_control import NumberControl

_SLIDER_PX: Final = 2048
_STEP_PX: Final = 64
_WIDTH: Final = 400


class NewArtworkDialog(QDialog):
    """Width and height of an artwork, up to 8192 pixels."""

    def __init__(self, size: Size, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New artwork")
        self._width = _side("Width", size.width)
        self._height = _side("Height", size.height)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_XL] * 4)
        layout.setSpacing(theme.SPACE_M)
        layout.addWidget(self._width)
        layout.addWidget(self._height)
        layout.addSpacing(theme.SPACE_M)
        layout.addLayout(DialogFoot(self, "Create"))
        self.setFixedWidth(_WIDTH)

    @property
    def chosen(self) -> Size:
        return Size(round(self._width.value()), round(self._height.value()))


def ask_new_artwork(parent: QWidget | None, size: Size) -> Size | None:
    """Ask how large; `size` is proposed. None when the artist backs out."""
    dialog = NewArtworkDialog(size, parent)
    try:
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        return dialog.chosen if accepted else None
    finally:
        dialog.deleteLater()


def _side(label: str, value: int) -> NumberControl:
    control = NumberControl(
        label,
        1,
        LARGEST_SIDE_PX,
        step=_STEP_PX,
        fine_step=1,
        slider_high=_SLIDER_PX,
        default=value,
        unit="px",
    )
    control.set_value(value)
    return control
