"""What other programs' notes, pictures and headers tell of a model."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from studio.catalog import Catalog
from studio.catalog.model_metadata import thumbnail, trigger_words
from studio.catalog.sidecars import config_says_v, find_preview, plain_text, read_notes
from studio.domain.addons import AddonKind
from tests.support import model_files as files
from tests.support.model_files import write_safetensors

CIVITAI = {
    "modelId": 4384,
    "baseModel": "SD 1.5",
    "trainedWords": ["ink wash, ", "sumi-e", 7],
    "description": "<p>Version notes</p>",
    "model": {
        "name": "Ink <b>Wash</b>",
        "description": "<p>First &amp; <b>bold</b></p><script>x</script><p>second<br>line</p>",
        "tags": ["style", "ink"],
    },
    "creator": {"username": "somebody"},
}


@pytest.fixture
def lora(tmp_path: Path) -> Path:
    return write_safetensors(tmp_path / "loras/ink.safetensors", files.kohya_lora(files.ldm_unet()))


def test_civitais_record_tells_most(lora: Path) -> None:
    lora.with_name("ink.civitai.info").write_text(json.dumps(CIVITAI))
    notes = read_notes(lora)
    assert notes.title == "Ink <b>Wash</b>"  # text, not markup: shown as it is
    assert notes.description.splitlines()[0] == "First & bold"
    assert "<" not in notes.description
    assert notes.trigger_words == ("ink wash", "sumi-e")
    assert (notes.base_model, notes.author) == ("SD 1.5", "somebody")
    assert notes.source_url == "https://civitai.com/models/4384"
    assert notes.tags == ("style", "ink")


def test_lora_managers_and_a1111s_notes(lora: Path) -> None:
    a1111 = {"description": "d", "sd version": "SD1", "activation text": "a, b", "notes": "n"}
    lora.with_name("ink.json").write_text(json.dumps(a1111))
    notes = read_notes(lora)
    assert (notes.description, notes.base_model, notes.trigger_words) == ("d", "SD1", ("a, b",))
    manager = {"model_name": "Ink", "base_model": "SDXL", "civitai": {"trainedWords": ["w"]}}
    lora.with_name("ink.metadata.json").write_text(json.dumps(manager))
    notes = read_notes(lora)
    assert (notes.title, notes.base_model, notes.trigger_words) == ("Ink", "SDXL", ("w",))
    assert notes.description == "d"


def test_a_text_beside_it_is_its_description(lora: Path) -> None:
    lora.with_name("ink.txt").write_bytes(b"hello \xff")
    assert read_notes(lora).description == "hello \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"model": 7, "trainedWords": {}, "modelId": true}', b"[" * 9999]
)
def test_damaged_notes_count_as_none(lora: Path, content: bytes) -> None:
    lora.with_name("ink.civitai.info").write_bytes(content)
    assert read_notes(lora) == read_notes(lora.with_name("other.safetensors"))


def test_previews_by_the_usual_names(lora: Path) -> None:
    assert find_preview(lora) is None
    png = lora.with_name("ink.png")
    png.touch()
    assert find_preview(lora) == png
    better = lora.with_name("ink.preview.png")
    better.touch()
    assert find_preview(lora) == better


def test_html_becomes_text() -> None:
    assert plain_text("a < b") == "a < b"
    assert plain_text("<ul><li>one</li><li>two</li></ul>") == "one\ntwo"
    assert len(plain_text("<p>" + "x" * 100_000)) == 8_000


@pytest.mark.parametrize(
    ("text", "says_v"),
    [
        ('model:\n  params:\n    parameterization: "v"\n', True),
        ("    parameterization: v\n", True),
        ("    parameterization: eps\n", False),
        ("# about v\n", False),
    ],
)
def test_the_reference_codes_config_tells_v_prediction(
    tmp_path: Path, text: str, says_v: bool
) -> None:
    model = write_safetensors(tmp_path / "m/x.safetensors", files.sd2())
    (tmp_path / "m/x.yaml").write_text(text)
    assert config_says_v(model) is says_v
    (found,) = Catalog([tmp_path]).models()
    assert found.prediction_type == ("v_prediction" if says_v else "")


def test_what_the_header_says_of_a_models_prediction_counts(tmp_path: Path) -> None:
    metadata = {"modelspec.prediction_type": "v", "modelspec.license": "CC0-1.0"}
    write_safetensors(tmp_path / "x.safetensors", files.sd1(), metadata=metadata)
    (found,) = Catalog([tmp_path]).models()
    assert (found.prediction_type, found.licence) == ("v_prediction", "CC0-1.0")


def test_trigger_words_from_the_makers_phrase_or_the_captions() -> None:
    assert trigger_words({"modelspec.trigger_phrase": "sks, a dog"}) == ("sks", "a dog")
    frequency = {"10_sks": {"sks": 20, "dog": 19, "grass": 4}, "5_x": {"sks": 1}, "bad": 7}
    tags = {"ss_tag_frequency": json.dumps(frequency), "ss_num_train_images": "20"}
    assert trigger_words(tags) == ("sks", "dog")
    assert trigger_words({"ss_tag_frequency": "{" * 9999}) == ()
    assert trigger_words({"ss_tag_frequency": '{"a": {"b": "many"}}'}) == ()
    assert trigger_words({}) == ()


def test_a_note_comes_before_the_header(lora: Path) -> None:
    catalog = Catalog([lora.parents[1]])
    assert catalog.find_addon(AddonKind.LORA, "ink").trigger_words == ()
    lora.with_name("ink.civitai.info").write_text(json.dumps(CIVITAI))
    catalog.rescan()
    assert catalog.find_addon(AddonKind.LORA, "ink").trigger_words == ("ink wash", "sumi-e")


def test_a_thumbnail_in_the_header() -> None:
    picture = b"\x89PNG not really"
    url = "data:image/png;base64," + base64.b64encode(picture).decode()
    assert thumbnail({"modelspec.thumbnail": url}) == picture
    for wrong in ("data:text/html;base64,AAAA", "https://example.org/x.png", url + "%", ""):
        assert thumbnail({"modelspec.thumbnail": wrong}) is None


def test_text_that_looks_like_markup_without_end_stays_text() -> None:
    assert plain_text("<p>1 <2 and 3> 2</p>") == "1 <2 and 3> 2"
    assert plain_text("<p>open <b") == "open <b"
    assert len(plain_text("<a b='" * 100_000)) <= 8_000
