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
from PIL import Image

from studio.domain.control import Control
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.engine.conditioning import Conditioning
from studio.engine.controls.ways import way_of
from studio.engine.denoise import denoise, prepare
from studio.engine.families.patches import pack, unpack
from studio.engine.loading import load
from tests.engine.test_runner import CPU
from tests.support.flow_oracles import (
    HEIGHT,
    WIDTH,
    diffusers_scheduler,
    flow_request,
    generators,
)
from tests.support.samples import noise
from tests.support.tiny_chat_models import (
    write_tiny_qwen_image,
    write_tiny_z_image,
)
from tests.support.tiny_controls import tiny_control
from tests.support.tiny_flow_models import (
    FLOW_CONFIG,
    SHIFTED_CONFIG,
    write_tiny_flux,
    write_tiny_sd3,
)
from tests.support.tiny_models import TOKENS

PICTURE, OTHER = noise(3, WIDTH, HEIGHT), noise(9, WIDTH, HEIGHT)
SQUARE = {"width": 32, "height": 32}


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
    from studio.domain.picture_ref import PictureRef

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
        ("qwen-image", {}),
        ("z-image", {}),
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
