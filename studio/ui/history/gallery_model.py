"""The gallery as rows for a view: pictures by the page, groups with their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QModelIndex, QObject, Qt, QUrl

from studio.domain.errors import StudioError
from studio.domain.geometry import Size
from studio.library import Picture
from studio.library.index.outline import Change, Grouping
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_tooltip
from studio.ui.history.days import date_of, day_name, day_of
from studio.ui.history.grid_view import GridModel, Index
from studio.ui.history.pages import Pages
from studio.ui.session.pictures.gallery import Gallery

_NO_PARENT = QModelIndex()
_MOST_FILES = 200
# A view asks for them with each repaint of each picture.
_PICTURE_FLAGS = (
    Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsDragEnabled
    | Qt.ItemFlag.ItemNeverHasChildren
)


class GalleryModel(GridModel):
    """Follows the gallery. A row is a picture, which may still have to be read; `tell` hears of
    what can't be."""

    def __init__(
        self,
        gallery: Gallery,
        tell: Callable[[StudioError], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._pages = Pages(gallery.read, tell, self)
        self._pages.forget(gallery.count, gallery.first)
        self._row_count = gallery.count
        self._pages.arrived.connect(self._on_arrived)
        self._bindings = Bindings(self)
        self._bindings.add(gallery.replaced, self._on_replaced)
        self._bindings.add(gallery.completed, self._on_completed)
        self._bindings.add(gallery.moved, self._on_moved)
        self._bindings.add(gallery.described, self._on_described)

    # What a view asks

    def rowCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else self._row_count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        picture = self._pages.peek(index.row())
        if picture is None:
            return None
        match role:
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(describe(picture))
            case Qt.ItemDataRole.AccessibleTextRole:
                return spoken(picture)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return _PICTURE_FLAGS if index.isValid() else Qt.ItemFlag.NoItemFlags

    def group_counts(self) -> Sequence[int]:
        return [group.count for group in self._gallery.groups]

    def has_headings(self) -> bool:
        return self._gallery.grouping is not Grouping.NONE or bool(self._gallery.listed)

    # What the pane asks

    def is_busy(self) -> bool:
        """Whether pages are still to come."""
        return self._pages.is_busy()

    def picture(self, row: int) -> Picture | None:
        """The picture of a row; None while it is read."""
        return self._pages.get(row)

    def peek(self, row: int) -> Picture | None:
        """The picture of a row if it is here; nothing is read for it."""
        return self._pages.peek(row)

    def row_of(self, picture: Picture) -> int | None:
        """Where a picture stands, if it is here."""
        return self._pages.row_of(picture.id)

    async def read(self, runs: Callable[[], Sequence[tuple[int, int]]]) -> list[Picture]:
        """All pictures of some runs of rows, `runs()`, which are asked for again whenever rows
        came or went while they were read.

        Raises:
            StorageError: the history can't be read.
        """
        while True:
            wanted, version = tuple(runs()), self._gallery.version
            found = [await self._gallery.read(first, last - first + 1) for first, last in wanted]
            if version == self._gallery.version and all(map(self._agrees, wanted, found)):
                return [picture for run in found for picture in run]

    def heading(self, number: int) -> str:
        """What a group is called."""
        group = self._gallery.groups[number]
        if self._gallery.listed:
            return self._gallery.listed
        match self._gallery.grouping:
            case Grouping.DAY:
                return day_name(date_of(int(group.key)))
            case Grouping.PROJECT:
                return group.key or "In no artwork"
            case _ if group.key:
                first = self._pages.peek(group.start)
                return "" if first is None else f"{_prompt(first)} · {day_name(day_of(first))}"
            case _:
                return "One by one"

    def mime_data(self, runs: Sequence[tuple[int, int]]) -> QMimeData:
        """Their files, as far as their pictures are here."""
        data = QMimeData()
        rows = (row for first, last in runs for row in range(first, min(last, first + 999) + 1))
        pictures = [picture for row in rows if (picture := self._pages.peek(row)) is not None]
        data.setUrls([QUrl.fromLocalFile(str(each.path)) for each in pictures[:_MOST_FILES]])
        return data

    def _agrees(self, run: tuple[int, int], pictures: list[Picture]) -> bool:
        """Whether what was read is what the artist sees at both ends."""
        ends = ((self._pages.peek(run[0]), pictures[:1]), (self._pages.peek(run[1]), pictures[-1:]))
        return all(seen is None or [seen.id] == [p.id for p in read] for seen, read in ends)

    # Slots

    def _on_arrived(self, first: int, last: int) -> None:
        last = min(last, self._row_count - 1)
        if first <= last:
            self.dataChanged.emit(self.index(first), self.index(last))

    def _on_replaced(self) -> None:
        self.beginResetModel()
        self._row_count = self._gallery.count
        self._pages.forget(self._row_count, self._gallery.first)
        self.endResetModel()

    def _on_completed(self) -> None:
        before, now = self._row_count, self._gallery.count
        self.changing.emit()
        self._pages.grow(now)
        if now > before:
            self.beginInsertRows(_NO_PARENT, before, now - 1)
            self._row_count = now
            self.endInsertRows()
        self.settled.emit()

    def _on_moved(self, changes: list[Change]) -> None:
        self.changing.emit()
        for change in changes:
            row = change.row
            if change.picture is not None:
                self.beginInsertRows(_NO_PARENT, row, row)
                self._row_count += 1
                self._pages.insert(row, change.picture)
                self.endInsertRows()
            else:
                self.beginRemoveRows(_NO_PARENT, row, row)
                self._row_count -= 1
                self._pages.remove(row, 1)
                self.endRemoveRows()
        self.settled.emit()

    def _on_described(self, pictures: list[Picture]) -> None:
        for row in self._pages.replace(pictures):
            self.dataChanged.emit(self.index(row), self.index(row))


def describe(picture: Picture) -> str:
    """What is to be known about a picture at a glance, as plain text."""
    settings = picture.settings
    seed = "" if settings.seed is None else f"seed {settings.seed}"
    took = f"{picture.elapsed_s:.1f} seconds" if picture.request is not None else "imported"
    lines = (
        _prompt(picture),
        _line(settings.model, seed),
        _line(f"{Size(picture.width, picture.height)} px", took),
        ", ".join(picture.tags),
    )
    return "\n".join(filter(None, lines))


def spoken(picture: Picture) -> str:
    """What a screen reader says of a picture."""
    stars = f"{picture.rating} star{'s' if picture.rating > 1 else ''}" if picture.rating else ""
    return ", ".join(filter(None, (_prompt(picture), stars, day_name(day_of(picture)))))


def _prompt(picture: Picture) -> str:
    return picture.settings.prompt or "No prompt"


def _line(*parts: str) -> str:
    return " · ".join(filter(None, parts))
