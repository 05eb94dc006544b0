"""How a model lies on the card: what the studio decides, and what the artist may decide instead."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from studio.domain.engine_options import installed_packages
from studio.domain.model import ModelInfo
from studio.domain.placement import PlacementWishes
from studio.ui.engine.wish_menus import WishMenus
from studio.ui.session import Session


class PlacementBox(WishMenus):
    """The menus for one model. What is chosen counts from its next picture on."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, without=("attention",))
        self._session = session
        self._model: ModelInfo | None = None
        self._packages = installed_packages()
        self.chosen.connect(self._on_chosen)

    def show_model(self, model: ModelInfo | None) -> None:
        """Tell of a model."""
        self._model = model
        if model is None:
            return
        if kind := self._session.engine.status.device_kind:
            self.show_device(kind, self._packages)
        self.show_wishes(self._session.models.placement(model))

    def _on_chosen(self, wishes: PlacementWishes) -> None:
        if self._model is not None:
            self._session.models.place(self._model, wishes)
