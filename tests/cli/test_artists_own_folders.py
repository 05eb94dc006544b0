"""From the folders of the artist's other programs to pictures, by the real command line.

Everything in them is found and painted with where it lies, and nothing in them is ever written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.cli import main
from studio.domain.request import Request
from studio.library.labels.metadata import read_record
from tests.support.peer_folders import SIDE, stamps, write_peers

Run = Callable[..., Any]
MODELS = {
    "v1-5-pruned": "sd",
    "v2-1_768-ema-pruned": "sd2",
    "sd_xl_base_1.0": "sdxl",
    "sd_xl_refiner_1.0": "sdxl",
    "flux1-dev": "flux",
    "flux1-schnell": "flux",
    "sd3.5_medium_incl_clips_t5xxl": "sd3",
    "Dreamy Landscapes": "sd",
    "Bold Colours XL": "sdxl",
    "FLUX.2-klein-4B": "flux2",
    "Z-Image-Turbo": "z-image",
    "Qwen-Image": "qwen-image",
    "my first model": "sd",
}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artist's disk, with every program's folder."""
    base = tmp_path_factory.mktemp("disk")
    folders = write_peers(base, tmp_path_factory.mktemp("workshop"))
    names = {name: family for models in folders.values() for name, family in models.items()}
    assert names == MODELS
    (base / "folders.json").write_text(json.dumps([str(folder) for folder in folders]))
    return base


@pytest.fixture
def run(disk: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs a command of a studio that all these folders were added to; gives its JSON."""
    before = stamps(disk)
    for folder in json.loads((disk / "folders.json").read_text()):
        assert main(["models", "add", folder]) == 0
        said = capsys.readouterr().out
        assert folder in said
        assert "can't" not in said

    def run(*words: object) -> Any:
        code = main([*map(str, words), "--json"])
        said = capsys.readouterr()
        assert (code, said.err) == (0, "")
        return json.loads(said.out)

    yield run
    assert stamps(disk) == before


@pytest.fixture
def paint(run: Run, tmp_path: Path) -> Callable[..., tuple[Request, np.ndarray]]:
    """Makes a picture; gives its request, as the file tells it, and its pixels."""

    def paint(model: str, *words: object, prompt: str = "a cat") -> tuple[Request, np.ndarray]:
        out = tmp_path / "picture.png"
        size = ("--width", SIDE, "--height", SIDE, "--steps", 2, "--upscale", 1, "--seed", 5)
        report = run(
            "generate", prompt, "--model", model, *size, "--out", out, "--overwrite", *words
        )
        record = read_record(out)
        assert record is not None
        assert record.request.model == model
        assert report["request_digest"] == record.request.digest
        with Image.open(out, formats=("PNG",)) as image:
            pixels = np.asarray(image.convert("RGB"))
        assert pixels.shape == (SIDE, SIDE, 3)
        assert pixels.std() > 0
        return record.request, pixels

    return paint


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.effect_noise((SIDE, SIDE), 90).convert("RGB").save(path)
    return path


def test_everything_is_found(run: Run) -> None:
    told = run("models", "list")
    assert told["refused"] == []
    found = {one["name"]: one["family"] for one in told["models"] if one["kind"] == "model"}
    assert found.pop("pentimento-small") == "sd"
    assert found == MODELS
    kinds = {(one["kind"], one["name"]) for one in told["models"]}
    assert kinds >= {
        ("lora", "ink-wash"),
        ("embedding", "EasyNegative"),
        ("vae", "vae-ft-mse-840000"),
        ("controlnet", "control_v11p_sd15_canny"),
        ("t2i-adapter", "t2i-sketch"),
        ("ip-adapter", "ip-adapter_sd15"),
        ("image-encoder", "clip-vit-h"),
    }


@pytest.mark.parametrize("model", MODELS)
def test_every_model_paints(paint: Any, photo: Path, model: str) -> None:
    words = ("--init", photo, "--strength", 1) if "refiner" in model else ()
    request, _ = paint(model, *words)
    assert request.prompt == "a cat"
    assert request.num_inference_steps == 2


WISHES = {
    "a LoRA by its tag": ((), "a cat <lora:ink-wash:0.8>"),
    "a LoRA beside the prompt": (("--lora", "ink-wash:0.8"), "a cat"),
    "an embedding": ((), "a cat, EasyNegative"),
    "another VAE": (("--vae", "vae-ft-mse-840000"), "a cat"),
    "a ControlNet": (
        ("--control", "control_v11p_sd15_canny", "PHOTO", "preprocessor=canny"),
        "a cat",
    ),
    "a T2I-adapter": (("--control", "t2i-sketch", "PHOTO", "strength=0.7"), "a cat"),
    "an IP-Adapter": (("--reference", "ip-adapter_sd15", "PHOTO", "strength=0.6"), "a cat"),
}


def test_what_changes_a_model_changes_the_picture(paint: Any, photo: Path) -> None:
    plain, pixels = paint("v1-5-pruned")
    for wish, (words, prompt) in WISHES.items():
        given = [photo if word == "PHOTO" else word for word in words]
        request, changed = paint("v1-5-pruned", *given, prompt=prompt)
        assert request != plain, wish
        assert (changed != pixels).any(), wish


def test_all_of_it_at_once(paint: Any, photo: Path) -> None:
    words = [photo if word == "PHOTO" else word for words, _ in WISHES.values() for word in words]
    request, _ = paint("v1-5-pruned", *words, prompt="EasyNegative cat <lora:ink-wash:0.3>")
    assert [use.name for use in request.loras] == ["ink-wash"]
    assert request.vae == "vae-ft-mse-840000"
    assert [control.model for control in request.controls] == [
        "control_v11p_sd15_canny",
        "t2i-sketch",
    ]
    assert [reference.model for reference in request.references] == ["ip-adapter_sd15"]


def test_a_refiner_ends_what_its_base_began(paint: Any) -> None:
    _, alone = paint("sd_xl_base_1.0")
    request, refined = paint("sd_xl_base_1.0", "--refiner", "sd_xl_refiner_1.0:0.5")
    assert request.refiner is not None
    assert request.refiner.model == "sd_xl_refiner_1.0"
    assert (refined != alone).any()
