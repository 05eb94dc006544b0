"""`pentimento generate --from`: going on from a picture's steps, without a window."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.catalog import Catalog
from studio.cli import main
from studio.cli.branching import read_source
from studio.domain.branch import Branch
from studio.domain.events import ImageReady
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.runner import DiffusionRunner
from studio.folders import Folders
from studio.library.encoding import PictureFormat, encode
from studio.library.files.disk import Disk
from studio.library.inputs import Inputs
from studio.library.labels.metadata import read_record, read_request
from studio.library.steps.steps import encode_steps, steps_path
from tests.support.samples import noise
from tests.support.sentences import check_one_sentence


@pytest.fixture
def generate(tiny_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `generate` with --json; gives its object and the file's request."""

    numbers = itertools.count(1)

    def run(*argv: object, out: str = "") -> tuple[dict[str, Any], Request]:
        path = tmp_path / (out or f"{next(numbers)}.png")
        command = ["generate", "--out", str(path), "--json", *map(str, argv)]
        assert main(command) == 0
        said = capsys.readouterr()
        assert said.err == ""
        report = json.loads(said.out)
        request = read_request(Path(report["file"]))
        assert request is not None
        return report, request

    return run


@pytest.fixture
def parent(generate: Any, tmp_path: Path) -> Path:
    """A picture of six steps; nothing was kept of them."""
    values = ("--steps", 6, "--seed", 3, "--scheduler", "DPM++ 2M", "--negative", "rain")
    generate("a cat", "--model", "tiny", *values, out="parent.png")
    return tmp_path / "parent.png"


def keep_steps(picture: Path, change: float = 0.0) -> None:
    """Lay its steps beside a picture, as the history does, with `change` added to their latents."""
    request = read_request(picture)
    assert request is not None
    runner = DiffusionRunner(Catalog(Folders.discover().models).find, lambda digest: noise())
    *_, ready = runner.run(request, Control())
    assert isinstance(ready, ImageReady)
    snapshots = [
        replace(s, tensors={**s.tensors, "latents": s.tensors["latents"] + np.float32(change)})
        for s in ready.snapshots
    ]
    steps_path(picture).parent.mkdir(exist_ok=True)
    steps_path(picture).write_bytes(encode_steps(request, None, snapshots))


def test_with_nothing_changed_it_is_the_picture_itself(generate: Any, parent: Path) -> None:
    report, request = generate("--from", parent, "--step", 4)
    pixels = [np.asarray(Image.open(path)) for path in (parent, report["file"])]
    assert np.array_equal(*pixels)
    made = read_request(parent)
    assert made is not None
    assert request.branch == Branch(made, 4)


def test_what_is_given_is_changed_and_the_rest_is_the_parents(generate: Any, parent: Path) -> None:
    changes = ("--steps", 9, "--seed", 8, "--scheduler", "Euler a", "--guidance-scale", 2)
    report, request = generate("a dog", "--from", parent, "--step", 2, *changes, "--upscale", 2)
    assert (request.prompt, request.negative_prompt, request.seed) == ("a dog", "rain", 8)
    assert (request.num_inference_steps, request.guidance_scale) == (9, 2.0)
    assert (request.scheduler, request.upscale) == ("Euler a", 2)
    assert request.branch is not None
    assert request.branch.parent == read_request(parent)
    keep_steps(parent)
    again, _ = generate("a dog", "--from", parent, "--step", 2, *changes, "--upscale", 2)
    assert again["pixel_digest"] == report["pixel_digest"]


def test_steps_beside_the_picture_are_gone_on_from(generate: Any, parent: Path) -> None:
    anew, request = generate("--from", parent, "--keep-step", 3)
    assert (request.last_step, request.branch) == (3, None)
    keep_steps(parent)
    kept, _ = generate("--from", parent, "--keep-step", 3)
    keep_steps(parent, change=0.5)
    others, _ = generate("--from", parent, "--keep-step", 3)
    steps_path(parent).write_bytes(b"damaged")
    damaged, _ = generate("--from", parent, "--keep-step", 3)
    digests = [report["pixel_digest"] for report in (anew, kept, damaged, others)]
    assert digests[0] == digests[1] == digests[2] != digests[3]


def test_a_step_is_kept_of_a_new_picture_too(generate: Any, parent: Path) -> None:
    of_parent, _ = generate("--from", parent, "--keep-step", 3)
    values = ("--steps", 6, "--seed", 3, "--scheduler", "DPM++ 2M", "--negative", "rain")
    alone, request = generate("a cat", "--model", "tiny", *values, "--keep-step", 3)
    assert request.last_step == 3
    assert alone["pixel_digest"] == of_parent["pixel_digest"]
    _, branch = generate("a dog", "--from", parent, "--step", 2, "--keep-step", 4)
    assert branch.last_step == 4


def test_what_is_painted_lies_over_the_step(generate: Any, parent: Path, tmp_path: Path) -> None:
    painted = np.zeros((32, 32, 4), np.uint8)
    painted[:16] = (255, 0, 0, 255)
    Image.fromarray(painted).save(tmp_path / "painted.png")
    plain, _ = generate("--from", parent, "--step", 4)
    over, request = generate("--from", parent, "--step", 4, "--painted", tmp_path / "painted.png")
    assert over["pixel_digest"] != plain["pixel_digest"]
    assert request.branch is not None
    assert request.branch.painted is not None


def test_a_count_draws_other_noise_from_there_on(
    generate: Any, parent: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["--from", str(parent), "--step", "2", "--scheduler", "Euler a", "--count", "2"]
    assert main(["generate", "--out", f"{tmp_path / 'some'}/", "--json", *argv]) == 0
    images = json.loads(capsys.readouterr().out)["images"]
    assert len({image["pixel_digest"] for image in images}) == 2


def test_the_start_picture_is_found_where_the_studio_keeps_it_or_given_again(
    generate: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = tmp_path / "start.png"
    Image.fromarray(noise(3)).save(start)
    generate("a cat", "--model", "tiny", "--init", start, "--steps", 6, out="near.png")
    near = tmp_path / "near.png"
    argv = ["--from", str(near), "--step", "2"]
    given, _ = generate(*argv, "--init", start)
    assert main(["generate", "--out", str(tmp_path / "b.png"), *argv]) == 1
    assert "not on this disk" in capsys.readouterr().err
    Inputs(Folders.discover().data / "inputs", Disk()).adopt(start)
    found, _ = generate(*argv)
    assert found["pixel_digest"] == given["pixel_digest"]
    Image.fromarray(noise(4)).save(start)
    assert main(["generate", "--out", "c.png", *argv, "--init", str(start)]) == 2
    assert "keeps the picture that it started from" in capsys.readouterr().err


def test_a_picture_of_a_batch_is_one_of_its_own(
    generate: Any, parent: Path, tmp_path: Path
) -> None:
    record = read_record(parent)
    assert record is not None
    assert record.request is not None
    batch = replace(record.request, num_images_per_prompt=4)
    path = tmp_path / "of-batch.png"
    path.write_bytes(encode(noise(), PictureFormat.PNG, replace(record, request=batch, index=2)))
    request = read_source(path).request
    assert (request.num_images_per_prompt, request.seed) == (1, 5)


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        ([], 2, "There is no prompt"),
        (["--step", "2"], 2, "--step needs a picture"),
        (["--painted", "a.png"], 2, "--painted needs a picture"),
        (["--from", "PARENT"], 2, "--from needs a step"),
        (["--from", "PARENT", "--painted", "a.png", "--keep-step", "2"], 2, "Give it with --step"),
        (["--from", "PARENT", "--step", "2", "--width", "64"], 2, "Leave --width out"),
        (["--from", "PARENT", "--step", "2", "--strength", "0.5"], 2, "Leave --strength out"),
        (["a dog", "--from", "PARENT", "--keep-step", "2"], 2, "from which step on"),
        (["--from", "PARENT", "--keep-step", "7"], 2, "only 6 steps"),
        (["a cat", "--model", "tiny", "--keep-step", "0"], 1, "last step must be"),
        (["--from", "PARENT", "--step", "6"], 1, "from 0 to 5"),
        (["--from", "PARENT", "--step", "4", "--steps", "3"], 1, "none left to take"),
        (["--from", "PARENT", "--step", "4", "--keep-step", "3"], 1, "must come after"),
        (["--from", "PARENT", "--step", "2", "--model", "nowhere"], 1, "no model “nowhere”"),
        (["--from", "PARENT", "--step", "2", "--painted", "small.png"], 1, "equally large"),
        (["--from", "PARENT", "--step", "2", "--count", "0"], 2, "--count goes from 1"),
        (["--from", "missing.png", "--step", "2"], 1, "no file"),
        (["--from", "small.png", "--step", "2"], 1, "doesn't say how it was made"),
        (["--from", ".", "--step", "2"], 1, "can't be read"),
    ],
)
def test_what_a_person_can_mend_is_one_sentence(
    parent: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    argv: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(noise(1, 8, 8)).save("small.png")
    argv = [str(parent) if word == "PARENT" else word for word in argv]
    assert main(["generate", "--out", "out.png", *argv]) == code
    check_one_sentence(capsys, said)
    assert not Path("out.png").exists()
