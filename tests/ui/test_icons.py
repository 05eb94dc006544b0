"""Icons are drawn in the theme's colour, sharp at every scaling."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QPixmap
from pytestqt.qtbot import QtBot

from studio.ui import theme
from studio.ui.canvas import as_pixels
from studio.ui.icons import icon


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_an_icon_has_a_pixel_for_each_pixel_of_the_screen(qtbot: QtBot, scale: float) -> None:
    pixmap: QPixmap = icon("x").pixmap(QSize(16, 16), scale)
    assert pixmap.size() == QSize(16, 16) * scale
    assert pixmap.devicePixelRatio() == scale


def test_an_icon_has_the_colour_of_its_token(qtbot: QtBot) -> None:
    image = icon("square", "danger").pixmap(QSize(48, 48)).toImage()
    colours = {tuple(colour) for colour in as_pixels(image).reshape(-1, 3).tolist()}
    assert theme.color("danger").getRgb()[:3] in colours


def test_an_unknown_icon_is_refused(qtbot: QtBot) -> None:
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")
