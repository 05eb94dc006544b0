"""The candidates to choose from, as thumbnails, with Keep and Discard."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QToolButton, QWidget

from studio.domain.events import Pixels
from studio.ui import theme
from studio.ui.canvas.picture_image import as_qimage
from studio.ui.controls.progress_button import ProgressButton
from studio.ui.icons import icon
from studio.ui.session import Session
from studio.ui.session.painting.inpainting import CANDIDATES, MOST_CANDIDATES

THUMBNAIL_PX: Final = 56
COLUMNS: Final = 5


class CandidateStrip(QWidget):
    """Rows of thumbnails, as many as there are candidates, at least three: those to come are
    empty."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._inpainting = session.inpainting
        self._thumbnails: list[QToolButton] = []
        self._grid = grid = QGridLayout()
        grid.setSpacing(theme.SPACE_XS)
        for index in range(MOST_CANDIDATES):
            button = QToolButton(self)
            button.setCheckable(True)
            button.setObjectName("Candidate")
            button.setIconSize(QSize(THUMBNAIL_PX, THUMBNAIL_PX))
            button.setToolTip(f"Show candidate {index + 1} ({index + 1}, or the arrow keys)")
            button.setAccessibleName(f"Candidate {index + 1}")
            button.clicked.connect(lambda _checked, index=index: self._choose(index))
            self._thumbnails.append(button)
        self._discard = QToolButton(self)
        self._discard.setIcon(icon("x"))
        self._discard.setToolTip("Discard the candidates (Escape); they stay in the history")
        self._discard.setAccessibleName("Discard")
        self._discard.clicked.connect(self._inpainting.discard)
        self._keep = ProgressButton("Keep", self)
        self._keep.setToolTip("Make it a layer (Enter; with Shift, go on choosing)")
        theme.set_role(self._keep, "primary")
        self._keep.clicked.connect(lambda _checked: self._inpainting.keep())

        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SPACE_S)
        buttons.addWidget(self._discard)
        buttons.addWidget(self._keep)
        self._buttons = buttons
        self._columns = 0
        self._layout = layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        layout.addLayout(grid)
        layout.addStretch()
        layout.addLayout(buttons)
        layout.setAlignment(buttons, Qt.AlignmentFlag.AlignBottom)

    def fit(self, width: int) -> None:
        """Stand in as many columns as there is room for beside the buttons, five at most."""
        room = width - self._buttons.sizeHint().width() - theme.SPACE_S
        column = self._thumbnails[0].sizeHint().width() + theme.SPACE_XS
        columns = min(max(1, (room + theme.SPACE_XS) // column), COLUMNS)
        if columns != self._columns:
            self._columns = columns
            for index, button in enumerate(self._thumbnails):
                self._grid.addWidget(button, index // columns, index % columns)
            self._layout.activate()

    def show_candidates(self) -> None:
        """Bring the thumbnails to what there is to choose from."""
        candidates, chosen = self._inpainting.candidates, self._inpainting.chosen
        to_come = CANDIDATES - len(candidates) % CANDIDATES if self._inpainting.is_painting else 0
        self.setVisible(bool(candidates) or self._inpainting.is_painting)
        for index, button in enumerate(self._thumbnails):
            is_there = index < len(candidates)
            button.setVisible(index < max(CANDIDATES, len(candidates) + to_come))
            button.setEnabled(is_there)
            button.setChecked(is_there and index == chosen)
            button.setIcon(_thumbnail(candidates[index].seen) if is_there else QIcon())
        self._discard.setEnabled(bool(candidates))
        self._keep.setEnabled(bool(candidates))
        # At once, for the bar is placed by its size before the event loop comes to this.
        self._layout.activate()

    def _choose(self, index: int) -> None:
        self._inpainting.choose(index)
        self.show_candidates()


def _thumbnail(pixels: Pixels) -> QPixmap:
    image = as_qimage(pixels).scaled(
        THUMBNAIL_PX * 2,
        THUMBNAIL_PX * 2,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    return QPixmap.fromImage(image)
