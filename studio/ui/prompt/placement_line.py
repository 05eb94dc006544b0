"""How the model in use lies on the device, and why, in a line."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from studio.engine import EngineState, EngineStatus
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.session import Session


class PlacementLine(ElidedLabel):
    """Its room is reserved while there is nothing to say, so that the form below stays put. A click
    shows what can be decided about it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._session = session
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.set_role(self, "small")
        self.setAccessibleName("How the model is kept in memory")
        self._bindings = Bindings(self)
        self._bindings.add(session.engine.status_changed, self._show)
        self._show(session.engine.status)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        is_click = event.button() is Qt.MouseButton.LeftButton
        if is_click and self.rect().contains(event.position().toPoint()):
            self._session.models.engine_wanted.emit()
        super().mouseReleaseEvent(event)

    def _show(self, status: EngineStatus) -> None:
        is_loading = status.state is EngineState.WARMING
        text = "Loading…" if is_loading else status.placement
        if text != self.text():
            self.set_text(text)
