"""Questions of where things are, as the engine answers them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.document.selection import Hints
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound
from studio.domain.events import ImageReady, JobStarted, Pixels
from studio.domain.geometry import Size
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.engine import create_engine
from studio.engine.addons import no_addon
from studio.engine.devices import Device
from studio.engine.segmenting import Candidates, SeenPicture, Segmenting
from studio.engine.segmenting.sam import Sam, load_sam
from studio.engine.segmenting.segmenters import PICTURES_KEPT, Segmenters
from tests.support.fakes import picture_pixels
from tests.support.tiny_segmenters import write_tiny_sam

CPU = Device(torch.device("cpu"), torch.float32, "CPU")
CLICK = Hints(inside=(((20.0, 20.0),),))


class Watch:
    """Says what was looked at, and how far."""

    def __init__(self, give_up_at: int = 99) -> None:
        self.told: list[int] = []
        self._give_up_at = give_up_at

    def __call__(self, done: int, _parts: int) -> bool:
        self.told.append(done)
        return done < self._give_up_at


def seen(seed: int) -> SeenPicture:
    pixels = picture_pixels(60, 40, seed)
    return SeenPicture.of(lambda box: pixels[box.slices], Size(60, 40))


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> AddonInfo:
    return write_tiny_sam(tmp_path_factory.mktemp("segmentation") / "sam-vit-tiny")


def finds(*known: AddonInfo) -> Callable[[AddonKind, str], AddonInfo]:
    def find(kind: AddonKind, name: str) -> AddonInfo:
        assert kind is AddonKind.SEGMENTER
        return next((one for one in known if one.name == name), None) or no_addon(kind, name)

    return find


def ask(
    segmenters: Segmenters, info: AddonInfo, seed: int, watch: Watch, hints: Hints | None = CLICK
) -> Candidates | None:
    return segmenters.answer(Segmenting(info.name, seen(seed), hints, watch))


def test_a_picture_is_looked_at_once_and_undo_needs_no_second_look(info: AddonInfo) -> None:
    segmenters, watch = Segmenters(finds(info), CPU), Watch()
    first = ask(segmenters, info, 0, watch)
    assert watch.told == [0, 1]
    assert first is not None
    for seed in (0, *range(PICTURES_KEPT), 0):
        ask(segmenters, info, seed, watch)
    assert watch.told == [0, 1] * PICTURES_KEPT
    again = ask(segmenters, info, 0, watch)
    assert again is not None
    for one, other in zip(first.found, again.found, strict=True):
        np.testing.assert_array_equal(one.logits, other.logits)
    ask(segmenters, info, PICTURES_KEPT, watch)
    ask(segmenters, info, 1, watch)  # looked at longest ago, and given up for that one
    assert watch.told == [0, 1] * (PICTURES_KEPT + 2)


def test_without_hints_it_only_looks(info: AddonInfo) -> None:
    segmenters, watch = Segmenters(finds(info), CPU), Watch()
    assert ask(segmenters, info, 0, watch, hints=None) == Candidates(())
    ask(segmenters, info, 0, watch)
    assert watch.told == [0, 1]


def test_who_gives_up_gets_nothing_and_the_next_one_all(info: AddonInfo) -> None:
    segmenters = Segmenters(finds(info), CPU)
    assert ask(segmenters, info, 0, Watch(give_up_at=1)) is None
    found = ask(segmenters, info, 0, Watch())
    assert found is not None
    assert len(found.found) == 3


def test_another_segmenter_looks_anew(info: AddonInfo, tmp_path: Path) -> None:
    other = write_tiny_sam(tmp_path / "other", seed=5)
    segmenters, watch = Segmenters(finds(info, other), CPU), Watch()
    one, two = (ask(segmenters, each, 0, watch) for each in (info, other))
    assert one is not None
    assert two is not None
    assert watch.told == [0, 1, 0, 1]
    assert not np.array_equal(one.found[0].logits, two.found[0].logits)
    with pytest.raises(ModelNotFound, match="no segmenter “third”"):
        segmenters.answer(Segmenting("third", seen(0), CLICK))


def test_released_it_begins_from_the_start(info: AddonInfo) -> None:
    segmenters, watch = Segmenters(finds(info), CPU), Watch()
    ask(segmenters, info, 0, watch)
    segmenters.release()
    ask(segmenters, info, 0, watch)
    assert watch.told == [0, 1, 0, 1]


def test_pictures_are_known_by_what_they_show_and_their_size() -> None:
    pixels = picture_pixels(60, 40)

    def digest(shown: Pixels, size: Size) -> str:
        return SeenPicture.of(lambda box: shown[box.slices], size).digest

    size = Size(60, 40)
    same = np.dstack([pixels, np.full((40, 60), 255, np.uint8)])
    assert digest(same, size) == digest(pixels, size)
    changed = pixels.copy()
    changed[3, 5] ^= 1
    assert (
        len({digest(pixels, size), digest(changed, size), digest(pixels[:20], Size(60, 20))}) == 3
    )


def test_large_pictures_are_kept_small() -> None:
    large = np.zeros((40, 5000, 3), np.uint8)
    picture = SeenPicture.of(lambda box: large[box.slices], Size(5000, 40))
    assert picture.size == Size(5000, 40)
    assert picture.pixels.shape == (16, 2048, 3)


def test_a_card_without_room_leaves_it_to_the_processor(info: AddonInfo) -> None:
    loaded_on: list[str] = []

    def load(info: AddonInfo, device: Device) -> Sam:
        loaded_on.append(device.torch_device.type)
        if device.torch_device.type != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return load_sam(info, device)

    card = Device(torch.device("cuda"), torch.float16, "a full card")
    segmenters = Segmenters(finds(info), card, load)
    assert ask(segmenters, info, 0, Watch()) is not None
    assert ask(segmenters, info, 1, Watch()) is not None
    assert loaded_on == ["cuda", "cpu"]
    segmenters.release()
    assert ask(segmenters, info, 0, Watch()) is not None
    assert loaded_on == ["cuda", "cpu", "cuda", "cpu"]


def test_a_processor_without_room_says_so(info: AddonInfo) -> None:
    def load(_info: AddonInfo, _device: Device) -> Sam:
        raise MemoryError

    with pytest.raises(MemoryError):
        ask(Segmenters(finds(info), CPU, load), info, 0, Watch())


async def test_a_click_between_two_steps_changes_no_pixel_of_the_picture(
    tiny_model: ModelInfo, info: AddonInfo
) -> None:
    engine = create_engine(
        lambda name: tiny_model, lambda digest: seen(0).pixels, find_addon=finds(info)
    )
    request = Request("a cat", 1, "tiny", 32, 32, num_inference_steps=20)
    pictures = []
    for clicks in (0, 3):
        job = engine.submit(request)
        async for event in job.events():
            if isinstance(event, JobStarted):
                asked = [engine.ask(Segmenting(info.name, seen(i), CLICK)) for i in range(clicks)]
            if isinstance(event, ImageReady):
                pictures.append(event.images)
        assert all(answer is not None for answer in await asyncio.gather(*asked))
    engine.close()
    np.testing.assert_array_equal(*pictures)
