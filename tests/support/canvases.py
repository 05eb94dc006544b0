"""Mouse and pen on a canvas, told in the picture's pixels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.ui.canvas import CanvasView

LEFT = Qt.MouseButton.LeftButton
PEN = QPointingDevice.PointerType.Pen


def at(canvas: CanvasView, x: float, y: float) -> QPoint:
    """Where a place of the picture is in the widget."""
    return canvas.to_widget.map(QPointF(x, y)).toPoint()


def drag(
    canvas: CanvasView,
    *places: tuple[float, float],
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """The left button pressed at the first place, moved through the others, let go at the last."""
    points = [at(canvas, *place) for place in places]
    QTest.mousePress(canvas, LEFT, modifiers, points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, LEFT, modifiers, points[-1])


def pen(
    canvas: CanvasView,
    kind: QEvent.Type,
    x: float,
    y: float,
    pressure: float,
    end: QPointingDevice.PointerType = PEN,
) -> None:
    """A pen's event with a pressure of 0 to 1, of its tip or of its other end."""
    position = QPointF(at(canvas, x, y))
    device = QPointingDevice(
        "pen", 1, QInputDevice.DeviceType.Stylus, end,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 1,
    )  # fmt: skip
    released = kind == QEvent.Type.TabletRelease
    event = QTabletEvent(
        kind, device, position, canvas.mapToGlobal(position), pressure, 0, 0, 0, 0, 0,
        Qt.KeyboardModifier.NoModifier, LEFT, Qt.MouseButton.NoButton if released else LEFT,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def draw(
    canvas: CanvasView,
    *places: tuple[float, float],
    pressure: float = 1.0,
    end: QPointingDevice.PointerType = PEN,
) -> None:
    """A line drawn with the pen, or with its other end."""
    pen(canvas, QEvent.Type.TabletPress, *places[0], pressure, end)
    for place in places[1:]:
        pen(canvas, QEvent.Type.TabletMove, *place, pressure, end)
    pen(canvas, QEvent.Type.TabletRelease, *places[-1], pressure, end)
