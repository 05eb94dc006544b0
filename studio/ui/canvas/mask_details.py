"""The finer wishes for what is painted under a mask, in a popup that is folded most of the time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QSpinBox,
    QToolButton,
    QWidget,
)

from studio.document.inpainting import MAX_PADDING_PX
from studio.domain.inpaint import MAX_FEATHER_PX, MAX_GROW_PX, Fill
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.icons import icon
from studio.ui.session import Session

AUTO: Final = "auto"
FILLS: Final = {
    None: "auto",
    Fill.ORIGINAL: "what is there",
    Fill.NEUTRAL: "grey",
    Fill.BLURRED: "what is there, blurred",
    Fill.BORDER: "the colours around it",
    Fill.NOISE: "pixels from around it",
}


class MaskDetails(QToolButton):
    """A button that unfolds them. What is left at “auto” suits the intent and the mask's size."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._inpainting = session.inpainting
        self._editing = session.editing
        self.setIcon(icon("sliders-horizontal"))
        self.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        self.setToolTip("How to paint under the mask: strength, padding, edges")
        self.setAccessibleName("Details")
        self.clicked.connect(self._unfold)
        self._popup = QFrame(self, Qt.WindowType.Popup)
        self._popup.setObjectName("MaskDetails")

        self._strength = self._number("Strength", 1, 100, " %")
        self._padding = self._number("Padding", 0, MAX_PADDING_PX, " px")
        self._grow = self._number("Grow", 0, MAX_GROW_PX, " px")
        self._feather = self._number("Feather", 0, MAX_FEATHER_PX, " px")
        self._fill = QComboBox(self._popup)
        self._fill.setAccessibleName("Begin with")
        self._fill.addItems(list(FILLS.values()))
        self._whole = QCheckBox("See the whole picture", self._popup)
        self._separately = QCheckBox("Each island by itself", self._popup)

        form = QFormLayout(self._popup)
        form.setContentsMargins(*(4 * (theme.SPACE_M,)))
        form.setVerticalSpacing(theme.SPACE_S)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for label, widget, tip in (
            ("Strength", self._strength, "How far to go from what is there"),
            ("Padding", self._padding, "How much around the mask the model sees"),
            ("Grow", self._grow, "Make the mask larger on all sides"),
            ("Feather", self._feather, "How softly its edge fades out"),
            ("Begin with", self._fill, "What lies under the mask before the first step"),
        ):
            widget.setToolTip(tip)
            form.addRow(label, widget)
        form.addRow(self._whole)
        form.addRow(self._separately)

        for number in (self._strength, self._padding, self._grow, self._feather):
            number.valueChanged.connect(self._on_edited)
        self._fill.activated.connect(self._on_edited)
        self._whole.clicked.connect(self._on_edited)
        self._separately.clicked.connect(self._on_edited)
        self._bindings = Bindings(self)
        self._bindings.add(self._inpainting.changed, self._on_changed)

    def _number(self, name: str, least: int, most: int, suffix: str) -> QSpinBox:
        """A number whose lowest value stands for None."""
        box = QSpinBox(self._popup)
        box.setAccessibleName(name)
        box.setRange(least - 1, most)
        box.setSpecialValueText(AUTO)
        box.setSuffix(suffix)
        box.setValue(least - 1)
        # The style sheet's padding moves the frame alone; so they begin where the choices do.
        box.lineEdit().setTextMargins(theme.SPACE_S - 2, 0, 0, 0)
        return box

    def _unfold(self) -> None:
        self._on_changed()
        self._popup.adjustSize()
        self._popup.move(self._place())
        self._popup.show()
        self._strength.setFocus(Qt.FocusReason.PopupFocusReason)

    def _place(self) -> QPoint:
        """Below the button, or above it where the screen ends, and never beyond its sides."""
        gap, size = theme.SPACE_XS, self._popup.size()
        screen = self.screen().availableGeometry().adjusted(gap, gap, -gap, -gap)
        corner = self.mapToGlobal(self.rect().bottomRight())
        x, y = corner.x() - size.width(), corner.y() + gap
        if y + size.height() > screen.bottom():
            y = corner.y() - self.height() - gap - size.height()
        return QPoint(
            max(screen.left(), min(x, screen.right() - size.width())),
            max(screen.top(), min(y, screen.bottom() - size.height())),
        )

    def _on_edited(self, _value: Any = None) -> None:
        strength = _value_of(self._strength)
        self._inpainting.set_wishes(
            replace(
                self._inpainting.wishes,
                strength=None if strength is None else strength / 100,
                fill=list(FILLS)[self._fill.currentIndex()],
                padding_px=_value_of(self._padding),
                grow_px=_value_of(self._grow),
                feather_px=_value_of(self._feather),
                whole=self._whole.isChecked(),
                separately=self._separately.isChecked(),
            )
        )

    def _on_changed(self) -> None:
        """Bring the fields to the wishes as they are."""
        wishes = self._inpainting.wishes
        strength = None if wishes.strength is None else round(wishes.strength * 100)
        for box, value in (
            (self._strength, strength),
            (self._padding, wishes.padding_px),
            (self._grow, wishes.grow_px),
            (self._feather, wishes.feather_px),
        ):
            blocked = box.blockSignals(True)
            box.setValue(box.minimum() if value is None else value)
            box.blockSignals(blocked)
        self._fill.setCurrentIndex(list(FILLS).index(wishes.fill))
        self._whole.setChecked(wishes.whole)
        self._separately.setChecked(wishes.separately)
        document = self._editing.document
        chosen = document is not None and document.content.working_area is not None
        # What the artist chose as the working area is what the model sees.
        self._padding.setEnabled(wishes.separately or not chosen)
        self._whole.setEnabled(not chosen)


def _value_of(box: QSpinBox) -> int | None:
    return None if box.value() == box.minimum() else box.value()
