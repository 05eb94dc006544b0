"""What is read of cards and processors, and the energy between two moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.readout import EnergyMeter, Reading, open_sensor
from studio.readout.nvidia import find_card
from studio.readout.processor import ProcessorSensor
from tests.support.fake_sensors import FakeNvml, FakeSensor


def test_a_card_is_read() -> None:
    sensor = find_card({}, FakeNvml())
    assert sensor is not None
    assert sensor.read() == Reading(50.0, 6 << 30, 24 << 30, 61.0, 250.0)
    assert sensor.energy_j() == 5000.0


def test_what_a_card_does_not_tell_is_left_out() -> None:
    sensor = find_card({}, FakeNvml(missing=("nvmlDeviceGetPowerUsage",)))
    assert sensor is not None
    assert sensor.read().power_w is None
    assert sensor.read().temperature_c == 61.0


@pytest.mark.parametrize(
    ("environment", "asked_for"),
    [
        ({}, 0),
        ({"PENTIMENTO_DEVICE": "cuda:1"}, 1),
        ({"CUDA_VISIBLE_DEVICES": "2,0"}, 2),
        ({"CUDA_VISIBLE_DEVICES": "2,0", "PENTIMENTO_DEVICE": "cuda:1"}, 0),
        ({"CUDA_VISIBLE_DEVICES": "GPU-8f1e"}, "GPU-8f1e"),
    ],
)
def test_it_is_the_card_that_the_engine_uses(
    environment: dict[str, str], asked_for: object
) -> None:
    nvml = FakeNvml(cards=3)
    assert find_card(environment, nvml) is not None
    assert nvml.asked_for == [asked_for]


def test_no_card_no_driver_and_another_device_are_all_the_same() -> None:
    assert find_card({}, FakeNvml(cards=0)) is None
    assert find_card({"PENTIMENTO_DEVICE": "cuda:4"}, FakeNvml()) is None
    assert find_card({"PENTIMENTO_DEVICE": "cpu"}, FakeNvml()) is None
    assert open_sensor({"PENTIMENTO_DEVICE": "cpu"}).name == "CPU"


def test_the_processor_is_read(tmp_path: Path) -> None:
    reading = ProcessorSensor(tmp_path).read()
    assert reading.load_percent is not None
    assert 0 <= reading.load_percent <= 100
    assert 0 < reading.memory_used_bytes < reading.memory_total_bytes
    assert ProcessorSensor(tmp_path).energy_j() is None


def write_counter(folder: Path, microjoules: int) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "energy_uj").write_text(f"{microjoules}\n")
    (folder / "max_energy_range_uj").write_text("9999999\n")


def test_a_processors_counters_are_summed_and_may_start_anew(tmp_path: Path) -> None:
    one, two = tmp_path / "intel-rapl:0", tmp_path / "intel-rapl:1"
    write_counter(one, 9_000_000)
    write_counter(two, 1_000_000)
    (tmp_path / "intel-rapl:0:0").mkdir()
    sensor = ProcessorSensor(tmp_path)
    write_counter(one, 500_000)
    write_counter(two, 3_000_000)
    assert sensor.energy_j() == pytest.approx(1.5 + 2.0)
    write_counter(one, 700_000)
    assert sensor.energy_j() == pytest.approx(3.7)


def test_a_counter_tells_the_energy() -> None:
    meter = EnergyMeter(FakeSensor(40.0))
    meter.start()
    assert meter.stop() == 40.0
    assert meter.stop() is None
    assert meter.of == "GPU"


def test_without_a_counter_power_is_summed_up() -> None:
    nvml = FakeNvml(missing=("nvmlDeviceGetTotalEnergyConsumption",))
    sensor = find_card({}, nvml)
    assert sensor is not None
    now = [100.0]
    meter = EnergyMeter(sensor, clock=lambda: now[0])
    meter.start()
    now[0], nvml.milliwatts = 102.0, 350_000
    joules = meter.stop()
    assert joules == pytest.approx(2 * (250 + 350) / 2, rel=0.2)


def test_where_nothing_tells_nothing_is_claimed() -> None:
    meter = EnergyMeter(FakeSensor(None))
    meter.start()
    assert meter.stop() is None
