"""Below the gallery: what else is shown, how many pictures there are, how they stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QSlider, QToolButton, QWidget

from studio.library.index.outline import Grouping
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_label
from studio.ui.controls.tool_button import tool_button
from studio.ui.controls.wheel import wheel_needs_focus
from studio.ui.history.gallery_view import LARGEST_PX, SMALLEST_PX
from studio.ui.session import Session

ZOOM_STEP_PX: Final = 16
_SLIDER_PX: Final = 76
_GROUPINGS: Final[Mapping[Grouping, str]] = {
    Grouping.DAY: "By day",
    Grouping.BATCH: "By batch",
    Grouping.PROJECT: "By artwork",
    Grouping.NONE: "Not grouped",
}


class GalleryFooter(QWidget):
    """`size_changed` has the least side of a picture in px."""

    size_changed = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gallery = session.gallery
        self.collections = _toggle("folder", "Collections")
        self.details = _toggle("info", "How the picture was made")
        self._count = plain_label("", "small")
        self._count.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._grouping = QToolButton()
        self._grouping.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._grouping.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._grouping.setToolTip("How the pictures are grouped")
        self._grouping.setMenu(self._grouping_menu())
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(SMALLEST_PX, LARGEST_PX)
        self.slider.setSingleStep(ZOOM_STEP_PX)
        self.slider.setPageStep(4 * ZOOM_STEP_PX)
        self.slider.setFixedWidth(_SLIDER_PX)
        self.slider.setAccessibleName("Size of the pictures")
        self.slider.setToolTip("Size of the pictures (Ctrl+wheel)")
        wheel_needs_focus(self.slider)
        self.slider.valueChanged.connect(self.size_changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_XS, 0, theme.SPACE_S, 0)
        row.setSpacing(theme.SPACE_XS)
        for button in (self.collections, self.details):
            row.addWidget(button)
        row.addWidget(self._count, 1)
        row.addWidget(self._grouping)
        row.addWidget(self.slider)
        self._bindings = Bindings(self)
        gallery = self._gallery
        for signal in (gallery.asked, gallery.replaced, gallery.completed):
            self._bindings.add(signal, self._on_changed)
        self._bindings.add(gallery.moved, self._on_count_changed)
        self._on_changed()

    def zoom(self, by: int) -> None:
        """One step larger (+1) or smaller (-1)."""
        self.slider.setValue(self.slider.value() + by * ZOOM_STEP_PX)

    def count_text(self) -> str:
        """How many pictures are shown, as it stands there."""
        return self._count.text()

    def _grouping_menu(self) -> QMenu:
        menu = QMenu(self)
        group = QActionGroup(menu)
        self._actions = {}
        for grouping, text in _GROUPINGS.items():
            action = QAction(text, menu, checkable=True)
            action.triggered.connect(
                lambda _checked, grouping=grouping: self._gallery.group(grouping)
            )
            group.addAction(action)
            menu.addAction(action)
            self._actions[grouping] = action
        return menu

    def _on_changed(self) -> None:
        grouping = self._gallery.grouping
        self._actions[grouping].setChecked(True)
        self._grouping.setText(_GROUPINGS[grouping])
        self._grouping.setAccessibleName(f"Grouping: {_GROUPINGS[grouping]}")
        self._on_count_changed()

    def _on_count_changed(self, *_change: object) -> None:
        gallery = self._gallery
        if not gallery.is_complete:
            self._count.setText("…")
            return
        noun = "found" if gallery.is_filtered else "picture" if gallery.count == 1 else "pictures"
        self._count.setText(f"{gallery.count:,} {noun}")
        self._count.setToolTip(self._count.text())


def _toggle(icon_name: str, name: str) -> QToolButton:
    button = tool_button(icon_name, name)
    button.setCheckable(True)
    return button
