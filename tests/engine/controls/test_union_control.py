"""Union ControlNets for Stable Diffusion XL: the same bits as the bare pipelines."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.branch import Branch
from studio.domain.control import Control, Preprocessor
from studio.domain.errors import ModelRefused
from studio.domain.hires import Tiling
from studio.domain.model import ModelInfo
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.conditioning import Conditioning
from studio.engine.controls.union_control import union_sizes
from studio.engine.controls.ways import way_of
from studio.engine.denoise import denoise, prepare
from studio.engine.families.sdxl import StableDiffusionXL
from studio.engine.loading import load
from tests.engine.families.test_sdxl import CPU, MASK, theirs
from tests.engine.test_denoise import START, request_for, start_pixels
from tests.support.remembering_studio import RememberingStudio
from tests.support.samples import noise
from tests.support.tiny_models import write_tiny_sdxl

PICTURE, OTHER = noise(3, 32, 24), noise(9, 32, 24)
SIZE = {"width": 32, "height": 24}
WEIGHTS = "diffusion_pytorch_model.safetensors"
# xinsir's two: the first knows six kinds of maps, the promax two more.
UNION, PROMAX = 6, 8


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelInfo, StableDiffusionXL]:
    info = write_tiny_sdxl(tmp_path_factory.mktemp("sdxl") / "tiny")
    family = load(info, CPU)
    assert isinstance(family, StableDiffusionXL)
    return info, family


@pytest.fixture(scope="module")
def family(model: tuple[ModelInfo, StableDiffusionXL]) -> StableDiffusionXL:
    return model[1]


def tiny_union(family: StableDiffusionXL, seed: int = 1, kinds: int = PROMAX) -> Any:
    torch.manual_seed(seed)
    beside: Any = diffusers.ControlNetUnionModel.from_unet(
        family.unet, load_weights_from_unet=False
    )
    sizes = {"num_control_type": kinds, "num_trans_channel": 32, "num_proj_channel": 32}
    network: Any = diffusers.ControlNetUnionModel.from_config(beside.config, **sizes)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
    return network.eval().requires_grad_(False)


def write_union(folder: Path, family: StableDiffusionXL, **wishes: Any) -> AddonInfo:
    tiny_union(family, **wishes).save_pretrained(folder)
    return AddonInfo(folder.name, folder.name, AddonKind.CONTROLNET, "sdxl", folder)


def control(preprocessor: Preprocessor = Preprocessor.CANNY, **wishes: Any) -> Control:
    return Control("net", PictureRef("0" * 64, 32, 24), preprocessor, **wishes)


def ours(
    family: StableDiffusionXL, request: Request, networks: list[Any], **task: Any
) -> torch.Tensor:
    way = way_of(family)
    assert way is not None
    controls = tuple(
        way.bind(network, picture_of(seen), wish, request, family)
        for network, seen, wish in zip(networks, (PICTURE, OTHER), request.controls, strict=False)
    )
    job = prepare(family, request, conditioning=Conditioning(controls=controls), **task)
    with torch.inference_mode():
        return list(denoise(job))[-1].latents


def bare(
    family: StableDiffusionXL,
    request: Request,
    network: Any,
    pictures: list[Any],
    pipeline: Any = diffusers.StableDiffusionXLControlNetUnionPipeline,
    **task: Any,
) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return theirs(
            family,
            request,
            pipeline,
            settings={"controlnet": network},
            control_image=[Image.fromarray(picture) for picture in pictures],
            **task,
        )


def picture_of(pixels: Any) -> torch.Tensor:
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None] / np.float32(255)).contiguous()


@pytest.mark.parametrize("guidance_scale", [1.0, 4.0])
def test_same_bits_as_the_pipeline(family: StableDiffusionXL, guidance_scale: float) -> None:
    network = tiny_union(family)
    wish = control(strength=0.7, start=0.2, end=0.8)
    request = request_for(
        Scheduler.EULER, guidance_scale=guidance_scale, num_images_per_prompt=2, controls=(wish,)
    )
    expected = bare(
        family,
        request,
        network,
        [PICTURE],
        control_mode=[3],
        controlnet_conditioning_scale=0.7,
        control_guidance_start=0.2,
        control_guidance_end=0.8,
    )
    made = ours(family, request, [network])
    assert torch.equal(made, expected)
    assert not torch.equal(ours(family, replace(request, controls=()), []), made)


@pytest.mark.parametrize(
    ("preprocessor", "number"),
    [
        (Preprocessor.POSE, 0),
        (Preprocessor.DEPTH, 1),
        (Preprocessor.SCRIBBLE, 2),
        (Preprocessor.CANNY, 3),
        (Preprocessor.NONE, 3),
        (Preprocessor.TILE, 6),
        (Preprocessor.COLOUR, 6),
    ],
)
def test_it_is_told_what_it_sees(
    family: StableDiffusionXL, preprocessor: Preprocessor, number: int
) -> None:
    network = tiny_union(family)
    request = request_for(Scheduler.EULER, num_inference_steps=2, controls=(control(preprocessor),))
    expected = bare(family, request, network, [PICTURE], control_mode=[number])
    assert torch.equal(ours(family, request, [network]), expected)


def test_it_sees_several_pictures_at_once_as_the_pipeline_does(family: StableDiffusionXL) -> None:
    network = tiny_union(family)
    wishes = control(strength=0.9), control(Preprocessor.DEPTH, strength=0.4)
    request = request_for(Scheduler.EULER, controls=wishes)
    expected = bare(
        family,
        request,
        network,
        [PICTURE, OTHER],
        control_mode=[3, 1],
        controlnet_conditioning_scale=[0.9, 0.4],
    )
    assert torch.equal(ours(family, request, [network, network]), expected)


def test_two_unions_add_up_as_in_the_pipeline(family: StableDiffusionXL) -> None:
    networks = [tiny_union(family, 1), tiny_union(family, 2)]
    wishes = control(end=0.5), control(Preprocessor.POSE, strength=0.6)
    request = request_for(Scheduler.EULER, controls=wishes)
    expected = bare(
        family,
        request,
        diffusers.models.controlnets.MultiControlNetUnionModel(networks),
        [PICTURE, OTHER],
        control_mode=[3, 0],
        controlnet_conditioning_scale=[1.0, 0.6],
        control_guidance_start=[0.0, 0.0],
        control_guidance_end=[0.5, 1.0],
    )
    assert torch.equal(ours(family, request, networks), expected)


def test_one_that_has_no_say_is_as_if_it_were_not_there(family: StableDiffusionXL) -> None:
    network = tiny_union(family)
    request = request_for(Scheduler.EULER, controls=(control(strength=0.7),))
    silent = replace(request, controls=(*request.controls, control(strength=0)))
    assert torch.equal(ours(family, silent, [network, network]), ours(family, request, [network]))


def test_under_a_mask_it_is_the_pipelines_picture(family: StableDiffusionXL) -> None:
    network = tiny_union(family)
    request = request_for(Scheduler.EULER, init_image=START, controls=(control(),))
    expected = bare(
        family,
        request,
        network,
        [PICTURE],
        diffusers.StableDiffusionXLControlNetUnionInpaintPipeline,
        control_mode=[3],
        image=[Image.fromarray(start_pixels())],
        mask_image=Image.fromarray((MASK * 255).astype(np.uint8)),
        strength=request.strength,
        masked_image_latents=torch.zeros(1, 4, 3, 4),
        **SIZE,
    )
    change = torch.from_numpy(MASK[None, None])
    task = {"init_pixels": picture_of(start_pixels()), "change": change}
    made = ours(family, request, [network], **task)
    # This pipeline's last bits are others with no control as well.
    assert torch.allclose(made, expected, atol=1e-4)
    plain = replace(request, controls=())
    assert not torch.allclose(ours(family, plain, [], **task), made, atol=1e-2)


@pytest.mark.parametrize("task", ["text", "inpaint"])
def test_finished_from_any_step_it_is_the_picture_itself(
    model: tuple[ModelInfo, StableDiffusionXL], tmp_path: Path, task: str
) -> None:
    info, family = model
    studio = RememberingStudio(info, {"tiny": family}, [write_union(tmp_path / "net", family)])
    edges = Control("net", studio.adopt(PICTURE), Preprocessor.CANNY, strength=0.8, end=0.7)
    tones = Control("net", studio.adopt(OTHER), Preprocessor.TILE, start=0.3)
    request = studio.request(task, num_inference_steps=3, controls=(edges, tones))
    whole = studio.finish(request, keep=True)
    assert not np.array_equal(studio.finish(replace(request, controls=())).images, whole.images)
    for step in range(request.whole_way):
        again = studio.finish(replace(request, branch=Branch(request, step)))
        assert np.array_equal(again.images, whole.images)


def test_it_holds_in_tiles(model: tuple[ModelInfo, StableDiffusionXL], tmp_path: Path) -> None:
    info, family = model
    studio = RememberingStudio(info, {"tiny": family}, [write_union(tmp_path / "net", family)])
    wishes = [Control("net", studio.adopt(noise(seed, 64, 64))) for seed in (4, 5)]
    large: dict[str, Any] = {"num_inference_steps": 2, "width": 64, "height": 64}
    request = studio.request(controls=tuple(wishes), tiling=Tiling(32, 8), **large)
    one = replace(request, controls=request.controls[:1])
    assert not np.array_equal(studio.finish(request).images, studio.finish(one).images)


def test_a_file_and_a_folder_with_anothers_configuration_are_the_same(
    model: tuple[ModelInfo, StableDiffusionXL], tmp_path: Path
) -> None:
    info, family = model
    folder = write_union(tmp_path / "net", family)
    studio = RememberingStudio(info, {"tiny": family}, [folder])
    wish = Control("net", studio.adopt(PICTURE), Preprocessor.TILE)
    request = studio.request(num_inference_steps=2, controls=(wish,))
    made = studio.finish(request).images
    config = folder.path / "config.json"
    told = json.loads(config.read_text())
    config.write_text(
        json.dumps({**told, "_class_name": "ControlNetModel", "num_control_type": UNION})
    )
    studio.runner.release()
    assert np.array_equal(studio.finish(request).images, made)
    path = tmp_path / "union_promax.safetensors"
    (folder.path / WEIGHTS).rename(path)
    studio.addons[:] = [replace(folder, path=path)]
    assert np.array_equal(studio.finish(request).images, made)


def test_the_first_union_knows_no_tiles(
    model: tuple[ModelInfo, StableDiffusionXL], tmp_path: Path
) -> None:
    info, family = model
    union = write_union(tmp_path / "net", family, kinds=UNION)
    studio = RememberingStudio(info, {"tiny": family}, [union])
    seen = studio.adopt(PICTURE)
    request = studio.request(
        num_inference_steps=2, controls=(Control("net", seen, Preprocessor.TILE),)
    )
    with pytest.raises(ModelRefused, match="doesn't know pictures made for “tile”"):
        studio.finish(request)
    edges = replace(request, controls=(Control("net", seen, Preprocessor.CANNY),))
    plain = replace(request, controls=())
    assert not np.array_equal(studio.finish(edges).images, studio.finish(plain).images)


def test_its_sizes_are_those_of_its_tensors(family: StableDiffusionXL) -> None:
    network = tiny_union(family, kinds=UNION)
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    config = network.config
    assert {name: config[name] for name in union_sizes(shapes)} == union_sizes(shapes)
