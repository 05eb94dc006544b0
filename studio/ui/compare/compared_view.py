"""One picture among several that are looked at together."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from studio.domain.geometry import Size
from studio.ui import theme
from studio.ui.canvas.painting import paint_picture, paint_surround
from studio.ui.canvas.picture_image import PictureImage
from studio.ui.canvas.split_line import SplitLine
from studio.ui.canvas.viewport import Viewport
from studio.ui.canvas.zoom_view import ZoomView
from studio.ui.icons import icon


@dataclass(frozen=True, slots=True)
class Look:
    """What of the common frame is seen: all of it, kept so, or what lies around a point of it.

    `zoom` is device pixels for each pixel of the frame.
    """

    is_fitted: bool
    zoom: float
    x: float
    y: float


class ComparedView(ZoomView):
    """Shows one picture or, left and right of a line, two, each fitted into the common frame.

    The wheel zooms at the mouse, dragging and the arrow keys pan. `looked` says that the artist
    moved the view, for the others to follow; `enlarged` is a double click or Enter. `share` is
    where the line stands, 0 at the left edge.
    """

    looked = Signal()
    enlarged = Signal()

    def __init__(self, frame: Size, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.share = 0.5
        self._frame = frame
        self._images: tuple[PictureImage | None, ...] = (None,)
        self._is_gone = False
        self._grabbed_at: QPointF | None = None
        self._follows = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(2 * theme.SPACE_XL, 2 * theme.SPACE_XL)
        self._line = SplitLine(self)
        self._line.setAccessibleName("Line between the two pictures")
        self._line.moved.connect(self.move_line)
        self._line.left.connect(self._on_line_left)

    @property
    def picture_size(self) -> Size:
        return self._frame

    @property
    def images(self) -> tuple[PictureImage | None, ...]:
        """What is shown; None is a picture that is still being read, or can't be."""
        return self._images

    @property
    def is_gone(self) -> bool:
        """Whether the picture's file couldn't be read."""
        return self._is_gone

    @property
    def look(self) -> Look:
        """What is seen now."""
        viewport = self._viewport
        if viewport is None:
            return Look(True, 1.0, 0.0, 0.0)
        x, y = viewport.to_picture(viewport.view.width / 2, viewport.view.height / 2)
        return Look(self.is_fitted, viewport.zoom, x, y)

    def show_images(self, *images: PictureImage | None) -> None:
        """Show one or two pictures; None is one that is still being read."""
        self._images = images
        self._is_gone = False
        self._moved()
        self.update()

    def show_gone(self) -> None:
        """Show that the picture's file can't be read."""
        self._is_gone = True
        self.update()

    def follow(self, look: Look) -> None:
        """See what another view sees."""
        self._follows = True
        try:
            if look.is_fitted:
                self.fit()
            elif self._viewport is not None:
                self._fitted = False
                view = self._viewport.view
                x, y = view.width / 2 - look.x * look.zoom, view.height / 2 - look.y * look.zoom
                self._look_through(Viewport(view, self._frame, look.zoom, x, y))
        finally:
            self._follows = False

    def move_line(self, share: float) -> None:
        """Put the line elsewhere."""
        self.share = min(max(share, 0.0), 1.0)
        self._moved()
        self.update()

    def _moved(self) -> None:
        has_line = len(self._images) == 2 and self._viewport is not None
        self._line.put(self._frame if has_line else None, self.share)
        if not self._follows:
            self.looked.emit()

    def _on_line_left(self) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # Painting

    def _place_of(self, image: PictureImage | None, target: QRectF) -> QRectF:
        """Where in the frame, which lies at `target`, a picture lies."""
        if image is None:
            return target
        fitted = image.size
        scale = target.width() / self._frame.width
        place = QRectF(0, 0, fitted.width * scale, fitted.height * scale)
        place.moveCenter(target.center())
        return place

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        target, ratio = self._target(), self.devicePixelRatioF()
        places = [self._place_of(image, target) for image in self._images]
        around = places[0] if len(places) == 1 else QRectF()
        paint_surround(painter, around, self._turn(), event.region(), ratio)
        left = target.left() + target.width() * self.share
        for index, (image, place) in enumerate(zip(self._images, places, strict=True)):
            painter.save()
            if len(places) == 2:
                half = QRectF(self.rect())
                (half.setRight if index == 0 else half.setLeft)(left)
                painter.setClipRect(half)
            paint_picture(painter, place, image, self.zoom or 1.0, fitted=self.is_fitted)
            painter.restore()
        if self._is_gone:
            side = theme.SPACE_XL
            mark = QRectF(0, 0, side, side)
            mark.moveCenter(target.center())
            icon("image-off", "quiet").paint(painter, mark.toAlignedRect())
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        # Each view has a size of its own: nothing for the others to follow.
        self._follows = True
        super().resizeEvent(event)
        self._moved()
        self._follows = False

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._grabbed_at = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._grabbed_at is not None:
            moved = event.position() - self._grabbed_at
            self._grabbed_at = event.position()
            self.pan(moved.x(), moved.y())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._grabbed_at = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton:
            self.enlarged.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enlarged.emit()
        elif not self.pan_by_arrow(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.update()
