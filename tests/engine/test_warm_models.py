"""Models that stay loaded while they fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.domain.model import ModelInfo
from studio.domain.placement import EngineWishes, Offload, PlacementWishes, Precision
from studio.engine.devices import Device, pick_device
from studio.engine.families.family import Family
from studio.engine.families.sd import StableDiffusion
from studio.engine.placement import DeviceFacts, ModelFacts
from studio.engine.warm_models import WarmModels

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
GIB = 2**30


class Card:
    """A card of so many GiB on which each loaded model takes 2.4 GiB."""

    def __init__(self, gib: float, info: ModelInfo, family: Family) -> None:
        self.gib = gib
        self.loads: list[str] = []
        self.wishes = EngineWishes()
        self.infos = {name: replace(info, name=name) for name in ("a", "b", "c")}
        self._family = family
        self.models = WarmModels(
            CPU, self._load, lambda name: self.wishes.of(name), self._measure, self._facts
        )

    def use(self, *names: str) -> None:
        for name in names:
            self.models.use(self.infos[name])

    def warm(self) -> list[str]:
        return [name for name in self.infos if self.models.find(name) is not None]

    def _load(self, info: ModelInfo, device: Device) -> Family:
        self.loads.append(info.name)
        return self._family

    def _measure(self, device: Device) -> DeviceFacts:
        taken = int(len(self.warm()) * 2.4 * GIB)
        total = int(self.gib * GIB)
        return DeviceFacts("cuda", "A card", total, total - taken, 64 * GIB, (8, 9))

    def _facts(self, info: ModelInfo) -> ModelFacts:
        return ModelFacts(info.title, "sd", {"denoiser": 1_100_000_000}, 512 * 512)


@pytest.fixture
def card(tiny_model: ModelInfo, tiny_family: StableDiffusion) -> Card:
    return Card(24, tiny_model, tiny_family)


def test_switching_back_loads_nothing(card: Card) -> None:
    card.use("a", "b", "a", "b", "a")
    assert card.loads == ["a", "b"]


def test_the_one_used_longest_ago_makes_room(card: Card) -> None:
    card.use("a", "b", "a", "c")
    assert card.warm() == ["a", "c"]


def test_a_card_with_room_for_one_keeps_one_whole(
    tiny_model: ModelInfo, tiny_family: StableDiffusion
) -> None:
    card = Card(4.0, tiny_model, tiny_family)
    card.use("a", "b", "a")
    assert card.loads == ["a", "b", "a"]
    assert card.warm() == ["a"]
    assert card.models.newest is not None
    assert card.models.newest.placement.offload is Offload.NONE


def test_another_wish_or_another_file_loads_anew(card: Card) -> None:
    card.use("a")
    card.wishes = EngineWishes(of_models={"a": PlacementWishes(precision=Precision.BF16)})
    card.use("a", "a")
    assert card.loads == ["a", "a"]
    card.infos["a"] = replace(card.infos["a"], size_bytes=1)
    card.use("a")
    assert card.loads == ["a", "a", "a"]


def test_released_nothing_is_left(card: Card) -> None:
    card.use("a", "b")
    card.models.release()
    assert card.warm() == []
    assert card.models.newest is None
    assert not card.models.lower(card.infos["c"])
