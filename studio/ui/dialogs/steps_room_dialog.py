"""How much room the kept steps of all pictures may take."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.controls.dialog_foot import DialogFoot
from studio.ui.controls.fields import plain_label
from studio.ui.controls.number_control import NumberControl

MOST_GB: Final = 10_000
_SLIDER_GB: Final = 200
_WIDTH: Final = 420


class StepsRoomDialog(QDialog):
    """A number of gigabytes, and what it means.

    Args:
        taken_bytes: what the steps take now.
        budget_bytes: what they may take now; `usual_bytes` if nothing else is wanted.
    """

    def __init__(
        self,
        taken_bytes: int,
        budget_bytes: int,
        usual_bytes: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Room for steps")
        self._taken_bytes = taken_bytes
        self._room = NumberControl(
            "At most",
            1,
            MOST_GB,
            slider_high=_SLIDER_GB,
            default=_gigabytes(usual_bytes),
            unit="GB",
        )
        self._room.set_value(_gigabytes(budget_bytes))
        self._says = plain_label(role="quiet")
        self._says.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_XL] * 4)
        layout.setSpacing(theme.SPACE_M)
        layout.addWidget(self._room)
        layout.addWidget(self._says)
        layout.addSpacing(theme.SPACE_M)
        layout.addLayout(DialogFoot(self, "Keep"))
        self.setFixedWidth(_WIDTH)
        self._room.value_changed.connect(self._refresh)
        self._refresh()

    @property
    def chosen_gb(self) -> int:
        return round(self._room.value())

    def _refresh(self) -> None:
        taken = self._taken_bytes
        said = f"The steps of all pictures take {_room_text(taken)} now."
        if taken > self.chosen_gb * 10**9:
            said += (
                " The oldest of pictures without stars go until the rest fits; they can be made"
                " again from their pictures."
            )
        else:
            said += " When there is no more room, the oldest without stars make way; pictures stay."
        self._says.setText(said)


def ask_steps_room(
    parent: QWidget | None, taken_bytes: int, budget_bytes: int, usual_bytes: int
) -> int | None:
    """Ask for a number of gigabytes; None when the artist backs out."""
    dialog = StepsRoomDialog(taken_bytes, budget_bytes, usual_bytes, parent)
    try:
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        return dialog.chosen_gb if accepted else None
    finally:
        dialog.deleteLater()


def _gigabytes(size_bytes: int) -> int:
    return min(MOST_GB, max(1, round(size_bytes / 10**9)))


def _room_text(size_bytes: int) -> str:
    if size_bytes < 10**9:
        return f"{size_bytes / 10**6:.0f} MB"
    return f"{size_bytes / 10**9:.1f} GB"
