"""Parts of a picture painted anew, from the request to the pixels."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.document.fills import mixed
from studio.document.inpainting import InpaintWishes, inpainting, outpainting
from studio.document.masks import Mask, to_picture
from studio.document.repaint_masks import cover_of
from studio.domain.errors import OutOfMemory, RequestError
from studio.domain.events import FinishProgress, ImageReady, Pixels, StepPreview
from studio.domain.geometry import Box, Size
from studio.domain.inpaint import Extents, Fill, Inpaint, Intent
from studio.domain.model import ModelInfo
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.control import Control
from studio.engine.denoise import prepare, run_from
from studio.engine.families.sd import StableDiffusion
from studio.engine.preview import to_pixels
from studio.engine.runner import DiffusionRunner
from studio.library.encoding import pixel_digest
from tests.engine.test_runner import CPU, CountingFamily, out_of_memory
from tests.support.samples import noise

STEPS = 3


class Studio:
    """A runner on the tiny model, the pictures it finds, and requests for them."""

    def __init__(self, model: ModelInfo, family: Any) -> None:
        self.model = model
        self.pictures: dict[str, Pixels] = {}
        self.runner = DiffusionRunner(
            lambda name: model,
            self.pictures.__getitem__,
            device=CPU,
            load_family=lambda info, device: family,
        )

    def adopt(self, pixels: Pixels) -> PictureRef:
        digest = pixel_digest(pixels)
        self.pictures[digest] = pixels
        return PictureRef(digest, pixels.shape[1], pixels.shape[0])

    def base(self, **changes: Any) -> Request:
        values: dict[str, Any] = {
            "prompt": "a cat",
            "seed": 5,
            "model": "tiny",
            "width": 32,
            "height": 32,
            "num_inference_steps": STEPS,
        }
        return Request(**{**values, **changes})

    def inpaint(
        self, picture: Pixels, mask: Mask, changes: dict[str, Any] | None = None, **wishes: Any
    ) -> Request:
        refs = self.adopt(picture), self.adopt(to_picture(mask))
        described = InpaintWishes(**{"strength": 1.0, **wishes})
        return inpainting(
            self.base(**(changes or {})), self.model, refs[0], mask, refs[1], described
        )

    def outpaint(self, picture: Pixels, extend: Extents, **wishes: Any) -> Request:
        described = InpaintWishes(Intent.EXPAND, **{"strength": 1.0, **wishes})
        return outpainting(self.base(), self.model, self.adopt(picture), extend, described)

    def events(self, request: Request, control: Control | None = None) -> list[Any]:
        return list(self.runner.run(request, control or Control(9)))

    def finish(self, request: Request) -> ImageReady:
        *_, last = self.events(request)
        assert isinstance(last, ImageReady)
        return last


@pytest.fixture
def studio(tiny_model: ModelInfo, tiny_family: StableDiffusion) -> Studio:
    return Studio(tiny_model, tiny_family)


@pytest.fixture(scope="module")
def module_studio(tiny_model: ModelInfo, tiny_family: StableDiffusion) -> Studio:
    return Studio(tiny_model, tiny_family)


def spot(size: Size, box: Box, grey: int = 255) -> Mask:
    mask = np.zeros((size.height, size.width), np.uint8)
    mask[box.slices] = grey
    return mask


PICTURE = noise(1, 80, 64)
SPOT = spot(Size(80, 64), Box(20, 16, 24, 24))


def test_only_what_is_under_the_mask_changes(studio: Studio) -> None:
    ready = studio.finish(studio.inpaint(PICTURE, SPOT, grow_px=2, feather_px=4))
    (image,) = ready.images
    untouched = cover_of(SPOT, 2, 4) == 0
    assert image.shape == PICTURE.shape
    assert np.array_equal(image[untouched], PICTURE[untouched])
    assert (image[SPOT > 0] != PICTURE[SPOT > 0]).any(axis=1).mean() > 0.95


@st.composite
def jobs(draw: st.DrawFn) -> tuple[Pixels, Mask, dict[str, Any]]:
    """Pictures and masks of any size and place, and any way to paint them."""
    width, height = draw(st.integers(1, 150)), draw(st.integers(1, 150))
    mask = np.zeros((height, width), np.uint8)
    for _ in range(draw(st.integers(1, 3))):
        x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        right, bottom = draw(st.integers(x + 1, width)), draw(st.integers(y + 1, height))
        mask[y:bottom, x:right] = draw(st.sampled_from([255, 255, 90]))
    wishes = {
        "grow_px": draw(st.integers(0, 20)),
        "feather_px": draw(st.integers(0, 20)),
        "padding_px": draw(st.integers(0, 40)),
        "fill": draw(st.sampled_from(Fill)),
        "strength": draw(st.sampled_from([0.5, 1.0])),
        "whole": draw(st.booleans()),
        "separately": draw(st.booleans()),
    }
    return noise(2, width, height), mask, wishes


@settings(max_examples=25, deadline=None)
@given(jobs())
def test_where_the_mask_is_zero_every_byte_stays(
    module_studio: Studio, job: tuple[Pixels, Mask, dict[str, Any]]
) -> None:
    picture, mask, wishes = job
    request = module_studio.inpaint(picture, mask, {"num_inference_steps": 1}, **wishes)
    (image,) = module_studio.finish(request).images
    untouched = cover_of(mask, wishes["grow_px"], wishes["feather_px"]) == 0
    assert np.array_equal(image[untouched], picture[untouched])


@settings(max_examples=8, deadline=None)
@given(
    st.integers(16, 90),
    st.integers(16, 90),
    st.builds(Extents, *[st.sampled_from([0, 0, 1, 9, 40])] * 4).filter(bool),
)
def test_extending_keeps_the_picture_to_the_byte_and_fills_all_around(
    module_studio: Studio, width: int, height: int, extend: Extents
) -> None:
    picture = noise(3, width, height)
    request = module_studio.outpaint(picture, extend)
    request = dataclasses.replace(request, num_inference_steps=1)
    (image,) = module_studio.finish(request).images
    assert image.shape[:2] == (extend.of(Size(width, height)).height, request.finished_size.width)
    inside = image[extend.top : extend.top + height, extend.left : extend.left + width]
    assert np.array_equal(inside, picture)


def test_events_of_several_working_areas_count_on(studio: Studio) -> None:
    request = studio.outpaint(PICTURE, Extents(left=20, right=20))
    assert request.inpaint is not None
    *progress, ready = studio.events(request)
    count = len(request.inpaint.boxes)
    previews = [event for event in progress if isinstance(event, StepPreview)]
    assert all(isinstance(event, StepPreview | FinishProgress) for event in progress)
    assert count == 2
    assert [(p.step, p.total_steps) for p in previews] == [
        (step, STEPS * count) for step in range(1, STEPS * count + 1)
    ]
    assert len(ready.previews) == STEPS * count
    assert ready.snapshots == ()
    boxes = [request.inpaint.box_of_step(p.step, p.total_steps) for p in previews]
    assert boxes == [box for box in request.inpaint.boxes for _ in range(STEPS)]


def test_the_layer_over_the_start_picture_is_the_finished_picture(studio: Studio) -> None:
    request = studio.inpaint(PICTURE, SPOT, {"num_images_per_prompt": 2}, feather_px=6)
    ready = studio.finish(request)
    assert ready.painted is not None
    box, layers = ready.painted.box, ready.painted.pixels
    assert request.inpaint is not None
    assert request.inpaint.boxes == (box,)
    assert layers.shape == (2, box.height, box.width, 4)
    for image, layer in zip(ready.images, layers, strict=True):
        again = PICTURE.copy()
        again[box.slices] = mixed(PICTURE[box.slices], layer[..., :3], layer[..., 3])
        assert np.array_equal(again, image)
    assert not np.array_equal(ready.images[0], ready.images[1])


def test_a_candidate_is_the_picture_of_its_own_seed(studio: Studio) -> None:
    together = studio.finish(
        studio.inpaint(PICTURE, SPOT, {"num_images_per_prompt": 2}, fill=Fill.NOISE)
    )
    alone = studio.finish(studio.inpaint(PICTURE, SPOT, {"seed": 6}, fill=Fill.NOISE))
    difference = np.abs(together.images[1].astype(int) - alone.images[0])
    # A batch multiplies matrices of another shape, which rounds differently.
    assert difference.max() <= 3


def test_the_same_request_gives_the_same_pixels(studio: Studio) -> None:
    request = studio.outpaint(PICTURE, Extents(bottom=30))
    assert np.array_equal(studio.finish(request).images, studio.finish(request).images)


def test_what_lies_under_the_mask_matters_as_much_as_strength_lets_it(studio: Studio) -> None:
    images = [
        studio.finish(studio.inpaint(PICTURE, SPOT, fill=fill, strength=0.7)).images.tobytes()
        for fill in Fill
    ]
    assert len(set(images)) == len(Fill)


def test_grey_changes_less_than_white(studio: Studio, tiny_family: StableDiffusion) -> None:
    size = Size(32, 32)
    picture = np.full((32, 32, 3), 90, np.uint8)
    changes = []
    for grey in (60, 140, 255):
        mask = spot(size, Box(0, 0, 32, 32), grey)
        request = studio.inpaint(picture, mask, {"num_inference_steps": 8}, grow_px=0, feather_px=0)
        latents = studio.finish(request).snapshots[-1].tensors["latents"]
        nothing = own_latents(tiny_family, picture)
        changes.append(float(np.abs(latents - nothing).mean()))
    assert changes[0] < changes[1] < changes[2]


def own_latents(family: StableDiffusion, picture: Pixels) -> Any:
    pixels = torch.from_numpy(picture.transpose(2, 0, 1)[None] / np.float32(255))
    return family.encode(pixels, [torch.Generator("cpu").manual_seed(5)]).numpy()


@pytest.mark.parametrize("scheduler", Scheduler)
def test_a_step_of_an_inpainting_goes_on_to_the_same_latents(
    studio: Studio, tiny_family: StableDiffusion, scheduler: Scheduler
) -> None:
    """With what the task hands to the loop: nothing is scaled, the box is the picture."""
    picture = noise(4, 32, 32)
    mask = spot(Size(32, 32), Box(8, 8, 16, 24))
    wishes = {"fill": Fill.ORIGINAL, "grow_px": 0, "feather_px": 0, "whole": True}
    request = studio.inpaint(picture, mask, {"scheduler": scheduler}, **wishes)
    snapshots = studio.finish(request).snapshots
    pixels = torch.from_numpy(picture.transpose(2, 0, 1)[None] / np.float32(255))
    change = torch.from_numpy(mask[None, None] / np.float32(255))
    assert [snapshot.step for snapshot in snapshots] == list(range(STEPS + 1))
    for snapshot in snapshots[:-1]:
        again = prepare(tiny_family, request, pixels, change)
        for _ in run_from(again, snapshot):
            pass
        assert np.array_equal(again.latents.numpy(), snapshots[-1].tensors["latents"])


def test_cancelled_at_any_step_it_ends_without_a_picture(
    tiny_model: ModelInfo, tiny_family: StableDiffusion
) -> None:
    studio = Studio(tiny_model, CountingFamily(tiny_family))
    request = studio.outpaint(PICTURE, Extents(left=20, right=20))
    finished = studio.finish(request)
    for last in range(2 * STEPS + 1):
        control = Control()
        if last == 0:
            control.cancel()
        steps = []
        for event in studio.runner.run(request, control):
            assert isinstance(event, StepPreview | FinishProgress)
            if isinstance(event, StepPreview):
                steps.append(event.step)
                if event.step == last:
                    control.cancel()
        assert steps == list(range(1, last + 1))
    assert np.array_equal(studio.finish(request).images, finished.images)


def test_cancelled_while_it_is_fitted_back_it_ends_without_a_picture(studio: Studio) -> None:
    large = noise(1, 200, 200)
    request = studio.inpaint(large, spot(Size(200, 200), Box(20, 20, 150, 150)))
    control = Control()
    events: Iterator[Any] = studio.runner.run(request, control)
    for event in events:
        assert not isinstance(event, ImageReady)
        if isinstance(event, FinishProgress):
            control.cancel()


@pytest.mark.parametrize("stage", ["encode", "predict", "decode"])
def test_out_of_memory_once_no_area_is_painted_twice(
    tiny_model: ModelInfo, tiny_family: StableDiffusion, stage: str
) -> None:
    family = CountingFamily(tiny_family, {stage: [out_of_memory()]})
    studio = Studio(tiny_model, family)
    request = studio.outpaint(PICTURE, Extents(left=20, right=20))
    ready = studio.finish(request)
    taken = {"encode": 2 * STEPS, "predict": 3 + 2 * STEPS, "decode": 2 * STEPS}[stage]
    assert family.predictions == taken
    plain = Studio(tiny_model, tiny_family)
    expected = plain.finish(plain.outpaint(PICTURE, Extents(left=20, right=20)))
    difference = np.abs(ready.images.astype(int) - expected.images)
    assert np.percentile(difference, 99) <= 3


def test_out_of_memory_twice_is_a_sentence(
    tiny_model: ModelInfo, tiny_family: StableDiffusion
) -> None:
    family = CountingFamily(tiny_family, {"decode": [out_of_memory(), out_of_memory()]})
    studio = Studio(tiny_model, family)
    with pytest.raises(OutOfMemory, match="smaller size"):
        studio.finish(studio.inpaint(PICTURE, SPOT))


def test_a_picture_of_another_size_than_it_was_is_refused(studio: Studio) -> None:
    request = studio.inpaint(PICTURE, SPOT)
    assert request.init_image is not None
    studio.pictures[request.init_image.digest] = noise(1, 64, 64)
    with pytest.raises(RequestError, match="80 × 64 was expected, and it is 64 × 64"):
        studio.finish(request)


def test_a_working_size_that_the_model_cannot_draw_is_refused(studio: Studio) -> None:
    request = dataclasses.replace(studio.inpaint(PICTURE, SPOT), width=33)
    with pytest.raises(RequestError, match="multiples of 8"):
        studio.finish(request)


def test_a_model_made_for_inpainting_paints_under_the_mask_too(
    tiny_model: ModelInfo, tiny_family: StableDiffusion
) -> None:
    torch.manual_seed(5)
    unet = type(tiny_family.unet).from_config({**tiny_family.unet.config, "in_channels": 9})
    family = StableDiffusion(
        unet=unet.eval().requires_grad_(False),
        vae=tiny_family.vae,
        text_encoder=tiny_family.text_encoder,
        tokenizer=tiny_family.tokenizer,
        scheduler_config=tiny_family.scheduler_config,
    )
    studio = Studio(tiny_model, family)
    (image,) = studio.finish(studio.inpaint(PICTURE, SPOT, grow_px=0, feather_px=0)).images
    assert np.array_equal(image[SPOT == 0], PICTURE[SPOT == 0])
    assert (image[SPOT > 0] != PICTURE[SPOT > 0]).any(axis=1).mean() > 0.95


def test_the_picture_is_drawn_as_the_loop_draws_it(
    studio: Studio, tiny_family: StableDiffusion
) -> None:
    """With everything masked and nothing scaled there is nothing but the model's own picture."""
    picture = noise(4, 32, 32)
    mask = spot(Size(32, 32), Box(0, 0, 32, 32))
    ready = studio.finish(studio.inpaint(picture, mask))
    latents = torch.from_numpy(np.array(ready.snapshots[-1].tensors["latents"]))
    assert np.array_equal(ready.images, to_pixels(tiny_family.decode(latents)).numpy())


def test_an_inpainting_without_its_parts_is_no_job(studio: Studio) -> None:
    from studio.engine.tasks.inpaint import Inpainting

    assert Inpaint((Box(0, 0, 8, 8),), extend=Extents(left=1)).mask is None
    with pytest.raises(RequestError, match="nothing to paint"):
        list(Inpainting(studio.base(), Control()).run(studio.runner._tools(studio.base(), False)))
