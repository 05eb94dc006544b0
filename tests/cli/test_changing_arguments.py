"""`--lora`, `--vae` and the other arguments that change a model."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from studio.cli.changing import add_change_arguments, changes
from studio.domain.adapters import FreeU, LoraUse, Refiner, SkipLayers
from studio.domain.errors import RequestError, StudioError, UsageError


def read(*arguments: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    add_change_arguments(parser)
    return changes(parser.parse_args(arguments))


def test_nothing_given_changes_nothing() -> None:
    assert read() == {}


def test_all_of_them() -> None:
    given = ["--lora", "ink:0.8", "--lora", "paper", "--lora", "a b:-1:1,0.5", "--vae", "soft"]
    given += ["--skip-layers", "--image-guidance-scale", "1.8"]
    given += ["--clip-skip", "2", "--pag-scale", "3", "--refiner", "xl-refiner:0.7", "--freeu"]
    assert read(*given) == {
        "loras": (LoraUse("ink", 0.8), LoraUse("paper"), LoraUse("a b", -1, (1, 0.5))),
        "vae": "soft",
        "clip_skip": 2,
        "pag_scale": 3.0,
        "skip_layers": SkipLayers(),
        "image_guidance_scale": 1.8,
        "refiner": Refiner("xl-refiner", 0.7),
        "freeu": FreeU(),
    }


def test_defaults_and_names_with_colons() -> None:
    assert read("--refiner", "xl") == {"refiner": Refiner("xl")}
    assert read("--refiner", "a:b") == {"refiner": Refiner("a:b")}
    assert read("--skip-layers", "3:1,2") == {"skip_layers": SkipLayers(3, (1, 2))}
    assert read("--skip-layers", "3") == {"skip_layers": SkipLayers(3)}
    assert read("--lora", "ink:0:0.8") == {"loras": (LoraUse("ink", 0.8, (), 0.0),)}
    assert read("--freeu", "1.1,1.2,0.8,0.3") == {"freeu": FreeU(1.1, 1.2, 0.8, 0.3)}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--lora", "ink:much"], UsageError),
        (["--lora", ""], UsageError),
        (["--freeu", "1,2"], UsageError),
        (["--freeu", "a,b,c,d"], UsageError),
        (["--refiner", "xl:3"], RequestError),
        (["--skip-layers", "3:a"], UsageError),
        (["--skip-layers", "99"], RequestError),
    ],
)
def test_what_cannot_be_read_is_said(arguments: list[str], problem: type[StudioError]) -> None:
    with pytest.raises(problem):
        read(*arguments)
