"""`pentimento generate` with controls, references, a second pass, tiles and editing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.cli import main
from studio.document.control_maps import seen_by_control
from studio.domain.control import Preprocessor
from studio.domain.geometry import Size
from studio.domain.hires import HiresFix, Tiling
from studio.domain.request import Request
from studio.engine.annotators.depth import load_depth_finder
from studio.engine.devices import pick_device
from studio.library.labels.metadata import read_record
from tests.support.samples import noise
from tests.support.tiny_annotators import write_annotator

Generate = Callable[..., tuple[np.ndarray[Any, Any], Request]]


@pytest.fixture
def generate(tiny_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Generate:
    """Runs a command line with the tiny model; gives the picture and its request."""

    def run(*argv: object) -> tuple[np.ndarray[Any, Any], Request]:
        out = tmp_path / "out.png"
        command = ["generate", "a cat", "--model", tiny_model, "--seed", "1", "--steps", "2"]
        assert main([*command, "--out", str(out), "--overwrite", "--json", *map(str, argv)]) == 0
        assert json.loads(capsys.readouterr().out)["file"] == str(out)
        record = read_record(out)
        assert record is not None
        with Image.open(out, formats=("PNG",)) as image:
            return np.asarray(image.convert("RGB")), record.request

    return run


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "seen.png"
    Image.fromarray(noise(2, 40, 32)).save(path)
    return path


@pytest.fixture
def control(tiny_model: str, pentimento_home: Path, tmp_path: Path) -> str:
    """The name of a ControlNet that goes with the tiny model, in this studio's folder."""
    import diffusers
    import torch

    unet = diffusers.UNet2DConditionModel.from_pretrained(
        pentimento_home / "models" / tiny_model / "unet"
    )
    torch.manual_seed(1)
    network = diffusers.ControlNetModel.from_unet(unet)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
    # The folder of models is shared by the tests; this one gets its own.
    models = tmp_path / "own models"
    models.mkdir()
    (models / tiny_model).symlink_to((pentimento_home / "models" / tiny_model).resolve())
    (pentimento_home / "models").unlink()
    (pentimento_home / "models").symlink_to(models)
    network.save_pretrained(models / "controlnet" / "edges")
    return "edges"


def test_a_control_looks_at_a_picture(generate: Generate, control: str, picture: Path) -> None:
    plain, _ = generate()
    seen, request = generate(
        "--control", control, picture, "strength=0.5", "end=0.8", "preprocessor=canny"
    )
    (used,) = request.controls
    assert (used.model, used.strength, used.end) == (control, 0.5, 0.8)
    assert used.preprocessor is Preprocessor.CANNY
    assert not np.array_equal(seen, plain)


def test_a_control_sees_the_depth_that_a_network_finds(
    generate: Generate, control: str, picture: Path, pentimento_home: Path, tmp_path: Path
) -> None:
    info = write_annotator(pentimento_home / "models/annotators/tiny-depth", "dpt")
    seen, request = generate("--control", control, picture, "preprocessor=depth")
    assert request.controls[0].preprocessor is Preprocessor.DEPTH
    fitted = seen_by_control(noise(2, 40, 32), Preprocessor.NONE, Size(32, 32))
    device = pick_device({"PENTIMENTO_DEVICE": "cpu"})
    depth_map = tmp_path / "depth.png"
    Image.fromarray(load_depth_finder(info, device).depth_map(fitted)).save(depth_map)
    by_hand, _ = generate("--control", control, depth_map)
    assert np.array_equal(seen, by_hand)


def test_a_second_pass_is_larger(generate: Generate) -> None:
    pixels, request = generate("--hires", "1.5", "--hires-strength", "0.6")
    assert pixels.shape == (48, 48, 3)
    assert request.hires == HiresFix(48, 48, 0.6)


def test_large_pictures_are_drawn_in_tiles(generate: Generate) -> None:
    pixels, request = generate("--width", 64, "--height", 48, "--tile", 32)
    assert pixels.shape == (48, 64, 3)
    assert request.tiling == Tiling(32, 4)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--control", "edges"], "nothing to look at"),
        (["--control", "edges", "seen.png", "force=1"], "no setting “force=1”"),
        (["--control", "edges", "seen.png", "strength=much"], "“much” is no number"),
        (["--control", "edges", "seen.png", "strength=9"], "strength of a control"),
        (["--control", "nowhere", "seen.png"], "no ControlNet “nowhere”"),
        (
            ["--control", "edges", "seen.png", "preprocessor=depth"],
            "“pentimento models download depth-anything”",
        ),
        (
            ["--control", "edges", "seen.png", "preprocessor=pose"],
            "“pentimento models download vitpose”",
        ),
        (["--reference", "nowhere", "seen.png"], "no IP-Adapter “nowhere”"),
        (["--reference", "face", "seen.png", "kind=mood"], "mood"),
        (["--edit"], "needs a picture to change"),
        (["--edit", "--init", "seen.png"], "edit"),
        (["--hires", "9"], "--hires goes from 1 to 8"),
        (["--hires-strength", "0.5"], "no second pass"),
        (["--tile", "8"], "side of a tile"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    tiny_model: str,
    picture: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    argv: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(picture.parent)
    command = ["generate", "a cat", "--model", tiny_model, "--steps", "1", "--out", "a.png", *argv]
    assert main(command) != 0
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
