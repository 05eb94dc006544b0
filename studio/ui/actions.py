"""Everything a person can do, as QActions: one function each, named as the menu names it.

The menus, the shortcuts dialog and the tests read what is made here; nothing is listed twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from studio.ui import icons


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `shortcuts` are key sequences as text; the first stands in the menu."""

    text: str
    does: Callable[[], object]
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""


def fill_menu(menu: QMenu, owner: QWidget, actions: Iterable[Action | QAction | None]) -> None:
    """Append actions to a menu, in order; None is a line between groups."""
    for action in actions:
        if action is None:
            menu.addSeparator()
        elif isinstance(action, QAction):
            menu.addAction(action)
        else:
            menu.addAction(make(action, owner))


def make(action: Action, owner: QWidget) -> QAction:
    """A QAction that lives as long as `owner` and works wherever the focus is in its window."""
    made = QAction(action.text, owner)
    made.setShortcuts([QKeySequence(keys) for keys in action.shortcuts])
    if action.icon:
        made.setIcon(icons.icon(action.icon))
    if action.tip:
        made.setStatusTip(action.tip)
    made.triggered.connect(lambda _checked: action.does())
    return made
