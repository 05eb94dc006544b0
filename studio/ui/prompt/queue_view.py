"""What waits to be made: see it, move it, take it out."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.engine import EngineState, Job
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import row
from studio.ui.controls.tool_button import tool_button
from studio.ui.icons import icon
from studio.ui.prompt.queue_delegate import QueueDelegate
from studio.ui.prompt.queue_model import JOB_ROLE, QueueModel
from studio.ui.session import Session

_MOST_ROWS = 6


class QueueView(QWidget):
    """One line, “Queue 2”, until it is opened; nothing at all while nothing waits."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._engine = session.engine
        self._trial = session.restyling.trial
        self._heading = QPushButton()
        self._heading.setCheckable(True)
        self._heading.setToolTip("Show what waits to be made")
        theme.set_role(self._heading, "fold")
        self._up = tool_button("arrow-up", "Make it earlier", "Alt+Up")
        self._down = tool_button("arrow-down", "Make it later", "Alt+Down")
        self._remove = tool_button("x", "Take it out of the queue", "Del")
        self._clear = tool_button("trash-2", "Clear the queue; the running picture goes on")
        self._tools = QWidget()
        self._model = QueueModel(session.engine, self, is_passing=self._trial.is_of)
        self._list = _JobList()
        self._list.setModel(self._model)
        self._list.setItemDelegate(QueueDelegate(self._list))
        self._lay_out()
        self._on_queue_changed()
        self._on_heading_toggled(False)

        self._heading.toggled.connect(self._on_heading_toggled)
        self._up.clicked.connect(lambda: self.move_selected(-1))
        self._down.clicked.connect(lambda: self.move_selected(1))
        self._remove.clicked.connect(self.remove_selected)
        self._clear.clicked.connect(self._engine.clear)
        self._list.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._bindings = Bindings(self)
        self._bindings.add(session.engine.queue_changed, self._on_queue_changed)

    def _lay_out(self) -> None:
        tools = QHBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(0)
        for button in (self._up, self._down, self._remove, self._clear):
            tools.addWidget(button)
        head = row(self._heading, self._tools)
        head.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._list)

    @property
    def view(self) -> QListView:
        return self._list

    def is_open(self) -> bool:
        return self._heading.isChecked()

    def set_open(self, is_open: bool) -> None:
        self._heading.setChecked(is_open)

    def selected_job(self) -> Job | None:
        indexes = self._list.selectedIndexes()
        return indexes[0].data(JOB_ROLE) if indexes else None

    def move_selected(self, by: int) -> None:
        """Move the selected waiting job one place; -1 is earlier."""
        job = self.selected_job()
        waiting = list(self._engine.waiting)
        if job in waiting and 0 <= (position := waiting.index(job) + by) < len(waiting):
            self._engine.move(job, position)

    def remove_selected(self) -> None:
        """Take the selected job out of the queue, or stop it when it is the running one."""
        job = self.selected_job()
        if job is not None:
            job.cancel()

    def _on_queue_changed(self) -> None:
        waiting = sum(not self._trial.is_of(job) for job in self._engine.waiting)
        # A job that an idle engine takes up at once is not seen waiting: nothing flickers.
        is_idle = self._engine.running is None and self._engine.status.state is EngineState.READY
        is_shown = waiting > (1 if is_idle else 0)
        self._heading.setText(f"Queue {waiting}")
        self.setVisible(is_shown)
        if not is_shown:
            return
        rows = min(self._model.rowCount(), _MOST_ROWS)
        self._list.setFixedHeight(rows * theme.CONTROL_HEIGHT)
        self._on_selection_changed()

    def _on_heading_toggled(self, is_open: bool) -> None:
        self._heading.setIcon(icon("chevron-down" if is_open else "chevron-right", "quiet"))
        self._list.setVisible(is_open)
        self._tools.setVisible(is_open)

    def _on_selection_changed(
        self, _selected: QItemSelection | None = None, _deselected: QItemSelection | None = None
    ) -> None:
        job = self.selected_job()
        waiting = list(self._engine.waiting)
        self._up.setEnabled(job in waiting[1:])
        self._down.setEnabled(job in waiting[:-1])
        self._remove.setEnabled(job is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        match event.key():
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.remove_selected()
            case Qt.Key.Key_Up if alt:
                self.move_selected(-1)
            case Qt.Key.Key_Down if alt:
                self.move_selected(1)
            case _:
                super().keyPressEvent(event)


class _JobList(QListView):
    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Queue")
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        # The arrows with Alt move the job, not the selection: the queue around does that.
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            event.ignore()
        else:
            super().keyPressEvent(event)
