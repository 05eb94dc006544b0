"""ControlNets and T2I-adapters: the same bits as the bare pipelines, and what is refused."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from studio.document.control_maps import control_map
from studio.document.masks import to_picture
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Control, Preprocessor
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.events import Pixels
from studio.domain.geometry import Box
from studio.domain.hires import Tiling
from studio.domain.inpaint import Inpaint
from studio.domain.model import ModelInfo
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.engine.controls.binding import bind_controls
from studio.engine.controls.control import each
from studio.engine.controls.networks import ControlNetworks
from studio.engine.families.sd import StableDiffusion
from studio.engine.runner import DiffusionRunner
from studio.library.encoding import pixel_digest
from tests.engine.test_runner import CPU
from tests.support.samples import noise

PICTURE = noise(3, 32, 32)


def write_controlnet(folder: Path, family: StableDiffusion, seed: int) -> AddonInfo:
    torch.manual_seed(seed)
    network = diffusers.ControlNetModel.from_unet(
        family.unet, conditioning_embedding_out_channels=(8, 8, 8, 8)
    )
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
    network.save_pretrained(folder)
    return AddonInfo(folder.name, folder.name, AddonKind.CONTROLNET, "sd", folder)


def write_adapter(folder: Path, seed: int) -> AddonInfo:
    torch.manual_seed(seed)
    network = diffusers.T2IAdapter(3, [16, 32], 1, 8)
    network.save_pretrained(folder)
    return AddonInfo(folder.name, folder.name, AddonKind.T2I_ADAPTER, "sd", folder)


class Studio:
    """A runner on the tiny model with its controls and pictures."""

    def __init__(self, model: ModelInfo, family: Any, folder: Path) -> None:
        self.family = family
        self.pictures: dict[str, Pixels] = {}
        self.addons = {
            (info.kind, info.name): info
            for info in (
                write_controlnet(folder / "edges", family, 1),
                write_controlnet(folder / "depths", family, 2),
                write_adapter(folder / "sketch", 3),
            )
        }
        self.runner = DiffusionRunner(
            lambda name: model,
            self.pictures.__getitem__,
            device=CPU,
            load_family=lambda info, device: family,
            find_addon=self.find,
        )

    def find(self, kind: AddonKind, name: str) -> AddonInfo:
        if (kind, name) not in self.addons:
            raise ModelNotFound(f"There is no {kind} “{name}”.")
        return self.addons[kind, name]

    def adopt(self, pixels: Pixels) -> PictureRef:
        digest = pixel_digest(pixels)
        self.pictures[digest] = pixels
        return PictureRef(digest, pixels.shape[1], pixels.shape[0])

    def control(self, model: str, pixels: Pixels = PICTURE, **wishes: Any) -> Control:
        return Control(model, self.adopt(pixels), **wishes)

    def request(self, *controls: Control, **changes: Any) -> Request:
        values: dict[str, Any] = {"num_inference_steps": 4, "guidance_scale": 4.0, **changes}
        return Request("a cat", 5, "tiny", 32, 32, controls=controls, **values)

    def pixels(self, request: Request) -> Pixels:
        *_, ready = self.runner.run(request, _control())
        images: Pixels = ready.images
        return images


def _control() -> Any:
    from studio.engine.control import Control as Wishes

    return Wishes(1)


@pytest.fixture
def studio(tiny_model: ModelInfo, tiny_family: StableDiffusion, tmp_path: Path) -> Studio:
    return Studio(tiny_model, tiny_family, tmp_path)


def test_a_folder_that_has_halves_only_is_read_as_well(
    studio: Studio, tiny_model: ModelInfo, tmp_path: Path
) -> None:
    wishes = studio.request(studio.control("edges"))
    before = studio.pixels(wishes)
    path = tmp_path / "edges" / "diffusion_pytorch_model.safetensors"
    path.rename(path.with_name("diffusion_pytorch_model.fp16.safetensors"))
    again = DiffusionRunner(
        lambda name: tiny_model,
        studio.pictures.__getitem__,
        device=CPU,
        load_family=lambda info, device: studio.family,
        find_addon=studio.find,
    )
    *_, ready = again.run(wishes, _control())
    assert np.array_equal(ready.images, before)


def pipeline_pixels(
    studio: Studio, pipeline_class: Any, request: Request, **arguments: Any
) -> Pixels:
    family = studio.family
    scheduler = diffusers.EulerDiscreteScheduler.from_config(dict(family.scheduler_config))
    networks = arguments.pop("networks")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        pipeline = pipeline_class(
            vae=family.vae,
            text_encoder=family.text_encoder,
            tokenizer=family.tokenizer,
            unet=family.unet,
            scheduler=scheduler,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
            **networks,
        )
        pipeline.set_progress_bar_config(disable=True)
        pictures = pipeline(
            request.prompt,
            num_inference_steps=request.num_inference_steps,
            guidance_scale=request.guidance_scale,
            num_images_per_prompt=request.num_images_per_prompt,
            generator=[
                torch.Generator().manual_seed(request.seed + i)
                for i in range(request.num_images_per_prompt)
            ],
            output_type="pil",
            **arguments,
        ).images
    return np.stack(pictures)


def controlnet(studio: Studio, name: str) -> Any:
    return diffusers.ControlNetModel.from_pretrained(studio.addons[AddonKind.CONTROLNET, name].path)


@pytest.mark.parametrize("guidance_scale", [1.0, 4.0])
def test_same_bits_as_the_controlnet_pipeline(studio: Studio, guidance_scale: float) -> None:
    control = studio.control("edges", strength=0.7, start=0.0, end=0.5)
    request = studio.request(control, guidance_scale=guidance_scale, num_images_per_prompt=2)
    theirs = pipeline_pixels(
        studio,
        diffusers.StableDiffusionControlNetPipeline,
        request,
        networks={"controlnet": controlnet(studio, "edges")},
        image=Image.fromarray(PICTURE),
        controlnet_conditioning_scale=0.7,
        control_guidance_end=0.5,
    )
    assert np.array_equal(studio.pixels(request), theirs)
    assert not np.array_equal(studio.pixels(replace(request, controls=())), theirs)


def test_same_bits_with_two_controls_and_a_start_picture(studio: Studio) -> None:
    other = noise(9, 32, 32)
    start = studio.adopt(noise(4, 32, 32))
    request = studio.request(
        studio.control("edges", strength=1.0),
        studio.control("depths", other, strength=0.5, start=0.4),
        init_image=start,
        strength=0.75,
    )
    theirs = pipeline_pixels(
        studio,
        diffusers.StableDiffusionControlNetImg2ImgPipeline,
        request,
        networks={
            "controlnet": diffusers.models.controlnets.MultiControlNetModel(
                [controlnet(studio, "edges"), controlnet(studio, "depths")]
            )
        },
        image=Image.fromarray(studio.pictures[start.digest]),
        control_image=[Image.fromarray(PICTURE), Image.fromarray(other)],
        strength=0.75,
        controlnet_conditioning_scale=[1.0, 0.5],
        control_guidance_start=[0.0, 0.4],
        control_guidance_end=[1.0, 1.0],
    )
    assert np.array_equal(studio.pixels(request), theirs)


@pytest.mark.parametrize("end", [0.5, 1.0])
def test_same_bits_as_the_adapter_pipeline(studio: Studio, end: float) -> None:
    control = studio.control("sketch", strength=0.8, end=end)
    request = studio.request(control)
    adapter = diffusers.T2IAdapter.from_pretrained(
        studio.addons[AddonKind.T2I_ADAPTER, "sketch"].path
    )
    arguments = {"adapter_conditioning_scale": 0.8, "image": Image.fromarray(PICTURE)}
    if end == 1.0:
        theirs = pipeline_pixels(
            studio,
            diffusers.StableDiffusionAdapterPipeline,
            request,
            networks={"adapter": adapter},
            **arguments,
        )
        assert np.array_equal(studio.pixels(request), theirs)
    else:
        whole = studio.pixels(studio.request(studio.control("sketch", strength=0.8)))
        assert not np.array_equal(studio.pixels(request), whole)


def test_a_control_without_strength_changes_nothing(studio: Studio) -> None:
    plain = studio.pixels(studio.request())
    assert np.array_equal(studio.pixels(studio.request(studio.control("edges", strength=0))), plain)


def test_its_picture_is_preprocessed_and_made_to_fit(studio: Studio) -> None:
    large = noise(3, 96, 64)
    named = studio.control("edges", large, preprocessor=Preprocessor.CANNY)
    fitted = np.asarray(Image.fromarray(large).resize((48, 32), Image.Resampling.LANCZOS))[:, 8:40]
    by_hand = studio.control("edges", control_map(np.ascontiguousarray(fitted), Preprocessor.CANNY))
    ours = studio.pixels(studio.request(named)).astype(int)
    assert np.abs(ours - studio.pixels(studio.request(by_hand))).mean() < 8


def test_a_control_is_loaded_once_and_let_go_with_the_model(studio: Studio) -> None:
    request = studio.request(studio.control("edges"))
    first = studio.pixels(request)
    info = studio.addons[AddonKind.CONTROLNET, "edges"]
    (info.path / "config.json").rename(info.path / "gone.json")
    assert np.array_equal(studio.pixels(request), first)
    studio.runner.release()
    with pytest.raises(ModelRefused, match="damaged"):
        studio.pixels(request)


def test_controls_hold_in_tiles(studio: Studio) -> None:
    control = studio.control("edges", noise(3, 64, 64))
    request = replace(studio.request(control), width=64, height=64, tiling=Tiling(32, 8))
    assert studio.pixels(request).shape == (1, 64, 64, 3)
    without = replace(request, controls=())
    assert not np.array_equal(studio.pixels(request), studio.pixels(without))


def test_single_files_are_read_by_their_tensors(studio: Studio, tmp_path: Path) -> None:
    adapter = studio.addons[AddonKind.T2I_ADAPTER, "sketch"]
    whole = studio.pixels(studio.request(studio.control("sketch")))
    tensors = diffusers.T2IAdapter.from_pretrained(adapter.path).state_dict()
    path = tmp_path / "sketch.safetensors"
    save_file(tensors, path)
    studio.addons[AddonKind.T2I_ADAPTER, "sketch"] = replace(adapter, path=path)
    studio.runner.release()
    assert np.array_equal(studio.pixels(studio.request(studio.control("sketch"))), whole)


@pytest.mark.parametrize(
    ("control", "error", "sentence"),
    [
        (lambda studio: studio.control("nowhere"), ModelNotFound, "no controlnet “nowhere”"),
        (
            lambda studio: studio.control("edges", preprocessor=Preprocessor.DEPTH),
            ModelNotFound,
            "finds depth isn't on this disk",
        ),
    ],
)
def test_what_cannot_be_is_said(
    studio: Studio, control: Callable[[Studio], Control], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        studio.pixels(studio.request(control(studio)))


def test_a_control_of_another_family_is_refused(studio: Studio, tmp_path: Path) -> None:
    config = {**studio.family.unet.config, "cross_attention_dim": 64}
    unet = diffusers.UNet2DConditionModel.from_config(config)
    network = diffusers.ControlNetModel.from_unet(unet)
    network.save_pretrained(tmp_path / "other")
    info = AddonInfo("other", "Other", AddonKind.CONTROLNET, "", tmp_path / "other")
    studio.addons[info.kind, info.name] = info
    with pytest.raises(ModelRefused, match="another family"):
        studio.pixels(studio.request(studio.control("other")))


def test_what_is_painted_anew_is_guided_by_what_lies_there(studio: Studio) -> None:
    picture, guide = noise(5, 96, 64), np.zeros((64, 96, 3), np.uint8)
    box = Box(40, 16, 32, 32)
    guide[box.slices] = 255
    mask = np.zeros((64, 96), np.uint8)
    mask[24:40, 48:64] = 255
    request = replace(
        studio.request(studio.control("edges", guide, strength=2)),
        init_image=studio.adopt(picture),
        inpaint=Inpaint((box,), mask=studio.adopt(to_picture(mask))),
        strength=1.0,
    )
    cut = np.ascontiguousarray(guide[box.slices])
    by_hand = replace(request, controls=(studio.control("edges", cut, strength=2),))
    assert np.array_equal(studio.pixels(request), studio.pixels(by_hand))
    elsewhere = studio.control("edges", guide[:32, :32].copy(), strength=2)
    other = replace(request, controls=(elsewhere,))
    assert not np.array_equal(studio.pixels(request), studio.pixels(other))


def test_one_for_inpainting_sees_the_picture_with_holes_where_it_is_painted_anew(
    studio: Studio,
) -> None:
    edges = studio.addons[AddonKind.CONTROLNET, "edges"]
    studio.addons[AddonKind.CONTROLNET, "edges"] = replace(edges, variant="inpaint")
    mask = np.zeros((32, 32), np.uint8)
    mask[8:24, 8:24] = 255
    control = studio.control("edges", strength=2)
    request = replace(
        studio.request(control, num_images_per_prompt=2),
        init_image=studio.adopt(noise(5, 32, 32)),
        inpaint=Inpaint((Box(0, 0, 32, 32),), mask=studio.adopt(to_picture(mask))),
        strength=1.0,
    )
    starts, change = torch.rand(2, 3, 32, 32), torch.from_numpy(mask[None, None] / np.float32(255))
    tools: Any = SimpleNamespace(control_networks=ControlNetworks(studio.find, CPU))
    [bound] = bind_controls(request, studio.family, tools, None, starts, change)
    hole = (change > 0.5).expand_as(starts)
    assert (bound.picture[hole] == -1).all()
    assert torch.equal(bound.picture[~hole], starts[~hole])
    seen = each(bound.picture, torch.zeros(4, 4, 4, 4))
    assert torch.equal(seen, torch.cat([bound.picture] * 2))
    made = studio.pixels(request)
    other = replace(request, controls=(studio.control("edges", noise(8, 32, 32), strength=2),))
    assert np.array_equal(studio.pixels(other), made)
    assert not np.array_equal(studio.pixels(replace(request, controls=())), made)
    with pytest.raises(ModelRefused, match="nothing is masked"):
        studio.pixels(studio.request(control))
