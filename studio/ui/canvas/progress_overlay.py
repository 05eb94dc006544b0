"""How far the running job is, at the lower edge of the canvas."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.ui import theme
from studio.ui.controls.calm import Calm
from studio.ui.controls.durations import duration_text
from studio.ui.session import JobStage, Progress

LINE_PX: Final = 3


def progress_text(progress: Progress) -> str:
    """What a person wants to know: "step 11 of 20 · 8.3 it/s · 3 s left"."""
    if progress.stage is JobStage.UPSCALING:
        return _upscaling_text(progress)
    if progress.stage is JobStage.RESTYLING:
        return _restyling_text(progress)
    if progress.step == 0:
        return "preparing the first step"
    parts = [f"step {progress.step} of {progress.total_steps}", _pace(progress.steps_per_second)]
    if progress.step == progress.total_steps:
        parts.append("finishing")
    elif progress.remaining_s is not None:
        parts.append(f"{duration_text(progress.remaining_s)} left")
    return " · ".join(part for part in parts if part)


def _upscaling_text(progress: Progress) -> str:
    """ "upscaling · tile 3 of 8 · 6 s left"; of one tile there is nothing to count."""
    parts = ["upscaling"]
    if progress.step and progress.total_steps > 1:
        parts.append(f"tile {progress.step} of {progress.total_steps}")
    if progress.remaining_s:
        parts.append(f"{duration_text(progress.remaining_s)} left")
    return " · ".join(parts)


def _restyling_text(progress: Progress) -> str:
    """ "taking on the style · 40 % · 6 s left"."""
    parts = ["taking on the style"]
    if progress.step:
        parts.append(f"{100 * progress.step // progress.total_steps} %")
    if progress.remaining_s:
        parts.append(f"{duration_text(progress.remaining_s)} left")
    return " · ".join(parts)


def _pace(steps_per_second: float) -> str:
    if steps_per_second <= 0:
        return ""
    if steps_per_second < 1:
        return f"{1 / steps_per_second:.1f} s/it"
    return f"{steps_per_second:.1f} it/s"


class ProgressOverlay(QWidget):
    """A line along the whole edge, and a sentence above its middle. Mouse events pass through.

    The line is opaque and moves with each preview: the canvas behind it isn't painted for that.
    The sentence is painted here, for a label in a layout would have it laid out with each text.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._calm = Calm()
        self._text = ""
        self._pill = QRect()  # what lies under the sentence
        self._line = _Line(self)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Progress")
        self.setFont(theme.font())
        self.hide()

    def show_progress(self, progress: Progress | None) -> None:
        """Show how far a job is; None hides."""
        self.setVisible(progress is not None)
        if progress is None:
            return
        self._line.set_share(progress.step / max(progress.total_steps, 1))
        text = progress_text(progress)
        if text != self._text and self._calm.lets_through(progress):
            self._text = text
            self.setAccessibleDescription(text)
            self._lay_out()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, self._pill_height() + theme.SPACE_XS + LINE_PX)

    def _pill_height(self) -> int:
        return self.fontMetrics().height() + 2 * theme.SPACE_XS

    def _lay_out(self) -> None:
        before = self._pill
        width = self.fontMetrics().horizontalAdvance(self._text) + 2 * theme.SPACE_M
        self._pill = QRect((self.width() - width) // 2, 0, width, self._pill_height())
        self.update(before.united(self._pill))

    def resizeEvent(self, _event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        self._lay_out()
        self._line.setGeometry(0, self.height() - LINE_PX, self.width(), LINE_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(self._pill, theme.RADIUS, theme.RADIUS)
        painter.setPen(theme.color("text"))
        painter.drawText(self._pill, Qt.AlignmentFlag.AlignCenter, self._text)


class _Line(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._share = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def set_share(self, share: float) -> None:
        if share != self._share:
            self._share = share
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("line"))
        done = QRectF(self.rect())
        done.setWidth(self.width() * self._share)
        painter.fillRect(done, theme.color("accent"))
