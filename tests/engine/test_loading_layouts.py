"""The networks of the published models, told from the axes of their tensors alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from accelerate import init_empty_weights
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from studio.engine.loading.clip_files import clip_part, open_clip_part
from studio.engine.loading.ldm import autoencoder_part, unet_part
from tests.support.ldm_files import ldm_autoencoder, ldm_unet, open_clip

_CROSS, _DOWN, _UP = "CrossAttnDownBlock2D", "DownBlock2D", "UpBlock2D"
_CROSS_UP = "CrossAttnUpBlock2D"
_SD: dict[str, Any] = {
    "block_out_channels": (320, 640, 1280, 1280),
    "down_block_types": (_CROSS, _CROSS, _CROSS, _DOWN),
    "up_block_types": (_UP, _CROSS_UP, _CROSS_UP, _CROSS_UP),
    "attention_head_dim": 8,
    "cross_attention_dim": 768,
}
# As their config.json files say.
UNETS: dict[str, dict[str, Any]] = {
    "1.5": _SD,
    "1.5 inpainting": {**_SD, "in_channels": 9},
    "2.1": {
        **_SD,
        "attention_head_dim": (5, 10, 20, 20),
        "cross_attention_dim": 1024,
        "use_linear_projection": True,
    },
    "xl": {
        "block_out_channels": (320, 640, 1280),
        "down_block_types": (_DOWN, _CROSS, _CROSS),
        "up_block_types": (_CROSS_UP, _CROSS_UP, _UP),
        "transformer_layers_per_block": (1, 2, 10),
        "attention_head_dim": (5, 10, 20),
        "cross_attention_dim": 2048,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
    },
    "xl refiner": {
        "block_out_channels": (384, 768, 1536, 1536),
        "down_block_types": (_DOWN, _CROSS, _CROSS, _DOWN),
        "up_block_types": (_UP, _CROSS_UP, _CROSS_UP, _UP),
        "transformer_layers_per_block": 4,
        "attention_head_dim": (6, 12, 24, 24),
        "cross_attention_dim": 1280,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2560,
    },
}
TOLD = {"xl": (1280, 6), "xl refiner": (1280, 5)}


def shapes_of(tensors: dict[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def heads_of(unet: UNet2DConditionModel) -> list[int]:
    return [module.heads for name, module in unet.named_modules() if name.endswith("attn1")]


@pytest.mark.parametrize("name", UNETS)
def test_unets(name: str) -> None:
    with init_empty_weights():
        published = UNet2DConditionModel(**UNETS[name])
        part = unet_part(*TOLD.get(name, ()))
        built = part.make(shapes_of(ldm_unet(published.state_dict(), 2)))
    assert isinstance(built, UNet2DConditionModel)
    assert shapes_of(built.state_dict()) == shapes_of(published.state_dict())
    assert heads_of(built) == heads_of(published)
    config: Any = built.config
    for key in ("addition_time_embed_dim", "addition_embed_type", "cross_attention_dim"):
        assert config[key] == UNETS[name].get(key)


@pytest.mark.parametrize("latents", [4, 16])
def test_autoencoders(latents: int) -> None:
    """Of 16 latents that of FLUX.1, which has no layers around its latents."""
    quants = {"use_quant_conv": latents == 4, "use_post_quant_conv": latents == 4}
    with init_empty_weights():
        published = AutoencoderKL(
            block_out_channels=(128, 256, 512, 512),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
            latent_channels=latents,
            **quants,
        )
        built: Any = autoencoder_part(0.3611, 1024, 0.1159).make(
            shapes_of(ldm_autoencoder(published.state_dict()))
        )
    assert shapes_of(built.state_dict()) == shapes_of(published.state_dict())
    assert (built.config.scaling_factor, built.config.shift_factor) == (0.3611, 0.1159)


@pytest.mark.parametrize(
    ("width", "layers", "heads"), [(768, 12, 12), (1024, 23, 16), (1280, 32, 20)]
)
def test_text_encoders(width: int, layers: int, heads: int) -> None:
    """CLIP ViT-L, OpenCLIP ViT-H less its last layer, and ViT-bigG."""
    config = CLIPTextConfig(
        vocab_size=49408,
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        projection_dim=width,
        hidden_act="quick_gelu" if width == 768 else "gelu",
    )
    projects = width == 1280
    with init_empty_weights():
        published = (CLIPTextModelWithProjection if projects else CLIPTextModel)(config)
        weights = published.state_dict()
        if width == 768:
            named = {
                "text_model." + name.removeprefix("text_model."): weights[name] for name in weights
            }
            built: Any = clip_part("").make(shapes_of(named))
        else:
            tensors = open_clip(weights, further_layer=not projects)
            built = open_clip_part("", projects=projects).make(shapes_of(tensors))
    assert type(built) is type(published)
    assert shapes_of(built.state_dict()) == shapes_of(published.state_dict())
    for key in ("num_attention_heads", "hidden_act", "projection_dim"):
        if key != "projection_dim" or projects:
            assert getattr(built.config, key) == getattr(config, key)
