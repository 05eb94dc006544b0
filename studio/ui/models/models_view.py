"""The list of models: rows, or cards with larger pictures."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QItemSelectionModel, QMargins, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from studio.ui import theme
from studio.ui.models.delegate import CARD_HEIGHT, CARD_WIDTH, ROW_HEIGHT, ModelDelegate
from studio.ui.models.list_model import ModelList
from studio.ui.models.previews import Previews
from studio.ui.session import Session
from studio.ui.session.models.model_marks import Info

_AROUND: Final = QMargins(*[theme.SPACE_XL] * 4)
_NOTHING_FOUND: Final = "No model is like that. Leave out a word, or show all kinds."
_NOTHING_THERE: Final = (
    "No models are on this disk yet. Drop a folder of models here, or look at Downloads."
)


class ModelsView(QListView):
    """Enter or a double click uses a model, S gives it a star or takes it away.

    `current_changed` carries the model that is looked at, None if there is none; `use_wanted`,
    `trash_wanted` and `menu_wanted` the one that somebody wants that for, and where.
    """

    current_changed = Signal(object)
    use_wanted = Signal(object)
    trash_wanted = Signal(object)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, session: Session, previews: Previews, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._model = ModelList(session, self)
        self._delegate = ModelDelegate(session, self._model, previews, self)
        self._current: Info | None = None
        self.setAccessibleName("Models on this disk")
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setItemDelegate(self._delegate)
        self.setModel(self._model)
        self.activated.connect(lambda index: self.use_wanted.emit(self._model.info(index)))
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self._delegate.star_clicked.connect(self._toggle_star)
        self._model.modelReset.connect(self._on_reset)
        previews.arrived.connect(self._repaint)

    @property
    def models(self) -> ModelList:
        return self._model

    @property
    def shows_cards(self) -> bool:
        return self._delegate.shows_cards

    def show_cards(self, shows_cards: bool) -> None:
        """Show larger pictures, or rows that tell more."""
        self._delegate.shows_cards = shows_cards
        self.setFlow(QListView.Flow.LeftToRight if shows_cards else QListView.Flow.TopToBottom)
        self.setWrapping(shows_cards)
        self._measure()
        self.scrollTo(self.currentIndex())

    def current(self) -> Info | None:
        return self._model.info(self.currentIndex())

    def choose(self, info: Info | None) -> None:
        """Make a model the current one and show where it stands; the first if it isn't listed."""
        index = self._model.index_of(info)
        if not index.isValid():
            index = self._model.index(0)
        self.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
        self.scrollTo(index)

    def _measure(self) -> None:
        # The scroll bar's room is left free before it comes, so that the columns stay.
        room = self.width() - 2 * self.frameWidth() - self.verticalScrollBar().sizeHint().width()
        if self.shows_cards:
            columns = max(1, (room - 1) // CARD_WIDTH)
            width = (room - 1) // columns
            self._delegate.cell = QSize(width, CARD_HEIGHT - CARD_WIDTH + width)
        else:
            self._delegate.cell = QSize(max(1, room), ROW_HEIGHT)
        self.scheduleDelayedItemsLayout()

    # Slots

    def _on_current_changed(self) -> None:
        self._current = self.current()
        self.current_changed.emit(self._current)

    def _on_reset(self) -> None:
        """What is looked at stays so, as long as it is listed."""
        before, scrolled = self._current, self.verticalScrollBar().value()
        self.choose(before)
        if self._model.index_of(before).isValid():
            self.verticalScrollBar().setValue(scrolled)
        if not self._model.rowCount():
            self._on_current_changed()

    def _toggle_star(self, info: Info) -> None:
        models = self._session.models
        models.set_favourite(info, not models.marks.is_favourite(info))

    def _repaint(self) -> None:
        self.viewport().update()

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        info = self.current()
        if info is None or event.modifiers():
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_S:
            self._toggle_star(info)
        elif event.key() == Qt.Key.Key_Delete:
            self.trash_wanted.emit(info)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.use_wanted.emit(info)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        at_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if at_mouse else self.currentIndex()
        if (info := self._model.info(index)) is not None:
            place = event.globalPos()
            if not at_mouse:
                place = self.viewport().mapToGlobal(self.visualRect(index).center())
            self.menu_wanted.emit(info, place)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        if not self._model.rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(theme.color("quiet"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            whole = self.viewport().rect().marginsRemoved(_AROUND)
            there = self._session.models.all()
            painter.drawText(whole, flags, _NOTHING_FOUND if there else _NOTHING_THERE)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        self._measure()
        super().resizeEvent(event)
