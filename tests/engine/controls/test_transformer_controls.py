"""ControlNets of the transformer families: the same bits as the bare diffusers pipelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers.hooks.group_offloading import apply_group_offloading
from diffusers.models.controlnets.controlnet_flux import FluxMultiControlNetModel
from diffusers.models.controlnets.controlnet_sd3 import SD3MultiControlNetModel
from PIL import Image
from safetensors.torch import save_file

from studio.catalog.guided_families import CONTROLLED, SEEING, SEEING_ALL
from studio.domain.branch import Branch
from studio.domain.control import Control, Preprocessor
from studio.domain.errors import ModelRefused
from studio.domain.hires import Tiling
from studio.domain.model import ModelInfo
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.engine.conditioning import Conditioning
from studio.engine.controls.ways import way_of
from studio.engine.denoise import denoise, prepare
from studio.engine.families.patches import pack, unpack
from studio.engine.loading import load
from studio.engine.references.ways import reference_way_of
from tests.engine.test_runner import CPU
from tests.support.flow_files import flux_transformer
from tests.support.flow_oracles import (
    HEIGHT,
    WIDTH,
    diffusers_scheduler,
    flow_request,
    generators,
)
from tests.support.remembering_studio import RememberingStudio
from tests.support.samples import noise
from tests.support.tiny_chat_models import (
    write_tiny_qwen_image,
    write_tiny_z_image,
)
from tests.support.tiny_controls import tiny_control, write_tiny_control
from tests.support.tiny_flow_models import (
    FLOW_CONFIG,
    SHIFTED_CONFIG,
    write_tiny_flux,
    write_tiny_sd3,
)
from tests.support.tiny_models import TOKENS

PICTURE, OTHER = noise(3, WIDTH, HEIGHT), noise(9, WIDTH, HEIGHT)
SQUARE: dict[str, Any] = {"width": 32, "height": 32}
# Those for Stable Diffusion 3.5 Large read no prompt, and share a layer with the transformer.
STABILITYS = {
    "use_pos_embed": False,
    "joint_attention_dim": None,
    "force_zeros_for_pooled_projection": False,
}


@dataclass(frozen=True)
class Peer:
    """diffusers' pipeline for a family with ControlNets."""

    write: Callable[[Path], ModelInfo]
    pipeline: Any
    parts: Callable[[Any], dict[str, Any]]
    options: dict[str, Any]
    packs: bool = False
    config: Mapping[str, Any] | None = None


def clip_parts(family: Any) -> dict[str, Any]:
    return {"text_encoder": family.clip.text_encoder, "tokenizer": family.clip.tokenizer}


def flux_parts(family: Any) -> dict[str, Any]:
    t5 = {"text_encoder_2": family.t5.text_encoder, "tokenizer_2": family.t5.tokenizer}
    return clip_parts(family) | t5


def sd3_parts(family: Any) -> dict[str, Any]:
    return {
        **clip_parts(family),
        "text_encoder_2": family.clip_2.text_encoder,
        "tokenizer_2": family.clip_2.tokenizer,
        "text_encoder_3": family.t5.text_encoder,
        "tokenizer_3": family.t5.tokenizer,
    }


def chat_parts(family: Any) -> dict[str, Any]:
    return {"text_encoder": family.reader.text_encoder, "tokenizer": family.reader.tokenizer}


PEERS = {
    "flux": Peer(
        write_tiny_flux,
        diffusers.FluxControlNetPipeline,
        flux_parts,
        {"max_sequence_length": TOKENS},
        packs=True,
    ),
    "sd3": Peer(
        write_tiny_sd3,
        diffusers.StableDiffusion3ControlNetPipeline,
        sd3_parts,
        {"max_sequence_length": TOKENS, "negative_prompt": "rain"},
        config=FLOW_CONFIG,
    ),
    "qwen-image": Peer(
        write_tiny_qwen_image,
        diffusers.QwenImageControlNetPipeline,
        chat_parts,
        {"negative_prompt": "rain"},
        packs=True,
    ),
    "z-image": Peer(
        write_tiny_z_image,
        diffusers.ZImageControlNetPipeline,
        chat_parts,
        {"negative_prompt": "rain"},
    ),
}


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[ModelInfo, Any]]:
    loaded = {}
    for name, peer in PEERS.items():
        info = peer.write(tmp_path_factory.mktemp(name) / "tiny")
        loaded[name] = info, load(info, CPU)
    return loaded


def decided(vae: Any) -> Any:
    """The same autoencoder, which draws nothing: the pipelines would, and so have other noise left
    for a seed than without a control. It sees each of several equal pictures by itself, as ours
    sees the one that there is."""
    own: Any = type(vae)

    class Decided(own):  # type: ignore[misc]
        def encode(self, pictures: torch.Tensor) -> Any:
            encoded = super().encode(pictures)
            encoded.latent_dist.std = torch.zeros_like(encoded.latent_dist.mean)
            return encoded

    other = Decided.from_config(vae.config)
    other.load_state_dict(vae.state_dict())
    other.enable_slicing()
    return other.eval()


def theirs(
    name: str, family: Any, request: Request, network: Any, picture: Any, **more: Any
) -> torch.Tensor:
    """The finished latents (B, C, h, w) of the bare pipeline."""
    peer = PEERS[name]
    pipeline = peer.pipeline(
        scheduler=diffusers_scheduler(request.scheduler, peer.config or SHIFTED_CONFIG, request),
        vae=decided(family.vae),
        transformer=family.transformer,
        controlnet=network,
        **peer.parts(family),
    )
    pipeline.set_progress_bar_config(disable=True)
    drawn = family.noise(request.size, generators(request))
    guidance = "true_cfg_scale" if name == "qwen-image" else "guidance_scale"
    latents: torch.Tensor = pipeline(
        request.prompt,
        height=HEIGHT,
        width=WIDTH,
        num_inference_steps=request.num_inference_steps,
        num_images_per_prompt=request.num_images_per_prompt,
        latents=pack(drawn) if peer.packs else drawn,
        control_image=picture,
        output_type="latent",
        **{guidance: request.guidance_scale},
        **peer.options,
        **more,
    ).images
    return unpack(latents, HEIGHT // 8, WIDTH // 8) if peer.packs else latents


def ours(family: Any, request: Request, networks: list[Any], pixels: list[Any]) -> torch.Tensor:
    """The same of our loop."""
    way = way_of(family)
    assert way is not None
    controls = tuple(
        way.bind(network, picture_of(seen), control, request, family)
        for network, seen, control in zip(networks, pixels, request.controls, strict=True)
    )
    job = prepare(family, request, conditioning=Conditioning(controls=controls))
    with torch.inference_mode():
        return list(denoise(job))[-1].latents


def picture_of(pixels: Any) -> torch.Tensor:
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None] / np.float32(255)).contiguous()


def control(**wishes: Any) -> Control:
    return Control("net", PictureRef("0" * 64, WIDTH, HEIGHT), **wishes)


@pytest.mark.parametrize("guidance_scale", [1.0, 3.5])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("flux", {}),
        ("flux", {"num_single_layers": 0, "guidance_embeds": False}),
        ("flux", {"conditioning_embedding_channels": 4, "patch_size": 2}),
        ("sd3", {}),
        ("sd3", {"num_layers": 2, "force_zeros_for_pooled_projection": False}),
        ("sd3", STABILITYS),
        ("qwen-image", {}),
        ("z-image", {}),
        ("z-image", {"control_in_dim": 9, "add_control_noise_refiner": "control_layers"}),
        ("z-image", {"add_control_noise_refiner": "control_noise_refiner"}),
    ],
)
def test_same_bits_as_the_pipeline(
    families: dict[str, tuple[ModelInfo, Any]],
    name: str,
    options: dict[str, Any],
    guidance_scale: float,
) -> None:
    _, family = families[name]
    network = tiny_control(family, 1, **options)
    whole = name == "z-image"  # it knows no end
    wish = control(strength=0.7, end=1.0 if whole else 0.5)
    request = flow_request(guidance_scale=guidance_scale, num_images_per_prompt=2, controls=(wish,))
    ends = {} if whole else {"control_guidance_end": 0.5}
    bare = theirs(
        name,
        family,
        request,
        network,
        Image.fromarray(PICTURE),
        controlnet_conditioning_scale=0.7,
        **ends,
    )
    made = ours(family, request, [network], [PICTURE])
    assert torch.equal(made, bare)
    without = ours(family, replace(request, controls=()), [], [])
    assert not torch.equal(made, without)


@pytest.mark.parametrize("mode", [Preprocessor.CANNY, Preprocessor.DEPTH, Preprocessor.POSE])
def test_a_union_is_told_what_it_sees(
    families: dict[str, tuple[ModelInfo, Any]], mode: Preprocessor
) -> None:
    _, family = families["flux"]
    network = tiny_control(family, 1, num_mode=7)
    numbers = {Preprocessor.CANNY: 0, Preprocessor.DEPTH: 2, Preprocessor.POSE: 4}
    request = flow_request(controls=(control(preprocessor=mode),))
    bare = theirs(
        "flux", family, request, network, Image.fromarray(PICTURE), control_mode=numbers[mode]
    )
    assert torch.equal(ours(family, request, [network], [PICTURE]), bare)


@pytest.mark.parametrize("name", ["flux", "sd3"])
def test_same_bits_with_two_controls(families: dict[str, tuple[ModelInfo, Any]], name: str) -> None:
    _, family = families[name]
    networks = [tiny_control(family, seed) for seed in (1, 2)]
    several = {"flux": FluxMultiControlNetModel, "sd3": SD3MultiControlNetModel}[name]
    request = flow_request(controls=(control(), control(strength=0.5, start=0.4)))
    bare = theirs(
        name,
        family,
        request,
        several(networks),
        [Image.fromarray(PICTURE), Image.fromarray(OTHER)],
        controlnet_conditioning_scale=[1.0, 0.5],
        control_guidance_start=[0.0, 0.4],
        control_guidance_end=[1.0, 1.0],
    )
    assert torch.equal(ours(family, request, networks, [PICTURE, OTHER]), bare)


def test_networks_of_different_depths_add_up(families: dict[str, tuple[ModelInfo, Any]]) -> None:
    _, family = families["sd3"]
    networks = [tiny_control(family, 1), tiny_control(family, 2, num_layers=2)]
    request = flow_request(controls=(control(), control()))
    both = ours(family, request, networks, [PICTURE, OTHER])
    one = replace(request, controls=(control(),))
    for network, seen in zip(networks, (PICTURE, OTHER), strict=True):
        assert not torch.equal(ours(family, one, [network], [seen]), both)


def test_edges_for_stable_diffusion_35_keep_their_bytes(
    families: dict[str, tuple[ModelInfo, Any]],
) -> None:
    _, family = families["sd3"]
    network = tiny_control(family, 1, **STABILITYS)
    request = flow_request(controls=(control(preprocessor=Preprocessor.CANNY),))
    seen = picture_of(PICTURE) * 255 * 0.5 + 0.5
    bare = theirs("sd3", family, request, network, seen)
    assert torch.allclose(ours(family, request, [network], [PICTURE]), bare, atol=1e-4)
    plain = replace(request, controls=(control(),))
    assert not torch.allclose(ours(family, plain, [network], [PICTURE]), bare, atol=1e-4)


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("task", ["text", "inpaint"])
def test_finished_from_any_step_it_is_the_picture_itself(
    families: dict[str, tuple[ModelInfo, Any]], tmp_path: Path, name: str, task: str
) -> None:
    info, family = families[name]
    addon = write_tiny_control(tmp_path / "net", family, 1)
    studio = RememberingStudio(info, {"tiny": family}, [addon])
    seen = studio.adopt(noise(4, 32, 32))
    wish = Control("net", seen, strength=0.8, end=0.7)
    request = studio.request(task, num_inference_steps=3, controls=(wish,), **SQUARE)
    whole = studio.finish(request, keep=True)
    assert not np.array_equal(studio.finish(replace(request, controls=())).images, whole.images)
    for step in range(request.whole_way):
        again = studio.finish(replace(request, branch=Branch(request, step)))
        assert np.array_equal(again.images, whole.images)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("flux", {"num_mode": 7, "num_single_layers": 0}),
        ("flux", {"conditioning_embedding_channels": 4, "patch_size": 2}),
        ("sd3", {}),
        ("sd3", STABILITYS),
        ("qwen-image", {}),
        ("z-image", {}),
        ("z-image", {"control_in_dim": 9, "add_control_noise_refiner": "control_layers"}),
        ("z-image", {"control_in_dim": 9, "add_control_noise_refiner": "control_noise_refiner"}),
    ],
)
def test_a_network_in_one_file_is_the_same(
    families: dict[str, tuple[ModelInfo, Any]], tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    info, family = families[name]
    folder = write_tiny_control(tmp_path / "net", family, 1, **options)
    studio = RememberingStudio(info, {"tiny": family}, [folder])
    wish = Control("net", studio.adopt(noise(4, 32, 32)))
    request = studio.request(num_inference_steps=2, controls=(wish,), **SQUARE)
    made = studio.finish(request).images
    path = tmp_path / "net.safetensors"
    (tmp_path / "net" / "diffusion_pytorch_model.safetensors").rename(path)
    studio.addons[:] = [replace(folder, path=path)]
    assert np.array_equal(studio.finish(request).images, made)


def test_xlabs_own_layout_is_read(
    families: dict[str, tuple[ModelInfo, Any]], tmp_path: Path
) -> None:
    info, family = families["flux"]
    pixels = {"conditioning_embedding_channels": 4, "patch_size": 2, "num_single_layers": 0}
    folder = write_tiny_control(tmp_path / "net", family, 1, **pixels)
    convolutions = ["conv_in", *(f"blocks.{i}" for i in range(6)), "conv_out"]
    names = {f".{name}.": f".{2 * i}." for i, name in enumerate(convolutions)}
    tensors = {}
    for name, tensor in flux_transformer(tiny_control(family, 1, **pixels)).items():
        if name.startswith("input_hint_block."):
            part = next(part for part in names if part in name)
            name = name.replace(part, names[part])
        theirs = name.replace("controlnet_x_embedder", "pos_embed_input")
        tensors[theirs] = tensor.contiguous()
    path = tmp_path / "xlabs.safetensors"
    save_file(tensors, path)
    studio = RememberingStudio(info, {"tiny": family}, [folder])
    wish = Control("net", studio.adopt(noise(4, 32, 32)))
    request = studio.request(num_inference_steps=2, controls=(wish,), **SQUARE)
    made = studio.finish(request).images
    studio.addons[:] = [replace(folder, path=path)]
    assert np.array_equal(studio.finish(request).images, made)


def test_it_holds_in_tiles(families: dict[str, tuple[ModelInfo, Any]], tmp_path: Path) -> None:
    info, family = families["flux"]
    addon = write_tiny_control(tmp_path / "net", family, 1)
    studio = RememberingStudio(info, {"tiny": family}, [addon])
    wish = Control("net", studio.adopt(noise(4, 64, 64)))
    values: dict[str, Any] = {"num_inference_steps": 2, "width": 64, "height": 64}
    request = studio.request(controls=(wish,), tiling=Tiling(32, 8), **values)
    made = studio.finish(request).images
    assert not np.array_equal(studio.finish(replace(request, controls=())).images, made)


def test_a_picture_that_is_edited_is_guided_too(
    families: dict[str, tuple[ModelInfo, Any]], tmp_path: Path
) -> None:
    info, family = families["flux"]
    addon = write_tiny_control(tmp_path / "net", family, 1)
    studio = RememberingStudio(info, {"tiny": family}, [addon])
    wish = Control("net", studio.adopt(noise(4, 32, 32)))
    request = studio.request("image", num_inference_steps=2, edit=True, controls=(wish,), **SQUARE)
    made = studio.finish(request).images
    assert not np.array_equal(studio.finish(replace(request, controls=())).images, made)


def test_what_cannot_be_is_refused(
    families: dict[str, tuple[ModelInfo, Any]], tmp_path: Path
) -> None:
    info, family = families["flux"]
    wide = write_tiny_control(tmp_path / "net", family, 1, num_attention_heads=3)
    studio = RememberingStudio(info, {"tiny": family}, [wide])
    wish = Control("net", studio.adopt(noise(4, 32, 32)))
    request = studio.request(num_inference_steps=2, controls=(wish,), **SQUARE)
    with pytest.raises(ModelRefused, match="models of another family"):
        studio.finish(request)
    masks = write_tiny_control(
        tmp_path / "other", families["sd3"][1], 1, extra_conditioning_channels=1
    )
    studio = RememberingStudio(info, {"tiny": families["sd3"][1]}, [replace(masks, name="net")])
    studio.adopt(noise(4, 32, 32))
    with pytest.raises(ModelRefused, match="something else than a picture"):
        studio.finish(request)


def test_a_z_image_that_comes_piece_by_piece_cannot_share_its_layers(tmp_path: Path) -> None:
    info = write_tiny_z_image(tmp_path / "tiny")
    family = load(info, CPU)
    addon = write_tiny_control(tmp_path / "net", family, 1)
    where = torch.device("cpu")
    apply_group_offloading(family.transformer, where, where, offload_type="leaf_level")
    studio = RememberingStudio(info, {"tiny": family}, [addon])
    wish = Control("net", studio.adopt(noise(4, 32, 32)))
    request = studio.request(num_inference_steps=2, controls=(wish,), **SQUARE)
    with pytest.raises(ModelRefused, match="piece by piece"):
        studio.finish(request)


def test_the_catalog_knows_what_the_engine_can(
    families: dict[str, tuple[ModelInfo, Any]],
) -> None:
    unets = {"sd", "sd2", "sdxl"}
    assert {name for name in families if way_of(families[name][1])} == CONTROLLED - unets
    assert {name for name in families if reference_way_of(families[name][1])} == SEEING_ALL
    assert SEEING_ALL | unets == SEEING
