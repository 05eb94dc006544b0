"""`pentimento benchmark` from its arguments to its output, on a tiny model. Nothing is timed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from studio import benchmark
from studio.benchmark import style_tiles
from studio.benchmark.bench import Bench, Wishes
from studio.benchmark.ratios import Measurement, Verdict, judge_ratio
from studio.benchmark.report import as_json, in_words
from studio.benchmark.table import BENCHMARKS
from studio.domain.errors import ModelNotFound
from studio.engine.patch_autoencoder import LinearPatchAutoencoder
from tests.support.tiny_models import write_tiny_model

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

ON_THE_CANVAS = ["brush", "dab-size", "dab-composite", "pan"]
OF_STYLE = ["style-iteration", "style-stream"]
OF_HISTORIES = [name for name in BENCHMARKS if name.startswith("history-")]
ELSEWHERE = ["window", "catalog", "style-tiles", *ON_THE_CANVAS, *OF_STYLE, *OF_HISTORIES]
IN_THE_WINDOW = [name for name in BENCHMARKS if name not in ELSEWHERE]


@pytest.fixture
def tiny(pentimento_home: Path) -> str:
    """The name of a model that a benchmark finds and that is over in no time."""
    write_tiny_model(pentimento_home / "models" / "tiny", vae=LinearPatchAutoencoder())
    return "tiny"


def records(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    report = json.loads(capsys.readouterr().out)
    assert report["machine"]["versions"]["torch"]
    return {record["name"]: record for record in report["benchmarks"]}


@pytest.mark.slow
def test_every_benchmark_in_the_window_reports_all_its_numbers(
    qapp: QApplication, tiny: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main([*IN_THE_WINDOW, "--model", tiny, "--pairs", "2", "--json"]) == 0
    found = records(capsys)
    assert list(found) == IN_THE_WINDOW
    for name, record in found.items():
        assert record["pairs"] == 2
        assert record["goal"] == BENCHMARKS[name].goal
        assert record["sentence"] == BENCHMARKS[name].sentence
        assert record["verdict"] in set(Verdict)
        assert "tiny" in record["workload"]
        for side in ("value", "control"):
            numbers = record[side]
            assert 0 <= numbers["least"] <= numbers["q1"] <= numbers["median"]
            assert numbers["median"] <= numbers["q3"] <= numbers["most"]
    assert found["stream"]["details"]["pixels_identical"] is True
    assert found["stall"]["unit"] == "ms"
    assert found["queue"]["details"]["jobs"] == 20


@pytest.mark.slow
def test_the_canvas_is_timed_on_a_large_document(
    qapp: QApplication, tiny: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main(["brush", "pan", "--model", tiny, "--pairs", "1", "--json"]) == 0
    for record in records(capsys).values():
        assert record["unit"] == "ms"
        assert "8192 px" in record["workload"]
        assert record["value"]["median"] > 0


@pytest.mark.slow
def test_style_transfer_is_timed_with_its_own_network(
    qapp: QApplication, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main([*OF_STYLE, "--pairs", "1", "--json"]) == 0
    found = records(capsys)
    assert list(found) == OF_STYLE
    for record in found.values():
        assert "1024 px" in record["workload"] or "512 px" in record["workload"]
        assert record["value"]["median"] > 0


@pytest.mark.slow
async def test_tiles_of_a_style_transfer_are_timed_on_a_smaller_picture_than_usual(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, Wishes(pairs=1), lambda text: None)
    measured = await style_tiles.compare(bench, 392, 1)
    assert measured.values[0] > 0
    assert measured.details["memory_ratio"] > 0


@pytest.mark.slow
def test_a_window_is_timed_in_processes_of_its_own(
    qapp: QApplication, tiny: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main(["window", "--model", tiny, "--pairs", "1", "--json"]) == 0
    record = records(capsys)["window"]
    assert record["value"]["median"] > 0
    assert record["details"]["import_torch_and_diffusers_s"] > 0


def test_findings_in_words(
    qapp: QApplication, tiny: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main(["stall", "--model", tiny, "--pairs", "1", "--steps", "3"]) == 0
    output = capsys.readouterr()
    assert "torch threads" in output.out
    assert "stall: " in output.out
    assert "goal ≤ 16 ms" in output.out
    assert "3 steps" in output.out
    assert "pair 1 of 1" in output.err


def test_an_unknown_model_is_told(qapp: QApplication) -> None:
    with pytest.raises(ModelNotFound):
        benchmark.main(["stall", "--model", "nobody", "--pairs", "1"])


@pytest.mark.parametrize("words", [["dance"], ["--pairs", "0"], ["--steps", "x"]])
def test_wrong_words_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        benchmark.main(words)
    assert leaving.value.code == 2
    assert words[-1] in capsys.readouterr().err


def test_words_and_json_tell_the_same() -> None:
    finding = judge_ratio(Measurement("a job", [1.02] * 3, [1.0] * 3, {"same": True}), 1.01)
    words = in_words("stream", finding)
    assert "stream: 1.02, goal ≤ 1.01: missed" in words
    assert "median of 3 pairs" in words
    assert "same: yes" in words
    (record,) = json.loads(json.dumps(as_json({"device": "none"}, [("stream", finding)])))[
        "benchmarks"
    ]
    assert record["value"]["median"] == 1.02
    assert (record["name"], record["goal"], record["unit"]) == ("stream", 1.01, "ratio")


def test_a_limit_in_words() -> None:
    finding = BENCHMARKS["stall"].judge(Measurement("a job", [3.0, 20.0, 4.0], [1.0, 2.0, 1.0]))
    words = in_words("stall", finding)
    assert "stall: 20 ms, goal ≤ 16 ms: missed" in words
    assert "control 2 ms" in words


def test_importing_the_command_imports_nothing_heavy() -> None:
    code = "import studio.benchmark, sys; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    heavy = {"torch", "diffusers", "transformers", "PySide6", "numpy"}
    assert not heavy & set(result.stdout.split())
