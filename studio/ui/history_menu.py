"""What the menus offer for the history: finding, clearing away, and what needs other windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMessageBox

from studio.domain.errors import StudioError
from studio.library import Picture
from studio.library.steps.kept_steps import usual_budget_bytes
from studio.ui.actions import Action
from studio.ui.compare import MOST_COMPARED, open_comparison
from studio.ui.contact_sheets import export_contact_sheet
from studio.ui.dialogs import ask_steps_room
from studio.ui.lineage import open_lineage
from studio.ui.session import Notice

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


def history_actions(window: MainWindow) -> list[Action | QAction | None]:
    """The Edit menu's entries."""
    return [
        Action("Find in the history", lambda: find(window), ("Ctrl+F",), "search"),
        Action("Clear all but favourites…", lambda: clear_all_but_favourites(window)),
        _star_applied(window),
    ]


def more_for(window: MainWindow, picture: Picture) -> list[Action]:
    """What a picture's own menu offers besides, with those selected with it."""
    chosen = window.history.selected()
    compared = [Action("Compare", lambda: open_comparison(window, chosen))]
    return [
        Action("Lineage", lambda: open_lineage(window, picture), icon="git-branch"),
        *(compared if 2 <= len(chosen) <= MOST_COMPARED else []),
        Action(
            "Contact sheet…",
            lambda: window.history.with_selected(
                lambda pictures: export_contact_sheet(window, pictures)
            ),
        ),
    ]


def find(window: MainWindow) -> None:
    """Bring the history to the front, with the cursor in its search field."""
    window.history_dock.show()
    window.history_dock.raise_()
    window.history.begin_search()


def clear_all_but_favourites(window: MainWindow) -> None:
    """Say how many pictures have no star, and move them to the trash if that is meant."""
    history = window.session.history
    try:
        count = history.count_all_but_favourites()
    except StudioError as error:
        window.session.messages.tell(error)
        return
    if not count:
        said = Notice("Every picture has a star: there is nothing to clear.", is_error=False)
        window.session.messages.notice.emit(said)
        return
    many = "One picture has" if count == 1 else f"{count:,} pictures have"
    goes = "It goes" if count == 1 else "They go"
    box = QMessageBox(window)
    box.setWindowTitle("Clear all but favourites")
    box.setText(f"{many} no star.")
    box.setInformativeText(
        f"{goes} to the trash; everything with at least one star stays. Undo brings them back."
    )
    clear = box.addButton("Move to trash", QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(QMessageBox.StandardButton.Cancel)
    clear.clicked.connect(history.clear_all_but_favourites)
    box.open()


def choose_steps_room(window: MainWindow) -> None:
    """Ask how much room the kept steps of all pictures may take, and keep to it from now on."""
    library = window.session.library
    try:
        taken_bytes = library.steps_bytes()
    except StudioError as error:
        window.session.messages.tell(error)
        return
    budget_bytes = library.store.kept_steps.budget_bytes
    usual_bytes = usual_budget_bytes(library.folder)
    chosen = ask_steps_room(window, taken_bytes, budget_bytes, usual_bytes)
    if chosen is not None:
        window.settings.steps_budget_gb = chosen
        window.session.history.make_room_for_steps(chosen * 10**9)


def _star_applied(window: MainWindow) -> QAction:
    action = QAction("Star what goes onto the canvas", window, checkable=True)
    action.setStatusTip("Kept, applied or started from: the picture gets a star if it has none")
    action.setChecked(window.session.marks.stars_applied)
    action.toggled.connect(lambda on: setattr(window.session.marks, "stars_applied", on))
    return action
