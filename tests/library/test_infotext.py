from __future__ import annotations

from datetime import UTC, datetime

from studio.domain.request import PictureRef
from studio.domain.schedulers import Scheduler
from studio.library.infotext import infotext
from studio.library.picture import PictureRecord
from tests.support.samples import a_request


def text(**request: object) -> str:
    record = PictureRecord(
        a_request(**request),  # type: ignore[arg-type]
        1,
        datetime(2026, 11, 21, tzinfo=UTC),
        0.5,
        "0" * 64,
    )
    return infotext(record, "0.1")


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


def test_upscaling_is_named_when_there_was_any() -> None:
    upscaled = text(upscale=4)
    assert "Size: 64x48" in upscaled
    assert "Postprocess upscale by: 4, Postprocess upscaler: realesr-animevideov3" in upscaled
    assert "upscale" not in text()


def test_of_an_upscaled_picture_only_what_made_it_is_named() -> None:
    ref = PictureRef("0" * 64, 64, 48)
    steps = {"num_inference_steps": 0, "init_image": ref, "upscale": 2, "upscaler": "net"}
    assert text(**steps) == (
        "a cat in the snow\nSeed: 8, Size: 64x48, Model: tiny, Version: Pentimento 0.1, "
        "Postprocess upscale by: 2, Postprocess upscaler: net"
    )
    assert text(prompt="", model="", **steps) == (
        "\nSize: 64x48, Version: Pentimento 0.1, "
        "Postprocess upscale by: 2, Postprocess upscaler: net"
    )


def test_nul_is_left_out() -> None:
    assert text(prompt="a\0b").startswith("ab\n")
