"""A part of a panel that is folded until somebody wants it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.icons import icon


class CollapsibleSection(QWidget):
    """A heading with a chevron, and below it a widget that it folds away and opens."""

    toggled = Signal(bool)

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = content
        self._heading = QPushButton(title)
        self._heading.setCheckable(True)
        self._heading.setIconSize(QSize(theme.ICON_SIZE - 2, theme.ICON_SIZE - 2))
        self._heading.setAccessibleName(title)
        theme.set_role(self._heading, "fold")
        self._heading.toggled.connect(self._on_toggled)
        self.setFocusProxy(self._heading)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_XS)
        layout.addWidget(self._heading)
        layout.addWidget(content)
        self._on_toggled(False)

    @property
    def heading(self) -> QPushButton:
        return self._heading

    def is_open(self) -> bool:
        return self._heading.isChecked()

    def set_open(self, is_open: bool) -> None:
        self._heading.setChecked(is_open)

    def set_title(self, title: str) -> None:
        self._heading.setText(title)
        self._heading.setAccessibleName(title)

    def _on_toggled(self, is_open: bool) -> None:
        self._content.setVisible(is_open)
        self._heading.setIcon(icon("chevron-down" if is_open else "chevron-right", "quiet"))
        self._heading.setCursor(Qt.CursorShape.PointingHandCursor)
        self.toggled.emit(is_open)
