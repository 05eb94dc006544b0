"""A plain list of two-line rows under headings, for folders, refusals and offers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.ui import theme
from studio.ui.controls.fields import plain_tooltip
from studio.ui.models.list_model import Index

_NO_PARENT: Final = QModelIndex()
_HEADING_HEIGHT: Final = 32
_ROW_HEIGHT: Final = 52
_LINE: Final = 18


@dataclass(frozen=True, slots=True)
class Row:
    """One row, or a heading if it has no `value`. `aside` stands at the right end of the title's
    line. The text of a `tall` row has two lines, or wraps into as many."""

    title: str
    text: str = ""
    aside: str = ""
    value: Any = None
    tall: bool = False


class _RowsModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []

    def set_rows(self, rows: list[Row]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def row(self, index: Index) -> Row | None:
        return self.rows[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        row = self.row(index)
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (row.title, row.aside, row.text)))
        if role == Qt.ItemDataRole.ToolTipRole and row.value is not None:
            return plain_tooltip("\n".join(filter(None, (row.title, row.text, row.aside))))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        row = self.row(index)
        if row is None or row.value is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class _RowsDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        row = _row_at(index)
        if row is None or row.value is None:
            return QSize(0, _HEADING_HEIGHT)
        return QSize(0, _ROW_HEIGHT + (_LINE if row.tall else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = _row_at(index)
        if row is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.value is None:
            painter.setFont(theme.font(theme.SMALL_PX, semibold=True))
            painter.setPen(theme.color("quiet"))
            place = option.rect.adjusted(theme.SPACE_S, 0, 0, -theme.SPACE_XS)
            painter.drawText(place, Qt.AlignmentFlag.AlignBottom, row.title)
        else:
            self._paint_row(painter, option, row)
        painter.restore()

    def _paint_row(self, painter: QPainter, option: QStyleOptionViewItem, row: Row) -> None:
        ground = QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -1.5)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("line"))
            painter.drawRoundedRect(ground, theme.RADIUS, theme.RADIUS)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground, theme.RADIUS, theme.RADIUS)
        inside = option.rect.adjusted(theme.SPACE_S, theme.SPACE_S, -theme.SPACE_S, -theme.SPACE_S)
        line = QRect(inside.topLeft(), QSize(inside.width(), _LINE))
        small = theme.font(theme.SMALL_PX)
        if row.aside:
            painter.setFont(small)
            painter.setPen(theme.color("quiet"))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(line, right, row.aside)
            line.setRight(line.right() - QFontMetrics(small).horizontalAdvance(row.aside) - 12)
        font = theme.font(semibold=True)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        middle = Qt.TextElideMode.ElideMiddle
        title = QFontMetrics(font).elidedText(row.title, middle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, title)
        below = inside.adjusted(0, _LINE, 0, 0)
        painter.setFont(small)
        painter.setPen(theme.color("quiet"))
        top = Qt.AlignmentFlag.AlignTop
        if row.tall and "\n" not in row.text:
            painter.drawText(below, top | Qt.TextFlag.TextWordWrap, row.text)
            return
        end = Qt.TextElideMode.ElideRight
        for text in row.text.split("\n", 1):
            shown = QFontMetrics(small).elidedText(text, end, below.width())
            painter.drawText(below, top, shown)
            below.setTop(below.top() + _LINE - 2)


class RowsView(QListView):
    """`current_changed` says that another row is current, `wanted` carries the value of one that
    was double clicked or on which Enter was pressed. `empty` is said while there are no rows."""

    current_changed = Signal()
    wanted = Signal(object)

    def __init__(self, name: str, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty = empty
        self._rows = _RowsModel(self)
        self.setAccessibleName(name)
        self.setItemDelegate(_RowsDelegate(self))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setModel(self._rows)
        self.selectionModel().currentChanged.connect(self.current_changed)
        self.activated.connect(self._on_activated)

    def rows(self) -> list[Row]:
        return list(self._rows.rows)

    def value(self) -> Any:
        """The current row's value; None if there is none."""
        row = self._rows.row(self.currentIndex())
        return None if row is None else row.value

    def set_rows(self, rows: Iterable[Row]) -> None:
        """Show other rows; the current one stays current by its title, and the place stays."""
        rows = list(rows)
        if rows == self._rows.rows:
            return
        before, scrolled = self._rows.row(self.currentIndex()), self.verticalScrollBar().value()
        self._rows.set_rows(rows)
        titles = [row.title if row.value is not None else None for row in rows]
        if before is not None and before.title in titles:
            self.choose(titles.index(before.title))
        self.verticalScrollBar().setValue(scrolled)
        self.current_changed.emit()

    def set_empty(self, sentence: str) -> None:
        """What is said while there are no rows."""
        self._empty = sentence
        self.viewport().update()

    def choose(self, number: int) -> None:
        """Make a row the current one."""
        self.selectionModel().setCurrentIndex(
            self._rows.index(number), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )

    def _on_activated(self, index: QModelIndex) -> None:
        row = self._rows.row(index)
        if row is not None and row.value is not None:
            self.wanted.emit(row.value)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        if not self._rows.rows:
            painter = QPainter(self.viewport())
            painter.setPen(theme.color("quiet"))
            flags = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            inside = self.viewport().rect().adjusted(theme.SPACE_S, theme.SPACE_S, -8, 0)
            painter.drawText(inside, flags, self._empty)


def _row_at(index: Index) -> Row | None:
    model = index.model()
    return model.row(index) if isinstance(model, _RowsModel) else None
