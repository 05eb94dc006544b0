"""Pixels on their way to the painter and back."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from studio.domain.geometry import Size
from studio.ui.canvas import as_pixels, as_qimage
from studio.ui.canvas.picture_image import PictureImage
from tests.support.fakes import picture_pixels


@pytest.mark.parametrize("channels", [3, 4])
def test_an_image_views_the_same_memory(channels: int) -> None:
    pixels = np.zeros((5, 7, channels), np.uint8)
    pixels[..., -1] = 255
    image = as_qimage(pixels)
    pixels[2, 3] = 255
    assert image.pixelColor(3, 2) == QColor("white")
    assert image.pixelColor(2, 2) != QColor("white")


def test_an_image_outlives_its_array() -> None:
    image = as_qimage(picture_pixels(31, 17, seed=4))
    gc.collect()
    assert (as_pixels(image) == picture_pixels(31, 17, seed=4)).all()


def test_pixels_may_be_a_slice_of_something_larger() -> None:
    large = picture_pixels(40, 30)
    part = large[5:20, 3:32]
    assert (as_pixels(as_qimage(part)) == part).all()


def test_what_is_transparent_becomes_white() -> None:
    image = QImage(2, 1, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    image.setPixelColor(1, 0, QColor("red"))
    assert as_pixels(image).tolist() == [[[255, 255, 255], [255, 0, 0]]]


def painted(picture: PictureImage, zoom: float, *, crisp: bool) -> np.ndarray:
    width, height = round(picture.size.width * zoom), round(picture.size.height * zoom)
    canvas = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(canvas)
    picture.paint(painter, QRectF(0, 0, width, height), zoom, crisp=crisp)
    painter.end()
    return as_pixels(canvas)


def test_one_to_one_changes_no_pixel() -> None:
    pixels = picture_pixels(40, 30)
    assert (painted(PictureImage(pixels, Size(40, 30)), 1, crisp=False) == pixels).all()


def test_crisp_repeats_each_pixel() -> None:
    pixels = picture_pixels(6, 5)
    expected = pixels.repeat(9, axis=0).repeat(9, axis=1)
    assert (painted(PictureImage(pixels, Size(6, 5)), 9, crisp=True) == expected).all()


def test_a_preview_fills_the_place_of_the_picture_smoothly() -> None:
    preview = np.zeros((8, 8, 3), np.uint8)
    preview[:, 4:] = 240
    picture = PictureImage(preview, Size(64, 64))
    assert picture.is_preview
    row = painted(picture, 2, crisp=False)[64, :, 0].astype(int)
    assert row[0] == 0 and row[-1] == 240
    # An edge between two of its pixels becomes a slope; squares would jump by 240 at once.
    assert np.abs(np.diff(row)).max() < 60


def test_a_reduced_picture_keeps_its_average() -> None:
    checks = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)
    picture = PictureImage(np.repeat(checks[..., None], 3, axis=2), Size(256, 256))
    small = painted(picture, 0.1, crisp=False)
    assert abs(small.astype(float).mean() - 127.5) < 2
    assert small.std() < 8


def test_one_pixel_can_be_painted_at_any_zoom() -> None:
    picture = PictureImage(np.full((1, 1, 3), 9, np.uint8), Size(1, 1))
    assert (painted(picture, 30, crisp=False) == 9).all()
