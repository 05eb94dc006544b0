"""Layered PSD files, read again by psd-tools."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from PIL import Image

from studio.document import BlendMode, Content, Layer, TiledImage, flatten, photoshop
from studio.domain.geometry import Size
from tests.support.documents import noise


def a_content() -> Content:
    layers = [
        Layer(
            f"Käse {mode.name}",
            TiledImage.of(noise(20, 10, seed=number), -3, 2),
            mask=TiledImage.of(noise(20, 10, 1), -3, 2) if number == 2 else None,
            opacity=0.2,
            visible=number != 3,
            blend_mode=mode,
            x=number,
            y=1,
        )
        for number, mode in enumerate(BlendMode)
    ]
    return Content(Size(60, 40), (*layers, Layer("empty")))


def test_every_layer_is_in_the_file() -> None:
    psd_tools = pytest.importorskip("psd_tools")
    content = a_content()
    stream = io.BytesIO()
    photoshop.write(content, stream)
    stream.seek(0)
    read = psd_tools.PSDImage.open(stream)
    assert (read.width, read.height) == (60, 40)
    assert len(read) == len(content.layers)
    for theirs, ours in zip(read, content.layers, strict=True):
        assert (theirs.name, theirs.visible) == (ours.name, ours.visible)
        assert theirs.opacity == round(ours.opacity * 255)
        assert theirs.blend_mode.name == ours.blend_mode.name
        if ours.name == "empty":
            continue
        assert (theirs.left, theirs.top) == (ours.bounds.x, ours.bounds.y)
        bounds = ours.image.bounds()
        assert np.array_equal(np.asarray(theirs.topil()), ours.image.read(bounds))
        assert (theirs.mask is None) == (ours.mask is None)
        if ours.mask is not None:
            assert np.array_equal(np.asarray(theirs.mask.topil()), ours.mask.read(bounds))
    merged, expected = np.asarray(read.topil()).astype(float), flatten(content).astype(float)
    assert np.array_equal(merged[..., 3], expected[..., 3])
    assert (np.abs(merged - expected) * expected[..., 3:] / 255).max() <= 2
    stream.seek(0)
    with Image.open(stream, formats=["PSD"]) as seen:  # as programs without layers do
        assert seen.size == (60, 40)


def test_it_says_how_far_it_is_and_can_be_ended() -> None:
    pytest.importorskip("psd_tools")
    content, seen = a_content(), []
    photoshop.write(content, io.BytesIO(), lambda done, total: seen.append((done, total)))
    total = len(content.layers) + 2
    assert seen == [(done, total) for done in range(total + 1)]

    def stop(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    stream = io.BytesIO()
    with pytest.raises(KeyboardInterrupt):
        photoshop.write(content, stream, stop)
    assert stream.getvalue() == b""


def test_without_the_package_it_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psd_tools", None)
    with pytest.raises(photoshop.PhotoshopMissing, match="psd-tools"):
        photoshop.write(a_content(), io.BytesIO())
