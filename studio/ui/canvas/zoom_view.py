"""A widget that shows a picture of some size, zoomed and panned: where the picture lies in it."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QInputDevice,
    QKeyEvent,
    QNativeGestureEvent,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.domain.geometry import Size
from studio.domain.inpaint import Extents
from studio.ui.canvas.viewport import Viewport

FIT_MARGIN: Final = 36
KEEP_IN_VIEW: Final = 48
ROTATION_STEP: Final = 15.0
_ARROW_PAN_PX: Final = 48
_NOTCH: Final = 120  # eighths of a degree: what one click of a mouse wheel reports
_ZOOM_OF_A_NOTCH: Final = 1.2
_ARROWS: Final[dict[int, tuple[int, int]]] = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_PLAIN: Final = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class ZoomView(QWidget):
    """A zoom of 1 is one picture pixel for each device pixel. While the view is fitted, it stays so
    whatever happens to its size or to the picture's. The wheel and pinching zoom at the mouse;
    a touchpad's scrolling pans.

    Subclasses say how large the picture is, paint it, and call `_place` when its size changed.
    """

    zoom_changed = Signal(float)
    picture_size_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewport: Viewport | None = None
        self._fitted = True
        self._rotation = 0.0

    @property
    def picture_size(self) -> Size | None:
        """How large the picture is; None while there is none."""
        raise NotImplementedError

    @property
    def _around(self) -> Extents:
        """How much beyond the picture a fitted view shows, too."""
        return Extents()

    @property
    def to_widget(self) -> QTransform:
        """From the picture's pixels to the widget's coordinates."""
        target, size = self._target(), self.picture_size
        if size is None:
            return QTransform()
        scale = target.width() / size.width
        upright = QTransform(
            scale, 0, 0, target.height() / size.height, target.left(), target.top()
        )
        return upright * self._turn()

    @property
    def from_widget(self) -> QTransform:
        """From the widget's coordinates to the picture's pixels."""
        return self.to_widget.inverted()[0]

    @property
    def scale(self) -> float:
        """The widget's units for each picture pixel."""
        return math.sqrt(abs(self.to_widget.determinant()))

    @property
    def rotation(self) -> float:
        """How far the view is turned, degrees clockwise, 0 to below 360."""
        return self._rotation

    @property
    def zoom(self) -> float | None:
        """Device pixels for each picture pixel; None without a picture."""
        return None if self._viewport is None else self._viewport.zoom

    @property
    def is_fitted(self) -> bool:
        return self._fitted

    # What the artist does

    def fit(self) -> None:
        """Show the whole picture, and keep it so."""
        self._fitted = True
        self._place()

    def actual_size(self) -> None:
        """One picture pixel for each device pixel."""
        self.set_zoom(1.0)

    def zoom_in(self) -> None:
        """To the next larger of the usual zooms."""
        if self._viewport is not None:
            self.set_zoom(self._viewport.next_zoom())

    def zoom_out(self) -> None:
        """To the next smaller of the usual zooms."""
        if self._viewport is not None:
            self.set_zoom(self._viewport.previous_zoom())

    def set_zoom(self, zoom: float) -> None:
        """Zoom about the middle of the view."""
        if self._viewport is not None:
            self.zoom_by(zoom / self._viewport.zoom, QPointF(self.width() / 2, self.height() / 2))

    def zoom_by(self, factor: float, at: QPointF) -> None:
        """Zoom about a point of the widget, in its own coordinates."""
        if self._viewport is not None:
            ratio = self.devicePixelRatioF()
            zoom = self._viewport.zoom * factor
            self._fitted = False
            at = self._turn().inverted()[0].map(at)
            self._look_through(self._viewport.zoomed(zoom, at.x() * ratio, at.y() * ratio))

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by a distance in the widget's coordinates; some of it stays in view."""
        if self._viewport is not None:
            ratio = self.devicePixelRatioF()
            self._fitted = False
            angle = math.radians(-self._rotation)
            dx, dy = (
                dx * math.cos(angle) - dy * math.sin(angle),
                dx * math.sin(angle) + dy * math.cos(angle),
            )
            self._look_through(self._viewport.panned(dx * ratio, dy * ratio, KEEP_IN_VIEW * ratio))

    def pan_by_arrow(self, event: QKeyEvent) -> bool:
        """Pan if an arrow key alone was pressed, and say whether it was."""
        arrow = _ARROWS.get(event.key())
        if arrow is None or event.modifiers() not in _PLAIN:
            return False
        self.pan(arrow[0] * _ARROW_PAN_PX, arrow[1] * _ARROW_PAN_PX)
        return True

    def rotate_by(self, degrees: float) -> None:
        """Turn the view clockwise about its middle; the picture stays as it is."""
        self._rotation = (self._rotation + degrees) % 360
        if self._fitted:
            self._place()
        self.update()
        self._moved()

    def rotate_right(self) -> None:
        """Turn the view a little clockwise."""
        self.rotate_by(ROTATION_STEP)

    def rotate_left(self) -> None:
        """Turn the view a little counterclockwise."""
        self.rotate_by(-ROTATION_STEP)

    def stand_upright(self) -> None:
        """Turn the view back."""
        self.rotate_by(-self._rotation)

    # Where the picture lies

    def _place(self) -> None:
        """Bring the viewport to the widget's and the picture's present size."""
        picture = self.picture_size
        if picture is None:
            self._look_through(None)
            return
        ratio = self.devicePixelRatioF()
        view = Size(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))
        old = self._viewport
        if self._fitted or old is None:
            around = self._around
            whole = Viewport.fitted(view, self._turned(around.of(picture)), FIT_MARGIN * ratio)
            fitted = Viewport(view, picture, whole.zoom, 0.0, 0.0).centred()
            aside, down = (around.left - around.right) / 2, (around.top - around.bottom) / 2
            self._look_through(fitted.panned(aside * whole.zoom, down * whole.zoom))
        elif old.picture != picture:
            self._look_through(Viewport(view, picture, old.zoom, 0.0, 0.0).centred())
        else:
            self._look_through(old.resized(view))

    def _look_through(self, viewport: Viewport | None) -> None:
        if viewport == self._viewport:
            return
        old_zoom = self.zoom
        old_picture = None if self._viewport is None else self._viewport.picture
        self._viewport = viewport
        self.update()
        self._moved()
        if viewport is not None and viewport.zoom != old_zoom:
            self.zoom_changed.emit(viewport.zoom)
        if (None if viewport is None else viewport.picture) != old_picture:
            self.picture_size_changed.emit()

    def _moved(self) -> None:
        """The picture lies elsewhere in the widget: for subclasses with something beside it."""

    def _turn(self) -> QTransform:
        """From where things would lie in the widget upright to where they are seen."""
        if not self._rotation:
            return QTransform()
        x, y = self.width() / 2, self.height() / 2
        return QTransform().translate(x, y).rotate(self._rotation).translate(-x, -y)

    def _turned(self, size: Size) -> Size:
        """What is around a picture of `size` as it is turned."""
        if not self._rotation:
            return size
        cosine = abs(math.cos(math.radians(self._rotation)))
        sine = abs(math.sin(math.radians(self._rotation)))
        return Size(
            round(cosine * size.width + sine * size.height) or 1,
            round(sine * size.width + cosine * size.height) or 1,
        )

    def _target(self) -> QRectF:
        """Where the picture would lie in the widget upright, on whole device pixels."""
        if self._viewport is None:
            return QRectF()
        ratio = self.devicePixelRatioF()
        left, top = round(self._viewport.x), round(self._viewport.y)
        right = round(self._viewport.x + self._viewport.width)
        bottom = round(self._viewport.y + self._viewport.height)
        return QRectF(
            left / ratio, top / ratio, max(1, right - left) / ratio, max(1, bottom - top) / ratio
        )

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._place()
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self.zoom_by(1 + event.value(), event.position())
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        if _is_touchpad(event) and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.pan(event.pixelDelta().x(), event.pixelDelta().y())
        else:
            self.zoom_by(_ZOOM_OF_A_NOTCH ** (event.angleDelta().y() / _NOTCH), event.position())


def _is_touchpad(event: QWheelEvent) -> bool:
    # Some mice report pixels too; only a touchpad's scrolling has a beginning and an end.
    return not event.pixelDelta().isNull() and (
        event.phase() != Qt.ScrollPhase.NoScrollPhase
        or event.device().type() == QInputDevice.DeviceType.TouchPad
    )


def whole_pixels_inside(target: QRectF) -> QRect:
    """The whole pixels that lie inside: with fractional scaling the edges lie between."""
    left, top = math.ceil(target.left()), math.ceil(target.top())
    return QRect(left, top, math.floor(target.right()) - left, math.floor(target.bottom()) - top)
