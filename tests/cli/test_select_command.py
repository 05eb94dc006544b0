"""`pentimento select`, and `inpaint --mask-object`: a tiny segmenter in the models folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from studio.cli import main
from studio.document.selection import METHOD, Hints
from studio.domain.addons import AddonInfo
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size
from studio.engine.devices import Device
from studio.engine.segmenting import ObjectPart, SeenPicture, Segmenting
from studio.engine.segmenting.segmenters import Segmenters
from studio.library.labels.metadata import read_record
from tests.support.tiny_models import write_tiny_model
from tests.support.tiny_segmenters import write_tiny_sam

RED, GREEN = Box(10, 10, 24, 24), Box(44, 20, 26, 36)


def still_life() -> Pixels:
    pixels = np.full((64, 80, 3), (200, 210, 220), np.uint8)
    pixels[RED.slices] = (180, 40, 40)
    pixels[GREEN.slices] = (30, 120, 60)
    return pixels


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "still-life.png"
    Image.fromarray(still_life()).save(path)
    return path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> AddonInfo:
    return write_tiny_sam(tmp_path_factory.mktemp("segmentation") / "sam-vit-tiny")


@pytest.fixture
def segmenter(written: AddonInfo, pentimento_home: Path) -> AddonInfo:
    """One that this test's studio has."""
    there = pentimento_home / "models" / "segmentation" / written.name
    shutil.copytree(written.path, there)
    return written


def expected(info: AddonInfo, *hints: Hints, part: ObjectPart = ObjectPart.BEST) -> Pixels:
    """What the network says itself, all in one mask."""
    pixels, size = still_life(), Size(80, 64)
    cpu = Device(torch.device("cpu"), torch.float32, "CPU")
    segmenters = Segmenters(lambda _kind, _name: info, cpu)
    picture = SeenPicture.of(lambda box: pixels[box.slices], size)
    mask = np.zeros((64, 80), np.uint8)
    for each in hints:
        found = segmenters.answer(Segmenting(info.name, picture, each))
        assert found is not None
        chosen = found.chosen(part)
        coverage = None if chosen is None else chosen.coverage()
        assert coverage is not None
        mask = np.maximum(mask, coverage.over(Box.whole(size)))
    return mask


def read(path: Path) -> Pixels:
    with Image.open(path, formats=["PNG"]) as image:
        return np.asarray(image.convert("L"))


def click(x: int, y: int) -> Hints:
    return Hints(inside=(((x + 0.5, y + 0.5),),))


def test_the_thing_at_a_place_becomes_a_mask(
    picture: Path, segmenter: AddonInfo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mask.png"
    words = ["select", "--image", str(picture), "--out", str(out), "--overwrite", "--json"]
    assert main([*words, "--at", "20,20"]) == 0
    np.testing.assert_array_equal(read(out), expected(segmenter, click(20, 20)))
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == str(out)
    assert told["share"] == pytest.approx((read(out) > 0).mean(), abs=1e-4)

    several = ["--at", "20,20", "--at", "44,20,26,36", "--part", "whole"]
    assert main([*words, *several, "--segmenter", segmenter.name]) == 0
    whole = expected(segmenter, click(20, 20), Hints(box=GREEN), part=ObjectPart.WHOLE)
    np.testing.assert_array_equal(read(out), whole)
    assert capsys.readouterr().err == ""


def test_without_a_segmenter_or_by_choice_colours_decide(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mask.png"
    words = ["select", "--image", str(picture), "--at", "20,20", "--out", str(out), "--overwrite"]
    for choice in ([], ["--segmenter", "colours"]):
        assert main([*words, *choice]) == 0
        said = capsys.readouterr()
        assert said.err == f"Selected by {METHOD}.\n"
        assert said.out.strip() == str(out)
        mask = read(out)
        assert (mask[RED.slices] > 127).mean() > 0.95
        assert not mask[GREEN.slices].any()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--at", "20"], 2, "is no place"),
        (["--at", "20,x"], 2, "is no place"),
        (["--at", "1,2,0,4"], 2, "is no place"),
        (["--at", "80,20"], 1, "outside of the picture, which is 80 × 64"),
        (["--at=-1,20"], 1, "outside"),
        (["--at", "70,50,20,20"], 1, "outside"),
        (["--at", "20,20", "--segmenter", "gone"], 1, "no segmenter “gone”"),
        (["--at", "20,20", "--out", "mask.jpg"], 2, "as PNG"),
    ],
)
def test_what_is_wrong_is_said(
    words: list[str],
    code: int,
    said: str,
    picture: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["select", "--image", str(picture), "--out", "mask.png", *words]) == code
    assert said in capsys.readouterr().err
    assert not (tmp_path / "mask.png").exists()


def test_the_thing_at_a_place_is_painted_anew(
    picture: Path, segmenter: AddonInfo, pentimento_home: Path, tmp_path: Path
) -> None:
    write_tiny_model(pentimento_home / "models" / "tiny")
    out = tmp_path / "out.png"
    words = ["--mask-object", "20,20", "--grow", "0", "--feather", "0", "--steps", "2"]
    places = ["--image", str(picture), "--model", "tiny", "--out", str(out)]
    assert main(["inpaint", "a cat", *words, *places]) == 0
    mask = expected(segmenter, click(20, 20))
    with Image.open(out, formats=["PNG"]) as image:
        pixels = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(pixels[mask == 0], still_life()[mask == 0])
    assert (pixels[mask > 0] != still_life()[mask > 0]).any()
    record = read_record(out)
    assert record is not None
    assert record.request.inpaint is not None
