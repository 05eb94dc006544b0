"""`pentimento upscale`: real files, the networks that are shipped."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from studio.cli import main
from studio.domain.request import PictureRef
from studio.domain.task import Task
from studio.domain.upscalers import UpscalerName
from studio.library.encoding import pixel_digest
from studio.library.labels.metadata import read_record
from studio.library.reading import read_picture
from tests.support.samples import noise
from tests.support.sentences import check_one_sentence


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "in.png"
    Image.fromarray(noise(1, 20, 12)).save(path)
    return path


@pytest.fixture
def upscale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command with --json; gives its object."""

    def run(image: Path, *argv: object, out: str = "out.png") -> dict[str, Any]:
        command = ["upscale", "--image", str(image), "--out", str(tmp_path / out), "--json"]
        assert main([*command, *map(str, argv)]) == 0
        said = capsys.readouterr()
        assert said.err == ""
        report = json.loads(said.out)
        assert isinstance(report, dict)
        return report

    return run


@pytest.mark.parametrize("name", UpscalerName)
@pytest.mark.parametrize("scale", [2, 4])
def test_report_and_file_tell_the_same(
    upscale: Any, picture: Path, scale: int, name: UpscalerName
) -> None:
    report = upscale(picture, "--scale", scale, "--model", name)
    pixels = read_picture(Path(report["file"]))
    assert pixels.shape == (12 * scale, 20 * scale, 3)
    assert (report["width"], report["height"]) == (20 * scale, 12 * scale)
    assert report["model"] == name
    assert report["seconds"] > 0
    record = read_record(Path(report["file"]))
    assert record is not None
    assert (record.request.upscale, record.request.upscaler) == (scale, name)


def test_without_options_it_is_four_times_and_prints_the_file(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.webp"
    assert main(["upscale", "--image", str(picture), "--out", str(out)]) == 0
    assert capsys.readouterr() == (f"{out}\n", "")
    assert read_picture(out).shape == (48, 80, 3)


def test_a_folder_gets_a_file_named_after_the_picture(
    upscale: Any, picture: Path, tmp_path: Path
) -> None:
    (tmp_path / "large").mkdir()
    report = upscale(picture, "--scale", 2, out="large")
    assert Path(report["file"]) == tmp_path / "large" / "in-2x.png"


def test_alpha_is_kept(upscale: Any, tmp_path: Path) -> None:
    pixels = np.dstack([noise(1, 16, 16), np.zeros((16, 16), np.uint8)])
    pixels[4:12, 4:12, 3] = 255
    Image.fromarray(pixels).save(tmp_path / "in.png")
    report = upscale(tmp_path / "in.png")
    large = read_picture(Path(report["file"]), keep_alpha=True)
    assert large.shape == (64, 64, 4)
    assert (large[24:40, 24:40, 3] > 240).all()
    assert (large[:8, :8, 3] == 0).all()


@pytest.fixture
def own_picture(tiny_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A picture that the studio made, 32 × 32, not upscaled."""
    path = tmp_path / "own.png"
    argv = ["generate", "a cat", "--model", tiny_model, "--seed", "5", "--upscale", "1"]
    assert main([*argv, "--out", str(path)]) == 0
    capsys.readouterr()
    return path


def test_an_own_picture_carries_its_request_and_the_request_makes_it_again(
    upscale: Any, own_picture: Path, tiny_model: str, tmp_path: Path
) -> None:
    report = upscale(own_picture, "--scale", 2)
    pixels = read_picture(Path(report["file"]))
    record = read_record(Path(report["file"]))
    assert record is not None
    assert record.request.prompt == "a cat"
    assert record.request.upscale == 2
    assert record.pixel_digest == pixel_digest(pixels)

    again = tmp_path / "again.png"
    argv = ["generate", "a cat", "--model", tiny_model, "--seed", "5", "--upscale", "2"]
    assert main([*argv, "--out", str(again)]) == 0
    assert np.array_equal(read_picture(again), pixels)


def test_an_own_picture_by_another_network_is_made_again_by_naming_it(
    upscale: Any, own_picture: Path, tiny_model: str, tmp_path: Path
) -> None:
    report = upscale(own_picture, "--model", UpscalerName.FINE)
    record = read_record(Path(report["file"]))
    assert record is not None
    assert (record.request.upscale, record.request.upscaler) == (4, UpscalerName.FINE)
    again = tmp_path / "again.png"
    argv = ["generate", "a cat", "--model", tiny_model, "--seed", "5", "--upscale", "4"]
    assert main([*argv, "--upscaler", UpscalerName.FINE, "--out", str(again)]) == 0
    assert read_record(again).request == record.request
    assert np.array_equal(read_picture(again), read_picture(Path(report["file"])))


def test_any_other_picture_names_what_it_was_made_from(
    upscale: Any, picture: Path, own_picture: Path, tmp_path: Path
) -> None:
    larger = Path(upscale(own_picture, "--scale", 2, out="2.png")["file"])
    edited = tmp_path / "edited.png"
    with Image.open(own_picture, formats=("PNG",)) as image:
        text = PngImagePlugin.PngInfo()
        text.add_itxt("pentimento", image.info["pentimento"])
        Image.eval(image, lambda value: 255 - value).save(edited, pnginfo=text)
    for source, prompt, seed in ((larger, "a cat", 5), (edited, "a cat", 5), (picture, "", 0)):
        report = upscale(source, "--scale", 2, out=f"large-{source.name}")
        record = read_record(Path(report["file"]))
        assert record is not None
        request, pixels = record.request, read_picture(source)
        assert request.task is Task.UPSCALE
        assert request.init_image == PictureRef(
            pixel_digest(pixels), pixels.shape[1], pixels.shape[0]
        )
        assert (request.upscale, request.prompt, request.seed) == (2, prompt, seed)
        assert record.pixel_digest == pixel_digest(read_picture(Path(report["file"])))


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["--image", "missing.png"], 1, "no file"),
        (["--image", __file__], 1, "not a picture"),
        (["--image", "wide.png"], 1, "more than 400 million pixels"),
        (["--image", "long.png", "--out", "a.webp"], 1, "can't be wider or higher than 16383"),
        (["--image", "clear.png", "--out", "a.jpg"], 1, "transparent"),
        (["--model", "none"], 1, "There are: realesr-animevideov3, "),
        (["--out", "in.png"], 1, "already a file"),
        (["--out", "nowhere/a.png"], 1, "no folder"),
        (["--out", "a.gif"], 2, ".png, .jpg or .webp"),
    ],
)
def test_what_a_person_can_mend_is_one_sentence(
    picture: Path,
    pentimento_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    argv: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(picture.parent)
    Image.new("L", (5100, 5000)).save("wide.png")
    Image.new("L", (4097, 1)).save("long.png")
    Image.new("RGBA", (4, 4)).save("clear.png")
    pentimento_home.mkdir()  # where the studio keeps what it found out about its models
    before = sorted(picture.parent.iterdir())
    assert main(["upscale", "--image", "in.png", "--out", "a.png", *argv]) == code
    check_one_sentence(capsys, said)
    assert sorted(picture.parent.iterdir()) == before


def test_what_is_there_is_replaced_only_when_told(upscale: Any, picture: Path) -> None:
    upscale(picture, "--overwrite", out="in.png")
    assert read_picture(picture).shape == (48, 80, 3)


@pytest.mark.parametrize("argv", [["--scale", "3"], ["--scale", "1"]])
def test_a_wrong_choice_is_2(picture: Path, argv: list[str]) -> None:
    assert main(["upscale", "--image", str(picture), "--out", "a.png", *argv]) == 2


def test_on_a_terminal_it_shows_the_tiles(tmp_path: Path) -> None:
    Image.fromarray(noise(1, 300, 4)).save(tmp_path / "in.png")
    terminal, its_end = pty.openpty()
    argv = ["upscale", "--image", str(tmp_path / "in.png"), "--out", str(tmp_path / "out.png")]
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", *argv],
        stderr=its_end,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "60"},
    )
    os.close(its_end)
    shown = b""
    try:
        while rest := os.read(terminal, 4096):
            shown += rest
    except OSError:
        pass  # Linux's way to say that the other end is closed
    finally:
        os.close(terminal)
    assert process.wait(timeout=60) == 0
    assert b"upscaling 1/2 " in shown
    assert b"upscaling 2/2 " in shown
    assert shown.endswith(b"\r\x1b[K")
