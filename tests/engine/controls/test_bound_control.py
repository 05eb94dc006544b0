"""What several controls say adds up, whatever shape it has, and only while they have a say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch

from studio.engine.conditioning import SOMETIME, Moment
from studio.engine.controls.control import BoundControl, Named, added
from studio.engine.controls.latent_control import spread

LATENTS, TIMESTEP = torch.zeros(1, 4, 2, 2), torch.tensor(500.0)


@dataclass(frozen=True)
class Says(BoundControl):
    """Says the same of everything."""

    said: Any = None

    def residuals(self, latents: torch.Tensor, timestep: torch.Tensor, named: Named) -> Named:
        return self.said


def says(said: Any, start: float = 0.0, end: float = 1.0, strength: float = 1.0) -> Says:
    return Says(None, torch.zeros(1, 3, 16, 16), strength, start, end, said)


def tensor(number: float) -> torch.Tensor:
    return torch.tensor([number])


def test_tensors_lists_and_layers_add_up() -> None:
    one = {"middle": tensor(1), "down": [tensor(2), tensor(3)], "layers": {0: tensor(4)}}
    other = {"middle": tensor(10), "layers": {0: tensor(40), 5: tensor(50)}, "single": [tensor(6)]}
    sums = added([says(one), says(other)], LATENTS, TIMESTEP, {}, SOMETIME)
    assert sums == {
        "middle": tensor(11),
        "down": [tensor(2), tensor(3)],
        "layers": {0: tensor(44), 5: tensor(50)},
        "single": [tensor(6)],
    }


@pytest.mark.parametrize(
    ("moment", "speaks"),
    [(Moment(0.0, 0.2), False), (Moment(0.25, 0.5), True), (Moment(0.5, 0.8), False)],
)
def test_it_speaks_from_start_to_end(moment: Moment, speaks: bool) -> None:
    control = says({"x": tensor(1)}, start=0.25, end=0.75)
    assert bool(added([control], LATENTS, TIMESTEP, {}, moment)) is speaks


def test_without_strength_it_is_silent() -> None:
    assert added([says({"x": tensor(1)}, strength=0)], LATENTS, TIMESTEP, {}, SOMETIME) == {}


@pytest.mark.parametrize(
    ("samples", "blocks", "repeats", "expected"),
    [
        (2, 4, False, [0, 0, 1, 1]),
        (2, 5, False, [0, 0, 0, 1, 1]),
        (3, 3, False, [0, 1, 2]),
        (2, 5, True, [0, 1, 0, 1, 0]),
    ],
)
def test_each_block_hears_one(
    samples: int, blocks: int, repeats: bool, expected: list[int]
) -> None:
    heard = spread([tensor(i) for i in range(samples)], blocks, repeats=repeats)
    assert [int(each) for each in heard] == expected
