"""The window in which a grid of variations fills up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.domain.errors import StudioError
from studio.domain.variations import Axis
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.durations import duration_text
from studio.ui.controls.fields import keep_narrow, plain_label
from studio.ui.dialogs.save_path import ask_save_path
from studio.ui.session import Session
from studio.ui.variations.grid_view import GridView, Page
from studio.ui.variations.variations_dialog import VariationsDialog

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow

_SIZE: Final = QSize(960, 720)
_NAME: Final = "variations.png"
_KINDS: Final = "Pictures (*.png *.jpg *.jpeg *.webp)"


class GridWindow(QDialog):
    """Shows `session.variations`, which go on being made when it is closed. It is deleted then.

    A click shows a cell's picture on the canvas, a double click takes its settings.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._variations = session.variations
        self.setWindowTitle("Variations")
        self.setWindowFlag(Qt.WindowType.WindowMinMaxButtonsHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self._pages = QComboBox()
        self._pages.setAccessibleName("Page")
        keep_narrow(self._pages)
        self._state = plain_label(role="quiet")
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(160)
        self._stop = QPushButton("Stop")
        self._stop.setToolTip("Make no more; what is made stays")
        theme.set_role(self._stop, "queue")
        self._export = QPushButton("Export…")
        self._export.setToolTip("The grid with its labels as one picture")
        theme.set_role(self._export, "queue")
        self.view = GridView()
        self._lay_out()
        self.resize(_SIZE)

        self._pages.currentIndexChanged.connect(self._on_page_changed)
        self._stop.clicked.connect(self._variations.stop)
        self._export.clicked.connect(self._on_export)
        self.view.shown.connect(self._on_shown)
        self.view.restored.connect(self._on_restored)
        self._bindings = Bindings(self)
        self._bindings.add(self._variations.changed, self._on_changed)
        self._bindings.add(self._variations.cell_changed, self._on_cell_changed)
        self._fill_pages()
        self._on_changed()
        self.view.setFocus()

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_S)
        bar.setSpacing(theme.SPACE_M)
        bar.addWidget(self._pages)
        bar.addWidget(self._state, 1)
        bar.addWidget(self._progress)
        bar.addWidget(self._stop)
        bar.addWidget(self._export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.view, 1)

    def _fill_pages(self) -> None:
        axes = self._variations.axes
        pages = axes[2].labels if len(axes) > 2 else ()
        self._pages.addItems(pages)
        self._pages.setVisible(bool(pages))
        self._on_page_changed()

    # Slots

    def _on_page_changed(self) -> None:
        columns, rows = (_labels(self._variations.axes, number) for number in (0, 1))
        length = len(columns) * len(rows)
        first = max(self._pages.currentIndex(), 0) * length
        page = Page(columns, rows, range(first, first + length))
        self.view.set_page(self._variations.cells, page)

    def _on_changed(self) -> None:
        is_running = self._variations.is_running
        self._stop.setVisible(is_running)
        self._progress.setVisible(is_running)
        self._show_state()

    def _on_cell_changed(self, number: int) -> None:
        self.view.refresh(number)
        self._show_state()

    def _show_state(self) -> None:
        variations = self._variations
        done, total = variations.done, len(variations.cells)
        self._progress.setRange(0, max(total, 1))
        self._progress.setValue(done)
        parts = [f"{done} of {total} pictures" if done < total else f"{total} pictures"]
        if variations.is_running and (left := variations.remaining_s) is not None:
            parts.append(f"{duration_text(left)} left")
        failed = sum(cell.has_failed for cell in variations.cells)
        if failed:
            parts.append(f"{failed} failed")
        self._state.setText(" · ".join(parts))
        self._export.setEnabled(any(cell.picture for cell in variations.cells))

    def _on_shown(self, number: int) -> None:
        picture = self._variations.cells[number].picture
        if picture is not None:
            self._session.history.show(picture)

    def _on_restored(self, number: int) -> None:
        picture = self._variations.cells[number].picture
        if picture is not None:
            self._session.history.use_settings(picture)

    def _on_export(self) -> None:
        path = ask_save_path(self, "Export the grid", Path.home() / _NAME, _KINDS)
        if path is not None:
            self._variations.export(path)


def _labels(axes: tuple[Axis, ...], number: int) -> tuple[str, ...]:
    return axes[number].labels if number < len(axes) else ("",)


def open_variations(window: MainWindow) -> GridWindow | None:
    """Show the grid that is being made; else ask what should differ in another one, and make it.
    None when the artist backs out."""
    session = window.session
    variations = session.variations
    if not variations.is_running:
        dialog = VariationsDialog(session, variations.written, window)
        try:
            answer = dialog.exec()
            if answer == QDialog.DialogCode.Rejected:
                return None
            if answer == QDialog.DialogCode.Accepted:
                variations.written = dialog.written
                variations.start(dialog.axes())
        except StudioError as error:
            session.messages.tell(error)
            return None
        finally:
            dialog.deleteLater()
    # Of one that is open already the cells may be another grid's.
    if (before := window.findChild(GridWindow)) is not None:
        before.close()
    grid = GridWindow(session, window)
    grid.show()
    return grid
