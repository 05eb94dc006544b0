"""What the requests of compared pictures have in common and what not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHeaderView,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.library import Picture
from studio.library.lineage.request_difference import Setting, settings
from studio.library.lineage.word_difference import word_difference
from studio.ui import theme
from studio.ui.compare.difference_text import DifferenceText
from studio.ui.controls.fields import plain_label, plain_tooltip

_HEADING_PX: Final = 144
_COLUMN_PX: Final = 84
_LEAST_PX: Final = 340


class DifferencePanel(QScrollArea):
    """Each prompt beside that of the first picture, and a table of the settings: those that differ,
    or all."""

    def __init__(self, pictures: Sequence[Picture], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings(pictures)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(_LEAST_PX)
        self._width = max(_LEAST_PX, _HEADING_PX + _COLUMN_PX * len(pictures) + 3 * theme.SPACE_M)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(*[theme.SPACE_M] * 4)
        self._column.setSpacing(theme.SPACE_S)
        prompts = [picture.settings.prompt for picture in pictures]
        self._add_texts("Prompt", prompts)
        left_out = [picture.settings.negative_prompt for picture in pictures]
        if any(left_out):
            self._add_texts("Leave out", left_out)
        self._column.addWidget(plain_label("Settings", "title"))
        self._same = plain_label("All settings are the same.", "quiet")
        self._table = _table(len(pictures))
        self._all = QCheckBox("Show what is the same, too")
        self._all.toggled.connect(self._fill)
        for widget in (self._same, self._table, self._all):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        self.setWidget(content)
        self._fill()

    @property
    def table(self) -> QTableWidget:
        return self._table

    @property
    def all_switch(self) -> QCheckBox:
        """Shows the settings that are the same, too."""
        return self._all

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(self._width, super().sizeHint().height())

    def _add_texts(self, title: str, texts: Sequence[str]) -> None:
        self._column.addWidget(plain_label(title, "title"))
        if len(set(texts)) == 1:
            self._column.addWidget(plain_label("The same in all:", "small"))
            self._add_text(f"{title} of all", texts[0], texts[0])
            return
        for number, text in enumerate(texts, 1):
            says = "1" if number == 1 else f"{number}, beside 1"
            if number > 1 and text == texts[0]:
                self._column.addWidget(plain_label(f"{number} is the same as 1.", "small"))
                continue
            self._column.addWidget(plain_label(says, "small"))
            self._add_text(f"{title} of {says}", texts[0], text)

    def _add_text(self, name: str, before: str, after: str) -> None:
        if before or after:
            self._column.addWidget(DifferenceText(name, word_difference(before, after)))
        else:
            self._column.addWidget(plain_label("Nothing.", "quiet"))

    def _fill(self) -> None:
        """Put those settings into the table that are wanted."""
        wanted = [line for line in self._settings if line.differs or self._all.isChecked()]
        self._same.setVisible(not any(line.differs for line in self._settings))
        self._table.setVisible(bool(wanted))
        self._table.setRowCount(len(wanted))
        for row, line in enumerate(wanted):
            self._table.setVerticalHeaderItem(row, QTableWidgetItem(_heading(line)))
            for column, value in enumerate(line.values):
                item = QTableWidgetItem(value)
                item.setToolTip(plain_tooltip(value))
                if line.differs:
                    item.setFont(theme.font(semibold=value != line.values[0]))
                item.setForeground(theme.color("text" if line.differs else "quiet"))
                self._table.setItem(row, column, item)
        header = self._table.horizontalHeader().sizeHint().height()
        rows = sum(self._table.rowHeight(row) for row in range(len(wanted)))
        self._table.setFixedHeight(header + rows + 2)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._fill()


def _heading(line: Setting) -> str:
    return f"≠ {line.name}" if line.differs else f"   {line.name}"


def _table(count: int) -> QTableWidget:
    table = QTableWidget(0, count)
    table.setObjectName("Differences")
    table.setAccessibleName("Settings of the compared pictures")
    table.setHorizontalHeaderLabels([str(number) for number in range(1, count + 1)])
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setSectionsClickable(False)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    table.verticalHeader().setSectionsClickable(False)
    table.verticalHeader().setFixedWidth(_HEADING_PX)
    table.verticalHeader().setDefaultSectionSize(theme.HIT_SIZE)
    table.verticalHeader().setDefaultAlignment(
        Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    )
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setWordWrap(False)
    return table
