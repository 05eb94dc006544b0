"""A view of a long list as a grid: only what is in sight costs anything.

Qt's own list lays out every row, which takes seconds for a million.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from studio.ui import theme
from studio.ui.history.grid import Grid

_Cursor = QAbstractItemView.CursorAction
_Hint = QAbstractItemView.ScrollHint
Index = QModelIndex | QPersistentModelIndex
WHEEL_STEP_PX: Final = 40


class GridModel(QAbstractListModel):
    """Rows in groups, of which the view wants to know how long they are.

    `changing` comes before some rows come or go, `settled` when all of them have and the groups
    are known.
    """

    changing = Signal()
    settled = Signal()

    def group_counts(self) -> Sequence[int]:
        """How many rows each group has, none of them 0."""
        raise NotImplementedError

    def has_headings(self) -> bool:
        """Whether a heading stands above each group."""
        raise NotImplementedError


class GridView(QAbstractItemView):
    """Columns that fill the width, headings that stay in sight, and a scroll position that stays
    with what is looked at when rows come or go above it.

    Whoever derives from it paints the cells and headings.
    """

    def __init__(self, model: GridModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = model
        self._wish_px = 96
        self._grid = Grid((), 1, 1, has_headings=False)
        self._anchor = QPersistentModelIndex()
        self._anchor_top = 0
        self._anchor_value = -1
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setModel(model)
        model.changing.connect(self._on_changing)
        model.settled.connect(self._on_settled)

    # What is painted

    def paint_cell(self, painter: QPainter, row: int, cell: QRect) -> None:
        """Paint one row's cell, in the viewport's px."""
        raise NotImplementedError

    def paint_heading(self, painter: QPainter, group: int, rect: QRect) -> None:
        """Paint a group's heading, opaquely: cells lie behind it while it stays in sight."""
        raise NotImplementedError

    # What others may ask

    @property
    def grid(self) -> Grid:
        return self._grid

    def set_wish(self, wish_px: int) -> None:
        """Choose the least width of a column. What stands in the middle stays there."""
        if wish_px != self._wish_px:
            self._hold(self._middle())
            self._wish_px = wish_px
            self._lay_out()
            self._put_back()

    def rows_in_sight(self) -> range:
        """All rows of which something is seen."""
        top = self.verticalOffset()
        return self._grid.rows_between(top, top + self.viewport().height())

    def selected_rows(self) -> list[tuple[int, int]]:
        """The first and last row of each run of selected rows, from top to bottom."""
        ranges = sorted(
            (part.top(), part.bottom()) for part in _parts(self.selectionModel().selection())
        )
        runs: list[tuple[int, int]] = []
        for first, last in ranges:
            if runs and first <= runs[-1][1] + 1:
                runs[-1] = runs[-1][0], max(last, runs[-1][1])
            else:
                runs.append((first, last))
        return runs

    def row_rect(self, row: int) -> QRect:
        """A row's cell, in the viewport's px."""
        return self._grid.cell(row).translated(theme.SPACE_S, -self.verticalOffset())

    def row_at(self, place: QPoint) -> int | None:
        """The row at a place of the viewport, unless a heading lies over it."""
        if self._sticky_rect().contains(place):
            return None
        return self._grid.row_at(place.x() - theme.SPACE_S, place.y() + self.verticalOffset())

    def in_content(self, place: QPoint) -> QPoint:
        """A place of the viewport as one of the whole content."""
        return place + QPoint(-theme.SPACE_S, self.verticalOffset())

    # What a view must answer

    def visualRect(self, index: Index) -> QRect:  # noqa: N802 - Qt's name
        is_known = index.isValid() and index.row() < self._grid.row_count
        return self.row_rect(index.row()) if is_known else QRect()

    def indexAt(self, place: QPoint) -> QModelIndex:  # noqa: N802 - Qt's name
        row = self.row_at(place)
        return QModelIndex() if row is None else self._source.index(row)

    def scrollTo(self, index: Index, hint: _Hint = _Hint.EnsureVisible) -> None:  # noqa: N802
        if not index.isValid() or index.row() >= self._grid.row_count:
            return
        cell = self._grid.cell(index.row())
        bar, high = self.verticalScrollBar(), self.viewport().height()
        highest = cell.top() - self._grid.heading_px
        lowest = cell.bottom() + 1 - high
        match hint:
            case _Hint.PositionAtTop:
                bar.setValue(highest)
            case _Hint.PositionAtBottom:
                bar.setValue(lowest)
            case _Hint.PositionAtCenter:
                bar.setValue(cell.center().y() - high // 2)
            case _ if bar.value() > highest:
                bar.setValue(highest)
            case _ if bar.value() < lowest:
                bar.setValue(lowest)

    def moveCursor(  # noqa: N802 - Qt's name
        self, action: _Cursor, _modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        count = self._grid.row_count
        if not count:
            return QModelIndex()
        row = self.currentIndex().row()
        if row < 0:
            return self._source.index(min(self.rows_in_sight(), default=0))
        page = max(1, (self.viewport().height() - self._grid.heading_px) // self._grid.cell_px)
        match action:
            case _Cursor.MoveLeft | _Cursor.MovePrevious:
                row -= 1
            case _Cursor.MoveRight | _Cursor.MoveNext:
                row += 1
            case _Cursor.MoveUp:
                row = self._grid.beside(row, -1)
            case _Cursor.MoveDown:
                row = self._grid.beside(row, 1)
            case _Cursor.MovePageUp:
                row = self._grid.beside(row, -page)
            case _Cursor.MovePageDown:
                row = self._grid.beside(row, page)
            case _Cursor.MoveHome:
                row = 0
            case _Cursor.MoveEnd:
                row = count - 1
        return self._source.index(min(max(row, 0), count - 1))

    def horizontalOffset(self) -> int:  # noqa: N802 - Qt's name
        return 0

    def verticalOffset(self) -> int:  # noqa: N802 - Qt's name
        return self.verticalScrollBar().value()

    def isIndexHidden(self, _index: Index) -> bool:  # noqa: N802 - Qt's name
        return False

    def setSelection(  # noqa: N802 - Qt's name
        self, rect: QRect, command: QItemSelectionModel.SelectionFlag
    ) -> None:
        """All rows between those at the two corners, in reading order."""
        ends = [
            self._grid.row_at(*self.in_content(corner).toTuple())
            for corner in (rect.topLeft(), rect.bottomRight())
        ]
        rows = [row for row in ends if row is not None]
        if rows:
            first, last = self._source.index(min(rows)), self._source.index(max(rows))
            self.selectionModel().select(QItemSelection(first, last), command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:  # noqa: N802
        region, seen = QRegion(), self.rows_in_sight()
        for part in _parts(selection):
            for row in range(max(part.top(), seen.start), min(part.bottom() + 1, seen.stop)):
                region += self.row_rect(row)
        return region

    def keyboardSearch(self, _text: str) -> None:  # noqa: N802 - Qt's name
        """Nothing: it would go through all rows, and there is a search field."""

    # Laying out

    def reset(self) -> None:
        super().reset()
        self._anchor = QPersistentModelIndex()
        self._lay_out()
        self.verticalScrollBar().setValue(0)

    def updateGeometries(self) -> None:  # noqa: N802 - Qt's name
        high = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setPageStep(high)
        bar.setSingleStep(WHEEL_STEP_PX)
        bar.setRange(0, max(0, self._grid.height_px + theme.SPACE_S - high))
        super().updateGeometries()

    def _lay_out(self) -> None:
        self._grid = Grid(
            self._source.group_counts(),
            max(1, self.viewport().width() - theme.SPACE_S),
            self._wish_px,
            has_headings=self._source.has_headings(),
        )
        self.updateGeometries()
        self.viewport().update()

    # Staying where one looks

    def _middle(self) -> int | None:
        """The row in the middle of what is seen, or the current one if it is in sight."""
        seen = self.rows_in_sight()
        if self.currentIndex().row() in seen:
            return self.currentIndex().row()
        return seen[len(seen) // 2] if seen else None

    def _hold(self, row: int | None) -> None:
        """Remember where a row stands. Who looks at the top wants to see what comes there."""
        self._anchor = QPersistentModelIndex()
        if row is not None and self.verticalOffset() > 0:
            self._anchor = QPersistentModelIndex(self._source.index(row))
            self._anchor_top = self.row_rect(row).top()

    def _put_back(self) -> None:
        """Scroll so that the remembered row stands where it stood."""
        if self._anchor.isValid():
            moved = self.row_rect(self._anchor.row()).top() - self._anchor_top
            self.verticalScrollBar().setValue(self.verticalOffset() + moved)
        self._anchor_value = self.verticalOffset()

    def _on_changing(self) -> None:
        # Nobody scrolled since the last change: the same row stays where it is.
        if self.verticalOffset() != self._anchor_value or not self._anchor.isValid():
            self._hold(self._middle())

    def _on_settled(self) -> None:
        self._lay_out()
        self._put_back()

    # Painting

    def _sticky_rect(self) -> QRect:
        """Where the heading of the topmost group stands; empty if there is none."""
        heading, top = self._grid.heading_px, self.verticalOffset()
        if not heading or not self._grid.row_count:
            return QRect()
        begin, end = self._grid.span(self._grid.group_at(top))
        y = min(max(begin, top), end - heading) - top
        return QRect(0, y, self.viewport().width(), heading)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top, heading, wide = self.verticalOffset(), self._grid.heading_px, self.viewport().width()
        rows: set[int] = set()
        groups: set[int] = set()
        for rect in event.region():  # type: ignore[attr-defined] # the stubs don't say so
            rows.update(self._grid.rows_between(rect.top() + top, rect.bottom() + 1 + top))
            groups.update(self._grid.groups_between(rect.top() + top, rect.bottom() + 1 + top))
        for row in sorted(rows):
            self.paint_cell(painter, row, self.row_rect(row))
        if not heading or not self._grid.row_count:
            return
        sticky = self._grid.group_at(top)
        for number in groups:
            if number != sticky:
                begin, _ = self._grid.span(number)
                self.paint_heading(painter, number, QRect(0, begin - top, wide, heading))
        if event.region().intersects(self._sticky_rect()):
            self.paint_heading(painter, sticky, self._sticky_rect())

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802 - Qt's name
        heading = self._grid.heading_px
        if heading:
            # What stayed in sight must not be moved along, nor left where it was.
            strip = QRect(0, 0, self.viewport().width(), heading)
            self.viewport().scroll(dx, dy)
            self.viewport().update(strip)
            self.viewport().update(strip.translated(0, dy))
        else:
            self.viewport().scroll(dx, dy)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        if event.size().width() != event.oldSize().width():
            self._hold(self._middle())
            super().resizeEvent(event)
            self._lay_out()
            self._put_back()
        else:
            super().resizeEvent(event)


def _parts(selection: QItemSelection) -> list[QItemSelectionRange]:
    return [*selection]  # type: ignore[misc] # the stubs don't say so
