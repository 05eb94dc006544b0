"""What a request wants changed reaches the runner's models, and nothing is loaded for nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio.domain.adapters import LoraUse
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.events import ImageReady
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.runner import DiffusionRunner
from tests.support.adapter_bench import CPU, Bench
from tests.support.tiny_adapters import kohya_lora


def runner_of(bench: Bench, **options: Any) -> DiffusionRunner:
    def find_picture(digest: str) -> Any:
        raise AssertionError("no picture is named")

    return DiffusionRunner(
        lambda name: bench.info,
        find_picture,
        list_addons=lambda kind: bench.addons.get(kind, []),
        device=CPU,
        previews=False,
        **options,
    )


def picture(runner: DiffusionRunner, request: Request) -> Any:
    *_, ready = runner.run(request, Control(1))
    assert isinstance(ready, ImageReady)
    return ready.images


def test_a_job_with_a_lora_and_one_without(sd: Bench) -> None:
    sd.add(kohya_lora(sd.folder / "ink.safetensors", sd.bare))
    runner = runner_of(sd)
    plain = picture(runner, sd.request())
    changed = picture(runner, sd.request(loras=(LoraUse("ink"),)))
    assert not np.array_equal(changed, plain)
    assert np.array_equal(picture(runner, sd.request(prompt="a cat<lora:ink:1>")), changed)
    assert np.array_equal(picture(runner, sd.request()), plain)


def test_what_cannot_be_is_said_before_the_model_is_loaded(sd: Bench) -> None:
    def load(*_: Any) -> Any:
        raise AssertionError("loaded for nothing")

    sd.add(kohya_lora(sd.folder / "ink.safetensors", sd.bare))
    sd.add(sd.folder / "large.safetensors", family="sdxl")
    runner = runner_of(sd, load_family=load)
    with pytest.raises(ModelNotFound, match=r"no LoRA “inks”.*Did you mean “ink”\?"):
        picture(runner, sd.request(loras=(LoraUse("inks"),)))
    with pytest.raises(ModelRefused, match=r"“Large” was made for Stable Diffusion XL, and “Sd”"):
        picture(runner, sd.request(prompt="a cat<lora:large:1>"))
