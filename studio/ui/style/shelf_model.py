"""The styles on the shelf as a list for a view, under headings."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.library.style_shelf import StyleEntry
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_tooltip
from studio.ui.session import Session

OWN: Final = "Yours"
PICTURES: Final = "Paintings"
PAINTED: Final = "Painted styles"
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT: Final = QModelIndex()


class ShelfModel(QAbstractListModel):
    """A row is a style, or the text of a heading, which can't be chosen."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rows: list[StyleEntry | str] = []
        self._bindings = Bindings(self)
        self._bindings.add(session.styles.shelf_changed, self._on_shelf_changed)
        self._on_shelf_changed()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._rows)

    def row(self, index: Index) -> StyleEntry | str | None:
        """What stands in a row; None outside."""
        return self._rows[index.row()] if index.isValid() else None

    def entry(self, index: Index) -> StyleEntry | None:
        """The style of a row; None for a heading."""
        row = self.row(index)
        return row if isinstance(row, StyleEntry) else None

    def index_of(self, entry: StyleEntry) -> QModelIndex:
        """Where a style stands; invalid if it isn't there."""
        return self.index(self._rows.index(entry)) if entry in self._rows else QModelIndex()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row(index)
        if isinstance(row, str):
            return row if role == Qt.ItemDataRole.DisplayRole else None
        if row is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return row.name
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(f"{row.name}\nCtrl+click blends it with the chosen ones")
            case Qt.ItemDataRole.AccessibleTextRole:
                chosen = [choice.entry for choice in self._session.styles.chosen]
                return f"{row.name}, chosen" if row in chosen else row.name
        return None

    def setData(  # noqa: N802 - Qt's name
        self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        entry = self.entry(index)
        if role != Qt.ItemDataRole.EditRole or entry is None or value == entry.name:
            return False
        self._session.styles.rename(entry, str(value))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        entry = self.entry(index)
        if entry is None:
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if entry.is_own else flags

    def _on_shelf_changed(self) -> None:
        entries = self._session.styles.entries
        rows: list[StyleEntry | str] = []
        for heading in (OWN, PICTURES, PAINTED):
            group = [entry for entry in entries if _heading(entry) == heading]
            rows += [heading, *group] if group else []
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()


def _heading(entry: StyleEntry) -> str:
    if entry.is_own:
        return OWN
    return PAINTED if entry.painted else PICTURES
