"""The flattened picture as a PNG, band by band."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from PIL import Image

from studio.document import Content, Layer, TiledImage, flat_png, flatten
from studio.domain.geometry import Size
from studio.domain.srgb import srgb_profile
from tests.support.documents import contents, few, noise


@given(contents())
@few
def test_it_is_what_is_seen(content: Content) -> None:
    stream = io.BytesIO()
    flat_png.write(content, stream)
    with Image.open(stream, formats=["PNG"]) as image:
        assert np.array_equal(np.asarray(image.convert("RGBA")), flatten(content))
        assert image.info["icc_profile"] == srgb_profile()


def test_it_says_how_far_it_is_and_can_be_ended() -> None:
    layer = Layer("picture", TiledImage.of(noise(30, 700, 3)))
    content, seen = Content(Size(30, 700), (layer,)), []
    stream = io.BytesIO()
    flat_png.write(content, stream, lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    with Image.open(stream, formats=["PNG"]) as image:
        assert image.mode == "RGB"

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        flat_png.write(content, io.BytesIO(), stop)
