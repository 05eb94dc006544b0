"""Qwen-Image-Edit: the same bits as the bare diffusers pipelines."""

from __future__ import annotations

from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus
from PIL import Image
from transformers import BatchFeature

from studio.domain.errors import RequestError
from studio.domain.request import PictureRef, Request
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.families.patches import unpack
from studio.engine.families.qwen_image_edit import QwenImageEdit
from studio.engine.loading import load
from tests.support.flow_oracles import (
    diffusers_scheduler,
    flow_request,
    from_pipeline,
    ours,
    reader_parts,
)
from tests.support.samples import noise
from tests.support.tiny_chat_models import write_tiny_qwen_image
from tests.support.tiny_flow_models import SHIFTED_CONFIG

SIDE = 64
PICTURE = noise(3, SIDE, SIDE)
START = PictureRef("0" * 64, SIDE, SIDE)


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> QwenImageEdit:
    info = write_tiny_qwen_image(
        tmp_path_factory.mktemp("models") / "edit", "QwenImageEditPlusPipeline"
    )
    loaded = load(info, pick_device({"PENTIMENTO_DEVICE": "cpu"}))
    assert isinstance(loaded, QwenImageEdit)
    loaded.seen_pixels = SIDE * SIDE
    return loaded


class Processor:
    """Texts and pictures for the language model, as transformers' own does it with torchvision."""

    def __init__(self, family: QwenImageEdit) -> None:
        self._family = family

    def __call__(self, text: list[str], images: list[Any], **options: Any) -> BatchFeature:
        seen = self._family.processor(images=images, return_tensors="pt")
        times = int(seen["image_grid_thw"][0].prod()) // 4
        texts = [each.replace("<|image_pad|>", "<|image_pad|>" * times) for each in text]
        return BatchFeature({**self._family.reader.tokenizer(texts, **options), **seen})


def theirs(family: QwenImageEdit, request: Request) -> torch.Tensor:
    scheduler = diffusers_scheduler(request.scheduler, SHIFTED_CONFIG, request)
    packed = from_pipeline(
        diffusers.QwenImageEditPlusPipeline,
        {**reader_parts(family), "processor": Processor(family)},
        scheduler,
        request,
        image=Image.fromarray(PICTURE),
        negative_prompt=request.negative_prompt,
        true_cfg_scale=request.guidance_scale,
    )
    return unpack(packed, SIDE // 8, SIDE // 8)


@pytest.mark.parametrize("guidance_scale", [1.0, 4.0])
def test_editing_gives_the_pipelines_bits(
    family: QwenImageEdit, guidance_scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The bare pipeline sees a million pixels; that many only take longer.
    monkeypatch.setattr(pipeline_qwenimage_edit_plus, "CONDITION_IMAGE_SIZE", SIDE * SIDE)
    monkeypatch.setattr(pipeline_qwenimage_edit_plus, "VAE_IMAGE_SIZE", SIDE * SIDE)
    request = flow_request(
        width=SIDE, height=SIDE, init_image=START, edit=True, guidance_scale=guidance_scale
    )
    pixels = torch.from_numpy(PICTURE.transpose(2, 0, 1)[None] / np.float32(255))
    *_, last = denoise(prepare(family, request, pixels))
    assert torch.equal(last.latents, theirs(family, request))


def test_without_a_picture_it_draws_from_the_prompt_alone(family: QwenImageEdit) -> None:
    assert torch.isfinite(ours(family, flow_request())).all()


def test_a_model_without_a_processor_does_not_edit(tmp_path: Any) -> None:
    plain = load(write_tiny_qwen_image(tmp_path / "q"), pick_device({"PENTIMENTO_DEVICE": "cpu"}))
    request = flow_request(init_image=START, edit=True)
    with pytest.raises(RequestError, match="made for editing"):
        prepare(plain, request, torch.zeros(1, 3, 48, 64))
