"""Steps make room: smaller when nobody waits, the oldest gone when the budget is spent."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from studio.domain.errors import PictureError, StorageError
from studio.domain.events import StepSnapshot
from studio.domain.hires import HiresFix
from studio.library import Library
from studio.library.picture import Picture
from studio.library.steps.kept_steps import USUAL_BUDGET_BYTES, usual_budget_bytes
from studio.library.steps.steps import steps_path
from studio.library.store import Store
from studio.library.upkeep.housekeeping import Housekeeping
from tests.support.samples import FailingDisk, a_request, noise

WAY = [
    StepSnapshot(step, {"latents": np.full((1, 4, 32, 32), step, np.float32)}, "{}")
    for step in range(4)
]


def fill(store: Store, count: int = 4) -> list[Picture]:
    return [
        store.record(noise(seed), a_request(seed=seed), previews=noise(seed)[None], snapshots=WAY)
        for seed in range(count)
    ]


def now(store: Store, made: list[Picture]) -> list[Picture]:
    return store.pictures([picture.id for picture in made])


def test_their_size_is_known(store: Store) -> None:
    made = fill(store)
    sizes = [steps_path(picture.path).stat().st_size for picture in made]
    assert store.kept_steps.total_bytes() == sum(sizes)
    store.delete(made[0], Path.unlink)
    assert store.kept_steps.total_bytes() == sum(sizes[1:])


def test_the_budget_is_never_more_than_a_tenth_of_the_disk(tmp_path: Path) -> None:
    assert 0 < usual_budget_bytes(tmp_path) <= USUAL_BUDGET_BYTES
    assert usual_budget_bytes(tmp_path / "nowhere") == USUAL_BUDGET_BYTES


def test_the_oldest_without_stars_go_first(store: Store) -> None:
    made = fill(store, 6)
    size = store.kept_steps.total_bytes() // 6
    store.marks.rate([made[1]], 1)
    store.kept_steps.budget_bytes = 3 * size + 10
    pruned = store.kept_steps.prune(in_use=made[2])
    assert pruned == [made[0].id, made[3].id, made[4].id]
    found = now(store, made)
    assert [picture.has_steps for picture in found] == [False, True, True, False, False, True]
    assert [picture.steps_pruned for picture in found] == [True, False, False, True, True, False]
    assert [steps_path(p.path).exists() for p in found] == [p.has_steps for p in found]
    assert all(picture.path.exists() for picture in found)
    assert store.kept_steps.prune() == []
    with pytest.raises(PictureError):
        store.step_previews(found[0])


def test_what_has_stars_stays_even_without_room(store: Store) -> None:
    made = fill(store, 2)
    store.marks.rate(made, 5)
    store.kept_steps.budget_bytes = 0
    assert store.kept_steps.prune() == []


def test_a_crash_while_they_make_room_is_tidied_up(pictures: Path, data: Path) -> None:
    class Stuck(FailingDisk):
        def remove(self, path: Path) -> None:
            """As if the process had died before."""

    store = Store(pictures, data, Stuck())
    (picture,) = fill(store, 1)
    store.kept_steps.budget_bytes = 0
    store.kept_steps.prune()
    store.close()
    assert steps_path(picture.path).exists()
    store = Store(pictures, data)
    list(store.reconcile())
    assert not steps_path(picture.path).exists()
    assert now(store, [picture])[0].steps_pruned
    store.close()


def test_each_is_made_smaller_once(store: Store) -> None:
    made = fill(store, 3)
    before = store.kept_steps.total_bytes()
    assert [store.kept_steps.pack_one() for _ in range(4)] == [True, True, True, False]
    sizes = [steps_path(picture.path).stat().st_size for picture in made]
    assert store.kept_steps.total_bytes() == sum(sizes) < before
    assert np.array_equal(store.step_previews(made[0])[0], noise(0))
    again = store.snapshot(made[0], 3)
    assert again.tensors["latents"].tobytes() == WAY[3].tensors["latents"].tobytes()


def test_those_of_a_second_pass_take_room_and_make_room(store: Store) -> None:
    request = a_request(hires=HiresFix(128, 96))
    larger = [
        StepSnapshot(it.step + 6, {"latents": np.tile(it.tensors["latents"], 4)}, it.state)
        for it in WAY
    ]
    alone = store.record(noise(0), request, snapshots=WAY)
    alone_bytes = store.kept_steps.total_bytes()
    both = store.record(noise(1), request, snapshots=[*WAY, *larger])
    its_bytes = store.kept_steps.total_bytes() - alone_bytes
    assert its_bytes == steps_path(both.path).stat().st_size > 4 * alone_bytes
    assert (
        store.snapshot(both, larger[-1].step).tensors["latents"].shape[-1]
        == 4 * (store.snapshot(both, 0).tensors["latents"].shape[-1])
    )
    store.kept_steps.budget_bytes = its_bytes
    assert store.kept_steps.prune() == [alone.id]


def test_lost_steps_are_not_tried_again_and_again(store: Store) -> None:
    (picture,) = fill(store, 1)
    steps_path(picture.path).unlink()
    assert store.kept_steps.pack_one()
    assert not store.kept_steps.pack_one()


def test_a_disk_that_refuses_is_tried_again(pictures: Path, data: Path) -> None:
    disk = FailingDisk()
    store = Store(pictures, data, disk)
    (picture,) = fill(store, 1)
    disk.calls, disk.fail_at = 0, 1
    with pytest.raises(StorageError):
        store.kept_steps.pack_one()
    assert np.array_equal(store.step_previews(picture)[0], noise(0))
    assert store.kept_steps.pack_one()
    store.close()


async def test_what_made_room_is_announced(pictures: Path, data: Path) -> None:
    library = await Library.open(pictures, data, trash=Path.unlink)
    made = [
        await library.record(noise(seed), a_request(seed=seed), snapshots=WAY) for seed in range(3)
    ]
    heard: list[Picture] = []
    library.changed.connect(heard.extend)
    library.in_use = lambda: made[0]
    library.store.kept_steps.budget_bytes = library.steps_bytes() // 2
    assert await library.tidy()
    assert [picture.id for picture in heard] == [made[1].id, made[2].id]
    assert all(picture.steps_pruned for picture in heard)
    assert not await library.tidy(pack=False)
    await library.close()


async def test_the_longer_work_waits_until_it_is_quiet() -> None:
    asked: list[bool] = []
    done = asyncio.Event()

    async def tidy(*, pack: bool) -> bool:
        asked.append(pack)
        if len(asked) == 1:
            keeping.wake()
            return True
        if len(asked) == 4:
            done.set()
        return pack and len(asked) < 4

    keeping = Housekeeping(tidy, quiet_s=0.001, pause_s=0.001)
    running = asyncio.ensure_future(keeping.run())
    await done.wait()
    keeping.stop()
    await running
    assert asked == [True, False, True, True]
