"""Pictures in another style, as jobs: with the networks that are shipped, on small pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from studio.domain.errors import RequestError
from studio.domain.events import FinishProgress, ImageReady, Pixels, StepPreview
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.domain.stylize import LossWeights, StyleMethod, StyleSource, Stylize
from studio.engine.control import Control
from studio.engine.devices import pick_device
from studio.engine.runner import DiffusionRunner
from studio.style.stylize import blended
from tests.support.fakes import picture_pixels

CONTENT, STYLE, OTHER = (picture_pixels(70, 50, seed) for seed in (1, 2, 3))
MASK = np.zeros((50, 70, 3), np.uint8)
MASK[10:40, 20:60] = 255
MASK[10:40, 30:35] = 128
PICTURES = {f"{i:064x}": pixels for i, pixels in enumerate((CONTENT, STYLE, OTHER, MASK))}
DIGESTS = list(PICTURES)


def ref(number: int) -> PictureRef:
    height, width = PICTURES[DIGESTS[number]].shape[:2]
    return PictureRef(DIGESTS[number], width, height)


def a_request(*, styles: tuple[int, ...] = (1,), **wishes: Any) -> Request:
    stylize = Stylize(tuple(StyleSource(ref(number)) for number in styles), **wishes)
    return Request("", 0, "", 70, 50, num_inference_steps=0, init_image=ref(0), stylize=stylize)


def optimised(**wishes: Any) -> Request:
    return a_request(method=StyleMethod.OPTIMISED, **{"iterations": 4, **wishes})


def events(request: Request, control: Control | None = None) -> Iterator[Any]:
    runner = DiffusionRunner(
        lambda name: pytest.fail("no model is asked for"),
        PICTURES.__getitem__,
        device=pick_device({"PENTIMENTO_DEVICE": "cpu"}),
    )
    return iter(runner.run(request, control or Control(5)))


def made(request: Request) -> ImageReady:
    *_, ready = events(request)
    assert isinstance(ready, ImageReady)
    return ready


def pixels(request: Request) -> Pixels:
    return made(request).images[0]


def test_the_instant_method_tells_how_far_it_is_and_makes_another_picture() -> None:
    *progress, ready = events(a_request())
    shares = [event.tile for event in progress if isinstance(event, FinishProgress)]
    assert shares == sorted(shares)
    assert {event.total_tiles for event in progress if isinstance(event, FinishProgress)} == {100}
    assert ready.generation == 5
    assert ready.images.shape == (1, 50, 70, 3)
    assert np.abs(ready.images[0].astype(int) - CONTENT).mean() > 5
    assert ready.request is None
    assert np.array_equal(pixels(a_request()), ready.images[0])


@pytest.mark.parametrize("request_of", [a_request, optimised])
def test_what_the_mask_leaves_out_stays_byte_for_byte(request_of: Any) -> None:
    ready = made(request_of(mask=ref(3), feather_px=6))
    layer = ready.painted.pixels[0]
    outside = layer[..., 3] == 0
    assert 0 < outside.mean() < 1
    assert np.array_equal(ready.images[0][outside], CONTENT[outside])
    assert np.array_equal(blended(CONTENT, layer[..., :3], layer[..., 3]), ready.images[0])
    assert (layer[..., 3] >= MASK[..., 0]).all()


def test_the_other_side_of_the_mask_takes_on_the_other_style() -> None:
    both = a_request(mask=ref(3), outside=(StyleSource(ref(2)),))
    ready = made(both)
    assert (ready.painted.pixels[..., 3] == 255).all()
    assert np.array_equal(ready.painted.pixels[0, ..., :3], ready.images[0])
    black, white = MASK[..., 0] == 0, MASK[..., 0] == 255
    assert np.array_equal(ready.images[0][white], pixels(a_request())[white])
    assert np.array_equal(ready.images[0][black], pixels(a_request(styles=(2,)))[black])


def test_stop_ends_it_without_a_picture() -> None:
    for request in (a_request(), optimised()):
        control = Control()
        running = events(request, control)
        next(running)
        control.cancel()
        assert not any(isinstance(event, ImageReady) for event in running)


def test_the_optimised_method_streams_its_losses() -> None:
    *progress, ready = events(optimised())
    assert [(event.step, event.total_steps) for event in progress] == [(i, 4) for i in range(1, 5)]
    assert [event.losses.shape for event in progress] == [(i, 3) for i in range(1, 5)]
    assert all(np.isfinite(event.losses).all() for event in progress)
    assert progress[0].pixels.shape[0] == 1
    assert ready.request is None


def test_good_enough_is_kept_and_can_be_made_again() -> None:
    control, seen = Control(), []
    for event in events(optimised(iterations=9), control):
        seen.append(event)
        if len(seen) == 3:
            control.stop_here()
    ready = seen[-1]
    assert isinstance(ready, ImageReady)
    assert ready.images.shape == (1, 50, 70, 3)
    assert ready.request.stylize.stopped_at == 3
    assert np.array_equal(pixels(ready.request), ready.images[0])
    assert not np.array_equal(pixels(optimised(iterations=9)), ready.images[0])


@pytest.mark.parametrize("outside", [(), (StyleSource(ref(2)),)])
def test_weights_changed_meanwhile_are_written_down(outside: tuple[StyleSource, ...]) -> None:
    mask = ref(3) if outside else None
    request = optimised(iterations=4, mask=mask, outside=outside)
    control, ready = Control(), None
    for number, event in enumerate(events(request, control)):
        if number == 1:
            control.weights = LossWeights(content=100.0, smoothness=0.0)
        ready = event
    assert isinstance(ready, ImageReady)
    [change] = ready.request.stylize.changes
    assert change.iteration == 2
    assert np.array_equal(pixels(ready.request), ready.images[0])
    assert not np.array_equal(pixels(request), ready.images[0])


def test_a_picture_of_another_size_than_was_said_is_refused() -> None:
    request = a_request()
    smaller = replace(ref(1), width=69)
    wrong = replace(request, stylize=replace(request.stylize, styles=(StyleSource(smaller),)))
    with pytest.raises(RequestError, match="expected"):
        list(events(wrong))


def test_no_preview_is_drawn_where_nobody_looks() -> None:
    runner = DiffusionRunner(
        lambda name: pytest.fail("no model is asked for"),
        PICTURES.__getitem__,
        device=pick_device({"PENTIMENTO_DEVICE": "cpu"}),
        previews=False,
    )
    *progress, _ = runner.run(optimised(), Control())
    assert all(isinstance(event, StepPreview) and not event.pixels.size for event in progress)
