"""The history as a list for a view: pictures, newest first, under a heading for each day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
    Signal,
)

from studio.domain.errors import StudioError
from studio.domain.geometry import Size
from studio.library import Library, Picture
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_tooltip
from studio.ui.controls.tasks import Tasks
from studio.ui.history.days import day_name, day_of

PAGE_LENGTH: Final = 100
PICTURE_ROLE: Final = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT: Final = QModelIndex()
# A view asks for them with each repaint of each picture.
_PICTURE_FLAGS: Final = (
    Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsDragEnabled
    | Qt.ItemFlag.ItemNeverHasChildren
)


class HistoryModel(QAbstractListModel):
    """Reads the library page by page as the view asks for more; what is new comes on top.

    A row is a Picture, or the date of a heading, which can't be selected. `page_arrived` is
    emitted after each page, the first one included when it is empty.
    """

    page_arrived = Signal()

    def __init__(
        self,
        library: Library,
        tell: Callable[[StudioError], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._tell = tell
        self._rows: list[Picture | date] = []
        self._known: set[int] = set()
        self._gone: set[int] = set()
        self._oldest: Picture | None = None
        self._has_more = True
        self._tasks = Tasks(self)
        self._bindings = Bindings(self)
        self._bindings.add(library.recorded, self._on_recorded)
        self._bindings.add(library.removed, self._on_removed)

    def rowCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self._rows[index.row()]
        if isinstance(entry, date):
            return day_name(entry) if role == Qt.ItemDataRole.DisplayRole else None
        match role:
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(describe(entry))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{entry.settings.prompt or 'No prompt'}, {day_name(day_of(entry))}"
            case _ if role == PICTURE_ROLE:
                return entry
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self._rows[index.row()], date):
            return Qt.ItemFlag.NoItemFlags
        return _PICTURE_FLAGS

    def canFetchMore(self, parent: Index = _NO_PARENT) -> bool:  # noqa: N802 - Qt's name
        return self._has_more and not self._tasks

    def fetchMore(self, parent: Index = _NO_PARENT) -> None:  # noqa: N802 - Qt's name
        if self.canFetchMore(parent):
            self._tasks.start(self._load_page())

    def mimeTypes(self) -> list[str]:  # noqa: N802 - Qt's name
        return ["text/uri-list"]

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:  # noqa: N802 - Qt's name
        data = QMimeData()
        pictures = [index.data(PICTURE_ROLE) for index in indexes]
        data.setUrls([QUrl.fromLocalFile(str(picture.path)) for picture in pictures])
        return data

    def supportedDragActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        return Qt.DropAction.CopyAction

    def entry(self, row: int) -> Picture | date:
        """What stands in a row."""
        return self._rows[row]

    def index_of(self, picture_id: int) -> QModelIndex:
        """Where a picture stands; an invalid index while it isn't known."""
        if picture_id not in self._known:
            return QModelIndex()
        rows = enumerate(self._rows)
        row = next(
            row for row, entry in rows if isinstance(entry, Picture) and entry.id == picture_id
        )
        return self.index(row)

    def is_empty(self) -> bool:
        """Whether there is no picture, as far as is known."""
        return not self._rows and not self._has_more

    async def _load_page(self) -> None:
        try:
            page = await self._library.page(self._oldest, PAGE_LENGTH)
        except StudioError as error:
            self._has_more = False
            self._tell(error)
            return
        self._has_more = len(page) == PAGE_LENGTH
        if page:
            self._oldest = page[-1]
        # What was recorded or deleted while the page was read is already known.
        new = [picture for picture in page if picture.id not in self._known | self._gone]
        if new:
            self._append(new)
        self.page_arrived.emit()

    def _append(self, pictures: Sequence[Picture]) -> None:
        last = day_of(self._rows[-1]) if self._rows else None
        added: list[Picture | date] = []
        for picture in pictures:
            if day_of(picture) != last:
                last = day_of(picture)
                added.append(last)
            added.append(picture)
        end = len(self._rows)
        self.beginInsertRows(_NO_PARENT, end, end + len(added) - 1)
        self._rows += added
        self._known.update(picture.id for picture in pictures)
        self.endInsertRows()

    def _on_recorded(self, picture: Picture) -> None:
        if picture.id in self._known:
            return
        day = day_of(picture)
        has_heading = bool(self._rows) and self._rows[0] == day
        added: list[Picture | date] = [picture] if has_heading else [day, picture]
        start = 1 if has_heading else 0
        self.beginInsertRows(_NO_PARENT, start, start + len(added) - 1)
        self._rows[start:start] = added
        self._known.add(picture.id)
        self.endInsertRows()
        self.page_arrived.emit()

    def _on_removed(self, pictures: list[Picture]) -> None:
        gone = {picture.id for picture in pictures}
        self._gone |= gone
        self._known -= gone
        keep = [not isinstance(entry, Picture) or entry.id not in gone for entry in self._rows]
        self._remove_rows([row for row, stays in enumerate(keep) if not stays])
        # A heading without a picture below it goes, too.
        pairs = pairwise([*self._rows, date.min])
        self._remove_rows(
            [
                row
                for row, (entry, following) in enumerate(pairs)
                if isinstance(entry, date) and isinstance(following, date)
            ]
        )
        self.page_arrived.emit()

    def _remove_rows(self, rows: list[int]) -> None:
        for row in reversed(rows):
            self.beginRemoveRows(_NO_PARENT, row, row)
            del self._rows[row]
            self.endRemoveRows()


def describe(picture: Picture) -> str:
    """What is to be known about a picture, as plain text."""
    settings = picture.settings
    seed = "" if settings.seed is None else f"seed {settings.seed}"
    return (
        f"{settings.prompt or 'No prompt'}\n"
        f"{' · '.join(filter(None, (settings.model, seed)))}\n"
        f"{Size(picture.width, picture.height)} px · {picture.elapsed_s:.1f} seconds"
    )
