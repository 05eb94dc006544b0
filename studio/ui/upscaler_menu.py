"""The choice of the network that upscales, for finishing and for pictures that are there."""

from __future__ import annotations

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from studio.ui.session import Session


class UpscalerMenu(QMenu):
    """“Upscaler”: each one that the catalog offers; the one in use is marked."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__("Upscaler", parent)
        self._session = session
        self._group = QActionGroup(self)
        self.aboutToShow.connect(self._on_about_to_show)
        self._on_about_to_show()

    def _on_about_to_show(self) -> None:
        self.clear()
        for upscaler in self._session.catalog.upscalers():
            action = QAction(upscaler.title.replace("&", "&&"), self, checkable=True)
            action.setData(upscaler.name)
            action.setToolTip(upscaler.name)
            action.setChecked(upscaler.name == self._session.draft.upscaler)
            action.triggered.connect(lambda _checked, name=upscaler.name: self._choose(name))
            self._group.addAction(action)
            self.addAction(action)

    def _choose(self, name: str) -> None:
        self._session.draft.upscaler = name
