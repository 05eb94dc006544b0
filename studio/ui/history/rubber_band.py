"""Selecting with a frame that is drawn over a grid."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QObject,
    QPoint,
    QRect,
    QTimer,
)
from PySide6.QtGui import QPainter

from studio.ui import theme
from studio.ui.history.grid_view import GridView

_SCROLL_MS: Final = 16
_START_PX: Final = 4
_Flag = QItemSelectionModel.SelectionFlag


class RubberBand(QObject):
    """Begun by a press, drawn by moves, ended by a release. While the pointer is above or below
    the view, the view scrolls there.

    `adds`: what was selected before stays so.
    """

    def __init__(self, view: GridView) -> None:
        super().__init__(view)
        self._view = view
        self._origin: QPoint | None = None
        self._pointer = QPoint()
        self._is_drawn = False
        self._before = QItemSelection()
        self._scrolling = QTimer(self, interval=_SCROLL_MS)
        self._scrolling.timeout.connect(self._scroll)

    @property
    def is_begun(self) -> bool:
        return self._origin is not None

    @property
    def is_drawn(self) -> bool:
        """Whether the pointer went far enough for a frame to be meant."""
        return self._is_drawn

    def begin(self, place: QPoint, *, adds: bool) -> None:
        """The first corner, in the viewport's px."""
        selection = self._view.selectionModel()
        self._origin = self._view.in_content(place)
        self._before = selection.selection() if adds else QItemSelection()
        if not adds:
            selection.clearSelection()

    def move(self, place: QPoint) -> None:
        """The opposite corner."""
        self._pointer = place
        if self._origin is None:
            return
        if not self._is_drawn:
            begun = self._origin - self._view.in_content(QPoint())
            self._is_drawn = (place - begun).manhattanLength() >= _START_PX
        if self._is_drawn:
            self._select()
            is_inside = 0 <= place.y() < self._view.viewport().height()
            if is_inside:
                self._scrolling.stop()
            elif not self._scrolling.isActive():
                self._scrolling.start()

    def end(self, *, back: bool = False) -> None:
        """Let go; with `back` all is selected that was before."""
        if back and self.is_begun:
            self._view.selectionModel().select(self._before, _Flag.ClearAndSelect)
        self._origin = None
        self._is_drawn = False
        self._scrolling.stop()
        self._view.viewport().update()

    def paint(self, painter: QPainter) -> None:
        """Draw the frame, if there is one."""
        if not self._is_drawn:
            return
        area = self._area().translated(-self._view.in_content(QPoint()))
        painter.setPen(theme.color("quiet"))
        painter.setBrush(theme.color("text", 0.12))
        painter.drawRect(area.adjusted(0, 0, -1, -1))

    def _area(self) -> QRect:
        corner = self._view.in_content(self._pointer)
        return QRect(self._origin or corner, corner).normalized()

    def _select(self) -> None:
        model = self._view.model()
        selection = QItemSelection(self._before)
        for first, last in self._view.grid.rows_in(self._area()):
            selection.select(model.index(first, 0), model.index(last, 0))
        self._view.selectionModel().select(selection, _Flag.ClearAndSelect)
        self._view.viewport().update()

    def _scroll(self) -> None:
        beyond = self._pointer.y()
        if beyond > 0:
            beyond = max(0, beyond - self._view.viewport().height())
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.value() + beyond // 3 + (1 if beyond > 0 else -1))
        self._select()
