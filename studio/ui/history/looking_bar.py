"""How many of the history's pictures were looked at, to be found when they are alike."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.controls.tool_button import tool_button
from studio.ui.icons import icon
from studio.ui.session import Session

# Fewer are over before anybody has read it.
FEWEST: Final = 32
_LINE_PX: Final = 2


class LookingBar(QFrame):
    """Hidden while there is little or nothing to look at; the button pauses, and goes on."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._similarity = session.similarity
        self.setObjectName("LookingBar")
        self.setAccessibleName("Looking at pictures")
        self._text = ElidedLabel(parent=self)
        theme.set_role(self._text, "small")
        self._button = tool_button("pause", "Pause")
        self._button.clicked.connect(self._on_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_S, theme.SPACE_XS)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        self._bindings = Bindings(self)
        self._bindings.add(self._similarity.changed, self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        similarity = self._similarity
        left = similarity.total - similarity.known
        # What it began with it also ends with: nothing jumps at the last few.
        self.setVisible(left >= FEWEST or (left > 0 and not self.isHidden()))
        paused = " · paused" if similarity.is_paused else ""
        self._text.set_text(
            f"Looking at pictures: {similarity.known:,} of {similarity.total:,}{paused}"
        )
        name = "Go on" if similarity.is_paused else "Pause"
        self._button.setIcon(icon("play" if similarity.is_paused else "pause"))
        self._button.setToolTip(f"{name} looking for what makes pictures alike")
        self._button.setAccessibleName(name)
        self.update()

    def _on_clicked(self) -> None:
        if self._similarity.is_paused:
            self._similarity.resume()
        else:
            self._similarity.pause()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        similarity = self._similarity
        share = similarity.known / max(similarity.total, 1)
        painter = QPainter(self)
        line = QRectF(0, 0, self.width() * share, _LINE_PX)
        painter.fillRect(line, theme.color("quiet" if similarity.is_paused else "accent"))
        painter.end()
