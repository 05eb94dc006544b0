"""Where the style goes: under the mask only, and what happens on its other side."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from studio.document.restyling import RestyleMethod
from studio.domain.inpaint import MAX_FEATHER_PX
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.choice_row import ChoiceRow
from studio.ui.controls.number_control import NumberControl
from studio.ui.session import Session

UNDER: Final = "under"
OUTSIDE: Final = "outside"


class MaskSide(QWidget):
    """Takes no room while there is no mask."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._restyling = session.restyling
        self._styles = session.styles
        self.only_mask = QCheckBox("Only under the mask", self)
        self.only_mask.setToolTip("What isn't masked stays as it is")
        self.feather = NumberControl(
            "Feather", 0, MAX_FEATHER_PX, slider_high=128, big_step=8, unit="px", parent=self,
            tip="How softly the style fades out beyond the mask's edge",
        )  # fmt: skip
        self.other_style = QCheckBox("Another style outside the mask", self)
        self.other_style.setToolTip("Both sides of the mask take on a style, each its own")
        self.side = ChoiceRow(
            "Choose for",
            {
                UNDER: ("Under the mask", "Show and choose the styles under the mask"),
                OUTSIDE: ("Outside", "Show and choose the styles on its other side"),
            },
            self,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        parts: tuple[QWidget, ...] = (self.only_mask, self.feather, self.other_style, self.side)
        for part in parts:
            layout.addWidget(part)

        self.only_mask.clicked.connect(self._restyling.set_under_mask)
        self.feather.value_changed.connect(self._on_feather_chosen)
        self.other_style.clicked.connect(self._styles.set_has_outside)
        self.side.chosen.connect(self._on_side_chosen)
        self._bindings = Bindings(self)
        self._bindings.add(self._restyling.wishes_changed, self._show)
        self._bindings.add(self._styles.side_changed, self._show)
        self._show()

    def _show(self) -> None:
        restyling, styles = self._restyling, self._styles
        keeps_to_it = restyling.has_mask and restyling.under_mask
        takes_styles = restyling.wishes.method is not RestyleMethod.DIFFUSION
        self.setVisible(restyling.has_mask)
        self.only_mask.setChecked(restyling.under_mask)
        self.feather.setVisible(keeps_to_it)
        self.feather.set_value(restyling.wishes.feather_px)
        self.other_style.setVisible(keeps_to_it and takes_styles)
        self.other_style.setChecked(styles.has_outside)
        self.side.setVisible(keeps_to_it and takes_styles and styles.has_outside)
        self.side.set_value(OUTSIDE if styles.is_outside else UNDER)

    def _on_feather_chosen(self, feather_px: float) -> None:
        wishes = replace(self._restyling.wishes, feather_px=round(feather_px))
        self._restyling.set_wishes(wishes)

    def _on_side_chosen(self, side: str) -> None:
        self._styles.choose_for(outside=side == OUTSIDE)
