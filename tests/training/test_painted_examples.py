"""The examples of the painted styles are what their recipe makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.domain.resources import RESOURCES
from studio.training import painted_examples
from studio.training.painted_examples import EXAMPLE_PX, SIDE_PX, landscape, make


def test_the_landscape_is_always_the_same() -> None:
    picture = landscape()
    assert picture.shape == (SIDE_PX, SIDE_PX, 3)
    assert np.array_equal(picture, landscape())
    assert picture.std(axis=(0, 1)).min() > 30


@pytest.mark.parametrize("name", ["starlit-blue", "paper-cut"])
def test_a_shipped_example_is_what_its_style_paints(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painted_examples, "PAINTED", (name,))
    make(tmp_path)
    shipped = RESOURCES / "styles" / "painted" / f"{name}.jpg"
    made, kept = (np.asarray(Image.open(file)) for file in (tmp_path / shipped.name, shipped))
    assert made.shape == (EXAMPLE_PX, EXAMPLE_PX, 3)
    assert np.abs(made.astype(int) - kept).mean() < 2
