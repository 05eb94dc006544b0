"""What a file tells: each part for its readers, and only what was chosen."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import studio
from studio.domain.branch import Branch
from studio.domain.geometry import Box
from studio.domain.inpaint import Inpaint
from studio.domain.request import PictureRef, Request
from studio.domain.stylize import StyleSource, Stylize
from studio.library import (
    ALL_METADATA,
    NO_METADATA,
    Labels,
    MetadataChoice,
    PictureFormat,
    read_record,
)
from studio.library.dialects import read_settings
from studio.library.encoding import encode
from studio.library.labels.embedded import Embedded, read_embedded
from studio.library.labels.xmp import read_packet
from studio.library.picture import PictureRecord
from studio.library.settings import PictureSettings
from studio.library.store import Store
from tests.support.a1111_reads import parse
from tests.support.samples import a_request, noise

_PIXELS = noise(1, 16, 16)
_PHOTO = PictureRef("0" * 64, 64, 48)
_PROMPT = "a Fuchs & 🦊 <b>"


def _record(request: Request | None = None, **changes: Any) -> PictureRecord:
    request = request or a_request(prompt=_PROMPT, negative_prompt="blur", **changes)
    return PictureRecord(request, 0, datetime(2026, 11, 21, tzinfo=UTC), 1.0, "0" * 64)


def _written(
    path: Path, form: PictureFormat, choice: MetadataChoice = ALL_METADATA, **changes: Any
) -> Embedded:
    path.write_bytes(encode(_PIXELS, form, Labels.of(_record(**changes), choice)))
    return read_embedded(path)


@pytest.mark.parametrize("form", list(PictureFormat))
def test_every_format_tells_everything(tmp_path: Path, form: PictureFormat) -> None:
    path = tmp_path / "a"
    xmp = _written(path, form, MetadataChoice(writer="Ä. Meyer")).xmp

    assert read_record(path) == _record()
    settings = read_settings(path)
    assert settings is not None
    assert (settings.program, settings.prompt) == ("Pentimento", _PROMPT)
    assert xmp is not None
    assert xmp.source_type == "trainedAlgorithmicMedia"
    assert (xmp.ai_system, xmp.ai_system_version) == ("Pentimento (tiny)", studio.__version__)
    assert xmp.ai_prompt == f"{_PROMPT}\nNegative prompt: blur"
    assert xmp.ai_prompt_writer == "Ä. Meyer"


@pytest.mark.parametrize("form", list(PictureFormat))
def test_a_writer_who_isnt_named_isnt_there(tmp_path: Path, form: PictureFormat) -> None:
    _written(tmp_path / "a", form)

    assert b"AIPromptWriterName" not in (tmp_path / "a").read_bytes()


@pytest.mark.parametrize("form", list(PictureFormat))
@pytest.mark.parametrize("left_out", ["settings", "parameters", "origin", "prompt"])
def test_each_part_can_be_left_out(tmp_path: Path, form: PictureFormat, left_out: str) -> None:
    path = tmp_path / "a"
    found = _written(path, form, MetadataChoice(**{left_out: False}))
    xmp = found.xmp
    assert xmp is not None

    assert (read_record(path) is None) == (left_out == "settings")
    has_text = "parameters" in found.texts or 0x9286 in found.exif
    assert has_text == (left_out != "parameters")
    assert (xmp.source_type == "") == (left_out == "origin")
    assert (xmp.ai_system == "") == (left_out == "origin")
    assert (xmp.ai_prompt == "") == (left_out == "prompt")


@pytest.mark.parametrize("form", list(PictureFormat))
def test_nothing_is_nothing(tmp_path: Path, form: PictureFormat) -> None:
    found = _written(tmp_path / "a", form, NO_METADATA)
    content = (tmp_path / "a").read_bytes()

    assert found == Embedded()
    assert b"entimento" not in content
    assert "🦊".encode() not in content
    assert "🦊".encode("utf-16-be") not in content


def test_without_the_prompt_its_words_are_nowhere(tmp_path: Path) -> None:
    choice = MetadataChoice(settings=False, parameters=False, prompt=False)
    _written(tmp_path / "a", PictureFormat.JPEG, choice)

    assert b"Fuchs" not in (tmp_path / "a").read_bytes()


_INPAINT = Inpaint((Box(0, 0, 64, 48),), mask=_PHOTO)
_STYLE = Stylize((StyleSource(PictureRef("1" * 64, 8, 8)),))


@pytest.mark.parametrize(
    ("changes", "source_type"),
    [
        ({}, "trainedAlgorithmicMedia"),
        ({"init_image": _PHOTO}, "compositeWithTrainedAlgorithmicMedia"),
        ({"init_image": _PHOTO, "inpaint": _INPAINT}, "compositeWithTrainedAlgorithmicMedia"),
        (
            {"init_image": _PHOTO, "stylize": _STYLE, "num_inference_steps": 0, "model": ""},
            "compositeWithTrainedAlgorithmicMedia",
        ),
        (
            {"init_image": _PHOTO, "num_inference_steps": 0, "upscale": 2, "model": ""},
            "algorithmicallyEnhanced",
        ),
        (
            {"init_image": _PHOTO, "num_inference_steps": 0, "upscale": 2, "model": "tiny"},
            "trainedAlgorithmicMedia",
        ),
    ],
)
def test_the_origin_is_said_in_iptcs_words(changes: dict[str, Any], source_type: str) -> None:
    xmp = Labels.of(_record(**changes)).xmp
    assert xmp is not None
    assert xmp.source_type == source_type


def test_a_branch_is_what_its_parent_was() -> None:
    parent = a_request(prompt="a")
    drawn = Labels.of(_record(a_request(prompt="b", branch=Branch(parent, 3))))
    composite = a_request(prompt="a", init_image=_PHOTO, strength=1.0)
    from_photo = a_request(prompt="b", init_image=_PHOTO, strength=1.0, branch=Branch(composite, 3))
    assert drawn.xmp is not None
    assert drawn.xmp.source_type == "trainedAlgorithmicMedia"
    labels = Labels.of(_record(from_photo))
    assert labels.xmp is not None
    assert labels.xmp.source_type == "compositeWithTrainedAlgorithmicMedia"


def test_of_an_import_only_its_own_settings_are_told(tmp_path: Path) -> None:
    record = PictureRecord(None, 0, datetime(2026, 11, 21, tzinfo=UTC), 0.0, "0" * 64)
    imported = PictureSettings(program="ComfyUI", prompt="a fox", seed=5, steps=20, model="sd15")

    labels = Labels.of(record, ALL_METADATA, imported)

    assert labels.xmp is None
    assert parse(labels.parameters)["Seed"] == "5"
    (tmp_path / "a.avif").write_bytes(encode(_PIXELS, PictureFormat.AVIF, labels))
    read = read_settings(tmp_path / "a.avif")
    assert read is not None
    assert (read.prompt, read.seed, read.model) == ("a fox", 5, "sd15")


def test_pillow_finds_the_xmp_of_every_format() -> None:
    for form in PictureFormat:
        content = encode(_PIXELS, form, _record())
        with Image.open(io.BytesIO(content), formats=(form.upper(),)) as image:
            found = image.info.get("xmp") or image.info["XML:com.adobe.xmp"].encode()
        xmp = read_packet(found)
        assert xmp is not None
        assert xmp.ai_system == "Pentimento (tiny)"


def test_saved_pictures_name_who_wrote_the_prompt(store: Store) -> None:
    store.prompt_writer = "Ä. Meyer"
    picture = store.record(noise(1), a_request())
    xmp = read_embedded(picture.path).xmp
    assert xmp is not None
    assert xmp.ai_prompt_writer == "Ä. Meyer"
    store.prompt_writer = ""
    assert b"PromptWriter" not in store.record(noise(2), a_request()).path.read_bytes()
