"""Models and what goes with them as a list for a view: no widget for any of them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.domain.fit import FitVerdict
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_tooltip
from studio.ui.models.entries import Wish, chosen, facts, kind_title, licence_text
from studio.ui.session import Session
from studio.ui.session.models.model_marks import Info, key_of

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT: Final = QModelIndex()


class ModelList(QAbstractListModel):
    """Those of the session's models that `wish` admits. It follows them as they come and go."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._wish = Wish()
        self._infos: list[Info] = []
        self._bindings = Bindings(self)
        self._bindings.add(session.models.changed, self._read)
        self._bindings.add(session.models.marks.changed, self._read)
        self._bindings.add(session.draft.events.model, self._repaint)
        self._bindings.add(session.engine.status_changed, self._repaint)
        self._read()

    @property
    def wish(self) -> Wish:
        return self._wish

    def set_wish(self, wish: Wish) -> None:
        """List others."""
        if wish != self._wish:
            self._wish = wish
            self._read()

    def info(self, index: Index) -> Info | None:
        row = index.row()
        return self._infos[row] if index.isValid() and row < len(self._infos) else None

    def index_of(self, info: Info | None) -> QModelIndex:
        """Where it stands now; an invalid index if it isn't listed."""
        for row, other in enumerate(self._infos):
            if info is not None and key_of(other) == key_of(info):
                return self.index(row)
        return QModelIndex()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._infos)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        info = self.info(index)
        if info is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return info.title
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{info.title}, {', '.join(self.told(info))}"
            case Qt.ItemDataRole.ToolTipRole:
                fit = self._session.models.fit(info)
                licence = licence_text(info.licence)
                return plain_tooltip(
                    f"{info.title}\n{kind_title(info)} · {' · '.join(facts(info))}\n{licence}\n"
                    f"{fit.sentence}"
                )
        return None

    def told(self, info: Info) -> list[str]:
        """What stands under the title, without the fit."""
        return [kind_title(info), *facts(info), licence_text(info.licence)]

    def fit_text(self, info: Info) -> str:
        """Whether it fits the card, in a word; empty where there is nothing to say."""
        verdict = self._session.models.fit(info).verdict
        return "" if verdict in (FitVerdict.NO_CARD, FitVerdict.UNKNOWN) else str(verdict)

    def _read(self) -> None:
        models = self._session.models
        infos = chosen(models.all(), self._wish, models.marks)
        if infos != self._infos:
            self.beginResetModel()
            self._infos = infos
            self.endResetModel()
        else:
            self._repaint()

    def _repaint(self) -> None:
        if self._infos:
            self.dataChanged.emit(self.index(0), self.index(len(self._infos) - 1))
