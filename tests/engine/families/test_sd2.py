"""Stable Diffusion 2: the same bits as the bare diffusers pipelines."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from studio.domain.model import ModelTask
from studio.domain.picture_ref import PictureRef
from studio.domain.schedulers import Scheduler
from studio.engine.devices import pick_device
from studio.engine.families.sd import StableDiffusion
from studio.engine.loading import load
from tests.engine.test_denoise import START, our_steps, pipeline_output, request_for
from tests.engine.test_denoise_masked import ours, pipeline_latents
from tests.support.tiny_models import write_tiny_sd


def _written(folder: Path, task: ModelTask) -> StableDiffusion:
    info = write_tiny_sd(folder, "sd2", task, prediction_type="v_prediction")
    family = load(info, pick_device({"PENTIMENTO_DEVICE": "cpu"}))
    assert isinstance(family, StableDiffusion)
    return family


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> StableDiffusion:
    return _written(tmp_path_factory.mktemp("sd2") / "text", ModelTask.TEXT)


@pytest.fixture(scope="module")
def inpainting(tmp_path_factory: pytest.TempPathFactory) -> StableDiffusion:
    return _written(tmp_path_factory.mktemp("sd2") / "inpainting", ModelTask.INPAINT)


@pytest.mark.parametrize("init_image", [None, START], ids=["text", "image"])
@pytest.mark.parametrize("scheduler", Scheduler)
def test_the_same_bits_as_the_bare_pipeline(
    family: StableDiffusion, scheduler: Scheduler, init_image: PictureRef | None
) -> None:
    request = request_for(scheduler, init_image=init_image, num_images_per_prompt=2)
    last = our_steps(family, request)[-1]
    assert last.prediction_type == "v_prediction"
    assert torch.equal(last.latents, pipeline_output(family, request, "latent"))


@pytest.mark.parametrize("name", ["family", "inpainting"])
@pytest.mark.parametrize("scheduler", Scheduler)
def test_under_a_mask_the_same_bits_as_the_bare_pipeline(
    request: pytest.FixtureRequest, scheduler: Scheduler, name: str
) -> None:
    drawn = request.getfixturevalue(name)
    wish = request_for(scheduler, num_images_per_prompt=2)
    assert torch.equal(ours(drawn, wish), pipeline_latents(drawn, wish))
