"""The searches that the artist keeps: to run, to save under a name, to rename, to forget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QToolButton, QWidget

from studio.domain.errors import StudioError
from studio.library.index.saved_searches import SavedSearch
from studio.ui.controls.tasks import Tasks
from studio.ui.controls.tool_button import tool_button
from studio.ui.session import Session


class SavedSearchesMenu(QMenu):
    """`run` shows a search. The list is read anew each time that it opens."""

    def __init__(self, session: Session, run: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._run = run
        self._tasks = Tasks(self)
        self.setToolTipsVisible(True)
        self._renaming = QMenu("Rename", self)
        self._forgetting = QMenu("Forget", self)
        self.show_searches([])

    def open_below(self, button: QWidget) -> None:
        """Read the list, and show it below a button."""
        self._tasks.start(self._open(button))

    def show_searches(self, searches: list[SavedSearch]) -> None:
        """List these."""
        self.clear()
        for search in searches:
            action = self.addAction(_plain(search.name))
            action.setToolTip(search.text)
            action.triggered.connect(lambda _checked, text=search.text: self._run(text))
        if searches:
            self.addSeparator()
        text = self._session.gallery.text.strip()
        save = self.addAction("Save this search…")
        save.setEnabled(bool(text))
        save.triggered.connect(lambda _checked: self._save(text))
        for menu, do in ((self._renaming, self._rename), (self._forgetting, self._forget)):
            menu.clear()
            menu.setEnabled(bool(searches))
            self.addMenu(menu)
            for search in searches:
                entry = menu.addAction(_plain(search.name))
                entry.triggered.connect(lambda _checked, search=search, do=do: do(search))

    async def _open(self, button: QWidget) -> None:
        try:
            self.show_searches(await asyncio.to_thread(self._session.library.searches.all))
        except StudioError as error:
            self._session.messages.tell(error)
            return
        self.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _save(self, text: str) -> None:
        if name := self._ask_name("Save this search", text):
            self._tasks.start(self._do(self._session.library.searches.save, name, text))

    def _rename(self, search: SavedSearch) -> None:
        name = self._ask_name("Rename the search", search.name)
        if name and name != search.name:
            self._tasks.start(self._replace(search, name))

    def _forget(self, search: SavedSearch) -> None:
        self._tasks.start(self._do(self._session.library.searches.remove, search.name))

    async def _replace(self, search: SavedSearch, name: str) -> None:
        searches = self._session.library.searches
        await self._do(searches.save, name, search.text)
        await self._do(searches.remove, search.name)

    async def _do(self, work: Callable[..., object], *arguments: str) -> None:
        try:
            await asyncio.to_thread(work, *arguments)
        except StudioError as error:
            self._session.messages.tell(error)

    def _ask_name(self, title: str, suggested: str) -> str:
        name, is_meant = QInputDialog.getText(
            self.parentWidget(), title, "Name", QLineEdit.EchoMode.Normal, suggested
        )
        return name.strip() if is_meant else ""


def saved_searches_button(session: Session, run: Callable[[str], None]) -> QToolButton:
    """A button that opens the menu."""
    button = tool_button("bookmark", "Saved searches")
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    menu = SavedSearchesMenu(session, run, button)
    button.clicked.connect(lambda: menu.open_below(button))
    return button


def _plain(name: str) -> str:
    return name.replace("&", "&&")
