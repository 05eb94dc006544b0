"""`pentimento generate`, on a tiny model: a real engine, real files."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.cli import main
from studio.domain.request import Request
from studio.library.labels.metadata import read_record
from tests.support.sentences import check_one_sentence


@pytest.fixture
def generate(tiny_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command line with the tiny model and --json; gives its object."""

    def run(*argv: object, out: str = "out.png") -> dict[str, Any]:
        command = ["generate", "a cat", "--model", tiny_model, "--out", str(tmp_path / out)]
        assert main([*command, "--json", *map(str, argv)]) == 0
        said = capsys.readouterr()
        assert said.err == ""
        report = json.loads(said.out)
        assert isinstance(report, dict)
        return report

    return run


def _pixels(path: str) -> np.ndarray:
    with Image.open(path, formats=("PNG", "JPEG", "WEBP")) as image:
        return np.asarray(image.convert("RGB"))


def _request(path: str) -> Request:
    record = read_record(Path(path))
    assert record is not None
    return record.request


def test_report_and_file_tell_the_same(generate: Any) -> None:
    report = generate("--seed", 7, "--negative", "dog", "--steps", 3, "--guidance-scale", 2)
    pixels = _pixels(report["file"])
    assert pixels.shape == (32, 32, 3)
    assert report["pixel_digest"] == hashlib.sha256(pixels.tobytes()).hexdigest()
    request = _request(report["file"])
    assert report["request_digest"] == request.digest
    assert (request.prompt, request.negative_prompt, request.seed) == ("a cat", "dog", 7)
    assert (request.num_inference_steps, request.guidance_scale) == (3, 2.0)
    assert report["seconds"] > 0
    assert report["steps_per_second"] > 0


def test_same_seed_same_pixels_and_another_seed_others(generate: Any) -> None:
    first = generate("--seed", 1, out="a.png")
    again = generate("--seed", 1, out="b.png")
    other = generate("--seed", 2, out="c.png")
    assert first["pixel_digest"] == again["pixel_digest"] != other["pixel_digest"]
    assert first["request_digest"] == again["request_digest"] != other["request_digest"]


def test_a_count_is_so_many_requests_with_rising_seeds(generate: Any) -> None:
    reports = generate("--seed", 4, "--count", 3, out="some/")["images"]
    assert [Path(report["file"]).name for report in reports] == [
        "00001-4.png",
        "00002-5.png",
        "00003-6.png",
    ]
    assert [_request(report["file"]).seed for report in reports] == [4, 5, 6]
    assert reports[2]["pixel_digest"] == generate("--seed", 6)["pixel_digest"]


def test_options_left_out_are_the_models_own(generate: Any, tiny_model: str) -> None:
    from studio.catalog import Catalog
    from studio.folders import Folders

    model = Catalog(Folders.discover().models).find(tiny_model)
    request = _request(generate()["file"])
    assert request.num_inference_steps == model.default_steps
    assert request.guidance_scale == model.default_guidance_scale
    assert request.scheduler == model.default_scheduler
    assert request.size == model.native_size
    assert request.upscale == model.default_upscale


def test_a_picture_may_be_finished_larger(generate: Any) -> None:
    plain = generate("--seed", 1, "--upscale", 1, out="a.png")
    large = generate("--seed", 1, "--upscale", 2, out="b.png")
    assert _pixels(plain["file"]).shape == (32, 32, 3)
    assert _pixels(large["file"]).shape == (64, 64, 3)
    assert _request(large["file"]).upscale == 2
    assert _request(plain["file"]).upscale == 1


def test_a_picture_to_start_from(generate: Any, tmp_path: Path) -> None:
    start = tmp_path / "start.png"
    Image.new("RGB", (64, 32), "orange").save(start)
    near = generate("--init", start, "--strength", 0.3, "--seed", 1, out="near.png")
    far = generate("--init", start, "--strength", 1, "--seed", 1, out="far.png")
    request = _request(near["file"])
    assert request.init_image is not None
    assert (request.init_image.width, request.init_image.height) == (64, 32)
    assert request.strength == 0.3
    assert str(request.size) == "32 × 16"
    assert near["pixel_digest"] != far["pixel_digest"]


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_other_formats_carry_the_request_too(generate: Any, suffix: str) -> None:
    report = generate("--scheduler", "DPM++ 2M Karras", out=f"a.{suffix}")
    assert _pixels(report["file"]).shape == (32, 32, 3)
    assert _request(report["file"]).digest == report["request_digest"]


def test_without_json_it_prints_the_file(
    tiny_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.png"
    assert main(["generate", "a cat", "--model", tiny_model, "--out", str(out)]) == 0
    assert capsys.readouterr() == (f"{out}\n", "")


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["--model", "nowhere"], 1, "no model “nowhere”"),
        (["--width", "33"], 1, "multiples of 8"),
        (["--height", "-8"], 1, "can't be"),
        (["--steps", "0"], 1, "steps must be a whole number from 1"),
        (["--scheduler", "Eulr"], 1, "Choose one of: Euler, "),
        (["--init", "missing.png"], 1, "no file"),
        (["--init", __file__], 1, "not a picture"),
        (["--out", "missing/a.png"], 1, "no folder"),
        (["--out", "a.gif"], 2, ".png, .jpg or .webp"),
        (["--upscale", "3"], 1, "one of 1, 2, 4"),
        (["--upscale", "4", "--width", "4096"], 1, "upscale or extend less"),
        (["--count", "0"], 2, "--count goes from 1"),
        (["--strength", "0.5"], 2, "--init"),
        (["--seed", "-1"], 1, "seed must be"),
    ],
)
def test_what_a_person_can_mend_is_one_sentence(
    tiny_model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    argv: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["generate", "a cat", "--model", tiny_model, "--out", "a.png", *argv]
    assert main(command) == code
    check_one_sentence(capsys, said)
    assert not list(tmp_path.glob("*.png"))


def test_without_any_model_it_says_where_one_belongs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("studio.folders.RESOURCES", tmp_path / "none")
    assert main(["generate", "a cat", "--out", str(tmp_path / "a.png")]) == 1
    assert "no model on this disk" in capsys.readouterr().err


def test_a_real_process_on_a_terminal_stops_cleanly(tiny_model: str, tmp_path: Path) -> None:
    terminal, its_end = pty.openpty()
    argv = ["generate", "a cat", "--model", tiny_model, "--steps", "200", "--count", "60"]
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", *argv, "--out", str(tmp_path / "made")],
        stderr=its_end,
        stdout=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "60"},
        # Who runs the tests in the background may have it ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(its_end)
    shown = b""
    while not re.search(rb"1 of 60: \d+/200 ", shown):
        shown += os.read(terminal, 4096)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    try:
        while rest := os.read(terminal, 4096):
            shown += rest
    except OSError:
        pass  # Linux's way to say that the other end is closed
    finally:
        os.close(terminal)
    assert process.returncode == 130
    assert out == b""
    assert shown.replace(b"\r\n", b"\n").endswith(b"\r\x1b[Kpentimento: stopped.\n")
    assert b"Traceback" not in shown
    assert not [path for path in (tmp_path / "made").iterdir() if path.suffix != ".png"]
