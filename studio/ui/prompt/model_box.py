"""The menu of models on this disk."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from studio.domain.fit import amount
from studio.domain.model import FAMILY_TITLES, ModelInfo
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import keep_narrow, plain_tooltip
from studio.ui.controls.wheel import wheel_needs_focus
from studio.ui.session import Session

ALL_MODELS: Final = "All models…"


class ModelBox(QComboBox):
    """Favourites first. Choosing a model takes over the values with which it draws best; the last
    entry opens the window of all models."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._models: list[ModelInfo] = []
        self._is_open = False
        keep_narrow(self)
        wheel_needs_focus(self)
        self._list_models()

        self.activated.connect(self._on_activated)
        self._bindings = Bindings(self)
        self._bindings.add(session.draft.events.model, self._on_changed)
        self._bindings.add(session.models.changed, self._on_changed)
        self._bindings.add(session.models.marks.changed, self._on_changed)

    def _list_models(self) -> None:
        chosen, marks = self._session.draft.model, self._session.models.marks
        listed = list(self._session.models.models())
        if all(model.name != chosen.name for model in listed):
            listed.insert(0, chosen)
        favourites = [model for model in listed if marks.is_favourite(model)]
        self._models = [*favourites, *(model for model in listed if model not in favourites)]
        with QSignalBlocker(self):
            self.clear()
            for index, model in enumerate(self._models):
                self.addItem(model.title)
                self.setItemData(index, _describe(model), Qt.ItemDataRole.ToolTipRole)
            self.insertSeparator(self.count())
            self.addItem(ALL_MODELS)
            self._show_chosen()
        self.setToolTip(_describe(chosen))

    def _show_chosen(self) -> None:
        names = [model.name for model in self._models]
        self.setCurrentIndex(names.index(self._session.draft.model.name))

    def _on_activated(self, index: int) -> None:
        was_open, self._is_open = self._is_open, False
        if index >= len(self._models):
            self._show_chosen()
            # Who goes through the models with the arrow keys only comes to the end of the list.
            if was_open:
                self._session.models.window_wanted.emit()
        elif self._models[index].name != self._session.draft.model.name:
            self._session.models.use(self._models[index])

    def _on_changed(self) -> None:
        self._list_models()

    def showPopup(self) -> None:  # noqa: N802 - Qt's name
        self._is_open = True
        super().showPopup()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        self._is_open = False
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        self._is_open = False
        super().wheelEvent(event)


def _describe(model: ModelInfo) -> str:
    facts = [FAMILY_TITLES.get(model.family, model.family), model.precision]
    if model.size_bytes:
        facts.append(amount(model.size_bytes))
    return plain_tooltip(
        f"{model.title}\n{' · '.join(filter(None, facts))}\nLicence: {model.licence or 'unknown'}"
    )
