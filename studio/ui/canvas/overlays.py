"""What lies over the picture on the canvas, and where."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.canvas.artwork_chip import ArtworkChip
from studio.ui.canvas.drops import DropHint
from studio.ui.canvas.mask_bar import MaskBar
from studio.ui.canvas.progress_overlay import ProgressOverlay
from studio.ui.canvas.start_chip import StartChip
from studio.ui.canvas.welcome import Welcome
from studio.ui.session import Session


class Overlays:
    """The welcome, the running job's progress, the chips, the mask's bar and the drop hint. All are
    children of the canvas, the later ones above the earlier."""

    def __init__(self, session: Session, canvas: QWidget) -> None:
        self._canvas = canvas
        self.welcome = Welcome(session, canvas)
        self.progress = ProgressOverlay(canvas)
        self._chips = QWidget(canvas)
        chips = QVBoxLayout(self._chips)
        chips.setContentsMargins(0, 0, 0, 0)
        chips.setSpacing(theme.SPACE_S)
        chips.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        for chip in (StartChip(session, self._chips), ArtworkChip(session, self._chips)):
            chips.addWidget(chip, alignment=Qt.AlignmentFlag.AlignLeft)
        self.mask_bar = MaskBar(session, canvas)
        self.drop_hint = DropHint(canvas)

    def arrange(self) -> None:
        """Put them in their places; the mask's bar finds its own."""
        width, height = self._canvas.width(), self._canvas.height()
        self.welcome.setGeometry(self._canvas.rect())
        progress = self.progress.sizeHint().height()
        self.progress.setGeometry(0, height - progress, width, progress)
        self._chips.move(theme.SPACE_M, theme.SPACE_M)
        self.drop_hint.setGeometry(self._canvas.rect())

    def show_drop_hint(self, shown: bool) -> None:
        """Say that what is held over the canvas can be dropped."""
        self.drop_hint.setVisible(shown)
        self.drop_hint.raise_()
