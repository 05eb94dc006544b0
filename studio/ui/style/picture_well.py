"""A place for a picture: it can be dropped there, pasted, or chosen from the disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPoint, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from studio.domain.errors import PictureError
from studio.ui import theme
from studio.ui.canvas.drops import DropFilter, picture_in
from studio.ui.icons import icon
from studio.ui.session import Session

HEIGHT: Final = 104


class PictureWell(QAbstractButton):
    """Shows pictures, or says what to do while there are none. `came` carries a dropped or pasted
    picture, a Path or a QImage; a click asks for a file, which is for who listens.

    Args:
        title: what the picture is for.
        invitation: what stands there while it is empty.
        fills: whether a picture fills the well, cut off where it doesn't fit.
    """

    came = Signal(object)

    def __init__(
        self,
        session: Session,
        title: str,
        invitation: str,
        tip: str,
        *,
        fills: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self._title = title
        self._invitation = invitation
        self._fills = fills
        self._pictures: tuple[QPixmap, ...] = ()
        self._is_target = False
        self._is_hovered = False
        self.setAccessibleName(title)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._drops = DropFilter(self)
        self._drops.watch(self)
        self._drops.hovered.connect(self._on_hovered)
        self._drops.dropped.connect(self._on_dropped)

    @property
    def is_target(self) -> bool:
        """Whether it says that a picture can be dropped here."""
        return self._is_target

    @property
    def pictures(self) -> tuple[QPixmap, ...]:
        """What it shows."""
        return self._pictures

    def show_pictures(self, pictures: Sequence[QPixmap]) -> None:
        """Show pictures beside each other; none for the invitation."""
        self._pictures = tuple(pictures)
        self.setAccessibleDescription("" if pictures else self._invitation)
        self.update()

    def show_target(self, is_target: bool) -> None:
        """Say that a picture can be dropped here."""
        self._is_target = is_target
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(theme.SPACE_XL, HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()

    # Slots

    def _on_hovered(self, is_hovered: bool) -> None:
        self._is_hovered = is_hovered
        self.update()

    def _on_dropped(self, picture: Path | QImage, _at: QPoint) -> None:
        self.came.emit(picture)

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.matches(QKeySequence.StandardKey.Paste):
            picture = picture_in(QGuiApplication.clipboard().mimeData())
            if picture is None:
                self.session.messages.tell(
                    PictureError(
                        "There is no picture on the clipboard.", "Copy a picture or its file first."
                    )
                )
            else:
                self.came.emit(picture)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        outline = QPainterPath()
        outline.addRoundedRect(frame, theme.RADIUS, theme.RADIUS)
        is_lit = self._is_hovered or self.underMouse()
        painter.fillPath(outline, theme.color("line" if is_lit else "raised"))
        painter.save()
        painter.setClipPath(outline)
        self._paint_pictures(painter, frame)
        if self._is_target:
            painter.fillPath(outline, theme.color("surround", 0.8))
        painter.restore()
        if self._is_target or not self._pictures:
            self._paint_invitation(painter, frame)
        else:
            self._paint_title(painter, frame)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._frame_pen())
        painter.drawPath(outline)

    def _frame_pen(self) -> QPen:
        if self._is_target or self._is_hovered:
            style = Qt.PenStyle.SolidLine if self._is_hovered else Qt.PenStyle.DashLine
            return QPen(theme.color("text"), 2, style)
        if self.hasFocus():
            return QPen(theme.color("accent"), 1)
        style = Qt.PenStyle.SolidLine if self._pictures else Qt.PenStyle.DashLine
        return QPen(theme.color("line" if self._pictures else "quiet"), 1, style)

    def _paint_pictures(self, painter: QPainter, frame: QRectF) -> None:
        count = len(self._pictures)
        for place, picture in enumerate(self._pictures):
            part = QRectF(frame)
            part.setWidth(frame.width() / count)
            part.moveLeft(frame.left() + place * frame.width() / count)
            if picture.isNull():
                continue
            mode = Qt.AspectRatioMode.KeepAspectRatio
            if self._fills:
                mode = Qt.AspectRatioMode.KeepAspectRatioByExpanding
            size = QSizeF(picture.size()).scaled(part.size(), mode)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(part.center())
            seen = target.intersected(part)
            scale = picture.width() / target.width()
            source = QRectF(
                (seen.left() - target.left()) * scale,
                (seen.top() - target.top()) * scale,
                seen.width() * scale,
                seen.height() * scale,
            )
            painter.drawPixmap(seen, picture, source)

    def _paint_invitation(self, painter: QPainter, frame: QRectF) -> None:
        text = "Drop it here" if self._is_target else self._invitation
        side, inside = theme.ICON_SIZE + 4, frame.adjusted(*_INSIDE)
        painter.setFont(theme.font(theme.SMALL_PX))
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        flags |= Qt.TextFlag.TextWordWrap
        words = painter.boundingRect(inside, flags, text).height()
        top = frame.center().y() - (side + theme.SPACE_XS + words) / 2
        x = frame.center().x() - side / 2
        icon("image-plus").paint(painter, round(x), round(top), side, side)
        painter.setPen(theme.color("text" if self._is_target else "quiet"))
        inside.setTop(top + side + theme.SPACE_XS)
        painter.drawText(inside, flags, text)

    def _paint_title(self, painter: QPainter, frame: QRectF) -> None:
        painter.setFont(theme.font(theme.SMALL_PX))
        metrics = painter.fontMetrics()
        width = metrics.horizontalAdvance(self._title) + 2 * theme.SPACE_S
        pill = QRectF(0, 0, width, metrics.height() + theme.SPACE_XS)
        pill.moveBottomLeft(frame.bottomLeft() + _PILL)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("panel", 0.88))
        painter.drawRoundedRect(pill, theme.SPACE_XS, theme.SPACE_XS)
        painter.setPen(theme.color("text"))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self._title)


_INSIDE: Final = (theme.SPACE_S, theme.SPACE_S, -theme.SPACE_S, -theme.SPACE_XS)
_PILL: Final = QPoint(theme.SPACE_XS, -theme.SPACE_XS)
