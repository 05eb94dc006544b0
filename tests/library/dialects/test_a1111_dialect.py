"""A1111's text: taken apart as its own parser does, from every place where it stands."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from studio.library.dialects import read_settings
from studio.library.dialects.a1111 import read_infotext, split_infotext
from studio.library.settings import PictureSettings
from tests.support.a1111_reads import parse
from tests.support.foreign_pictures import png, unicode_comment, with_exif

_OLD = (
    "a fox, (masterpiece:1.2)\nsecond line <lora:ink:0.7>\n"
    "Negative prompt: lowres, bad hands\nblurry\n"
    "Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 965400086, Size: 512x768, "
    "Model hash: 6CE0161689, Model: v1-5-pruned-emaonly, Denoising strength: 0.55, Clip skip: 2, "
    'Lora hashes: "ink: 1a2b3c4d", Version: v1.6.0'
)
_NEW = (
    "a fox\nSteps: 30, Sampler: DPM++ 2M SDE, Schedule type: Karras, CFG scale: 5, Seed: 1, "
    "Size: 832x1216, Model: models/ponyXL.safetensors, "
    'ADetailer prompt: "face, \\"smiling\\", x: y", Version: v1.10.1'
)
_FORGE = (
    "a fox\nSteps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1, "
    "Distilled CFG Scale: 3.5, Seed: 7, Size: 896x1152, Model hash: c161224931, "
    "Model: flux1-dev-bnb-nf4-v2, Version: f2.0.1v1.10.1-previous-665-gae278f794"
)
_CIVITAI = (
    "a fox\nNegative prompt: bad\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, "
    'Size: 512x512, Hashes: {"model": "abcdef0123", "lora:ink": "99"}, Version: ComfyUI'
)


def _checked(settings: PictureSettings | None) -> PictureSettings:
    assert settings is not None
    return settings


def test_a_picture_of_version_1_6(tmp_path: Path) -> None:
    settings = _checked(read_settings(png(tmp_path / "a.png", {"parameters": _OLD})))

    assert settings.program == "AUTOMATIC1111"
    assert settings.prompt == "a fox, (masterpiece:1.2)\nsecond line <lora:ink:0.7>"
    assert settings.negative_prompt == "lowres, bad hands\nblurry"
    assert (settings.steps, settings.guidance_scale, settings.seed) == (20, 7.5, 965400086)
    assert (settings.sampler, settings.clip_skip) == ("DPM++ 2M Karras", 2)
    assert (settings.width, settings.height, settings.strength) == (512, 768, 0.55)
    assert (settings.model, settings.model_hash) == ("v1-5-pruned-emaonly", "6ce0161689")
    assert settings.loras == (("ink", 0.7),)
    assert settings.lora_hashes == (("ink", "1a2b3c4d"),)


def test_a_schedule_type_belongs_to_the_sampler() -> None:
    settings = _checked(read_infotext(_NEW))

    assert settings.sampler == "DPM++ 2M SDE Karras"
    assert settings.model == "ponyXL"
    assert ("ADetailer prompt", 'face, "smiling", x: y') in settings.others


def test_flux_in_forge_is_guided_by_its_own_number() -> None:
    settings = _checked(read_infotext(_FORGE))

    assert (settings.program, settings.guidance_scale) == ("Forge", 3.5)
    assert settings.sampler == "Euler Simple"


def test_hashes_of_civitai_are_read() -> None:
    settings = _checked(read_infotext(_CIVITAI))

    assert (settings.program, settings.model_hash) == ("ComfyUI", "abcdef0123")
    assert settings.seed == 5
    assert settings.lora_hashes == (("ink", "99"),)


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    "comment",
    [
        unicode_comment(_OLD),
        unicode_comment(_OLD, "le"),
        b"ASCII\0\0\0" + _OLD.encode(),
        _OLD.encode(),
        b"UNICODE\0" + _OLD.encode("utf-16"),
    ],
)
def test_exif_of_other_formats(tmp_path: Path, form: str, comment: bytes) -> None:
    settings = read_settings(with_exif(tmp_path / "a", comment, form=form))

    assert settings == read_infotext(_OLD)


def test_the_comment_of_a_jpeg(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", comment=_OLD)

    assert read_settings(tmp_path / "a.jpg") == read_infotext(_OLD)


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt"])
def test_every_kind_of_text_chunk(tmp_path: Path, kind: str) -> None:
    text = _OLD.replace("a fox", "Füchse 🦊")
    settings = _checked(read_settings(png(tmp_path / "a.png", {"parameters": text}, kind)))

    assert settings.prompt.startswith("Füchse 🦊")


def test_lines_that_extensions_add_are_passed_over() -> None:
    settings = _checked(read_infotext(_OLD + "\nTemplate: a __animal__, {x|y}"))

    assert settings.steps == 20


@pytest.mark.parametrize("text", ["", "a fox", "a: b, c: d", "Negative prompt: only", "\n\n"])
def test_text_without_settings_is_none(text: str) -> None:
    assert read_infotext(text) is None


_keys = st.sampled_from(["Steps", "Seed", "CFG scale", "Model", "Hires upscale", "RNG", "Size"])
# Without opening braces, which are CivitAI's: the web UI itself breaks them at commas.
_values = st.text(alphabet='abc 019.x:",\\}', max_size=12)


@given(
    st.text(alphabet="ab \n:,", max_size=30),
    st.text(alphabet="cd \n:,", max_size=20),
    st.lists(st.tuples(_keys, _values), max_size=6),
)
@example("", "", [("Steps", ""), ("Steps", ",0 :0")])
@example("", "", [("Steps", "0"), ("Steps", '""'), ("Seed", "")])
@example("", "", [("Steps", '""'), ("Seed", "0"), ("RNG", "0")])
@example("", "", [("Steps", '"0" '), ("Seed", "0"), ("RNG", "0")])
@example("", "", [("Steps", "0"), ("Steps", "1x1"), ("RNG", "0")])
@example("", "", [("Size", "1x1"), ("Size", "1x1 "), ("RNG", "0")])
@example("", "", [("Size", "1x1"), ("Size", "0000000000x1"), ("RNG", "0")])
@example("", "c,cc:,dd:", [])
def test_it_is_taken_apart_as_by_the_web_ui(
    prompt: str, negative_prompt: str, pairs: list[tuple[str, str]]
) -> None:
    line = ", ".join(f"{key}: {value}" for key, value in pairs)
    text = f"{prompt}\nNegative prompt: {negative_prompt}\n{line}"
    theirs = parse(text)

    taken = split_infotext(text)

    fields = {"Prompt": taken[0], "Negative prompt": taken[1], **taken[2]}
    for key in fields.keys() - theirs.keys():
        # A size is one value here, and two there.
        fields |= zip((f"{key}-1", f"{key}-2"), fields.pop(key).split("x"), strict=True)
    assert fields.items() <= theirs.items()
    hidden_sizes = {f"{key}-{side}" for key in fields for side in (1, 2)}
    assert theirs.keys() - fields.keys() <= hidden_sizes


@pytest.mark.parametrize(
    "line",
    [
        "a" * 250_000,
        "a " * 120_000,
        "aa: " * 60_000,
        'aa: "' * 50_000,
        'aa: "\\"' * 30_000,
        "-" * 250_000,
        "a:" + " " * 250_000,
        "{" * 250_000,
        "aa: {" * 50_000,
    ],
    ids=range(9),
)
def test_no_line_takes_long(line: str) -> None:
    for text in (line, "prompt\n" + line, line + "\nSteps: 1, Seed: 2, Size: 8x8"):
        split_infotext(text)
