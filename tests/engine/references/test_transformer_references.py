"""IP-Adapters on transformers: the same bits as the bare pipelines, and a model as before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers.models.attention_processor import SD3IPAdapterJointAttnProcessor2_0
from diffusers.models.embeddings import IPAdapterTimeImageProjection
from safetensors.torch import save_file
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    SiglipVisionConfig,
    SiglipVisionModel,
)

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.branch import Branch
from studio.domain.control import Reference, ReferenceKind
from studio.domain.errors import ModelRefused, RequestError
from studio.domain.events import Pixels
from studio.domain.request import Request
from studio.engine.loading import load
from studio.engine.references.image_encoder import load_image_encoder
from tests.engine.test_runner import CPU
from tests.support.flow_oracles import generators
from tests.support.remembering_studio import RememberingStudio
from tests.support.samples import noise
from tests.support.tiny_chat_models import write_tiny_z_image
from tests.support.tiny_flow_models import write_tiny_flux, write_tiny_sd3
from tests.support.tiny_models import TOKENS

SEEN, PROJECTED = 16, 12
SQUARE: dict[str, Any] = {"width": 32, "height": 32, "num_inference_steps": 3}


def write_clip(folder: Path) -> AddonInfo:
    torch.manual_seed(5)
    config = CLIPVisionConfig(
        hidden_size=SEEN,
        intermediate_size=SEEN,
        num_hidden_layers=2,
        num_attention_heads=2,
        patch_size=8,
        image_size=16,
        projection_dim=PROJECTED,
    )
    CLIPVisionModelWithProjection(config).save_pretrained(folder)
    return AddonInfo(folder.name, folder.name, AddonKind.IMAGE_ENCODER, "", folder)


def write_siglip(folder: Path) -> AddonInfo:
    torch.manual_seed(6)
    config = SiglipVisionConfig(
        hidden_size=SEEN,
        intermediate_size=SEEN,
        num_hidden_layers=2,
        num_attention_heads=1,
        patch_size=8,
        image_size=16,
    )
    SiglipVisionModel(config).save_pretrained(folder)
    return AddonInfo(folder.name, folder.name, AddonKind.IMAGE_ENCODER, "", folder)


def write_flux_adapter(path: Path, family: Any, seed: int) -> AddonInfo:
    """In XLabs' layout."""
    torch.manual_seed(seed)
    width, context = family.transformer.inner_dim, family.transformer.config.joint_attention_dim
    tensors = {
        "ip_adapter_proj_model.proj.weight": torch.randn(4 * context, PROJECTED),
        "ip_adapter_proj_model.proj.bias": torch.randn(4 * context),
        "ip_adapter_proj_model.norm.weight": torch.ones(context),
        "ip_adapter_proj_model.norm.bias": torch.zeros(context),
    }
    for i in range(len(family.transformer.transformer_blocks)):
        for part in ("k", "v"):
            name = f"double_blocks.{i}.processor.ip_adapter_double_stream_{part}_proj"
            tensors[f"{name}.weight"] = torch.randn(width, context)
            tensors[f"{name}.bias"] = torch.randn(width)
    save_file(tensors, path)
    return AddonInfo(path.stem, path.stem, AddonKind.IP_ADAPTER, "flux", path)


def write_sd3_adapter(path: Path, family: Any, seed: int) -> AddonInfo:
    torch.manual_seed(seed)
    width = family.transformer.inner_dim
    projection = IPAdapterTimeImageProjection(
        embed_dim=SEEN, output_dim=width, hidden_dim=64, depth=4, heads=1, num_queries=3
    )
    tensors = {f"image_proj.{name}": each for name, each in projection.state_dict().items()}
    for i in range(len(family.transformer.attn_processors)):
        processor = SD3IPAdapterJointAttnProcessor2_0(
            hidden_size=width, ip_hidden_states_dim=width, head_dim=16, timesteps_emb_dim=64
        )
        for name, each in processor.state_dict().items():
            tensors[f"ip_adapter.{i}.{name}"] = each
    save_file({name: each.contiguous() for name, each in tensors.items()}, path)
    return AddonInfo(path.stem, path.stem, AddonKind.IP_ADAPTER, "sd3", path)


@pytest.fixture(scope="module")
def flux_studio(tmp_path_factory: pytest.TempPathFactory) -> RememberingStudio:
    folder = tmp_path_factory.mktemp("flux")
    info = write_tiny_flux(folder / "tiny")
    family = load(info, CPU)
    addons = [
        write_flux_adapter(folder / "plain.safetensors", family, 1),
        write_flux_adapter(folder / "other.safetensors", family, 2),
        write_siglip(folder / "sig"),
        write_clip(folder / "eyes"),
    ]
    return RememberingStudio(info, {"tiny": family}, addons)


@pytest.fixture(scope="module")
def sd3_studio(tmp_path_factory: pytest.TempPathFactory) -> RememberingStudio:
    folder = tmp_path_factory.mktemp("sd3")
    info = write_tiny_sd3(folder / "tiny")
    family = load(info, CPU)
    addons = [
        write_sd3_adapter(folder / "plain.safetensors", family, 1),
        write_siglip(folder / "eyes"),
    ]
    return RememberingStudio(info, {"tiny": family}, addons)


def bare_family(studio: RememberingStudio) -> Any:
    """The model, which wears nothing any more."""
    studio.finish(studio.request(**SQUARE))
    return studio.families["tiny"]


def reference(studio: RememberingStudio, model: str, seed: int = 3, **wishes: Any) -> Reference:
    return Reference(model, studio.adopt(noise(seed, 40, 24)), **wishes)


def embeds_of(studio: RememberingStudio, request: Request, *, whole: bool) -> list[torch.Tensor]:
    encoder = load_image_encoder(studio.addons[0].path.parent / "eyes", CPU)
    pictures = [studio.pictures[each.picture.digest] for each in request.references]
    return [encoder.see(pixels, whole=whole)[0] for pixels in pictures]


def pixels_of(pipeline: Any, request: Request, **arguments: Any) -> Pixels:
    pipeline.set_progress_bar_config(disable=True)
    pictures = pipeline(
        request.prompt,
        width=request.width,
        height=request.height,
        num_inference_steps=request.num_inference_steps,
        guidance_scale=request.guidance_scale,
        num_images_per_prompt=request.num_images_per_prompt,
        generator=generators(request),
        max_sequence_length=TOKENS,
        **arguments,
    ).images
    return np.stack(pictures)


def flux_theirs(studio: RememberingStudio, request: Request) -> Pixels:
    family = bare_family(studio)
    before = dict(family.transformer.attn_processors)
    pipeline = diffusers.FluxPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler.from_config(family.scheduler_config),
        vae=family.vae,
        text_encoder=family.clip.text_encoder,
        tokenizer=family.clip.tokenizer,
        text_encoder_2=family.t5.text_encoder,
        tokenizer_2=family.t5.tokenizer,
        transformer=family.transformer,
    )
    names = [f"{each.model}.safetensors" for each in request.references]
    pipeline.load_ip_adapter(
        str(studio.addons[0].path.parent),
        weight_name=names,
        image_encoder_pretrained_model_name_or_path=None,
    )
    pipeline.set_ip_adapter_scale([each.strength for each in request.references])
    embeds = [each[None] for each in embeds_of(studio, request, whole=True)]
    made = pixels_of(
        pipeline,
        request,
        ip_adapter_image_embeds=embeds,
        negative_ip_adapter_image_embeds=embeds,
    )
    family.transformer.encoder_hid_proj = None
    family.transformer.set_attn_processor(before)
    family.forget_steps()
    return made


def sd3_theirs(studio: RememberingStudio, request: Request) -> Pixels:
    family = bare_family(studio)
    before = dict(family.transformer.attn_processors)
    pipeline = diffusers.StableDiffusion3Pipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler.from_config(family.scheduler_config),
        vae=family.vae,
        text_encoder=family.clip.text_encoder,
        tokenizer=family.clip.tokenizer,
        text_encoder_2=family.clip_2.text_encoder,
        tokenizer_2=family.clip_2.tokenizer,
        text_encoder_3=family.t5.text_encoder,
        tokenizer_3=family.t5.tokenizer,
        transformer=family.transformer,
    )
    path = studio.addons[0].path
    pipeline.load_ip_adapter(
        str(path.parent), weight_name=path.name, subfolder="", image_encoder_folder=None
    )
    [wish] = request.references
    pipeline.set_ip_adapter_scale(wish.strength)
    [states] = embeds_of(studio, request, whole=False)
    guided = request.guidance_scale > 1
    made = pixels_of(
        pipeline,
        request,
        negative_prompt=request.negative_prompt,
        ip_adapter_image_embeds=torch.cat([torch.zeros_like(states), states]) if guided else states,
    )
    family.transformer.image_proj = None
    family.transformer.set_attn_processor(before)
    family.forget_steps()
    return made


@pytest.mark.parametrize("names", [["plain"], ["plain", "other"]])
def test_flux_gives_the_pipelines_bits(flux_studio: RememberingStudio, names: list[str]) -> None:
    references = tuple(
        reference(flux_studio, name, seed, strength=0.3 + 0.4 * seed)
        for seed, name in enumerate(names)
    )
    request = flux_studio.request(references=references, num_images_per_prompt=2, **SQUARE)
    made = flux_studio.finish(request).images
    assert np.array_equal(made, flux_theirs(flux_studio, request))


@pytest.mark.parametrize("guidance_scale", [1.0, 4.0])
def test_sd3_gives_the_pipelines_bits(sd3_studio: RememberingStudio, guidance_scale: float) -> None:
    request = sd3_studio.request(
        references=(reference(sd3_studio, "plain", strength=0.7),),
        guidance_scale=guidance_scale,
        num_images_per_prompt=2,
        **SQUARE,
    )
    made = sd3_studio.finish(request).images
    assert np.array_equal(made, sd3_theirs(sd3_studio, request))


@pytest.mark.parametrize("which", ["flux_studio", "sd3_studio"])
def test_afterwards_the_model_is_as_before(which: str, request: pytest.FixtureRequest) -> None:
    studio: RememberingStudio = request.getfixturevalue(which)
    plain = studio.request(**SQUARE)
    seeing = replace(plain, references=(reference(studio, "plain"),))
    before = studio.finish(plain).images
    seen = studio.finish(seeing).images
    assert not np.array_equal(seen, before)
    assert np.array_equal(studio.finish(plain).images, before)
    assert np.array_equal(studio.finish(seeing).images, seen)
    weaker = replace(seeing, references=(replace(seeing.references[0], strength=0.0),))
    assert np.array_equal(studio.finish(weaker).images, before)


@pytest.mark.parametrize("which", ["flux_studio", "sd3_studio"])
@pytest.mark.parametrize("task", ["text", "inpaint"])
def test_finished_from_any_step_it_is_the_picture_itself(
    which: str, task: str, request: pytest.FixtureRequest
) -> None:
    studio: RememberingStudio = request.getfixturevalue(which)
    asked = studio.request(task, references=(reference(studio, "plain"),), **SQUARE)
    whole = studio.finish(asked, keep=True)
    for step in range(asked.whole_way):
        again = studio.finish(replace(asked, branch=Branch(asked, step)))
        assert np.array_equal(again.images, whole.images)


def test_style_alone_and_several_at_once_are_refused(
    flux_studio: RememberingStudio, sd3_studio: RememberingStudio
) -> None:
    wish = reference(flux_studio, "plain", kind=ReferenceKind.STYLE)
    with pytest.raises(RequestError, match="not its style alone"):
        flux_studio.finish(flux_studio.request(references=(wish,), **SQUARE))
    two = (reference(sd3_studio, "plain"), reference(sd3_studio, "plain", 4))
    with pytest.raises(RequestError, match="1 reference picture at a time"):
        sd3_studio.finish(sd3_studio.request(references=two, **SQUARE))


def test_those_of_other_families_are_refused(
    flux_studio: RememberingStudio, sd3_studio: RememberingStudio
) -> None:
    flux_studio.addons.append(replace(sd3_studio.addons[0], name="sd3"))
    asked = flux_studio.request(references=(reference(flux_studio, "sd3"),), **SQUARE)
    with pytest.raises(ModelRefused, match="models of another family"):
        flux_studio.finish(asked)


def test_models_that_see_no_references_say_so(tmp_path: Path) -> None:
    info = write_tiny_z_image(tmp_path / "tiny")
    studio = RememberingStudio(info, {"tiny": load(info, CPU)})
    with pytest.raises(ModelRefused, match="can't see reference pictures yet"):
        studio.finish(studio.request(references=(reference(studio, "plain"),), **SQUARE))


def test_siglip_in_one_file_is_the_same(tmp_path: Path) -> None:
    folder = write_siglip(tmp_path / "eyes").path
    network = SiglipVisionModel.from_pretrained(folder)
    path = tmp_path / "sigclip.safetensors"
    save_file({f"vision_model.{name}": each for name, each in network.state_dict().items()}, path)
    pixels = noise(3, 40, 24)
    one, other = (load_image_encoder(each, CPU).see(pixels, whole=False) for each in (folder, path))
    assert torch.equal(one[0], other[0])
    assert one[0].shape == (1, 4, SEEN)
