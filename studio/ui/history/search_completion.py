"""What may be meant while one types into the search field, in a list below it."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QCompleter,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from studio.domain.errors import StudioError
from studio.library.query import Completion
from studio.ui import theme
from studio.ui.controls.tasks import Tasks
from studio.ui.session import Session

PAUSE_MS: Final = 30
_ROW_PX: Final = 26
_WIDTH_PX: Final = 300
_COMPLETION: Final = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


class SearchCompletion(QObject):
    """Offers fields and values where the cursor is. The arrow keys go into the list, Enter takes
    what is chosen there, Escape closes it; typing goes on meanwhile."""

    def __init__(self, line: QLineEdit, session: Session) -> None:
        super().__init__(line)
        self._line = line
        self._session = session
        self._asked = 0
        self._tasks = Tasks(self)
        self._model = QStandardItemModel(self)
        self._completer = QCompleter(self._model, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(10)
        self._completer.setWidget(line)
        self._popup = popup = QListView()
        popup.setObjectName("Completions")
        popup.setAccessibleName("What may be meant")
        popup.setMinimumWidth(_WIDTH_PX)
        popup.setUniformItemSizes(True)
        self._completer.setPopup(popup)
        # The completer brings its own delegate with each popup.
        popup.setItemDelegate(_Delegate(popup))
        # The stubs know no overloads.
        activated: Any = self._completer.activated
        activated[QModelIndex].connect(self._take)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.offer)
        line.textEdited.connect(self._pause.start)
        line.textChanged.connect(self._on_text_changed)

    def labels(self) -> list[str]:
        """What is offered."""
        return [self._model.item(row).text() for row in range(self._model.rowCount())]

    def is_open(self) -> bool:
        return self._popup.isVisible()

    def offer(self) -> None:
        """Look for what may be meant, and show it."""
        self._asked += 1
        self._tasks.start(self._fill(self._asked))

    def _on_text_changed(self) -> None:
        # What nobody typed needs no completion.
        if not self._pause.isActive():
            self._popup.hide()

    async def _fill(self, number: int) -> None:
        text, cursor = self._line.text(), self._line.cursorPosition()
        found: list[Completion] = []
        try:
            if text.strip():
                found = await self._session.library.complete(text, cursor)
        except StudioError as error:
            self._session.messages.tell(error)
        if number != self._asked or not self._line.hasFocus() or text != self._line.text():
            return  # something else was typed since
        # Behind a space something new begins: nothing is meant yet.
        begins = text[:cursor].endswith(" ") or not text[:cursor]
        self._model.clear()
        for completion in () if begins else found:
            item = QStandardItem(completion.label)
            item.setData(completion, _COMPLETION)
            spoken = completion.hint or f"{completion.count or 0:,} pictures"
            item.setData(f"{completion.label}, {spoken}", Qt.ItemDataRole.AccessibleTextRole)
            self._model.appendRow(item)
        if self._model.rowCount():
            self._completer.complete()
        else:
            self._popup.hide()

    def _take(self, index: QModelIndex) -> None:
        completion = index.data(_COMPLETION)
        if isinstance(completion, Completion):
            text, cursor = completion.applied_to(self._line.text())
            self._line.setText(text)
            self._line.setCursorPosition(min(cursor, len(self._line.text())))
            if completion.insert.endswith(":"):
                self.offer()


class _Delegate(QStyledItemDelegate):
    """What it is at the left, what it means or how many there are at the right."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:  # noqa: N802
        return QSize(_WIDTH_PX, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        rect = option.rect
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(rect, theme.color("line" if is_chosen else "raised"))
        inside = rect.adjusted(theme.SPACE_S, 0, -theme.SPACE_S, 0)
        completion = index.data(_COMPLETION)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font())
        painter.setPen(theme.color("text"))
        label = painter.fontMetrics().elidedText(
            completion.label, Qt.TextElideMode.ElideRight, inside.width()
        )
        painter.drawText(inside, middle | Qt.AlignmentFlag.AlignLeft, label)
        inside.setLeft(
            inside.left() + painter.fontMetrics().horizontalAdvance(label) + theme.SPACE_M
        )
        says = completion.hint if completion.count is None else f"{completion.count:,}"
        painter.setFont(theme.font(theme.SMALL_PX))
        painter.setPen(theme.color("quiet"))
        says = painter.fontMetrics().elidedText(says, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, middle | Qt.AlignmentFlag.AlignRight, says)
        painter.restore()
