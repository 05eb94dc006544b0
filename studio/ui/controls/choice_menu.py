"""Menus of things by name, as rows of a form."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QWidget

from studio.ui.controls.fields import field_row, keep_narrow
from studio.ui.controls.wheel import wheel_needs_focus


def choice_menu(tip: str = "") -> QComboBox:
    """An empty menu that may be narrow and lets the wheel pass."""
    menu = QComboBox()
    menu.setToolTip(tip)
    keep_narrow(menu)
    wheel_needs_focus(menu)
    return menu


def menu_row(label: str, menu: QComboBox) -> QWidget:
    """A menu behind its label, to be shown or hidden as one."""
    holder = QWidget()
    holder.setLayout(field_row(label, menu))
    return holder


def fill_choices(menu: QComboBox, entries: Sequence[tuple[str, str]], chosen: str) -> None:
    """Show (title, name) pairs; a chosen one that isn't among them is shown by its name."""
    listed = list(entries)
    if all(name != chosen for _, name in listed):
        listed.append((f"{chosen} (not here)", chosen))
    with QSignalBlocker(menu):
        menu.clear()
        for title, name in listed:
            menu.addItem(title, name)
        menu.setCurrentIndex([name for _, name in listed].index(chosen))
