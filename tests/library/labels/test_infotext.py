from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings

from studio.domain.adapters import LoraUse, SkipLayers
from studio.domain.making import FileHash, Making
from studio.domain.request import PictureRef, Request
from studio.domain.schedulers import Scheduler
from studio.domain.stylize import StyleSource, Stylize
from studio.library.dialects.a1111 import read_infotext, split_infotext
from studio.library.labels.infotext import infotext, settings_infotext
from studio.library.picture import PictureRecord
from studio.library.settings import PictureSettings
from tests.support.a1111_reads import parse
from tests.support.samples import a_request, requests


def text(**request: object) -> str:
    record = PictureRecord(
        a_request(**request),  # type: ignore[arg-type]
        1,
        datetime(2026, 11, 21, tzinfo=UTC),
        0.5,
        "0" * 64,
    )
    return infotext(record, "0.1")


RECORD = PictureRecord(a_request(), 1, datetime(2026, 11, 21, tzinfo=UTC), 0.5, "0" * 64)


def test_it_reads_as_a1111_writes() -> None:
    assert text(negative_prompt="blurry, dark", scheduler=Scheduler.DPMPP_2M_KARRAS) == (
        "a cat in the snow\n"
        "Negative prompt: blurry, dark\n"
        "Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 5, Seed: 8, Size: 64x48, Model: tiny, "
        "Version: Pentimento 0.1"
    )


def test_an_empty_negative_prompt_has_no_line() -> None:
    assert "Negative prompt" not in text()


def test_values_with_separators_are_quoted() -> None:
    assert 'Model: "a, b: \\"c\\""' in text(model='a, b: "c"')


def test_strength_is_named_when_there_is_a_start_picture() -> None:
    assert "Denoising strength: 0.45" in text(init_image=PictureRef("0" * 64, 8, 8), strength=0.45)
    assert "Denoising" not in text(strength=0.45)


def test_what_changed_the_model_is_named_as_the_web_ui_does() -> None:
    loras = (LoraUse("ink", 0.8), LoraUse("a:b"), LoraUse("paper", 1, (1, 0.5)))
    changed = text(prompt="a cat<lora:old:1>", loras=loras, clip_skip=1, vae="soft, warm")
    assert changed.startswith("a cat<lora:old:1> <lora:ink:0.8> <lora:paper:1:1,0.5>\n")
    assert 'Clip skip: 2, VAE: "soft, warm"' in changed
    assert "Clip skip" not in text()
    assert "VAE" not in text()


def test_other_guidances_are_named_where_there_are_such() -> None:
    start = PictureRef("0" * 64, 8, 8)
    changed = text(init_image=start, edit=True, image_guidance_scale=1.8, skip_layers=SkipLayers())
    assert "Image CFG scale: 1.8, Skip layer guidance: 2.8" in changed
    assert "Image CFG" not in text(init_image=start, edit=True)
    assert "Skip layer" not in text()


def test_hashes_are_told_as_the_web_ui_writes_them() -> None:
    hashes = (
        FileHash("model", "tiny", "6ce0161689"),
        FileHash("lora", "ink, wet: v2", "a1b2c3d4e5f6"),
        FileHash("lora", "fog", "0123456789ab"),
        FileHash("embedding", "neg", "ba9876543210"),
    )
    told = infotext(replace(RECORD, making=Making(hashes=hashes)), "0.1")
    assert 'Lora hashes: "ink wet v2: a1b2c3d4e5f6, fog: 0123456789ab"' in told
    assert 'TI hashes: "neg: ba9876543210"' in told
    assert "Model hash: 6ce0161689" in told
    read = read_infotext(told)
    assert read is not None
    assert read.lora_hashes == (("ink wet v2", "a1b2c3d4e5f6"), ("fog", "0123456789ab"))
    assert read.model_hash == "6ce0161689"
    assert "hashes" not in infotext(RECORD, "0.1")


def test_upscaling_is_named_when_there_was_any() -> None:
    upscaled = text(upscale=4)
    assert "Size: 64x48" in upscaled
    assert "Postprocess upscale by: 4, Postprocess upscaler: realesr-animevideov3" in upscaled
    assert "upscale" not in text()


def test_of_an_upscaled_picture_only_what_made_it_is_named() -> None:
    ref = PictureRef("0" * 64, 64, 48)
    steps = {"num_inference_steps": 0, "init_image": ref, "upscale": 2, "upscaler": "net"}
    assert text(**steps) == (
        "a cat in the snow\nSeed: 8, Size: 64x48, Model: tiny, "
        "Postprocess upscale by: 2, Postprocess upscaler: net, Version: Pentimento 0.1"
    )
    assert text(prompt="", model="", **steps) == (
        "\nSize: 64x48, Postprocess upscale by: 2, Postprocess upscaler: net, "
        "Version: Pentimento 0.1"
    )


@settings(deadline=None, max_examples=300)
@example(a_request(model='"\0'))
@given(requests)
def test_the_web_uis_own_parser_reads_what_is_written(request: Request) -> None:
    record = PictureRecord(request, 1, datetime(2026, 11, 21, tzinfo=UTC), 0.5, "0" * 64)
    written = infotext(record, "0.1")

    read = parse(written)

    assert read["Version"] == "Pentimento 0.1"
    assert (read["Size-1"], read["Size-2"]) == (str(request.width), str(request.height))
    model = request.model.replace("\0", "")
    if model and not re.match(r"^\d+x\d+$", model):
        assert read["Model"] == model
    if request.task.needs_model:
        assert int(read["Steps"]) == request.num_inference_steps
        assert read["Sampler"] == request.scheduler
        assert int(read["Seed"]) == record.seed
        assert float(read["CFG scale"]) == pytest.approx(request.guidance_scale, rel=1e-5)
    if "Negative prompt:" not in request.prompt:
        tags = " ".join(use.tag for use in request.loras if use.tag)
        prompt = f"{request.prompt} {tags}" if request.prompt and tags else request.prompt or tags
        for text, side in (
            (prompt, "Prompt"),
            (request.negative_prompt, "Negative prompt"),
        ):
            lines = [line.strip() for line in text.replace("\0", "").split("\n")]
            assert read[side].strip() == "\n".join(lines).strip()


@given(requests)
def test_ours_reads_it_as_the_web_ui_does(request: Request) -> None:
    record = PictureRecord(request, 1, datetime(2026, 11, 21, tzinfo=UTC), 0.5, "0" * 64)
    written = infotext(record, "0.1")
    theirs = parse(written)

    prompt, negative_prompt, pairs = split_infotext(written)

    assert (prompt, negative_prompt) == (theirs["Prompt"], theirs["Negative prompt"])
    assert pairs["Version"] == theirs["Version"]


def test_a_restyled_picture_names_its_method_and_no_steps() -> None:
    ref = PictureRef("0" * 64, 64, 48)
    styled = Stylize((StyleSource(PictureRef("1" * 64, 8, 8)),), strength=0.5)
    written = text(num_inference_steps=0, init_image=ref, stylize=styled, model="", prompt="")
    read = parse(written)
    assert (read["Style transfer"], read["Style strength"]) == ("instant", "0.5")
    assert "Steps" not in read


def test_pictures_of_others_are_told_in_the_same_form() -> None:
    told = PictureSettings(
        program="ComfyUI", prompt="a fox", seed=5, steps=20, width=64, height=48, model="a: b"
    )
    assert parse(settings_infotext(told)) == {
        "Prompt": "a fox",
        "Negative prompt": "",
        "Steps": "20",
        "Seed": "5",
        "Size-1": "64",
        "Size-2": "48",
        "Model": "a: b",
        "Version": "ComfyUI",
    }
    assert settings_infotext(PictureSettings(prompt="a fox")) == ""


def test_nul_is_left_out() -> None:
    assert text(prompt="a\0b").startswith("ab\n")
