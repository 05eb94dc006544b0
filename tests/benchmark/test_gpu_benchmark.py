"""The GPU benchmark, rehearsed in miniature: every side makes the picture, every ratio is told."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from studio.benchmark import gpu
from studio.benchmark.gpu_shapes import SHAPES, TINY_SHAPES, build, count_flops
from studio.benchmark.gpu_timing import kernel_share, psnr_db, ratio, take_turns
from studio.cli import main
from studio.domain.errors import EngineError

CPU = torch.device("cpu")


@pytest.mark.parametrize(("name", "teraflops"), [("sd", 1.607), ("sdxl", 13.52), ("flux", 74.4)])
def test_a_step_takes_as_many_flops_as_its_published_shape(name: str, teraflops: float) -> None:
    shape = SHAPES[name]
    assert count_flops(shape, shape.side) / 1e12 == pytest.approx(teraflops, rel=1e-3)


def test_networks_are_built_in_their_dtype() -> None:
    network = build(TINY_SHAPES["sd"].denoiser, CPU, torch.bfloat16)
    assert {weight.dtype for weight in network.parameters()} == {torch.bfloat16}
    assert not any(weight.requires_grad for weight in network.parameters())
    assert torch.get_default_dtype() == torch.float32


def test_sides_take_turns_and_see_the_same_seeds() -> None:
    told: list[str] = []
    seconds = take_turns(
        {name: lambda seed, name=name: told.append(f"{name}{seed}") or 1.0 for name in "ab"},  # type: ignore[misc, func-returns-value]
        2,
        lambda text: None,
    )
    assert told == ["a1", "b1", "b2", "a2"]
    assert seconds == {"a": [1.0, 1.0], "b": [1.0, 1.0]}
    assert ratio([4.0, 6.0, 30.0], [2.0, 2.0, 3.0]) == 3.0


def test_likeness_of_pictures() -> None:
    black = np.zeros((4, 4, 3), np.uint8)
    assert psnr_db(black, black) == math.inf
    assert psnr_db(black, black + 255) == 0.0


def test_kernels_take_a_part_of_the_time() -> None:
    a = torch.rand(256, 256)
    assert 0 < kernel_share(lambda: torch.mm(a, a), CPU) <= 1.5


def test_the_whole_benchmark_in_miniature(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PENTIMENTO_DEVICE", "cpu")
    monkeypatch.setattr(gpu, "TINY_SHAPES", {"sd": TINY_SHAPES["sd"]})
    assert main(["benchmark", "gpu", "--tiny", "--pairs", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("(rehearsal, tiny)")
    sides = [line.split(" | ")[1] for line in lines if line.startswith("| SD 1.5, tiny | ")][:5]
    assert sides == [
        "diffusers", "ours", "ours, fast", "ours, fast, streamed with previews",
        "diffusers, again",
    ]  # fmt: skip
    ours = next(line for line in lines if " | ours | " in line)
    assert ours.endswith("| same |")  # the same pixels as diffusers' own pipeline
    numbers = {line.split(" | ")[1] for line in lines if line.count(" | ") == 4}
    assert {"1", "2", "4", "5", "6", "7", "10"} <= numbers
    modes = [line.split(" | ")[1] for line in lines if line.count(" | ") == 3][-3:]
    assert modes == ["channels-last", "fused-qkv", "fp8 weights"]


def test_without_a_card_it_says_so_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENTIMENTO_DEVICE", "cpu")
    with pytest.raises(EngineError, match="no NVIDIA card"):
        gpu.run(1, tiny=False, say=lambda text: None)


def test_it_runs_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", "gpu", "stream"]) == 2
    assert "runs alone" in capsys.readouterr().err
