"""`pentimento stylize --method diffusion`, on a tiny model with tiny addons: a real catalog, a real
engine, real files."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from diffusers import UNet2DConditionModel
from PIL import Image

from studio.cli import main
from studio.domain.control import Preprocessor, ReferenceKind
from studio.domain.events import Pixels
from studio.domain.request import Request
from studio.library.encoding import pixel_digest
from studio.library.labels.metadata import read_record
from tests.engine.controls.test_controls import write_controlnet
from tests.engine.references.test_references import write_adapter, write_encoder
from tests.support.samples import noise
from tests.support.tiny_models import write_tiny_model

CONTENT, GARDEN, WAVE = noise(1, 32, 32), noise(2, 40, 24), noise(3, 24, 24)


def write_pictures(folder: Path) -> None:
    for name, pixels in (("photo", CONTENT), ("garden", GARDEN), ("wave", WAVE)):
        Image.fromarray(pixels).save(folder / f"{name}.png")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model “tiny” with two IP-Adapters, an image encoder and two ControlNets."""
    folder = tmp_path_factory.mktemp("guided")
    write_tiny_model(folder / "tiny")
    family: Any = SimpleNamespace(unet=UNet2DConditionModel.from_pretrained(folder / "tiny/unet"))
    for kind in ("ip_adapter", "image_encoders", "controlnet"):
        (folder / kind).mkdir()
    write_adapter(folder / "ip_adapter" / "plain.safetensors", family, 1)
    write_adapter(folder / "ip_adapter" / "small-face.safetensors", family, 2)
    write_encoder(folder / "image_encoders" / "eyes")
    write_controlnet(folder / "controlnet" / "some-tile", family, 1)
    write_controlnet(folder / "controlnet" / "some-canny", family, 2)
    write_controlnet(folder / "controlnet" / "some-pose", family, 3)
    return folder


@pytest.fixture
def stylize(
    models: Path, pentimento_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Runs the command on the photo with --json; gives the pixels and the request."""
    pentimento_home.mkdir()
    (pentimento_home / "models").symlink_to(models)
    write_pictures(tmp_path)

    def run(*argv: object) -> tuple[Pixels, Request]:
        common = ["--content", tmp_path / "photo.png", "--method", "diffusion", "--model", "tiny"]
        out = ["--steps", 3, "--seed", 5, "--out", tmp_path / "out.png", "--overwrite", "--json"]
        assert main(list(map(str, ["stylize", *common, *argv, *out]))) == 0
        said = capsys.readouterr()
        assert said.err == ""
        path = Path(json.loads(said.out)["file"])
        record = read_record(path)
        assert record is not None
        with Image.open(path, formats=["PNG"]) as image:
            return np.asarray(image.convert("RGB")), record.request

    return run


def test_what_is_there_is_used(stylize: Any, tmp_path: Path) -> None:
    styles = ("--style", tmp_path / "garden.png", "--style", tmp_path / "wave.png")
    pixels, request = stylize(*styles, "--weights", 3, 1)
    assert request.prompt == ""
    assert [(each.model, each.kind, each.strength) for each in request.references] == [
        ("plain", ReferenceKind.STYLE, 0.75),
        ("plain", ReferenceKind.STYLE, 0.25),
    ]
    digests = [each.picture.digest for each in request.references]
    assert digests == [pixel_digest(GARDEN), pixel_digest(WAVE)]
    (control,) = request.controls
    assert (control.model, control.preprocessor) == ("some-canny", Preprocessor.CANNY)
    assert control.picture == request.init_image
    # Each of them changes the picture.
    blind, _ = stylize(*styles, "--weights", 3, 1, "--structure", "none")
    other, _ = stylize(*styles, "--weights", 1, 3)
    assert not np.array_equal(blind, pixels)
    assert not np.array_equal(other, pixels)


def test_each_may_be_named_with_its_strength_or_left_out(stylize: Any, tmp_path: Path) -> None:
    style = ("--style", tmp_path / "garden.png")
    named = ("--reference-adapter", "plain:0.5", "--structure", "some-tile:0.25")
    pixels, request = stylize(*style, "--prompt", "a woodcut", *named)
    assert [each.strength for each in request.references] == [0.5]
    (control,) = request.controls
    assert (control.model, control.strength) == ("some-tile", 0.25)
    assert control.preprocessor is Preprocessor.TILE
    again, _ = stylize(*style, "--prompt", "a woodcut", *named)
    assert np.array_equal(again, pixels)
    nothing = ("--reference-adapter", "none", "--structure", "none")
    _, request = stylize("--prompt", "a woodcut", *nothing)
    assert (request.references, request.controls) == ((), ())
    _, request = stylize("--prompt", "a woodcut", "--structure", "some-tile:0")
    assert (request.references, request.controls) == ((), ())


def test_it_keeps_to_the_mask(stylize: Any, tmp_path: Path) -> None:
    mask = np.zeros((32, 32), np.uint8)
    mask[8:24, 8:24] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    styles = ("--style", tmp_path / "garden.png", "--mask", tmp_path / "mask.png", "--feather", 0)
    pixels, request = stylize(*styles)
    assert request.references and request.controls
    assert np.array_equal(pixels[mask == 0], CONTENT[mask == 0])
    assert not np.array_equal(pixels[mask == 255], CONTENT[mask == 255])


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ((), "Say which style"),
        (("--style", "garden.png", "--reference-adapter", "none"), "no style picture without"),
        (("--style", "garden.png", "--reference-adapter", "lost"), "no IP-Adapter “lost”"),
        (("--prompt", "x", "--reference-adapter", "plain"), "something to see"),
        (("--prompt", "x", "--structure", "some-pose"), "doesn't keep structure"),
        (("--prompt", "x", "--structure", "lost:0.5"), "no ControlNet “lost”"),
        (("--prompt", "x", "--method", "instant", "--structure", "none"), "--method diffusion"),
    ],
)
def test_what_cannot_be_is_said(
    stylize: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    argv: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    common = ["stylize", "--content", "photo.png", "--model", "tiny", "--out", "out.png"]
    method = [] if "--method" in argv else ["--method", "diffusion"]
    extra = ["--style", "garden.png"] if "instant" in argv else []
    assert main([*common, *method, *argv, *extra]) != 0
    assert sentence in capsys.readouterr().err


def test_without_addons_it_takes_words_only(
    tiny_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pictures(tmp_path)
    common = ["stylize", "--content", tmp_path / "photo.png", "--method", "diffusion"]
    common += ["--model", tiny_model, "--steps", 2, "--out", tmp_path / "out.png"]
    assert main(list(map(str, [*common, "--style", tmp_path / "garden.png"]))) != 0
    assert "without an IP-Adapter" in capsys.readouterr().err
    assert main(list(map(str, [*common, "--prompt", "a woodcut"]))) == 0
    record = read_record(tmp_path / "out.png")
    assert record is not None
    assert (record.request.references, record.request.controls) == ((), ())
