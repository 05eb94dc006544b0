"""How the losses fall while a picture comes nearer to a style."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.domain.events import Losses
from studio.ui import theme

HEIGHT: Final = 120
_LEGEND_PX: Final = 20
# Name, colour and line of each column of the losses.
CURVES: Final = (
    ("Content", "good", Qt.PenStyle.SolidLine),
    ("Style", "mask", Qt.PenStyle.SolidLine),
    ("Total", "text", Qt.PenStyle.DotLine),
)
# Below a millionth of the highest nobody sees a difference.
_DEEPEST: Final = 1e-6


class LossCurves(QWidget):
    """Three curves over the iterations on a logarithmic scale, and their latest values above."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._losses: Losses = np.empty((0, 3), np.float32)
        self.setAccessibleName("Losses")
        self.setToolTip("How far the picture still is from its content and from the style")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, HEIGHT)

    def show_losses(self, losses: Losses | None) -> None:
        """Show content's, style's and total loss after each iteration, (n, 3); None is none yet."""
        self._losses = np.empty((0, 3), np.float32) if losses is None else losses
        said = ""
        if len(self._losses):
            latest = zip(CURVES, self._losses[-1], strict=True)
            values = ", ".join(f"{name} {_number(value)}" for (name, *_), value in latest)
            said = f"After {len(self._losses)} iterations: {values}"
        self.setAccessibleDescription(said)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.SMALL_PX))
        self._paint_legend(painter)
        frame = QRectF(self.rect()).adjusted(0.5, _LEGEND_PX + 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.drawRoundedRect(frame, theme.RADIUS, theme.RADIUS)
        inside = frame.adjusted(*(2 * (theme.SPACE_XS,)), *(2 * (-theme.SPACE_XS,)))
        if not len(self._losses):
            painter.setPen(theme.color("quiet"))
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter, "The losses are drawn here.")
            return
        for (_, token, line), points in zip(CURVES, curves(self._losses, inside), strict=True):
            painter.setPen(QPen(theme.color(token), 1.5, line))
            painter.drawPolyline(points)

    def _paint_legend(self, painter: QPainter) -> None:
        width = self.width() / len(CURVES)
        for column, (name, token, line) in enumerate(CURVES):
            left, middle = column * width, _LEGEND_PX / 2 - 1
            painter.setPen(QPen(theme.color(token), 2, line))
            painter.drawLine(QPointF(left, middle), QPointF(left + theme.SPACE_M, middle))
            value = f"  {_number(self._losses[-1][column])}" if len(self._losses) else ""
            painter.setPen(theme.color("quiet"))
            place = QRectF(left + theme.SPACE_L + 2, 0, width - theme.SPACE_L, _LEGEND_PX - 2)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, name + value)


def curves(losses: Losses, place: QRectF) -> list[QPolygonF]:
    """The columns of `losses` (n, 3) as lines in `place`, no more points than it is wide."""
    step = max(1, len(losses) // max(1, int(place.width())))
    # The last one always shows.
    shown = np.concatenate([losses[:-1:step], losses[-1:]]).astype(np.float64)
    shown = np.nan_to_num(shown, nan=0.0, posinf=0.0)
    highest = max(shown.max(), 1e-30)
    logs = np.log10(np.maximum(shown, highest * _DEEPEST))
    low, high = logs.min(), logs.max()
    ups = (logs - low) / max(high - low, 1e-9)
    across = np.linspace(place.left(), place.right(), len(shown))
    down = place.bottom() - ups * place.height()
    return [
        QPolygonF([QPointF(x, y) for x, y in zip(across, down[:, column], strict=True)])
        for column in range(losses.shape[1])
    ]


def _number(value: float) -> str:
    return f"{value:.2g}"
