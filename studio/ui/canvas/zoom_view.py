"""A widget that shows a picture of some size, zoomed and panned: where the picture lies in it."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QWidget

from studio.domain.geometry import Size
from studio.ui.canvas.viewport import Viewport

FIT_MARGIN: Final = 36
KEEP_IN_VIEW: Final = 48


class ZoomView(QWidget):
    """A zoom of 1 is one picture pixel for each device pixel. While the view is fitted, it stays so
    whatever happens to its size or to the picture's.

    Subclasses say how large the picture is, paint it, and call `_place` when its size or the
    widget's changed.
    """

    zoom_changed = Signal(float)
    picture_size_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewport: Viewport | None = None
        self._fitted = True

    @property
    def picture_size(self) -> Size | None:
        """How large the picture is; None while there is none."""
        raise NotImplementedError

    @property
    def to_widget(self) -> QTransform:
        """From the picture's pixels to the widget's coordinates."""
        target, size = self._target(), self.picture_size
        if size is None:
            return QTransform()
        scale = target.width() / size.width
        return QTransform(scale, 0, 0, target.height() / size.height, target.left(), target.top())

    @property
    def from_widget(self) -> QTransform:
        """From the widget's coordinates to the picture's pixels."""
        return self.to_widget.inverted()[0]

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
            self._look_through(self._viewport.zoomed(zoom, at.x() * ratio, at.y() * ratio))

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by a distance in the widget's coordinates; some of it stays in view."""
        if self._viewport is not None:
            ratio = self.devicePixelRatioF()
            self._fitted = False
            self._look_through(self._viewport.panned(dx * ratio, dy * ratio, KEEP_IN_VIEW * ratio))

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
            self._look_through(Viewport.fitted(view, picture, FIT_MARGIN * ratio))
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

    def _target(self) -> QRectF:
        """Where the picture lies in the widget, on whole device pixels."""
        if self._viewport is None:
            return QRectF()
        ratio = self.devicePixelRatioF()
        left, top = round(self._viewport.x), round(self._viewport.y)
        right = round(self._viewport.x + self._viewport.width)
        bottom = round(self._viewport.y + self._viewport.height)
        return QRectF(
            left / ratio, top / ratio, max(1, right - left) / ratio, max(1, bottom - top) / ratio
        )


def whole_pixels_inside(target: QRectF) -> QRect:
    """The whole pixels that lie inside: with fractional scaling the edges lie between."""
    left, top = math.ceil(target.left()), math.ceil(target.top())
    return QRect(left, top, math.floor(target.right()) - left, math.floor(target.bottom()) - top)
