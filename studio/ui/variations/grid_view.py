"""One page of the grid of variations, painted as far as it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from studio.ui import theme
from studio.ui.canvas import as_qimage
from studio.ui.session import VariedCell

SMALLEST_PX: Final = 64
LARGEST_PX: Final = 512
_GAP: Final = theme.SPACE_XS
_WIDEST_LABEL: Final = 160
_ZOOM: Final = 1.2


@dataclass(frozen=True, slots=True)
class Page:
    """What stands above the columns and beside the rows, and the cells' numbers, row by row."""

    columns: Sequence[str]
    rows: Sequence[str]
    numbers: Sequence[int]


class GridView(QAbstractScrollArea):
    """The labels stay in view while the cells scroll. Arrows move, Enter shows, as a click does.

    Signals:
        shown(int): the cell of this number is wanted on the canvas.
        restored(int): its settings are wanted in the prompt panel.
    """

    shown = Signal(int)
    restored = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells: Sequence[VariedCell] = ()
        self._page = Page((), (), ())
        self._current = 0  # of the page
        self._side_px = 160
        self._fits = True
        self.setAccessibleName("Grid of variations")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().setSingleStep(theme.SPACE_XL)
        self.horizontalScrollBar().setSingleStep(theme.SPACE_XL)

    def set_page(self, cells: Sequence[VariedCell], page: Page) -> None:
        """Show these of the grid's cells."""
        self._cells, self._page = cells, page
        self._current = min(self._current, max(len(page.numbers) - 1, 0))
        self._measure()
        self._tell_current()

    def refresh(self, number: int) -> None:
        """There is more to see of a cell."""
        if number in self._page.numbers:
            place = self._page.numbers.index(number)
            self.viewport().update(self._rect(place))
            if place == self._current:
                self._tell_current()

    @property
    def current_number(self) -> int | None:
        """The cell that the keys are at."""
        numbers = self._page.numbers
        return numbers[self._current] if numbers else None

    def cell_rect(self, number: int) -> QRect:
        """Where a cell stands in the viewport."""
        return self._rect(self._page.numbers.index(number))

    def zoom(self, factor: float) -> None:
        """Make the cells larger or smaller; they no longer follow the window's size."""
        self._fits = False
        self._side_px = min(LARGEST_PX, max(SMALLEST_PX, round(self._side_px * factor)))
        self._measure()

    def fit(self) -> None:
        """Make the cells as large as the window lets all of them be."""
        self._fits = True
        self._measure()

    # Geometry

    @property
    def _header_width(self) -> int:
        metrics = QFontMetrics(theme.font())
        widest = max((metrics.horizontalAdvance(label) for label in self._page.rows), default=0)
        # Text is painted a little wider than it is measured.
        return min(_WIDEST_LABEL, widest) + 3 * theme.SPACE_S if widest else theme.SPACE_S

    @property
    def _header_height(self) -> int:
        return theme.CONTROL_HEIGHT if any(self._page.columns) else theme.SPACE_S

    def _measure(self) -> None:
        columns, rows = max(len(self._page.columns), 1), max(len(self._page.rows), 1)
        view = self.viewport().size()
        if self._fits:
            width = (view.width() - self._header_width - theme.SPACE_S) // columns - _GAP
            height = (view.height() - self._header_height - theme.SPACE_S) // rows - _GAP
            self._side_px = min(LARGEST_PX, max(SMALLEST_PX, min(width, height)))
        pitch = self._side_px + _GAP
        whole = QSize(
            self._header_width + columns * pitch + theme.SPACE_S,
            self._header_height + rows * pitch + theme.SPACE_S,
        )
        for bar, extent, seen in (
            (self.horizontalScrollBar(), whole.width(), view.width()),
            (self.verticalScrollBar(), whole.height(), view.height()),
        ):
            bar.setRange(0, max(0, extent - seen))
            bar.setPageStep(seen)
        self.viewport().update()

    def _rect(self, place: int) -> QRect:
        row, column = divmod(place, max(len(self._page.columns), 1))
        pitch = self._side_px + _GAP
        left = self._header_width + column * pitch - self.horizontalScrollBar().value()
        top = self._header_height + row * pitch - self.verticalScrollBar().value()
        return QRect(left, top, self._side_px, self._side_px)

    def _place_at(self, point: QPoint) -> int | None:
        if point.x() < self._header_width or point.y() < self._header_height:
            return None
        pitch = self._side_px + _GAP
        column = (point.x() - self._header_width + self.horizontalScrollBar().value()) // pitch
        row = (point.y() - self._header_height + self.verticalScrollBar().value()) // pitch
        if not (0 <= column < len(self._page.columns) and 0 <= row < len(self._page.rows)):
            return None
        return row * len(self._page.columns) + column

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(event.rect(), theme.color("surround"))
        cells_area = self.viewport().rect().adjusted(self._header_width, self._header_height, 0, 0)
        painter.setClipRect(cells_area)
        for place, number in enumerate(self._page.numbers):
            rect = self._rect(place)
            if rect.intersects(event.rect()) and rect.intersects(cells_area):
                self._paint_cell(painter, rect, self._cells[number], place == self._current)
        painter.setClipping(False)
        self._paint_labels(painter)
        painter.end()

    def _paint_cell(
        self, painter: QPainter, rect: QRect, varied: VariedCell, is_current: bool
    ) -> None:
        if varied.pixels is None:
            painter.fillRect(rect, theme.color("checker"))
            if varied.has_failed:
                painter.setPen(theme.color("danger"))
                painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, "failed")
        else:
            image = as_qimage(varied.pixels)
            size = image.size().scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(QPoint(0, 0), size)
            place.moveCenter(rect.center())
            painter.drawImage(place, image)
            if varied.picture is None and not varied.has_failed:
                painter.fillRect(
                    QRect(place.left(), place.bottom() - 1, place.width(), 2),
                    theme.color("accent"),
                )
        if is_current and self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))

    def _paint_labels(self, painter: QPainter) -> None:
        view = self.viewport().rect()
        width, height = self._header_width, self._header_height
        painter.fillRect(QRect(0, 0, view.width(), height), theme.color("surround"))
        painter.fillRect(QRect(0, 0, width, view.height()), theme.color("surround"))
        painter.setFont(theme.font())
        painter.setPen(theme.color("on_surround"))
        metrics = painter.fontMetrics()
        elide = Qt.TextElideMode.ElideRight
        painter.setClipRect(view.adjusted(width, 0, 0, 0))
        for column, label in enumerate(self._page.columns):
            rect = self._rect(column)
            place = QRect(rect.left(), 0, rect.width(), height)
            text = metrics.elidedText(label, elide, place.width())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        painter.setClipRect(view.adjusted(0, height, 0, 0))
        for row, label in enumerate(self._page.rows):
            rect = self._rect(row * len(self._page.columns))
            place = QRect(theme.SPACE_S, rect.top(), width - 2 * theme.SPACE_S, rect.height())
            text = metrics.elidedText(label, elide, place.width())
            alignment = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, alignment, text)

    # What the artist does

    def _move_to(self, place: int) -> None:
        if not 0 <= place < len(self._page.numbers):
            return
        self._current = place
        rect = self._rect(place)
        view = self.viewport().rect().adjusted(self._header_width, self._header_height, 0, 0)
        for bar, low, high, first, last in (
            (self.horizontalScrollBar(), rect.left(), rect.right(), view.left(), view.right()),
            (self.verticalScrollBar(), rect.top(), rect.bottom(), view.top(), view.bottom()),
        ):
            if low < first:
                bar.setValue(bar.value() + low - first)
            elif high > last:
                bar.setValue(bar.value() + high - last)
        self.viewport().update()
        self._tell_current()

    def _tell_current(self) -> None:
        """Say for screen readers and on hover what stands there."""
        number = self.current_number
        if number is None:
            return
        columns = max(len(self._page.columns), 1)
        row, column = divmod(self._current, columns)
        varied = self._cells[number]
        state = "failed" if varied.has_failed else "" if varied.picture else "not done yet"
        words = (self._page.columns[column], self._page.rows[row], state)
        self.setAccessibleDescription(", ".join(word for word in words if word))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        columns = max(len(self._page.columns), 1)
        column = self._current % columns
        number = self.current_number
        match event.key():
            case Qt.Key.Key_Left if column > 0:
                self._move_to(self._current - 1)
            case Qt.Key.Key_Right if column < columns - 1:
                self._move_to(self._current + 1)
            case Qt.Key.Key_Up:
                self._move_to(self._current - columns)
            case Qt.Key.Key_Down:
                self._move_to(self._current + columns)
            case Qt.Key.Key_Home:
                self._move_to(0)
            case Qt.Key.Key_End:
                self._move_to(len(self._page.numbers) - 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if number is not None:
                self.shown.emit(number)
            case _:
                super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        place = self._place_at(event.position().toPoint())
        if place is not None and event.button() is Qt.MouseButton.LeftButton:
            self._move_to(place)
            self.shown.emit(self._page.numbers[place])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        place = self._place_at(event.position().toPoint())
        if place is not None and event.button() is Qt.MouseButton.LeftButton:
            self.restored.emit(self._page.numbers[place])

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(_ZOOM ** (event.angleDelta().y() / 120))
        else:
            super().wheelEvent(event)

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:  # noqa: N802 - Qt's name
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._measure()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.viewport().update()
