"""OKLab agrees with its author's numbers, and its distances with the eye."""

from __future__ import annotations

import numpy as np
import pytest

from studio.training.evaluation.colour_space import distance, to_oklab


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 255, 255), (1.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (0.628, 0.225, 0.126)),
        ((0, 0, 255), (0.452, -0.032, -0.312)),
    ],
)
def test_known_colours(rgb: tuple[int, ...], lab: tuple[float, ...]) -> None:
    assert to_oklab(np.array(rgb)) == pytest.approx(lab, abs=0.002)


def test_a_hue_is_nearer_to_its_shade_than_to_another_hue() -> None:
    red, dark_red, green = (
        to_oklab(np.array(c)) for c in ((220, 40, 40), (160, 20, 20), (40, 160, 40))
    )
    assert distance(red, dark_red) < distance(red, green) / 2
