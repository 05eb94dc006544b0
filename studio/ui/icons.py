"""Line icons, tinted from the theme's text colour at the moment they are painted."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from studio.domain.resources import RESOURCES
from studio.ui import theme


class _TintedIcon(QIconEngine):
    """Paints resources/icons/<name>.svg; `currentColor` in the file becomes a token's colour."""

    def __init__(self, name: str, tint: str) -> None:
        super().__init__()
        self._name = name
        self._tint = tint

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        renderer = QSvgRenderer(QByteArray(_source(self._name, self._color(mode))))
        renderer.render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        # Reading and drawing an SVG takes many times as long as painting what was drawn before.
        key = f"{self._name} {self._color(mode)} {size.width()} {size.height()}"
        if not QPixmapCache.find(key, pixmap):
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            self.paint(painter, pixmap.rect(), mode, state)
            painter.end()
            QPixmapCache.insert(key, pixmap)
        return pixmap

    def scaledPixmap(  # noqa: N802 - Qt's name
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        pixmap = self.pixmap(size * scale, mode, state)
        pixmap.setDevicePixelRatio(scale)
        return pixmap

    def _color(self, mode: QIcon.Mode) -> str:
        return theme.color("disabled" if mode is QIcon.Mode.Disabled else self._tint).name()

    def clone(self) -> QIconEngine:
        return _TintedIcon(self._name, self._tint)


def icon(name: str, tint: str = "text") -> QIcon:
    """The icon of that name in resources/icons, drawn in the colour of the token `tint`.

    Raises:
        FileNotFoundError: there is no such icon.
    """
    _svg(name)
    return QIcon(_TintedIcon(name, tint))


def _source(name: str, color: str) -> bytes:
    return _svg(name).replace("currentColor", color).encode()


@cache
def _svg(name: str) -> str:
    return (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
