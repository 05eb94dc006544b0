"""The buttons for the step on show, beside the timeline's strip."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from studio.ui.bindings import Bindings
from studio.ui.controls.tool_button import tool_button
from studio.ui.session import Session
from studio.ui.timeline.step_menu import (
    BRANCH_KEYS,
    FINISH_KEYS,
    FURTHER,
    FURTHER_KEYS,
    KEEP_KEYS,
    PAINT_KEYS,
    STOP_KEYS,
)


class StepActions(QWidget):
    """Branch, paint, keep, finish; stop here and go further while a picture is drawn; and a menu.

    `refresh` takes over what is offered now.
    """

    menu_requested = Signal(QPoint)
    """The artist asks for all that can be done, at that place of the screen."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        branching = session.branching
        self.stop_here = _button(
            "circle-stop", "Stop here and keep the picture", STOP_KEYS, branching.stop_here
        )
        self.further = _button("chevrons-right", "Go further: more steps", FURTHER_KEYS, None)
        self._fill_further()
        self.branch = _button(
            "git-branch", "Branch from here", BRANCH_KEYS, branching.branch_from_here
        )
        self.paint = _button("brush", "Paint on this step", PAINT_KEYS, branching.paint_on_step)
        self.keep = _button(
            "bookmark-plus", "Keep this step as a picture", KEEP_KEYS, branching.keep_step
        )
        self.finish = _button(
            "skip-forward", "Finish from here", FINISH_KEYS, branching.finish_from_here
        )
        self.anew = _button(
            "refresh-cw", "Take its steps anew, to be seen", "", branching.make_steps_anew
        )
        self.more = _button("ellipsis", "More for this step", "", self._on_more_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for button in self.buttons:
            layout.addWidget(button)
        self._few = False
        self._bindings = Bindings(self)
        self._bindings.add(session.jobs.drawing_changed, self.refresh)
        self._bindings.add(session.shown.picture_changed, self.refresh)
        self.refresh()

    @property
    def buttons(self) -> tuple[QToolButton, ...]:
        """All of them, as they stand."""
        return (
            self.stop_here,
            self.further,
            self.finish,
            self.anew,
            self.branch,
            self.paint,
            self.keep,
            self.more,
        )

    def set_few(self, few: bool) -> None:
        """Where there is little room, what the menu has too makes room."""
        self._few = few
        self.refresh()

    def refresh(self) -> None:
        """Show what is offered now."""
        offers = self._session.branching.offers
        is_drawing = self._session.jobs.drawing is not None
        self.stop_here.setVisible(is_drawing)
        self.further.setVisible(is_drawing)
        self.finish.setVisible(offers.finish)
        self.anew.setVisible(offers.make_anew)
        for button, is_offered in (
            (self.branch, offers.branch),
            (self.paint, offers.paint),
            (self.keep, offers.keep),
        ):
            button.setEnabled(is_offered)
        self.paint.setVisible(not self._few)
        self.keep.setVisible(not self._few)
        tip = f"Branch from here: the next Generate goes on from this step ({BRANCH_KEYS})"
        self.branch.setToolTip(offers.why_not or tip)

    def _fill_further(self) -> None:
        menu = QMenu(self.further)
        for steps in FURTHER:
            go_further = partial(self._session.branching.go_further, steps)
            menu.addAction(f"{steps} steps more", go_further)
        self.further.setMenu(menu)
        self.further.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _on_more_clicked(self) -> None:
        self.menu_requested.emit(self.more.mapToGlobal(QPoint(0, 0)))


def _button(icon_name: str, name: str, keys: str, action: Callable[[], None] | None) -> QToolButton:
    button = tool_button(icon_name, name, keys)
    if action is not None:
        button.clicked.connect(lambda: action())
    return button
