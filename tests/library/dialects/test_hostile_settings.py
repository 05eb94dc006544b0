"""Settings that mean harm (R9, R12): read without opening anything else, clamped, or refused."""

import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.domain.limits import MAX_PROMPT_CHARS
from studio.library.dialects import read_settings
from studio.library.dialects.stealth import read_hidden
from studio.library.labels.xmp import XmpFields, packet
from studio.library.settings import PictureSettings
from tests.support.foreign_pictures import (
    comfyui_prompt,
    png,
    raw_png,
    stealth_png,
    unicode_comment,
    with_exif,
)
from tests.support.hostile_settings import RECORDS, Opened, write


def _is_clean(found: PictureSettings | None) -> bool:
    if found is None:
        return True
    texts = (found.prompt, found.negative_prompt, found.model, found.sampler, found.text)
    return (
        all(len(text) <= MAX_PROMPT_CHARS for text in texts)
        and not any(mark in text for text in texts for mark in "\0\x1b\x7f\u202e\u2066\ud800")
        and (found.steps is None or 1 <= found.steps <= 200)
        and (found.width is None or 1 <= found.width <= 65_535)
    )


@pytest.fixture(scope="module")
def opened() -> Opened:
    return Opened()


def test_hostile_records_open_nothing_and_come_out_clean(tmp_path: Path, opened: Opened) -> None:
    assert len(RECORDS) > 2_000
    read_settings(write(tmp_path / "warm.png", {"prompt": "{}"}))
    path = tmp_path / "a.png"
    for texts in RECORDS:
        write(path, texts)
        opened.names.clear()
        opened.listening = True
        try:
            found = read_settings(path)
        finally:
            opened.listening = False
        assert set(opened.names) <= {str(path)}, texts
        assert _is_clean(found), texts


def test_what_listens_would_hear(tmp_path: Path, opened: Opened) -> None:
    opened.names.clear()
    opened.listening = True
    (tmp_path / "b").write_text("x")
    opened.listening = False
    assert opened.names == [str(tmp_path / "b")]


def _bomb(size: int) -> bytes:
    return zlib.compress(b"a" * size, 9)


def _many_tags() -> bytes:
    """EXIF of 65,535 tags that all point to the same megabyte."""
    count = 65_535
    head = struct.pack(">2sHIH", b"MM", 42, 8, count)
    tags = b"".join(struct.pack(">HHII", tag, 1, 1 << 20, 8) for tag in range(count))
    return head + tags + b"\0" * (1 << 20)


def _loop() -> bytes:
    """EXIF whose inner directory is its outer one."""
    return struct.pack(">2sHIHHHIII", b"MM", 42, 8, 1, 0x8769, 4, 1, 8, 8)


def _jpeg(*segments: tuple[int, bytes]) -> bytes:
    parts = (struct.pack(">BBH", 0xFF, mark, len(each) + 2) + each for mark, each in segments)
    return b"\xff\xd8" + b"".join(parts) + b"\xff\xd9"


def _webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        struct.pack("<4sI", kind, len(each)) + each + b"\0" * (len(each) & 1)
        for kind, each in chunks
    )
    return struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WEBP") + body


def _avif(meta: bytes) -> bytes:
    ftyp = struct.pack(">I4s4sI4s", 20, b"ftyp", b"avif", 0, b"mif1")
    return ftyp + struct.pack(">I4sI", len(meta) + 12, b"meta", 0) + meta


_BOMBS: dict[str, Callable[[], bytes]] = {
    "zTXt": lambda: raw_png((b"zTXt", b"parameters\0\0" + _bomb(200 << 20))),
    "iTXt": lambda: raw_png((b"iTXt", b"prompt\0\1\0\0\0" + _bomb(200 << 20))),
    "xmp in iTXt": lambda: raw_png((b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + _bomb(50 << 20))),
    "long tEXt": lambda: raw_png((b"tEXt", b"parameters\0" + b"a" * (60 << 20))),
    "many texts": lambda: raw_png(*[(b"tEXt", b"k%d\0" % n + b"a" * 90) for n in range(60_000)]),
    "many bombs": lambda: raw_png(*[(b"zTXt", b"k%d\0\0" % n + _bomb(3 << 20)) for n in range(99)]),
    "10 MB prompt": lambda: raw_png((b"tEXt", b"parameters\0" + b"a, " * 3_500_000)),
    "wide json": lambda: raw_png((b"tEXt", b"prompt\0{" + b'"a":[],' * 500_000 + b'"b":1}')),
    "deep json": lambda: raw_png((b"tEXt", b"prompt\0" + b'{"a":' * 100_000)),
    "long number": lambda: raw_png((b"tEXt", b"prompt\0{" + b'"a":' + b"1" * 100_000 + b"}")),
    "eXIf tags": lambda: raw_png((b"eXIf", _many_tags())),
    "eXIf loop": lambda: raw_png((b"eXIf", _loop())),
    "webp tags": lambda: _webp((b"EXIF", _many_tags())),
    "webp loop": lambda: _webp((b"EXIF", b"Exif\0\0" + _loop())),
    "webp many": lambda: _webp(*[(b"XMP ", b"<a/>")] * 60_000),
    "jpeg loop": lambda: _jpeg((0xE1, b"Exif\0\0" + _loop())),
    "jpeg tags": lambda: _jpeg(
        *[(0xE1, b"Exif\0\0" + _many_tags()[at : at + 65_000]) for at in range(0, 1 << 20, 65_000)]
    ),
    "jpeg many": lambda: _jpeg(*[(0xFE, b"x")] * 60_000),
    "jpeg length": lambda: b"\xff\xd8\xff\xe1\0\0" * 1_000,
    "avif boxes": lambda: _avif(struct.pack(">I4s", 8, b"free") * 100_000),
    "avif items": lambda: _avif(
        struct.pack(">I4sIIHH", 0xFFFF, b"iloc", 0, 0x44000000, 0xFFFF, 0) + b"\xff" * 0xFFEB
    ),
    "laughing xmp": lambda: _webp(
        (b"XMP ", b'<!DOCTYPE a [<!ENTITY x "' + b"y" * 9_000 + b'">]><a>' + b"&x;" * 9_000)
    ),
}


@pytest.mark.parametrize("kind", list(_BOMBS))
def test_bombs_take_little_memory(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(_BOMBS[kind]())
    tracemalloc.start()
    try:
        found = read_settings(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found is None
    assert peak < 200 << 20


def test_a_hidden_bomb_is_no_text(tmp_path: Path) -> None:
    path = stealth_png(tmp_path / "a.png", "a" * (8 << 20), side=320)

    assert read_hidden(path) is None


def test_a_hidden_length_beyond_the_pixels_is_no_text(tmp_path: Path) -> None:
    path = stealth_png(tmp_path / "a.png", "x" * 1_500, b"stealth_pnginfo", side=64)

    assert read_hidden(path) is None


def test_a_picture_of_too_many_pixels_is_not_decoded(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    small = raw_png()
    content = small[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + small[33:]
    (tmp_path / "a.png").write_bytes(content)

    assert read_settings(tmp_path / "a.png") is None


_VALID = [
    raw_png((b"tEXt", b"parameters\0a\nSteps: 1, Sampler: Euler, Seed: 2, Size: 8x8")),
    raw_png((b"tEXt", b"prompt\0" + json.dumps(comfyui_prompt()).encode())),
    raw_png((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet(XmpFields(user_comment="{}")))),
    _webp((b"XMP ", packet(XmpFields(record="{}"))), (b"EXIF", _loop())),
]


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300
)
@given(st.data())
def test_changed_bytes_never_raise(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(_VALID)))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + 1] = data.draw(st.binary(max_size=4))
    path = tmp_path / "a"
    path.write_bytes(content)
    assert _is_clean(read_settings(path))


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40
)
@given(st.sampled_from(["JPEG", "WEBP", "AVIF"]), st.data())
def test_changed_bytes_of_other_formats_never_raise(
    tmp_path: Path, form: str, data: st.DataObject
) -> None:
    path = with_exif(tmp_path / "a", unicode_comment("a\nSteps: 1, Seed: 1, Size: 1x1"), form=form)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    assert _is_clean(read_settings(path))


_JSON_KEYS = (
    "inputs",
    "class_type",
    "nodes",
    "links",
    "id",
    "type",
    "widgets_values",
    "name",
    "link",
    "image",
    "prompt",
    "model",
    "loras",
    "weight",
    "lora",
    "v2",
    "c",
    "uc",
    "seed",
    "steps",
    "width",
    "v4_prompt",
    "caption",
    "base_caption",
    "char_captions",
    "sui_image_params",
    "sui_models",
    "param",
    "hash",
    "Comment",
    "3",
    "4",
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(_JSON_KEYS) | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=24,
)
_PLACES = (
    "parameters",
    "prompt",
    "workflow",
    "Comment",
    "invokeai_metadata",
    "sd-metadata",
    "pentimento",
)


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400
)
@given(st.sampled_from(_PLACES), _json)
def test_any_json_in_any_place_is_read_or_refused(tmp_path: Path, place: str, value: Any) -> None:
    texts = {place: json.dumps(value), "Software": "NovelAI", "fooocus_scheme": "fooocus"}
    assert _is_clean(read_settings(write(tmp_path / "a.png", texts)))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from((*_PLACES, "Dream")), st.text(max_size=300))
def test_any_text_in_any_place_is_read_or_refused(tmp_path: Path, place: str, text: str) -> None:
    assert _is_clean(read_settings(write(tmp_path / "a.png", {place: text})))


def test_a_file_that_is_no_picture(tmp_path: Path) -> None:
    for content in (b"", b"x", b"%PDF", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x20ftypavif", b"\xff\xd8"):
        (tmp_path / "a").write_bytes(content)
        assert read_settings(tmp_path / "a") is None
    with pytest.raises(OSError, match="missing"):
        read_settings(tmp_path / "missing")


def test_a_link_to_nowhere_in_text_is_only_text(tmp_path: Path) -> None:
    found = read_settings(
        png(tmp_path / "a.png", {"parameters": "${HOME} /etc/passwd\nSteps: 1, Seed: 2, Size: 8x8"})
    )
    assert found is not None
    assert found.prompt == "${HOME} /etc/passwd"
