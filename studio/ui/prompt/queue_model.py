"""The engine's queue as a list for a view: the running job first, then those that wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from studio.domain.request import Request
from studio.domain.task import Task
from studio.engine import Engine, Job
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_tooltip

JOB_ROLE: Final = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT: Final = QModelIndex()


def title(request: Request) -> str:
    """What a job is about, in one line."""
    words = " ".join(request.prompt.split())
    if request.task is Task.UPSCALE:
        return f"Upscale {request.upscale}×  {words}".rstrip()
    if request.task is Task.STYLIZE:
        return "Take on a style"
    return words or "No prompt"


def detail(request: Request) -> str:
    """What tells a job from another of the same title."""
    if request.task is Task.UPSCALE:
        return f"to {request.finished_size}"
    if request.stylize is not None:
        return request.stylize.method
    return f"seed {request.seed}"


class QueueModel(QAbstractListModel):
    """Rows keep their identity while the queue moves, so that a selection stays with its job.

    `is_passing` says of which jobs nobody need know, as they are over in a moment.
    """

    def __init__(
        self,
        engine: Engine,
        parent: QObject | None = None,
        *,
        is_passing: Callable[[Job], bool] = lambda _job: False,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._is_passing = is_passing
        self._running: Job | None = None
        self._jobs = self._queued()
        self._bindings = Bindings(self)
        self._bindings.add(engine.queue_changed, self._on_queue_changed)

    def rowCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._jobs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        job = self._jobs[index.row()]
        request = job.request
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title(request)
            case Qt.ItemDataRole.ToolTipRole:
                state = "Running" if self.is_running(job) else "Waiting"
                return plain_tooltip(
                    f"{request.prompt or title(request)}\n"
                    f"{state} · {detail(request)} · {request.size}"
                )
            case Qt.ItemDataRole.AccessibleTextRole:
                state = "running" if self.is_running(job) else "waiting"
                return f"{title(request)}, {detail(request)}, {state}"
            case _ if role == JOB_ROLE:
                return job
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if not self.is_running(self._jobs[index.row()]):
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags

    def is_running(self, job: Job) -> bool:
        return job is self._running

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        return Qt.DropAction.MoveAction

    def moveRows(  # noqa: N802 - Qt's name
        self,
        source_parent: Index,
        source_row: int,
        count: int,
        destination_parent: Index,
        destination_row: int,
    ) -> bool:
        """Ask the engine to move a waiting job before `destination_row`; it announces the rest."""
        job = self._jobs[source_row]
        if count != 1 or self.is_running(job):
            return False
        ahead = 1 if self._running is not None else 0
        position = max(0, destination_row - ahead)
        if destination_row > source_row:
            position -= 1
        self._engine.move(job, position)
        return True

    def _queued(self) -> list[Job]:
        """The jobs to show; the running one is noted."""
        running = self._engine.running
        self._running = None if running is None or self._is_passing(running) else running
        waiting = [job for job in self._engine.waiting if not self._is_passing(job)]
        return [*([] if self._running is None else [self._running]), *waiting]

    def _on_queue_changed(self) -> None:
        queued = self._queued()
        for row in range(len(self._jobs) - 1, -1, -1):
            if self._jobs[row] not in queued:
                self.beginRemoveRows(_NO_PARENT, row, row)
                del self._jobs[row]
                self.endRemoveRows()
        new = [job for job in queued if job not in self._jobs]
        if new:
            end = len(self._jobs)
            self.beginInsertRows(_NO_PARENT, end, end + len(new) - 1)
            self._jobs += new
            self.endInsertRows()
        if self._jobs != queued:
            self._reorder(queued)
        if self._jobs:
            self.dataChanged.emit(self.index(0), self.index(len(self._jobs) - 1))

    def _reorder(self, queued: list[Job]) -> None:
        self.layoutAboutToBeChanged.emit()
        before, self._jobs = self._jobs, queued
        for index in self.persistentIndexList():
            row = queued.index(before[index.row()])
            self.changePersistentIndex(index, self.index(row))
        self.layoutChanged.emit()
