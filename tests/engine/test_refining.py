"""A refiner takes the last steps: as diffusers' two pipelines do it, kept or taken anew."""

from __future__ import annotations

import gc
import warnings
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from studio.domain.adapters import LoraUse, Refiner
from studio.domain.branch import Branch
from studio.domain.errors import RequestError
from studio.domain.events import ImageReady
from studio.domain.model import ModelInfo, ModelTask
from studio.domain.placement import EngineWishes, PlacementWishes
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.control import Control
from studio.engine.devices import Device, pick_device
from studio.engine.families.sdxl import StableDiffusionXL
from studio.engine.loading import load
from studio.engine.preview import to_pixels
from studio.engine.refining import last_taker, takers
from studio.engine.runner import DiffusionRunner
from tests.engine.test_denoise import DIFFUSERS
from tests.support.remembering_studio import RememberingStudio, same_snapshot
from tests.support.tiny_models import write_tiny_sdxl

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
ALONE = [Scheduler.EULER, Scheduler.EULER_A, Scheduler.DDIM, Scheduler.LCM]
"""Schedulers whose steps remember nothing of those before: diffusers' second pipeline begins with
a scheduler that has forgotten the first one's steps, and ours goes on with it. (With Heun it always
cuts a step in two.)"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("models")
    base = write_tiny_sdxl(folder / "tiny")
    refiner = write_tiny_sdxl(folder / "refiner", ModelTask.REFINER)
    return {"info": base, "tiny": load(base, CPU), "refiner": load(refiner, CPU)}


@pytest.fixture
def studio(models: dict[str, Any]) -> RememberingStudio:
    info: ModelInfo = models["info"]
    return RememberingStudio(info, {name: models[name] for name in ("tiny", "refiner")})


def refined(studio: RememberingStudio, task: str = "text", **changes: Any) -> Request:
    values = {"refiner": Refiner("refiner", 0.6), "scheduler": Scheduler.EULER, **changes}
    return studio.request(task, **values)


def pipeline(family: StableDiffusionXL, request: Request, pipeline_class: Any, **more: Any) -> Any:
    class_name, options = DIFFUSERS[request.scheduler]
    scheduler = getattr(diffusers, class_name).from_config(dict(family.scheduler_config), **options)
    clip, clip_2 = family.clip, family.clip_2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        built = pipeline_class(
            unet=family.unet,
            vae=family.vae,
            text_encoder=clip and clip.text_encoder,
            tokenizer=clip and clip.tokenizer,
            text_encoder_2=clip_2.text_encoder,
            tokenizer_2=clip_2.tokenizer,
            scheduler=scheduler,
            add_watermarker=False,
            **more,
        )
    built.set_progress_bar_config(disable=True)
    return built


def diffusers_pictures(models: dict[str, Any], request: Request) -> Any:
    """Base with denoising_end, then the refiner with denoising_start."""
    assert request.refiner is not None
    count = request.num_images_per_prompt
    generators = [torch.Generator().manual_seed(request.seed + i) for i in range(count)]
    same = {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "num_inference_steps": request.num_inference_steps,
        "guidance_scale": request.guidance_scale,
        "num_images_per_prompt": count,
        "generator": generators,
        "output_type": "latent",
    }
    base = pipeline(models["tiny"], request, diffusers.StableDiffusionXLPipeline)
    size = {"width": request.width, "height": request.height}
    latents = base(**same, **size, denoising_end=request.refiner.start).images
    refiner = pipeline(
        models["refiner"],
        request,
        diffusers.StableDiffusionXLImg2ImgPipeline,
        requires_aesthetics_score=True,
        force_zeros_for_empty_prompt=False,
    )
    latents = refiner(**same, image=latents, denoising_start=request.refiner.start).images
    return to_pixels(models["refiner"].decode(latents)).numpy()


@pytest.mark.parametrize(
    ("scheduler", "start"), [*zip(ALONE, (0.3, 0.6, 0.8, 0.5), strict=True), (Scheduler.EULER, 0.8)]
)
def test_the_same_bits_as_two_bare_pipelines(
    studio: RememberingStudio, models: dict[str, Any], scheduler: Scheduler, start: float
) -> None:
    request = refined(
        studio,
        scheduler=scheduler,
        refiner=Refiner("refiner", start),
        num_images_per_prompt=2,
        num_inference_steps=6,
    )
    whole = studio.finish(request)
    assert np.array_equal(whole.images, diffusers_pictures(models, request))
    assert studio.told == [1, 2, 3, 4, 5, 6]
    assert [len(frames) for frames in whole.previews] == [2] * 6
    assert [snapshot.step for snapshot in whole.snapshots] == list(range(7))


@pytest.mark.parametrize(
    ("task", "scheduler"),
    [
        ("text", Scheduler.DPMPP_2M),
        ("text", Scheduler.HEUN),
        ("image", Scheduler.EULER_A),
        ("inpaint", Scheduler.UNIPC),
    ],
)
def test_kept_or_not_it_ends_in_the_same_bits(
    studio: RememberingStudio, scheduler: Scheduler, task: str
) -> None:
    """Ended after any step, and finished from there: with what was kept and without."""
    request = refined(studio, task, scheduler=scheduler)
    whole = studio.finish(request, keep=True)
    assert len(whole.snapshots) == request.whole_way + 1
    kept = dict(studio.kept)
    for way in ("kept", "forgotten"):
        studio.kept = dict(kept) if way == "kept" else {}
        for step in range(1, request.whole_way):
            ended = studio.finish(replace(request, last_step=step))
            assert studio.told == ([step] if way == "kept" else list(range(1, step + 1)))
            assert np.array_equal(ended.previews[-1], whole.previews[step - 1])
            again = studio.finish(replace(request, branch=Branch(request, step)))
            assert np.array_equal(again.images, whole.images)
            assert all(map(same_snapshot, again.snapshots, whole.snapshots[step:]))


def test_steps_before_the_refiner_are_those_without_it(studio: RememberingStudio) -> None:
    request = refined(studio)
    plain = replace(request, refiner=None)
    whole = studio.finish(plain, keep=True)
    refined_whole = studio.finish(request)
    after = next(
        i
        for i, (a, b) in enumerate(zip(whole.previews, refined_whole.previews, strict=True))
        if not np.array_equal(a, b)
    )
    assert 0 < after < request.whole_way
    studio.finish(replace(request, last_step=after))
    assert studio.told == [after]
    assert not np.array_equal(whole.images, refined_whole.images)


def test_a_branch_may_change_the_refiner(studio: RememberingStudio) -> None:
    request = refined(studio)
    studio.finish(request, keep=True)
    plain = studio.finish(replace(request, refiner=None))
    without = studio.finish(replace(request, refiner=None, branch=Branch(request, 1)))
    assert np.array_equal(without.images, plain.images)
    late = replace(request, prompt="a tree", branch=Branch(request, 4))
    assert studio.finish(late).images.shape == plain.images.shape
    assert studio.told == [5]


def test_told_to_go_further_the_refiner_still_takes_the_last_steps(
    studio: RememberingStudio,
) -> None:
    def wish(preview: Any, control: Control) -> None:
        if preview.step == 2 and not control.further_steps:
            control.go_further(3)

    request = refined(studio)
    longer = studio.finish(request, wish)
    assert longer.request is not None
    assert longer.request.refiner == request.refiner
    assert longer.request.num_inference_steps == 8
    assert np.array_equal(studio.finish(longer.request).images, longer.images)


def test_from_the_beginning_or_never(studio: RememberingStudio) -> None:
    request = refined(studio)
    plain = replace(request, refiner=None)
    never = studio.finish(replace(request, refiner=Refiner("refiner", 1.0)))
    assert np.array_equal(never.images, studio.finish(plain).images)
    always = studio.finish(replace(request, refiner=Refiner("refiner", 0.0)))
    alone = studio.finish(replace(plain, model="refiner"))
    assert np.array_equal(always.images, alone.images)


def test_what_fits_only_the_base_stays_there(models: dict[str, Any]) -> None:
    config: Callable[[str], Any] = lambda name: models[name].scheduler_config  # noqa: E731
    request = Request(
        "a cat <lora:fur:0.8>",
        1,
        "tiny",
        32,
        32,
        loras=(LoraUse("ink"),),
        refiner=Refiner("refiner"),
    )
    base, refining = takers(request, config, {})
    assert (base.prompt, base.loras) == (request.prompt, request.loras)
    assert (refining.prompt, refining.loras, refining.model) == ("a cat ", (), "refiner")
    assert last_taker(request, config) == refining
    assert last_taker(base, config) is base


def test_a_refiner_of_another_family_is_refused(models: dict[str, Any]) -> None:
    configs = {"tiny": {"_family": "sdxl"}, "other": {"_family": "sd"}}
    config = {**models["tiny"].scheduler_config}
    request = Request("a cat", 1, "tiny", 32, 32, refiner=Refiner("other"))
    with pytest.raises(RequestError, match="another family"):
        takers(request, lambda name: {**config, **configs[name]}, {})


def test_where_one_model_fits_the_base_makes_room_and_stays_away(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("room")
    infos = {
        "base": write_tiny_sdxl(folder / "base"),
        "refiner": write_tiny_sdxl(folder / "refiner", ModelTask.REFINER),
    }
    unets: dict[str, weakref.ref[Any]] = {}

    def load_alone(info: ModelInfo, device: Device) -> Any:
        gc.collect()
        assert all(unet() is None for unet in unets.values())
        family: Any = load(info, device)
        assert info.name not in unets  # once each
        unets[info.name] = weakref.ref(family.unet)
        return family

    runner = DiffusionRunner(
        infos.__getitem__,
        {}.__getitem__,
        device=CPU,
        load_family=load_alone,
        wishes=lambda: EngineWishes(PlacementWishes(keep_warm=1)),
    )
    request = Request(
        "a cat", 1, "base", 32, 32, num_inference_steps=4, refiner=Refiner("refiner", 0.5)
    )
    *_, ready = runner.run(request, Control(1))
    assert isinstance(ready, ImageReady)
    assert list(unets) == ["base", "refiner"]
