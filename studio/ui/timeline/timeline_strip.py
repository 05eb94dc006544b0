"""The strip of steps: a tick and a little picture for each, and the head on the one shown."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from studio.domain.branch import Branch
from studio.ui import theme
from studio.ui.session import Emergence
from studio.ui.timeline.geometry import StepGeometry
from studio.ui.timeline.step_peek import StepPeek
from studio.ui.timeline.strip_painting import paint_boundary, paint_mark, paint_sentence
from studio.ui.timeline.thumbnails import StepThumbnails

THUMBNAIL_PX: Final = 40
THUMBNAIL_HEIGHT: Final = THUMBNAIL_PX - 2
MIN_THUMBNAIL_WIDTH: Final = 14
TICK_HEIGHT: Final = 6
RULER_HEIGHT: Final = 20
HEAD_RADIUS: Final = 5
MARK_REACH: Final = 8
PARENTS_OPACITY: Final = 0.5
PAGE: Final = 5
NOT_KEPT: Final = "Not kept: branching takes them anew."


class TimelineStrip(QAbstractSlider):
    """A slider over the steps of an emergence, 1 to its total; asks for steps, shows none itself.

    The steps of the picture that a branch grew from are paler, and a mark stands after the last of
    them; a dashed line stands between the steps of two passes. Being a slider, it speaks to screen
    readers as one.
    """

    step_requested = Signal(int)
    """The artist asks for a step, with the mouse, the keyboard or a screen reader."""
    end_requested = Signal()
    """The artist asks for the newest step or the finished picture."""
    play_requested = Signal()
    """The artist asks for the emergence to be played, or no longer."""
    parent_requested = Signal(object)
    """The artist asks for the picture that this Branch grew from."""
    menu_requested = Signal(QPoint)
    """The artist asks for what can be done with the step on show, at that place of the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._emergence: Emergence | None = None
        self._slots = StepGeometry(0, 0)
        self._thumbnails = StepThumbnails()
        self._peek = StepPeek(self)
        self._painted = (0, 0, 0)  # how many steps, the newest, the one shown
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setRange(0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Steps")
        self.setToolTip("")
        self.valueChanged.connect(self.step_requested)

    def set_emergence(self, emergence: Emergence | None) -> None:
        """Show the steps of a picture, or of none."""
        self._emergence = emergence
        self._thumbnails.clear()
        self._peek.hide()
        self._painted = (0, 0, 0)
        self.refresh()

    def refresh(self) -> None:
        """Take over what the emergence says now."""
        emergence = self._emergence
        total = 0 if emergence is None else emergence.total_steps
        shown = 0 if emergence is None else emergence.shown_step
        with QSignalBlocker(self):
            self.setRange(min(1, total), total)
            self.setValue(shown)
        self.setAccessibleDescription(self._description(shown, total))
        self.setEnabled(total > 0)
        self._update_changed_steps()

    def _description(self, shown: int, total: int) -> str:
        if not total or self._emergence is None:
            return "no steps"
        branches = [f", branched after step {it.step}" for it in self._emergence.branches]
        first = self._emergence.first_way
        passes = f", second pass after step {first}" if first else ""
        return f"step {shown} of {total}{passes}{''.join(branches)}"

    def _update_changed_steps(self) -> None:
        """Repaint what is new since the last time: while a picture emerges, a slot or two."""
        emergence = self._emergence
        if emergence is None:
            self.update()
            return
        before = self._painted
        self._painted = (emergence.total_steps, emergence.newest_step, emergence.shown_step)
        if emergence.is_complete or before[0] != emergence.total_steps:
            self.update()
            return
        changed = (*before[1:], *self._painted[1:])
        left, right = self._centre(min(changed)), self._centre(max(changed))
        reach = max(self._geometry().slot_width / 2, HEAD_RADIUS + 1)
        damaged = QRectF(left - reach, 0, right - left + 2 * reach, self.height())
        self.update(damaged.toAlignedRect())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(400, THUMBNAIL_PX + theme.SPACE_XS + 2 * HEAD_RADIUS)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(72, self.sizeHint().height())

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("panel"))
        if self._emergence is None or self._emergence.total_steps == 0:
            return
        damaged = event.rect()
        first, last = self._step_at(damaged.topLeft()), self._step_at(damaged.topRight())
        self._paint_steps(painter, self._emergence, range(first, last + 1))
        if first_way := self._emergence.first_way:
            paint_boundary(painter, QPointF(self._after(first_way), self.height()))
        for branch in self._emergence.branches:
            paint_mark(painter, QPointF(self._mark_x(branch), self.height() - HEAD_RADIUS))
        if not self._emergence.has_frames and self._emergence.is_complete:
            middle = QPoint(self.width() // 2, THUMBNAIL_PX // 2)
            paint_sentence(painter, NOT_KEPT, middle, self.width() - 2 * theme.SPACE_M)
        if self._emergence.shown_step > 0:
            self._paint_head(painter, self._emergence)

    def _geometry(self) -> StepGeometry:
        width = self.width() - 2 * HEAD_RADIUS
        steps = 0 if self._emergence is None else self._emergence.total_steps
        if (width, steps) != (self._slots.width, self._slots.steps):
            self._slots = StepGeometry(width, steps)
        return self._slots

    def _centre(self, step: int) -> float:
        return HEAD_RADIUS + self._geometry().centre(step)

    def _mark_x(self, branch: Branch) -> float:
        return self._after(branch.step)

    def _after(self, step: int) -> float:
        """The boundary between a step and the next."""
        return HEAD_RADIUS + self._geometry().left(step + 1)

    def _thumbnail_width(self) -> int:
        """How wide the steps' little pictures are; 0 when there is no room for them."""
        assert self._emergence is not None  # noqa: S101
        size = self._emergence.size
        natural = min(THUMBNAIL_PX * size.width / size.height, 2 * THUMBNAIL_PX)
        width = round(min(self._geometry().slot_width - 2, natural))
        return 0 if width < min(MIN_THUMBNAIL_WIDTH, natural) else width

    def _paint_steps(self, painter: QPainter, emergence: Emergence, steps: range) -> None:
        taken, to_come, empty = (theme.color(token) for token in ("quiet", "line", "raised"))
        size, ratio = QSize(self._thumbnail_width(), THUMBNAIL_HEIGHT), self.devicePixelRatioF()
        newest = emergence.newest_step
        parents = max((branch.step for branch in emergence.branches), default=0)
        for step in steps:
            painter.setOpacity(PARENTS_OPACITY if step <= parents else 1)
            centre = self._centre(step)
            pixels = emergence.frame(step) if step <= newest else None
            if size.width() > 0:
                left = round(centre - size.width() / 2)
                if pixels is None:
                    painter.fillRect(left, 1, size.width(), size.height(), empty)
                else:
                    painter.drawPixmap(left, 1, self._thumbnails.pixmap(pixels, size, ratio))
                top, height = self.height() - HEAD_RADIUS - TICK_HEIGHT // 2, TICK_HEIGHT
            else:
                # Where there is no room for little pictures: a ruler by tens.
                height = RULER_HEIGHT if step % 10 == 0 else RULER_HEIGHT // 2
                top = self.height() - 2 * HEAD_RADIUS - theme.SPACE_XS - height
            width = 2 if self._geometry().slot_width >= 6 else 1
            color = to_come if pixels is None else taken
            painter.fillRect(round(centre - width / 2), top, width, height, color)
        painter.setOpacity(1)

    def _paint_head(self, painter: QPainter, emergence: Emergence) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        centre, width = self._centre(emergence.shown_step), self._thumbnail_width()
        if width > 0:
            rect = QRectF(round(centre - width / 2), 1, width, THUMBNAIL_HEIGHT)
            painter.drawRoundedRect(rect, 2, 2)
        else:
            painter.drawLine(
                QPointF(centre, theme.SPACE_S), QPointF(centre, self.height() - HEAD_RADIUS)
            )
        painter.setBrush(theme.color("accent"))
        painter.setPen(Qt.PenStyle.NoPen)
        knob = QPointF(centre, self.height() - HEAD_RADIUS)
        painter.drawEllipse(knob, HEAD_RADIUS, HEAD_RADIUS)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("text"), 2))
            painter.drawEllipse(knob, HEAD_RADIUS - 1, HEAD_RADIUS - 1)

    # Events

    def sliderChange(self, _change: QAbstractSlider.SliderChange) -> None:  # noqa: N802 - Qt's name
        """`refresh` repaints what a change of value or range changes, and not the whole strip."""

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if (branch := self._mark_at(event.position())) is not None:
            self.parent_requested.emit(branch)
        else:
            self._scrub(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event.position())
        self._show_what_is_under(event.position())

    def event(self, event: QEvent) -> bool:
        # Another window came up, without a move of the mouse that would tell of it.
        if event.type() == QEvent.Type.WindowDeactivate:
            self._peek.hide()
        return super().event(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._peek.hide()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        match event.key():
            case Qt.Key.Key_Left:
                self.step_requested.emit(self.value() - 1)
            case Qt.Key.Key_Right:
                self.step_requested.emit(self.value() + 1)
            case Qt.Key.Key_PageUp:
                self.step_requested.emit(self.value() - PAGE)
            case Qt.Key.Key_PageDown:
                self.step_requested.emit(self.value() + PAGE)
            case Qt.Key.Key_Home:
                self.step_requested.emit(1)
            case Qt.Key.Key_Space:
                self.play_requested.emit()
            case Qt.Key.Key_End:
                self.end_requested.emit()
            case _:
                event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """What is asked for is of the step under the mouse; by the keyboard, of the one on show."""
        self._peek.hide()
        at = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self._scrub(QPointF(event.pos()))
        elif self._emergence is not None:
            at = self.mapToGlobal(QPoint(round(self._centre(self._emergence.shown_step)), 0))
        self.menu_requested.emit(at)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        self._thumbnails.clear()
        super().resizeEvent(event)

    def _step_at(self, position: QPointF | QPoint) -> int:
        return self._geometry().step_at(position.x() - HEAD_RADIUS)

    def _scrub(self, position: QPointF) -> None:
        if self._emergence is not None and self._emergence.total_steps > 0:
            self.step_requested.emit(self._step_at(position))

    def _mark_at(self, position: QPointF) -> Branch | None:
        """The mark under the mouse: its diamond, below the little pictures."""
        if self._emergence is None or position.y() < self.height() - 2 * MARK_REACH:
            return None
        near = (it for it in self._emergence.branches if self._is_near(it, position.x()))
        return next(near, None)

    def _is_near(self, branch: Branch, x: float) -> bool:
        return abs(self._mark_x(branch) - x) <= MARK_REACH

    def _show_what_is_under(self, position: QPointF) -> None:
        branch = self._mark_at(position)
        self.setCursor(
            Qt.CursorShape.ArrowCursor if branch is None else Qt.CursorShape.PointingHandCursor
        )
        if branch is None:
            self.setToolTip("")
            self._show_peek(position)
        else:
            self._peek.hide()
            self.setToolTip(f"Up to step {branch.step} another picture: click to show it")

    def _show_peek(self, position: QPointF) -> None:
        """A larger look at the step under the cursor, above the strip."""
        emergence = self._emergence
        if emergence is None or emergence.total_steps == 0:
            return
        step = self._step_at(position)
        pixels = emergence.frame(step) if step <= emergence.newest_step else None
        if pixels is None:
            self._peek.hide()
        else:
            above = self.mapToGlobal(QPoint(round(self._centre(step)), 0))
            is_second = 0 < emergence.first_way < step
            words = f"step {step}, second pass" if is_second else f"step {step}"
            self._peek.show_step(words, pixels, emergence.size, above)
