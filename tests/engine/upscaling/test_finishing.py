"""The finish: every picture of a batch, its progress, and the flag between tiles."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch

from studio.domain.events import FinishProgress, Pixels
from studio.engine.control import Control
from studio.engine.devices import pick_device
from studio.engine.upscaling.finishing import finish
from studio.engine.upscaling.srvgg import CompactNet
from studio.engine.upscaling.upscaler import Upscaler
from tests.support.samples import noise

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
PICTURES = np.stack([noise(0, 20, 9), noise(1, 20, 9)])


def an_upscaler() -> Upscaler:
    torch.manual_seed(0)
    return Upscaler(CompactNet(4, 1).requires_grad_(False), CPU, tile_px=10)


def told(
    story: Generator[FinishProgress, None, Pixels | None],
) -> tuple[list[FinishProgress], Pixels | None]:
    events = []
    while True:
        try:
            events.append(next(story))
        except StopIteration as end:
            return events, end.value


def test_it_counts_the_tiles_of_all_pictures() -> None:
    upscaler = an_upscaler()
    events, finished = told(finish(upscaler, PICTURES, 2, Control(7)))
    assert [event.tile for event in events] == [0, 1, 2, 3, 4]
    assert {(event.generation, event.total_tiles) for event in events} == {(7, 4)}
    assert events[0].seconds_per_tile == 0
    assert all(event.seconds_per_tile > 0 for event in events[1:])
    assert events[3].elapsed_s >= 3 * events[3].seconds_per_tile * 0.99
    assert finished is not None
    for picture, large in zip(PICTURES, finished, strict=True):
        assert np.array_equal(upscaler.upscale(picture, 2), large)


def test_transparent_pictures_stay_transparent() -> None:
    alpha = np.full((2, 9, 20, 1), 100, np.uint8)
    _, finished = told(finish(an_upscaler(), np.concatenate([PICTURES, alpha], 3), 2, Control()))
    assert finished is not None
    assert finished.shape == (2, 18, 40, 4)
    assert (finished[..., 3] == 100).all()


def test_cancelled_between_two_tiles_there_is_no_picture() -> None:
    control = Control()
    story = finish(an_upscaler(), PICTURES, 2, control)
    assert next(story).tile == 0
    assert next(story).tile == 1
    control.cancel()
    assert told(story) == ([], None)
