"""What the pictures took, by day and by model."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from studio.cli import main
from studio.domain.making import Making, energy_in_words
from studio.library.index.energies import EnergyBy, EnergyTotal
from studio.library.store import Store
from tests.support.samples import a_request, noise


def making(joules: float | None) -> Making:
    return Making("A card", "fp16", energy_j=joules, energy_of="GPU", grid_g_per_kwh=360.0)


@pytest.fixture
def filled(store: Store) -> Store:
    for seed, (model, joules) in enumerate(
        [("sd", 1000.0), ("sd", 2000.0), ("flux", 9000.0), ("flux", None)]
    ):
        request = replace(a_request(seed=seed), model=model)
        store.record(noise(seed), request, making=making(joules))
    store.record(noise(9), replace(a_request(seed=9), model="old"))
    return store


def test_totals_by_model_and_of_all(filled: Store) -> None:
    assert filled.energies.totals(EnergyBy.MODEL) == [
        EnergyTotal("flux", 2, 1, 9000.0, pytest.approx(0.9)),
        EnergyTotal("sd", 2, 2, 3000.0, pytest.approx(0.3)),
        EnergyTotal("old", 1, 0, 0.0, 0.0),
    ]
    assert filled.energies.whole() == EnergyTotal("", 5, 3, 12000.0, pytest.approx(1.2))


def test_totals_by_day(filled: Store) -> None:
    (today,) = filled.energies.totals(EnergyBy.DAY)
    newest = filled.page(None, 1)[0].created.astimezone()
    assert today.name == f"{newest:%Y-%m-%d}"
    assert today.energy_j == 12000.0


def test_a_picture_knows_its_own_after_it_was_read_again(filled: Store) -> None:
    told = {picture.seed: picture.record.making for picture in filled.page(None, 10)}
    assert told[0] == making(1000.0)
    assert told[9] is None
    assert filled.energies.totals(EnergyBy.MODEL)[0].pictures == 2


def test_the_command(
    filled: Store,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    pictures: object,
) -> None:
    parent = filled.pictures_folder.parent
    monkeypatch.setenv("PENTIMENTO_HOME", str(parent))
    filled.close()
    assert main(["history", "energy", "--by", "model", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [total["name"] for total in told["totals"]] == ["flux", "sd", "old"]
    assert main(["history", "energy"]) == 0
    lines = capsys.readouterr().out
    assert "3.33 Wh, about 1.2 g CO2" in lines
    assert "The energy of 2 pictures wasn't measured" in lines


def test_in_words() -> None:
    told = making(1800.0)
    assert told.how == "fp16, A card"
    assert told.cost == "0.50 Wh by the GPU, about 0.18 g CO2"
    assert energy_in_words(7.2e6) == "2.00 kWh"
    assert replace(told, energy_j=None).cost == ""
