"""A square button with an icon and no text; its name is for tooltips and screen readers."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QToolButton

from studio.ui import theme
from studio.ui.icons import icon


def tool_button(icon_name: str, name: str, shortcut: str = "") -> QToolButton:
    """A button with an icon of resources/icons; `name` says what it does."""
    button = QToolButton()
    button.setIcon(icon(icon_name))
    button.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
    button.setFixedSize(theme.CONTROL_HEIGHT, theme.CONTROL_HEIGHT)
    button.setAccessibleName(name)
    button.setToolTip(f"{name} ({shortcut})" if shortcut else name)
    return button
