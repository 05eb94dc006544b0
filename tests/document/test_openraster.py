"""OpenRaster: what is written is read again to the last byte, and keeps the specification."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.document import Area, BlendMode, Content, Layer, LayerKind, TiledImage, openraster
from studio.document.rendering.composite import flatten
from studio.domain.errors import PictureError
from studio.domain.geometry import Box, Size


def noise(height: int, width: int, seed: int) -> np.ndarray:
    """Random pixels, all to be seen: what lies around those is cut off, its colour too."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    pixels[..., 3] |= 1
    return pixels


def noise_png() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(noise(100, 100, 9)).save(stream, "PNG")
    return stream.getvalue()


def a_content() -> Content:
    picture = Layer("Käse & <Brot>", TiledImage.of(noise(40, 60, 1)), LayerKind.PICTURE)
    masked = Layer(
        "masked",
        TiledImage.of(noise(20, 30, 2), -5, 300),
        LayerKind.GENERATED,
        TiledImage.of(noise(20, 30, 3)[..., 0], -5, 300),
        opacity=0.25,
        blend_mode=BlendMode.MULTIPLY,
        x=12,
        y=-290,
    )
    empty = Layer("empty", visible=False)
    return Content(
        Size(60, 40),
        (picture, masked, empty),
        masked.id,
        TiledImage.of(noise(40, 60, 4)[..., 0]),
        Box(3, 4, 20, 10),
        "a “moon”",
    )


def written(content: Content, path: Path) -> Path:
    with path.open("wb") as stream:
        openraster.write(content, stream)
    return path


def same(one: Content, other: Content) -> None:
    assert (one.size, one.prompt, one.working_area) == (
        other.size,
        other.prompt,
        other.working_area,
    )
    assert one.mask.same_pixels(other.mask)
    assert one.active_id == other.active_id
    assert len(one.layers) == len(other.layers)
    for a, b in zip(one.layers, other.layers, strict=True):
        assert (a.id, a.name, a.kind, a.opacity, a.visible, a.blend_mode, a.x, a.y) == (
            b.id, b.name, b.kind, b.opacity, b.visible, b.blend_mode, b.x, b.y,
        )  # fmt: skip
        assert a.image.same_pixels(b.image)
        assert (a.mask is None) == (b.mask is None)
        if a.mask is not None and b.mask is not None:
            assert a.mask.same_pixels(b.mask)


def test_a_document_comes_back_to_the_last_byte(tmp_path: Path) -> None:
    content = a_content()
    opened = openraster.read(written(content, tmp_path / "a.ora"))
    same(content, opened.content)
    assert opened.lost == ()


@given(
    st.lists(
        st.tuples(
            st.integers(-40, 40), st.integers(-40, 40), st.integers(1, 30), st.integers(1, 30),
            st.sampled_from(BlendMode), st.booleans(), st.text(max_size=8),
        ),
        max_size=4,
    )
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_any_document_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[tuple[int, int, int, int, BlendMode, bool, str]],
) -> None:
    layers = tuple(
        Layer(
            name or "x", TiledImage.of(noise(h, w, i)), LayerKind.PAINT, None, 0.5, visible, mode,
            x, y,
        )
        for i, (x, y, w, h, mode, visible, name) in enumerate(drawn)
        if not set(name) & set(map(chr, (*range(32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)))
    )  # fmt: skip
    content = Content(Size(50, 50), layers, layers[-1].id if layers else None)
    path = written(content, tmp_path_factory.mktemp("ora") / "a.ora")
    same(content, openraster.read(path).content)


@pytest.mark.parametrize("fill", [0, 255])
def test_a_layers_mask_is_the_same_beyond_its_pixels_too(tmp_path: Path, fill: int) -> None:
    mask = TiledImage(1, fill=fill).written(Area(300, 5, 340, 9), np.full((4, 40), 77, np.uint8))
    layer = Layer("small", TiledImage.of(noise(8, 9, 0), 20, 10), LayerKind.PAINT, mask)
    content = Content(Size(400, 300), (layer,), layer.id)
    same(content, openraster.read(written(content, tmp_path / "a.ora")).content)


def test_the_file_keeps_the_specification(tmp_path: Path) -> None:
    content = a_content()
    path = written(content, tmp_path / "a.ora")
    assert path.read_bytes()[30:54] == b"mimetypeimage/openraster"
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        image = ElementTree.fromstring(archive.read("stack.xml"))
        assert (image.tag, image.get("w"), image.get("h")) == ("image", "60", "40")
        layers = image.findall("stack/layer")
        assert [layer.get("name") for layer in layers] == ["empty", "masked", "Käse & <Brot>"]
        assert layers[1].get("composite-op") == "svg:multiply"
        assert layers[1].get("opacity") == "0.25"
        assert layers[0].get("visibility") == "hidden"
        for layer in layers:
            with Image.open(io.BytesIO(archive.read(str(layer.get("src"))))) as picture:
                assert picture.format == "PNG"
        merged = np.asarray(Image.open(io.BytesIO(archive.read("mergedimage.png"))))
        assert np.array_equal(merged, flatten(content))
        with Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))) as small:
            assert max(small.size) <= 256


def test_what_others_see_of_a_masked_layer_is_what_is_left_of_it(tmp_path: Path) -> None:
    content = a_content()
    path = written(content, tmp_path / "a.ora")
    stripped = tmp_path / "foreign.ora"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(stripped, "w") as new:
        for info in old.infolist():
            if not info.filename.startswith("pentimento/"):
                new.writestr(info, old.read(info))
    opened = openraster.read(stripped).content
    # Colours of what is nearly transparent are nearly arbitrary: compare what is seen on grey.
    seen = [
        pixels[..., :3] * (pixels[..., 3:] / 255) + 128 * (1 - pixels[..., 3:] / 255)
        for pixels in (flatten(opened), flatten(content))
    ]
    assert np.abs(seen[0] - seen[1]).max() <= 2


def test_groups_are_dissolved_and_unknown_modes_become_normal(tmp_path: Path) -> None:
    path = tmp_path / "foreign.ora"
    png = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 255)).save(png, "PNG")
    stack = (
        '<image w="20" h="20"><stack><stack x="5" y="6" opacity="0.5">'
        '<layer name="in" src="data/a.png" x="1" y="2" composite-op="krita:odd"/>'
        '</stack><layer name="under" src="data/a.png"/></stack></image>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", stack)
        archive.writestr("data/a.png", png.getvalue())
    opened = openraster.read(path)
    under, inside = opened.content.layers
    assert (inside.name, inside.x, inside.y, inside.opacity) == ("in", 6, 8, 0.5)
    assert inside.blend_mode is BlendMode.NORMAL
    assert under.name == "under"
    assert len(opened.lost) == 2


def damaged(path: Path, **changed: bytes | None) -> Path:
    """The archive with members replaced, or left out for None; `_` stands for `/` and `.`."""
    target = path.with_name("damaged.ora")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            key = info.filename.replace("/", "_").replace(".", "_")
            data = changed.get(key, old.read(info))
            if data is not None:
                new.writestr(info.filename, data)
    return target


BOMB = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><image w="9" h="9"/>'


@pytest.mark.parametrize(
    "changed",
    [
        {"stack_xml": None},
        {"stack_xml": b"<image"},
        {"stack_xml": BOMB},
        {"stack_xml": b'<image w="99999" h="5"/>'},
        {"stack_xml": b'<image w="five" h="5"/>'},
        {"stack_xml": b'<image w="5" h="5"><stack><layer src="../../etc/passwd"/></stack></image>'},
        {"stack_xml": b" " * (1 << 21)},
        {"mimetype": b"application/x-krita"},
        {"mimetype": b"image/openraster" * 100_000},
        {"data_layer000_png": b"no png"},
        {"data_layer000_png": b""},
        {"data_layer000_png": None},
    ],
)
def test_a_damaged_or_hostile_file_is_one_sentence(
    tmp_path: Path, changed: dict[str, bytes | None]
) -> None:
    path = damaged(written(a_content(), tmp_path / "a.ora"), **changed)
    with pytest.raises(PictureError, match=r"damaged\.ora"):
        openraster.read(path)


def png_of(width: int, height: int, mode: str = "RGBA") -> bytes:
    stream = io.BytesIO()
    Image.new(mode, (width, height)).save(stream, "PNG")
    return stream.getvalue()


def with_layers(path: Path, png: bytes, count: int) -> Path:
    """A file whose layers all name the same picture."""
    layers = '<layer src="data/a.png"/>' * count
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", f'<image w="9" h="9"><stack>{layers}</stack></image>')
        archive.writestr("data/a.png", png)
    return path


def header_says(png: bytes, width: int, height: int) -> bytes:
    """The same file, with another size in its header."""
    head = b"IHDR" + struct.pack(">II", width, height) + png[24:29]
    return png[:12] + head + struct.pack(">I", zlib.crc32(head)) + png[33:]


@pytest.mark.parametrize(
    ("png", "count", "why"),
    [
        (header_says(png_of(4, 4), 100_000, 1), 1, "layer"),
        (header_says(png_of(4, 4), 16_384, 16_384), 1, "layer"),
        (png_of(4, 4) + bytes(1 << 25), 1, "larger than its pixels"),
        (png_of(7000, 7000, "1"), 512, "GiB of memory"),
        (png_of(1, 1), 513, "more than 512 layers"),
        (png_of(400, 400)[:-900], 1, "damaged"),
        (header_says(noise_png(), 300, 100), 1, "damaged"),
    ],
    ids=["long", "huge", "padded", "bomb", "many", "cut", "lies"],
)
def test_what_would_take_too_much_is_refused_before_it_is_read(
    tmp_path: Path, png: bytes, count: int, why: str
) -> None:
    path = with_layers(tmp_path / "bomb.ora", png, count)
    tracemalloc.start()
    try:
        with pytest.raises(PictureError, match=why) as refused:
            openraster.read(path)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "bomb.ora" in refused.value.sentence
    assert peak_bytes < 8 << 20


def test_a_file_that_was_cut_off_is_one_sentence(tmp_path: Path) -> None:
    whole = written(a_content(), tmp_path / "a.ora").read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 5):
        path = tmp_path / "cut.ora"
        path.write_bytes(whole[:length])
        with pytest.raises(PictureError):
            openraster.read(path)


@pytest.mark.parametrize(
    "record", ["[]", '{"layers": 3}', '{"layers": [4]}', "{", '{"layers":[],"working_area":[1]}']
)
def test_a_strange_record_of_ours_loses_only_what_it_says(tmp_path: Path, record: str) -> None:
    content = a_content()
    path = damaged(written(content, tmp_path / "a.ora"), pentimento_document_json=record.encode())
    opened = openraster.read(path).content
    assert len(opened.layers) == 3
    assert opened.working_area is None


def test_the_record_never_names_what_isnt_in_the_file(tmp_path: Path) -> None:
    path = written(a_content(), tmp_path / "a.ora")
    with zipfile.ZipFile(path) as archive:
        record = json.loads(archive.read("pentimento/document.json"))
        names = set(archive.namelist())
    for layer in record["layers"]:
        assert {layer[key] for key in ("src", "pixels", "mask") if key in layer} <= names
    replaced = replace(a_content(), prompt="other")
    assert openraster.read(written(replaced, path)).content.prompt == "other"
