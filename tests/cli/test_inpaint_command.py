"""`pentimento inpaint` and `outpaint`, on a tiny model: a real engine, real files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.cli import main
from studio.document.masks import Mask
from studio.document.repaint_masks import cover_of
from studio.domain.events import Pixels
from studio.domain.inpaint import Extents, Fill, Intent
from studio.domain.request import Request
from studio.domain.task import Task
from studio.library.labels.metadata import read_record
from tests.support.samples import noise

PICTURE = noise(1, 80, 64)
MASK = np.zeros((64, 80), np.uint8)
MASK[16:40, 20:44] = 255


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a picture and its mask."""
    Image.fromarray(PICTURE).save(tmp_path / "picture.png")
    Image.fromarray(MASK).save(tmp_path / "mask.png")
    return tmp_path


@pytest.fixture
def paint(tiny_model: str, files: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command line on the files with --json; gives the object, the pixels, the request."""

    def run(command: str, *argv: object, out: str = "out.png") -> tuple[Any, Pixels, Request]:
        common = ["--image", files / "picture.png", "--model", tiny_model, "--steps", 2]
        words = [command, *argv, *common, "--out", files / out, "--json"]
        assert main(list(map(str, words))) == 0
        said = capsys.readouterr()
        assert said.err == ""
        report = json.loads(said.out)
        first = report["images"][0] if "images" in report else report
        record = read_record(Path(first["file"]))
        assert record is not None
        with Image.open(first["file"], formats=["PNG"]) as image:
            return report, np.asarray(image.convert("RGB")), record.request

    return run


def test_only_the_masked_place_changes(paint: Any, files: Path) -> None:
    options = ("--mask", files / "mask.png", "--seed", 3, "--grow", 1, "--feather", 4)
    report, pixels, request = paint("inpaint", "a cat", *options)
    untouched = cover_of(MASK, 1, 4) == 0
    assert np.array_equal(pixels[untouched], PICTURE[untouched])
    assert not np.array_equal(pixels, PICTURE)
    assert request.task is Task.INPAINT
    assert (request.prompt, request.seed, request.strength) == ("a cat", 3, 1.0)
    assert report["request_digest"] == request.digest
    again, *_ = paint("inpaint", "a cat", *options, out="again.png")
    assert again["pixel_digest"] == report["pixel_digest"]


def test_every_option_reaches_the_request(paint: Any, files: Path) -> None:
    _, _, request = paint(
        "inpaint",
        "--mask",
        files / "mask.png",
        *("--intent", "fill", "--fill", "noise", "--strength", 0.5),
        *("--padding", 0, "--grow", 0, "--feather", 0, "--scheduler", "DDIM", "--negative", "dog"),
    )
    inpaint = request.inpaint
    assert inpaint is not None
    assert (inpaint.intent, inpaint.fill, request.strength) == (Intent.FILL, Fill.NOISE, 0.5)
    assert (inpaint.grow_px, inpaint.feather_px) == (0, 0)
    assert (inpaint.boxes[0].x, inpaint.boxes[0].width) == (20, 24)
    assert (request.scheduler, request.negative_prompt, request.prompt) == ("DDIM", "dog", "")


def test_the_whole_picture_may_be_seen(paint: Any, files: Path) -> None:
    _, _, request = paint("inpaint", "a cat", "--mask", files / "mask.png", "--whole")
    assert request.inpaint.boxes[0].size == request.finished_size


def test_islands_may_be_painted_each_by_itself(paint: Any, files: Path) -> None:
    mask: Mask = np.zeros((64, 80), np.uint8)
    mask[2:8, 2:8] = mask[56:62, 70:78] = 255
    Image.fromarray(mask).save(files / "islands.png")
    options = ("--mask", files / "islands.png", "--separately", "--padding", 4)
    _, _, request = paint("inpaint", "a cat", *options)
    assert len(request.inpaint.boxes) == 2


def test_a_count_is_so_many_candidates(paint: Any, files: Path) -> None:
    options = ("--mask", files / "mask.png", "--seed", 3, "--count", 2)
    report, _, _ = paint("inpaint", "a cat", *options)
    assert [image["seed"] for image in report["images"]] == [3, 4]
    assert len({image["pixel_digest"] for image in report["images"]}) == 2


def test_a_mask_may_be_drawn_in_transparency(paint: Any, files: Path) -> None:
    drawn = np.zeros((64, 80, 4), np.uint8)
    drawn[16:40, 20:44] = 255
    Image.fromarray(drawn).save(files / "drawn.png")
    options = ("--seed", 3)
    one, *_ = paint("inpaint", "a cat", "--mask", files / "drawn.png", *options, out="a.png")
    two, *_ = paint("inpaint", "a cat", "--mask", files / "mask.png", *options, out="b.png")
    assert one["pixel_digest"] == two["pixel_digest"]


def test_a_picture_grows_at_the_sides_named_and_stays_inside(paint: Any) -> None:
    _, pixels, request = paint("outpaint", "--left", 10, "--bottom", 24, "--seed", 2)
    assert pixels.shape == (88, 90, 3)
    assert np.array_equal(pixels[:64, 10:], PICTURE)
    assert request.inpaint.extend == Extents(left=10, bottom=24)
    assert request.inpaint.intent is Intent.EXPAND


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["inpaint", "a cat"], 2, "--mask"),
        (["inpaint", "--mask", "mask.png"], 1, "the prompt must say what"),
        (["inpaint", "a cat", "--mask", "small.png"], 1, "equally large"),
        (["inpaint", "a cat", "--mask", "black.png"], 1, "The mask is empty"),
        (["inpaint", "a cat", "--mask", "none.png"], 1, "none.png"),
        (["inpaint", "a cat", "--mask", "mask.png", "--strength", "2"], 1, "strength"),
        (["inpaint", "a cat", "--mask", "mask.png", "--fill", "paint"], 2, "--fill"),
        (["inpaint", "a cat", "--mask", "mask.png", "--intent", "expand"], 2, "--intent"),
        (["inpaint", "a cat", "--mask", "mask.png", "--count", "0"], 2, "--count"),
        (["outpaint"], 1, "nothing to extend"),
        (["outpaint", "--left", "-4"], 1, "extent to the left"),
        (["outpaint", "--left", "8190"], 1, "8192 pixels"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    tiny_model: str,
    files: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    argv: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(files)
    Image.new("L", (9, 9), 255).save("small.png")
    Image.new("L", (80, 64), 0).save("black.png")
    common = ["--image", "picture.png", "--model", tiny_model, "--out", "out.png"]
    assert main([*argv, *common]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert not Path("out.png").exists()
