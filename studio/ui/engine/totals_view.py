"""Totals of energy as a table, with a bar behind each to compare them by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from studio.domain.making import energy_in_words
from studio.library.index.energies import EnergyTotal
from studio.ui import theme

_COLUMNS: Final = ("", "Pictures", "Energy", "CO₂")
_ENERGY: Final = 2
_SHARE: Final = Qt.ItemDataRole.UserRole
_BAR_PX: Final = 3
_UNNAMED: Final = "without a model"


class TotalsView(QTreeWidget):
    """A line for each total, in the order given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Totals")
        self.setColumnCount(len(_COLUMNS))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_BarDelegate(self))
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def show_totals(self, title: str, totals: Sequence[EnergyTotal]) -> None:
        """Tell of these; `title` says what they are told apart by."""
        self.clear()
        self.setAccessibleName(f"Energy by {title.lower()}")
        self.setHeaderLabels([title, *_COLUMNS[1:]])
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column in range(1, len(_COLUMNS)):
            self.headerItem().setTextAlignment(column, right)
        most = max((total.energy_j for total in totals), default=0.0)
        for total in totals:
            item = QTreeWidgetItem([total.name or _UNNAMED, *cells(total)])
            item.setToolTip(0, total.name)
            for column in range(1, len(_COLUMNS)):
                item.setTextAlignment(column, right)
            item.setData(0, _SHARE, total.energy_j / most if most else 0.0)
            self.addTopLevelItem(item)


def cells(total: EnergyTotal) -> tuple[str, str, str]:
    """Pictures, energy, and CO2 for people; of what wasn't measured, that it wasn't."""
    pictures = f"{total.pictures:,}"
    if not total.measured:
        return pictures, "not measured", ""
    if total.measured < total.pictures:
        pictures = f"{total.measured:,} of {total.pictures:,}"
    return pictures, energy_in_words(total.energy_j), co2_in_words(total.co2_g)


def co2_in_words(grams: float) -> str:
    """Grams, or kilograms from one on."""
    return f"{grams / 1000:.2f} kg" if grams >= 1000 else f"{grams:.1f} g"


class _BarDelegate(QStyledItemDelegate):
    """A line below the name, as long as the total's share of the largest."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        share = index.data(_SHARE) if index.column() == 0 else None
        if not share:
            return
        room = QRectF(option.rect).adjusted(theme.SPACE_XS, 0, -theme.SPACE_M, -1)
        bar = QRectF(room.left(), room.bottom() - _BAR_PX, room.width() * share, _BAR_PX)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("quiet"))
        painter.drawRoundedRect(bar, _BAR_PX / 2, _BAR_PX / 2)
        painter.restore()

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + theme.SPACE_M, theme.CONTROL_HEIGHT + theme.SPACE_XS)
