"""The menu of models on this disk."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QWidget

from studio.domain.model import ModelInfo
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import keep_narrow, plain_tooltip
from studio.ui.controls.wheel import wheel_needs_focus
from studio.ui.session import Session


class ModelBox(QComboBox):
    """Choosing a model takes over the values with which it draws best."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._models: list[ModelInfo] = []
        keep_narrow(self)
        wheel_needs_focus(self)
        self._list_models()

        self.activated.connect(self._on_activated)
        self._bindings = Bindings(self)
        self._bindings.add(session.draft.events.model, self._on_model_changed)
        self._bindings.add(session.catalog.changed, self._on_catalog_changed)

    def _list_models(self) -> None:
        chosen = self._session.draft.model
        self._models = list(self._session.catalog.models())
        if all(model.name != chosen.name for model in self._models):
            self._models.insert(0, chosen)
        with QSignalBlocker(self):
            self.clear()
            for index, model in enumerate(self._models):
                self.addItem(model.title)
                self.setItemData(index, _describe(model), Qt.ItemDataRole.ToolTipRole)
            names = [model.name for model in self._models]
            self.setCurrentIndex(names.index(chosen.name))
        self.setToolTip(_describe(chosen))

    def _on_activated(self, index: int) -> None:
        model = self._models[index]
        if model != self._session.draft.model:
            self._session.generation.use_model(model)

    def _on_model_changed(self, _model: ModelInfo) -> None:
        self._list_models()

    def _on_catalog_changed(self) -> None:
        self._list_models()


def _describe(model: ModelInfo) -> str:
    return plain_tooltip(
        f"{model.title}\nFamily: {model.family}\nLicence: {model.licence or 'unknown'}"
    )
