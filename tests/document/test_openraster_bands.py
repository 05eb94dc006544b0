"""Saving again: what stayed the same is copied from the last file, and never anything wrong."""

from __future__ import annotations

import gc
import io
import os
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.document import Area, BlendMode, Content, Layer, LayerKind, TiledImage, openraster
from studio.document.rendering.composite import flatten
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.library.files.disk import Disk
from tests.support.documents import noise

SIZE = Size(700, 900)
WORK_OF_A_TILE = 2


def opaque(width: int, height: int, seed: int = 0) -> Pixels:
    return noise(width, height, 3, seed)


def a_content() -> Content:
    picture = Layer("picture", TiledImage.of(opaque(700, 900)), LayerKind.PICTURE)
    patch = Layer(
        "patch",
        TiledImage.of(noise(200, 150, seed=1), 90, 300),
        mask=TiledImage.of(noise(200, 150, 1, seed=2), 90, 300),
        blend_mode=BlendMode.SCREEN,
        x=13,
        y=-40,
    )
    return Content(SIZE, (picture, patch), patch.id)


def saved(
    content: Content, path: Path, before: openraster.KeptBands | None = None
) -> tuple[openraster.KeptBands, int]:
    """Where its bands lie now, and how much work it was."""
    works: list[int] = []
    kept: list[openraster.KeptBands] = []

    def write(stream: io.BufferedRandom) -> None:
        def note(done: int, total: int) -> None:
            assert 0 <= done <= total
            assert not works or done >= works[-2]
            works.extend((done, total))

        kept.append(openraster.write(content, stream, note, before))

    Disk().replace_with(path, write)
    kept[0].lies_at(path)
    assert works[-2] == works[-1]
    return kept[0], works[-1]


def same_pixels(one: Content, other: Content) -> bool:
    return np.array_equal(flatten(one), flatten(other)) and all(
        a.image.same_pixels(b.image) for a, b in zip(one.layers, other.layers, strict=True)
    )


def with_stroke(content: Content, seed: int) -> Content:
    layer = content.layers[0]
    image = layer.image.written(Area(300, 600, 340, 640), noise(40, 40, seed=seed))
    return content.with_layer(replace(layer, image=image))


def test_what_stayed_the_same_is_copied(tmp_path: Path) -> None:
    content, path = a_content(), tmp_path / "a.ora"
    kept, work = saved(content, path)
    first = path.read_bytes()
    kept, again = saved(content, path, kept)
    assert again * WORK_OF_A_TILE < work
    assert path.read_bytes() == first
    painted = with_stroke(content, 7)
    kept, work_of_stroke = saved(painted, path, kept)
    assert again < work_of_stroke < work
    assert same_pixels(openraster.read(path).content, painted)
    fresh = tmp_path / "fresh.ora"
    saved(painted, fresh)
    assert fresh.read_bytes() == path.read_bytes()


def test_what_is_seen_otherwise_is_merged_anew(tmp_path: Path) -> None:
    content, path = a_content(), tmp_path / "a.ora"
    kept, _ = saved(content, path)
    patch = content.layers[1]
    for changed in (
        replace(patch, opacity=0.5),
        replace(patch, blend_mode=BlendMode.NORMAL),
        replace(patch, x=14),
        replace(patch, y=-41),
        replace(patch, visible=False),
        replace(patch, mask=None),
        replace(patch, mask=TiledImage(1, 255)),
    ):
        other = content.with_layer(changed)
        kept, _ = saved(other, path, kept)
        with zipfile.ZipFile(path) as archive:
            merged = Image.open(io.BytesIO(archive.read("mergedimage.png"))).convert("RGBA")
        assert np.array_equal(np.asarray(merged), flatten(other))
        assert same_pixels(openraster.read(path).content, other)


def test_a_file_that_is_gone_or_another_one_is_not_copied_from(tmp_path: Path) -> None:
    content, path = a_content(), tmp_path / "a.ora"
    kept, work = saved(content, path)
    path.unlink()
    kept, again = saved(content, path, kept)
    assert again == work
    path.write_bytes(path.read_bytes() + b" ")
    kept, again = saved(content, path, kept)
    assert again == work
    assert same_pixels(openraster.read(path).content, content)


def test_what_the_disk_spoiled_is_packed_anew(tmp_path: Path) -> None:
    content, path = a_content(), tmp_path / "a.ora"
    kept, _ = saved(content, path)
    status, whole = path.stat(), path.read_bytes()
    half = len(whole) // 2
    path.write_bytes(
        whole[:half] + bytes(255 - byte for byte in whole[half : half + 9]) + whole[half + 9 :]
    )
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    saved(content, path, kept)
    assert path.read_bytes() == whole


def test_tiles_that_are_no_more_are_never_mistaken_for_others(tmp_path: Path) -> None:
    path, kept = tmp_path / "a.ora", None
    for seed in range(6):
        gc.collect()
        content = Content(SIZE, (Layer("l", TiledImage.of(opaque(700, 900, seed)), id="l"),), "l")
        kept, _ = saved(content, path, kept)
        assert same_pixels(openraster.read(path).content, content)
        del content


def test_where_one_layer_is_all_that_is_seen_it_is_packed_once(tmp_path: Path) -> None:
    content = Content(SIZE, a_content().layers[:1])
    _, work = saved(content, tmp_path / "a.ora")
    _, of_two = saved(a_content(), tmp_path / "b.ora")
    assert work < of_two / 1.5
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        assert archive.read("mergedimage.png") == archive.read("data/layer000.png")


def test_what_is_opaque_needs_no_alpha(tmp_path: Path) -> None:
    content = a_content()
    saved(content, tmp_path / "a.ora")
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        modes = {
            name: Image.open(io.BytesIO(archive.read(name))).mode
            for name in archive.namelist()
            if name.endswith(".png")
        }
    assert modes == {
        "data/layer000.png": "RGB",
        "pentimento/layer001.png": "RGBA",
        "pentimento/layer001-mask.png": "L",
        "data/layer001.png": "RGBA",
        "mergedimage.png": "RGB",
        "Thumbnails/thumbnail.png": "RGBA",
    }
    assert same_pixels(openraster.read(tmp_path / "a.ora").content, content)


def test_the_thumbnail_has_the_pictures_colours(tmp_path: Path) -> None:
    pixels = np.zeros((2100, 1100, 4), np.uint8)
    pixels[:1050] = (250, 120, 10, 255)
    content = Content(Size(1100, 2100), (Layer("l", TiledImage.of(pixels)),))
    saved(content, tmp_path / "a.ora")
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        small = np.asarray(Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))))
    assert max(small.shape[:2]) == 256
    assert small.shape[1] == round(1100 * 256 / 2100)
    assert np.abs(small[:120].astype(int) - (250, 120, 10, 255)).max() <= 1
    assert small[-120:, :, 3].max() == 0


def test_what_is_called_while_writing_ends_it(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done > total // 2:
            raise Enough

    path = tmp_path / "a.ora"
    path.write_bytes(b"as it was")
    threads = threading.active_count()
    with pytest.raises(Enough):
        Disk().replace_with(path, lambda stream: openraster.write(a_content(), stream, stop))
    assert path.read_bytes() == b"as it was"
    assert list(tmp_path.iterdir()) == [path]
    assert threading.active_count() == threads


def test_what_is_called_while_reading_ends_it(tmp_path: Path) -> None:
    path, seen = tmp_path / "a.ora", []
    saved(a_content(), path)
    openraster.read(path, lambda done, total: seen.append((done, total)))
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1] > 0
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len(seen) > 10

    def stop(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        openraster.read(path, stop)
