"""A refiner in both passes: its steps are kept with all others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.domain.adapters import Refiner
from studio.domain.branch import Branch
from studio.domain.hires import HiresFix
from studio.domain.model import ModelTask
from studio.domain.schedulers import Scheduler
from studio.engine.devices import pick_device
from studio.engine.loading import load
from tests.support.remembering_studio import RememberingStudio, same_snapshot
from tests.support.tiny_models import write_tiny_sdxl

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> RememberingStudio:
    folder = tmp_path_factory.mktemp("models")
    base = write_tiny_sdxl(folder / "tiny")
    refiner = write_tiny_sdxl(folder / "refiner", ModelTask.REFINER)
    return RememberingStudio(base, {"tiny": load(base, CPU), "refiner": load(refiner, CPU)})


def test_finished_from_any_step_it_is_the_picture_itself(studio: RememberingStudio) -> None:
    request = studio.request(
        refiner=Refiner("refiner", 0.6),
        scheduler=Scheduler.DPMPP_2M,
        num_inference_steps=4,
        hires=HiresFix(48, 32, 0.9),
    )
    whole = studio.finish(request, keep=True)
    steps = range(request.whole_way)
    assert (request.first_way, request.whole_way) == (4, 7)
    assert [kept.step for kept in whole.snapshots] == [*steps, request.whole_way]
    kept = dict(studio.kept)
    for way in (kept, {}):
        studio.kept = dict(way)
        for step in steps:
            again = studio.finish(replace(request, branch=Branch(request, step)))
            assert np.array_equal(again.images, whole.images)
            assert all(map(same_snapshot, again.snapshots, whole.snapshots[step:]))
            if way and step != request.first_way:
                assert studio.told == list(range(step + 1, request.whole_way + 1))
