"""`pentimento models`, but for its downloads."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from studio.cli import main
from studio.domain.upscalers import UpscalerName
from tests.catalog.test_annotators import write_folder
from tests.support import model_files as files
from tests.support.model_files import write_safetensors

LORA = files.kohya_lora(files.ldm_unet())


@pytest.fixture
def own(pentimento_home: Path) -> Path:
    """The studio's own folder of models, with a LoRA and something that can't be used."""
    models = pentimento_home / "models"
    write_safetensors(models / "loras/ink.safetensors", LORA)
    (models / "page.safetensors").write_bytes(b"<html>")
    return models


@pytest.fixture
def comfyui(tmp_path: Path) -> Path:
    models = tmp_path / "ComfyUI/models"
    write_safetensors(models / "checkpoints/xl.safetensors", files.sdxl())
    write_safetensors(models / "loras/paint.safetensors", files.kohya_lora(files.sdxl_unet()))
    return models.parent


def run(*words: str | Path) -> int:
    return main(["models", *map(str, words)])


def test_it_lists_what_is_there(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["model", "pentimento-small"]
    assert lines[1].split()[:2] == ["lora", "ink"]
    assert "Stable Diffusion 1, kohya, fp16" in lines[1]
    assert [line.split()[0] for line in lines[2:4]] == ["upscaler", "upscaler"]
    assert lines[4:6] == [
        f"not used: {own / 'page.safetensors'}",
        "  page.safetensors is a web page that was saved instead of the model. "
        "Log in at the site, then download it again.",
    ]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], ["pentimento-small", "ink", *UpscalerName]),
        (["--kind", "model"], ["pentimento-small"]),
        (["--kind", "lora"], ["ink"]),
        (["--kind", "vae"], []),
        (["--kind", "upscaler"], [*UpscalerName]),
        (["--family", "sd"], ["pentimento-small", "ink"]),
        (["--family", "flux"], []),
    ],
)
def test_it_lists_one_kind_or_family(
    own: Path, capsys: pytest.CaptureFixture[str], words: list[str], names: list[str]
) -> None:
    assert run("list", "--json", *words) == 0
    told = json.loads(capsys.readouterr().out)
    assert [model["name"] for model in told["models"]] == names
    assert told["refused"][0]["path"] == str(own / "page.safetensors")


def test_it_lists_what_a_network_finds(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(own / "annotators/midas", "dpt")
    assert run("list", "--kind", "annotator") == 0
    [line] = [each for each in capsys.readouterr().out.splitlines() if "midas" in each]
    assert line.split()[:3] == ["annotator", "midas", "depth,"]
    assert run("list", "--kind", "annotator", "--json") == 0
    [record] = json.loads(capsys.readouterr().out)["models"]
    assert record["variant"] == "depth"


def test_an_unknown_kind_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--kind", "spoon") == 2
    assert run() == 2


def test_it_says_what_a_file_is(
    own: Path, comfyui: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run("probe", own / "loras/ink.safetensors", comfyui / "models/checkpoints/xl.safetensors")
        == 0
    )
    told = capsys.readouterr().out
    assert "kind            lora" in told
    assert "family          Stable Diffusion XL" in told
    assert "parameters      3,468.8 million" in told
    assert "size            6.46 GiB" in told
    assert run("probe", "--json", own / "loras/ink.safetensors") == 0
    (record,) = json.loads(capsys.readouterr().out)["files"]
    assert (record["kind"], record["family"], record["variant"]) == ("lora", "sd", "kohya")
    assert record["licence"] == "unknown"


def test_it_says_why_a_file_cannot_be_used(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("probe", own / "page.safetensors", own / "loras/ink.safetensors") == 1
    captured = capsys.readouterr()
    assert "refused         page.safetensors is a web page" in captured.out
    assert "kind            lora" in captured.out
    assert captured.err.startswith("pentimento: page.safetensors is a web page")
    assert run("probe", own / "missing.safetensors") == 1
    assert "can't be read" in capsys.readouterr().err


def test_a_folder_is_added_used_and_forgotten(
    own: Path, comfyui: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(comfyui.rglob("*"))
    assert run("add", comfyui) == 0
    assert capsys.readouterr().out.splitlines() == [
        str(comfyui),
        "A folder of ComfyUI: 1 model and 1 addon.",
    ]
    assert run("list", "--family", "sdxl", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [model["name"] for model in told["models"]] == ["xl", "paint"]
    assert run("remove", "xl") == 1
    assert "isn't the studio's own folder" in capsys.readouterr().err
    assert run("remove", comfyui) == 0
    assert "stays as it is" in capsys.readouterr().out
    assert run("remove", comfyui) == 1
    assert sorted(comfyui.rglob("*")) == before


@pytest.mark.skipif(sys.platform != "linux", reason="another system's trash")
def test_an_own_model_goes_to_the_trash(
    own: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert run("remove", "ink") == 0
    assert not (own / "loras/ink.safetensors").exists()
    assert (tmp_path / "share/Trash/files/ink.safetensors").exists()
    assert "ink.safetensors →" in capsys.readouterr().out
    assert run("remove", "pentimento-small") == 1
    assert run("remove", "nothing") == 1


def test_what_is_no_pickle_is_not_converted(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("convert", own / "loras/ink.safetensors") == 1
    assert "no pickle" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_not_added(
    pentimento_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("add", pentimento_home / "nowhere") == 1
    assert "There is no folder" in capsys.readouterr().err
    assert not (pentimento_home / "config").exists()
