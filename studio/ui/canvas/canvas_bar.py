"""The slim bar below the canvas: the tool's options, the picture's size and the zoom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from studio.ui import theme
from studio.ui.canvas.canvas_view import CanvasView
from studio.ui.canvas.tool_options import ToolOptions
from studio.ui.icons import icon
from studio.ui.session import Session

ROOM_FOR_SIZE_PX: Final = 560


class CanvasBar(QWidget):
    """Zoom out, zoom with its menu, zoom in, fit; on the left the options of the tool in hand."""

    def __init__(self, session: Session, canvas: CanvasView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self.setObjectName("CanvasBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

        self._size = QLabel(self)
        self._size.setAccessibleName("Picture size")
        theme.set_role(self._size, "quiet")
        self._zoom_out = self._button("zoom-out", "Zoom out (Ctrl+−)", canvas.zoom_out)
        self._zoom = QToolButton(self)
        self._zoom.setToolTip("Zoom")
        self._zoom.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._zoom.setFixedWidth(self._zoom.fontMetrics().horizontalAdvance("3200 %") + 24)
        self._zoom.setMenu(self._zoom_menu())
        self._zoom_in = self._button("zoom-in", "Zoom in (Ctrl++)", canvas.zoom_in)
        self._fit = self._button("scan", "Fit the picture into the view (Ctrl+0)", canvas.fit)

        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_M, theme.SPACE_XS)
        layout.setSpacing(theme.SPACE_XS)
        self.tool_options = ToolOptions(session, canvas)
        layout.addWidget(self.tool_options, stretch=1)
        layout.addWidget(self._size)
        layout.addSpacing(theme.SPACE_S)
        for widget in (self._zoom_out, self._zoom, self._zoom_in, self._fit):
            layout.addWidget(widget)

        canvas.zoom_changed.connect(self._on_zoom_changed)
        canvas.picture_size_changed.connect(self._on_picture_size_changed)
        self._on_picture_size_changed()

    def _button(self, icon_name: str, text: str, action: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(icon_name))
        button.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        button.setToolTip(text)
        button.setAccessibleName(text.partition(" (")[0])
        button.clicked.connect(lambda: action())
        return button

    def _zoom_menu(self) -> QMenu:
        menu = QMenu(self)
        # After the tab stands the shortcut of the window's own action, which this one must not
        # claim a second time.
        menu.addAction("Fit\tCtrl+0", self._canvas.fit)
        menu.addAction("100 %\tCtrl+1", self._canvas.actual_size)
        menu.addAction("200 %", lambda: self._canvas.set_zoom(2.0))
        menu.addAction("400 %", lambda: self._canvas.set_zoom(4.0))
        menu.addSeparator()
        menu.addAction("Zoom in\tCtrl++", self._canvas.zoom_in)
        menu.addAction("Zoom out\tCtrl+-", self._canvas.zoom_out)
        return menu

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        # In a narrow window the options matter more.
        self._size.setVisible(event.size().width() >= ROOM_FOR_SIZE_PX)
        super().resizeEvent(event)

    def _on_picture_size_changed(self) -> None:
        size = self._canvas.picture_size
        self._size.setText("" if size is None else f"{size} px")
        for widget in (self._zoom_out, self._zoom, self._zoom_in, self._fit):
            widget.setEnabled(size is not None)
        self._on_zoom_changed()

    def _on_zoom_changed(self) -> None:
        zoom = self._canvas.zoom
        text = "–" if zoom is None else f"{zoom * 100:.0f} %"
        self._zoom.setText(text)
        self._zoom.setAccessibleName("Zoom" if zoom is None else f"Zoom, {text}")
