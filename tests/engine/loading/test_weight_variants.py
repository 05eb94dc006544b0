"""Which of the weights that lie in a network's folder are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.engine.loading.weights import variant_of


@pytest.mark.parametrize(
    ("names", "variant"),
    [
        (["model.safetensors"], None),
        (["model.fp16.safetensors"], "fp16"),
        (["model.safetensors", "model.fp16.safetensors"], None),
        (
            ["model.fp16-00001-of-00002.safetensors", "model.fp16-00002-of-00002.safetensors"],
            "fp16",
        ),
        (["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"], None),
        ([], None),
    ],
)
def test_halves_are_read_where_there_is_nothing_else(
    tmp_path: Path, names: list[str], variant: str | None
) -> None:
    for name in names:
        (tmp_path / name).touch()
    assert variant_of(tmp_path) == variant
