"""The small chip in the canvas's corner that names the start picture."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from studio.document import StartPicture
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.canvas.picture_image import as_qimage
from studio.ui.icons import icon
from studio.ui.session import Session

NAME_WIDTH = 180


class StartChip(QFrame):
    """Thumbnail, "Starting from NAME", and a button that lets go of it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._bindings = Bindings(self)
        self.setObjectName("StartChip")
        self._thumbnail = QLabel(self)
        self._thumbnail.setFixedSize(theme.HIT_SIZE, theme.HIT_SIZE)
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._forget = QToolButton(self)
        self._forget.setIcon(icon("x"))
        self._forget.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        self._forget.setAccessibleName("Forget the start picture")
        self._forget.setToolTip("Generate from the prompt alone again")
        self._forget.clicked.connect(self._on_forget_clicked)

        layout = QHBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_XS] * 4)
        layout.setSpacing(theme.SPACE_S)
        layout.addWidget(self._thumbnail)
        layout.addWidget(self._label)
        layout.addWidget(self._forget)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

        self._bindings.add(session.artwork.start_changed, self._on_start_changed)
        self._on_start_changed()

    def _on_start_changed(self) -> None:
        start = self._session.artwork.start
        if start is not None:
            self._thumbnail.setPixmap(self._thumbnail_of(start))
            name = start.name or "a picture"
            self.setAccessibleName(f"Starting from {name}")
            elided = self._label.fontMetrics().elidedText(
                name, Qt.TextElideMode.ElideMiddle, NAME_WIDTH
            )
            self._label.setText(f"Starting from {elided}")
        self.setVisible(start is not None)
        self.adjustSize()

    def _on_forget_clicked(self) -> None:
        self._session.start_picture.forget()

    def _thumbnail_of(self, start: StartPicture) -> QPixmap:
        side = round(self._thumbnail.width() * self.devicePixelRatioF())
        image = as_qimage(start.pixels)
        square = min(image.width(), image.height())
        image = image.copy(
            (image.width() - square) // 2, (image.height() - square) // 2, square, square
        ).scaled(
            side,
            side,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        return pixmap
