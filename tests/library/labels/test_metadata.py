from __future__ import annotations

import io
import json
import struct
import zlib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.domain.errors import PictureError
from studio.domain.limits import MAX_PROMPT_CHARS
from studio.library.encoding import PictureFormat, encode, pixel_digest
from studio.library.labels import metadata, png
from studio.library.picture import PictureRecord
from studio.library.reading import read_picture
from tests.support.samples import a_request, noise, requests

PIXELS = noise(1, 16, 16)
records = st.builds(
    PictureRecord,
    request=requests,
    index=st.integers(0, 63),
    created=st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    elapsed_s=st.floats(0, 1e6),
    pixel_digest=st.binary(min_size=32, max_size=32).map(bytes.hex),
)


def a_record(**request: object) -> PictureRecord:
    return PictureRecord(
        a_request(**request),  # type: ignore[arg-type]
        2,
        datetime(2026, 11, 21, 10, 52, tzinfo=UTC),
        1.25,
        pixel_digest(PIXELS),
    )


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60
)
@given(record=records, image_format=st.sampled_from(PictureFormat))
@example(
    record=a_record(prompt="🐈\nred\0<b>&quot;\"'\u2028 ü %s {x}"), image_format=PictureFormat.PNG
)
@example(
    record=a_record(prompt="🐈\nred\0<b>&quot;\"'\u2028 ü %s {x}"), image_format=PictureFormat.JPEG
)
@example(
    record=a_record(prompt="🐈\nred\0<b>&quot;\"'\u2028 ü %s {x}"), image_format=PictureFormat.WEBP
)
@example(
    record=a_record(prompt="🐈\nred\0<b>&quot;\"'\u2028 ü %s {x}"), image_format=PictureFormat.AVIF
)
def test_the_record_comes_back_from_the_file(
    tmp_path: Path, record: PictureRecord, image_format: PictureFormat
) -> None:
    path = tmp_path / "picture"
    path.write_bytes(encode(PIXELS, image_format, record))
    assert metadata.read_record(path) == record
    assert metadata.read_request(path) == record.request
    assert read_picture(path).shape == PIXELS.shape


@pytest.mark.parametrize("image_format", list(PictureFormat))
def test_without_a_record_the_file_says_nothing(
    tmp_path: Path, image_format: PictureFormat
) -> None:
    path = tmp_path / "picture"
    path.write_bytes(encode(PIXELS, image_format, None))
    assert metadata.read_record(path) is None
    with Image.open(path, formats=(image_format.upper(),)) as image:
        assert not image.getexif()
        assert not {"xmp", "exif", "parameters", metadata.PNG_KEYWORD} & image.info.keys()


def test_other_programs_find_their_text_in_a_png() -> None:
    content = encode(PIXELS, PictureFormat.PNG, a_record(negative_prompt="blurry"))
    with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
        text = image.info["parameters"]
    assert text.split("\n")[:2] == ["a cat in the snow", "Negative prompt: blurry"]
    assert text.split("\n")[2].startswith("Steps: 20, Sampler: Euler, CFG scale: 5, Seed: 9, ")


@pytest.mark.parametrize(
    "image_format", [PictureFormat.JPEG, PictureFormat.WEBP, PictureFormat.AVIF]
)
def test_other_programs_find_their_text_in_exif(image_format: PictureFormat) -> None:
    content = encode(PIXELS, image_format, a_record(prompt="Kätzchen 🐈"))
    with Image.open(io.BytesIO(content), formats=(image_format.upper(),)) as image:
        comment = image.getexif().get_ifd(0x8769)[0x9286]
        packet = image.info["xmp"].decode()
    assert comment[:8] == b"UNICODE\0"
    assert comment[8:].decode("utf-16-be").startswith("Kätzchen 🐈\nSteps: 20, ")
    assert "digitalsourcetype/trainedAlgorithmicMedia" in packet


def test_a_prompt_too_long_for_a_jpeg_is_said_not_dropped() -> None:
    record = a_record(prompt="🐈" * MAX_PROMPT_CHARS)
    with pytest.raises(PictureError, match="too long") as raised:
        encode(PIXELS, PictureFormat.JPEG, record)
    assert "without metadata" in raised.value.remedy
    for image_format in (PictureFormat.PNG, PictureFormat.WEBP, PictureFormat.AVIF):
        assert encode(PIXELS, image_format, record)


def test_times_of_other_zones_become_utc() -> None:
    record = a_record()
    zone = timezone(timedelta(hours=9))
    moved = PictureRecord(
        record.request, 2, record.created.astimezone(zone), 1.25, record.pixel_digest
    )
    assert metadata.record_from_json(metadata.record_to_json(moved)) == record


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.sampled_from(["index", "created", "elapsed_s", "pixels", "request"]),
    json_values | st.just("9999-12-31T23:59:59-23:59"),
)
def test_any_value_in_any_place_is_none_or_a_record(key: str, value: object) -> None:
    fields = json.loads(metadata.record_to_json(a_record())) | {key: value}
    record = metadata.record_from_json(json.dumps(fields))
    assert record is None or metadata.record_from_json(metadata.record_to_json(record)) == record


@given(st.text() | json_values.map(json.dumps))
@example("[" * 100_000)
@example('{"request": ' * 5000)
@example("1" * 5000)
def test_any_text_is_no_record(text: str) -> None:
    assert metadata.record_from_json(text) is None


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    """A small PNG with chunks put in before its pixels."""
    plain = encode(PIXELS, PictureFormat.PNG, None)
    added = b"".join(
        struct.pack(">I4s", len(content), kind)
        + content
        + struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))
        for kind, content in chunks
    )
    return plain[:33] + added + plain[33:]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"<html>please log in</html>",
        encode(PIXELS, PictureFormat.PNG, a_record())[:120],
        png_with((b"iTXt", b"pentimento")),
        png_with((b"iTXt", b"pentimento\0\0\0\0\0\xff\xfe")),
        png_with((b"iTXt", b"pentimento\0\1\0\0\0not zlib")),
        png_with((b"iTXt", b"pentimento\0\0\0\0\0" + b"[" * 100_000)),
        png_with((b"iTXt", b"pentimento\0\1\0\0\0" + zlib.compress(b"1" * 50_000_000, 9))),
        png_with((b"tEXt", b"pentimento\0" + b"x" * 5_000_000)),
        png_with(*[(b"tEXt", b"a\0b")] * 60_000),
    ],
    ids=[
        "empty",
        "signature only",
        "web page",
        "cut off",
        "no text",
        "not utf-8",
        "not zlib",
        "deep json",
        "bomb",
        "other chunk",
        "many chunks",
    ],
)
def test_hostile_files_carry_no_record(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    assert metadata.read_record(path) is None


def test_a_compressed_record_is_read_too(tmp_path: Path) -> None:
    text = zlib.compress(metadata.record_to_json(a_record()).encode())
    path = tmp_path / "picture.png"
    path.write_bytes(png_with((b"iTXt", b"pentimento\0\1\0en\0\0" + text)))
    assert metadata.read_record(path) == a_record()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_changed_byte_never_raises(tmp_path: Path, data: st.DataObject) -> None:
    image_format = data.draw(st.sampled_from(PictureFormat))
    content = bytearray(encode(PIXELS, image_format, a_record()))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "picture"
    path.write_bytes(content)
    record = metadata.read_record(path)
    assert record is None or isinstance(record, PictureRecord)


def test_a_damaged_png_is_noticed(tmp_path: Path) -> None:
    content = bytearray(encode(PIXELS, PictureFormat.PNG, a_record()))
    assert png.check_whole(io.BytesIO(content)) == (16, 16)
    content[-40] ^= 1
    with pytest.raises(png.BrokenPng):
        png.check_whole(io.BytesIO(content))
