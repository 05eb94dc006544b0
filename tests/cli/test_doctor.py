from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio.cli import main
from tests.support import model_files
from tests.support.model_files import write_safetensors

LORA = model_files.kohya_lora(model_files.ldm_unet())


@pytest.fixture
def examined(capsys: pytest.CaptureFixture[str]) -> Any:
    def run() -> dict[str, Any]:
        code = main(["doctor", "--json"])
        findings = json.loads(capsys.readouterr().out)
        assert code == (1 if findings["problems"] else 0)
        return dict(findings)

    return run


def test_it_finds_versions_device_models_and_folders(
    examined: Any, tiny_model: str, pentimento_home: Path
) -> None:
    findings = examined()
    assert findings["problems"] == []
    assert all(findings["packages"].values())
    assert findings["device"]["kind"] in ("cpu", "cuda", "mps")
    assert tiny_model in [model["name"] for model in findings["models"]]
    assert findings["folders"]["pictures"]["path"] == str(pentimento_home / "pictures")
    assert findings["folders"]["pictures"]["free_bytes"] > 0
    assert findings["memory"]["total_bytes"] >= findings["memory"]["available_bytes"] > 0


def test_it_says_where_the_model_to_begin_with_would_lie(examined: Any) -> None:
    placement = examined()["placement"]
    assert placement["model"] == "pentimento-small"
    assert placement["fits"]
    assert "memory" in placement["sentence"]


def test_without_a_card_it_says_so(examined: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENTIMENTO_DEVICE", "cpu")
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert "No graphics card is used" in examined()["hints"][0]


def test_folders_of_other_programs_and_what_lies_there(
    examined: Any, tmp_path: Path, pentimento_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "webui"
    models = folder / "models"
    write_safetensors(models / "Stable-diffusion/v1-5.safetensors", model_files.sd1())
    write_safetensors(models / "Lora/ink.safetensors", LORA)
    write_safetensors(models / "Lora/paint.safetensors", LORA)
    assert main(["models", "add", str(folder)]) == 0
    capsys.readouterr()
    findings = examined()
    [place] = findings["places"]
    assert (place["path"], place["layout"]) == (str(folder), "a1111")
    assert (place["models"], place["addons"], place["refused"]) == (1, 2, 0)
    assert findings["addons"] == {"lora": 2}
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert place["sentence"] in said
    assert "Beside them: 2 × lora" in said


def test_extras_and_what_they_are_good_for(
    examined: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    extras = examined()["extras"]
    assert set(extras) == {"nvidia-ml-py", "gguf", "torchao", "bitsandbytes", "keyring"}
    main(["doctor"])
    said = capsys.readouterr().out
    for name, extra in extras.items():
        told = f"{name} {extra['version']}" if extra["version"] else f"{name} ({extra['use']})"
        assert told in said


def test_what_compilers_keep_is_told(
    examined: Any, pentimento_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = pentimento_home / "cache/inductor/aa/graph"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(bytes(1000))
    assert examined()["compiled"] == {"path": str(pentimento_home / "cache"), "size_bytes": 1000}
    main(["doctor"])
    assert "0.0 GiB of the cache are compiled models" in capsys.readouterr().out


def test_it_only_looks(examined: Any, pentimento_home: Path) -> None:
    examined()
    assert not pentimento_home.exists()


def test_refused_models_come_with_the_reason(examined: Any, pentimento_home: Path) -> None:
    (pentimento_home / "models").mkdir(parents=True)
    (pentimento_home / "models" / "old.ckpt").write_bytes(b"\x80\x04")
    refused = examined()["refused"]
    assert [Path(entry["path"]).name for entry in refused] == ["old.ckpt"]
    assert "pickle" in refused[0]["reason"]


def test_no_model_is_a_problem_with_a_way_out(
    examined: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pentimento_home: Path
) -> None:
    monkeypatch.setattr("studio.folders.RESOURCES", tmp_path / "none")
    problems = examined()["problems"]
    assert len(problems) == 1
    assert str(pentimento_home / "models") in problems[0]


def test_a_folder_that_cant_be_written_is_a_problem(
    examined: Any, tiny_model: str, pentimento_home: Path
) -> None:
    (pentimento_home / "pictures").write_text("a file where the folder should be")
    assert any("may not write" in problem for problem in examined()["problems"])


def test_a_device_that_isnt_there_is_a_problem(
    examined: Any, tiny_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENTIMENTO_DEVICE", "cuda:99")
    assert any("cuda:99" in problem for problem in examined()["problems"])


def test_in_words(tiny_model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    for text in ("Pentimento", "Device", "Packages", "  tiny  ", "All that is needed is there."):
        assert text in said.out
