"""How far the running job is, at the lower edge of the canvas."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from studio.ui import theme
from studio.ui.session import JobStage, Progress

LINE_PX = 3


def progress_text(progress: Progress) -> str:
    """What a person wants to know: "step 11 of 20 · 8.3 it/s · 3 s left"."""
    if progress.stage is JobStage.UPSCALING:
        return _upscaling_text(progress)
    if progress.step == 0:
        return "preparing the first step"
    parts = [f"step {progress.step} of {progress.total_steps}", _pace(progress.steps_per_second)]
    if progress.step == progress.total_steps:
        parts.append("finishing")
    elif progress.remaining_s is not None:
        parts.append(f"{_duration(progress.remaining_s)} left")
    return " · ".join(part for part in parts if part)


def _upscaling_text(progress: Progress) -> str:
    """ "upscaling · tile 3 of 8 · 6 s left"; of one tile there is nothing to count."""
    parts = ["upscaling"]
    if progress.step and progress.total_steps > 1:
        parts.append(f"tile {progress.step} of {progress.total_steps}")
    if progress.remaining_s:
        parts.append(f"{_duration(progress.remaining_s)} left")
    return " · ".join(parts)


def _pace(steps_per_second: float) -> str:
    if steps_per_second <= 0:
        return ""
    if steps_per_second < 1:
        return f"{1 / steps_per_second:.1f} s/it"
    return f"{steps_per_second:.1f} it/s"


def _duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


class ProgressOverlay(QWidget):
    """A line along the whole edge, and a sentence above its middle. Mouse events pass through."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Progress")
        self._label = QLabel(self)
        self._label.setObjectName("ProgressText")
        self._label.setTextFormat(Qt.TextFormat.PlainText)

        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, LINE_PX + theme.SPACE_XS)
        layout.addWidget(self._label, alignment=Qt.AlignmentFlag.AlignCenter)
        self.hide()

    def show_progress(self, progress: Progress | None) -> None:
        """Show how far a job is; None hides."""
        self.setVisible(progress is not None)
        if progress is None:
            return
        self._share = progress.step / max(progress.total_steps, 1)
        self._label.setText(progress_text(progress))
        self.setAccessibleDescription(self._label.text())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        line = QRectF(0, self.height() - LINE_PX, self.width(), LINE_PX)
        painter.fillRect(line, theme.color("line"))
        line.setWidth(self.width() * self._share)
        painter.fillRect(line, theme.color("accent"))
