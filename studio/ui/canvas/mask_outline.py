"""The line around a mask: dashes that march while they are seen."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QPointF, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from studio.document import Area, TiledImage
from studio.document.area import NOWHERE
from studio.document.selection.coverage import Coverage
from studio.document.selection.trace import outlines
from studio.domain.geometry import Box

DASH_PX: Final = 4
STEP_MS: Final = 160


class MaskOutline(QObject):
    """Each painting asks for the next step of the march, so that a line which nobody paints, as in
    a hidden window, stands still and costs nothing.

    Signals:
        moved(Area): the dashes lie elsewhere; paint the mask there again.
    """

    moved = Signal(Area)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._offset = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self._march)
        self._mask: TiledImage | None = None
        self._bounds: Area | None = None
        self._area = NOWHERE
        self._step = 1
        self._path = QPainterPath()

    @property
    def offset(self) -> int:
        """How many pixels the dashes have marched, 0 to 7."""
        return self._offset

    def paint(
        self,
        painter: QPainter,
        mask: TiledImage,
        area: Area,
        step: int,
        origin: QPointF,
        scale: float,
    ) -> None:
        """Paint what lies in `area` of the mask, whose left upper corner is at `origin`, `scale`
        units for each of its pixels; `step` of them at once are taken as one."""
        if mask is not self._mask:
            self._bounds = None
        if not self._knows(mask, area, step):
            self._path = _traced(mask, area, step)
            self._mask, self._area, self._step = mask, area, step
        if self._path.isEmpty():
            return
        painter.save()
        painter.translate(origin)
        painter.scale(scale, scale)
        for colour, start in (("#000000", 0), ("#ffffff", DASH_PX)):
            pen = QPen(QColor(colour), painter.device().devicePixelRatio())
            pen.setCosmetic(True)
            pen.setDashPattern([DASH_PX, DASH_PX])
            pen.setDashOffset(start + self._offset)
            painter.setPen(pen)
            painter.drawPath(self._path)
        painter.restore()
        if not self._timer.isActive():
            self._timer.start()

    def _knows(self, mask: TiledImage, area: Area, step: int) -> bool:
        """Whether the line is traced already. Parts of it traced alone would begin with a dash of
        their own each."""
        return mask is self._mask and step == self._step and self._area.common(area) == area

    def _march(self) -> None:
        self._offset = (self._offset + 1) % (2 * DASH_PX)
        if self._bounds is None and self._mask is not None:
            self._bounds = self._mask.bounds()
        self.moved.emit(self._bounds)


def _traced(mask: TiledImage, area: Area, step: int) -> QPainterPath:
    """The line in the mask's own pixels."""
    path = QPainterPath()
    # Beyond its tiles there is nothing.
    area = area.common(mask.tiled_area)
    values = None if area.is_empty else mask.peek(area)
    if values is None:
        return path
    selected = Coverage(Box(area.x, area.y, area.width, area.height), values)
    for line in outlines(selected, step):
        path.moveTo(*line[0].tolist())
        for x, y in line[1:].tolist():
            path.lineTo(x, y)
        path.closeSubpath()
    return path
