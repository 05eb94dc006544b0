"""Networks as large as the published ones are told from their tensors' axes as their makers set
them; no weights are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from accelerate import init_empty_weights
from diffusers import (
    AutoencoderKLFlux2,
    AutoencoderKLQwenImage,
    Flux2Transformer2DModel,
    QwenImageTransformer2DModel,
    ZImageTransformer2DModel,
)
from transformers import (
    MistralConfig,
    MistralModel,
    Qwen2_5_VLConfig,
    Qwen2_5_VLModel,
    Qwen3Config,
    Qwen3Model,
)

from studio.engine.loading.flux2_files import flux2_layout
from studio.engine.loading.language_files import mistral_part, qwen3_part, qwen_vl_part
from studio.engine.loading.parts import FilePart
from studio.engine.loading.qwen_image_files import qwen_image_layout
from studio.engine.loading.tensors import Tensors
from studio.engine.loading.z_image_files import z_image_layout
from tests.support import chat_files

NOWHERE: Any = [Tensors(Path("model.safetensors"), {})]
KLEIN = {
    "num_layers": 5,
    "num_single_layers": 20,
    "num_attention_heads": 24,
    "joint_attention_dim": 7680,
    "guidance_embeds": False,
}
OF_THE_CLASS: Mapping[str, tuple[Any, Callable[[Any], Any], FilePart, float]] = {
    "FLUX.2 dev": (
        Flux2Transformer2DModel,
        chat_files.flux2_transformer,
        flux2_layout(NOWHERE).parts["transformer"],
        32.2,
    ),
    "FLUX.2 klein": (
        lambda: Flux2Transformer2DModel(**KLEIN),
        chat_files.flux2_transformer,
        flux2_layout(NOWHERE).parts["transformer"],
        3.9,
    ),
    "FLUX.2's autoencoder": (
        AutoencoderKLFlux2,
        chat_files.flux2_autoencoder,
        flux2_layout(NOWHERE).parts["vae"],
        0.08,
    ),
    "Z-Image": (
        lambda: ZImageTransformer2DModel(axes_lens=[1536, 512, 512]),
        chat_files.z_image_transformer,
        z_image_layout(NOWHERE).parts["transformer"],
        6.2,
    ),
    "Qwen-Image": (
        QwenImageTransformer2DModel,
        lambda network: network.state_dict(),
        qwen_image_layout(NOWHERE).parts["transformer"],
        20.4,
    ),
    "Qwen-Image's autoencoder": (
        AutoencoderKLQwenImage,
        chat_files.wan_autoencoder,
        qwen_image_layout(NOWHERE).parts["vae"],
        0.13,
    ),
}


@pytest.mark.parametrize("name", OF_THE_CLASS)
def test_diffusers_own_settings_are_those_of_the_published_model(name: str) -> None:
    make, in_file, part, billions = OF_THE_CLASS[name]
    with init_empty_weights():
        network = make()
        shapes = {name: tuple(tensor.shape) for name, tensor in in_file(network).items()}
        made: Any = part.make(shapes)
    assert (
        made.num_parameters() == network.num_parameters() == pytest.approx(billions * 1e9, rel=0.1)
    )
    same = {
        "out_channels": network.config.get("in_channels"),
        "decoder_block_out_channels": network.config.get("block_out_channels"),
    }
    for setting, value in network.config.items():
        if not setting.startswith("_"):
            expected = same.get(setting) if value is None else value
            assert as_list(made.config[setting]) == as_list(expected), setting


def as_list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def rope(theta: float, **others: Any) -> dict[str, Any]:
    return {"rope_type": "default", "rope_theta": theta, **others}


LANGUAGE: Mapping[str, tuple[Any, Any, FilePart, float]] = {
    "Qwen3 4B": (
        Qwen3Model,
        Qwen3Config(
            vocab_size=151936,
            hidden_size=2560,
            intermediate_size=9728,
            num_hidden_layers=36,
            num_attention_heads=32,
            num_key_value_heads=8,
            head_dim=128,
            max_position_embeddings=40960,
            rms_norm_eps=1e-6,
            rope_parameters=rope(1e6),
        ),
        qwen3_part(),
        4.02,
    ),
    "Mistral Small 3": (
        MistralModel,
        MistralConfig(
            vocab_size=131072,
            hidden_size=5120,
            intermediate_size=32768,
            num_hidden_layers=40,
            num_attention_heads=32,
            num_key_value_heads=8,
            head_dim=128,
            max_position_embeddings=131072,
            rms_norm_eps=1e-5,
            sliding_window=None,
            rope_parameters=rope(1e9),
        ),
        mistral_part(),
        22.9,
    ),
    "Qwen2.5-VL 7B": (
        Qwen2_5_VLModel,
        Qwen2_5_VLConfig(
            image_token_id=151655,
            video_token_id=151656,
            vision_start_token_id=151652,
            vision_end_token_id=151653,
            text_config={
                "vocab_size": 152064,
                "hidden_size": 3584,
                "intermediate_size": 18944,
                "num_hidden_layers": 28,
                "num_attention_heads": 28,
                "num_key_value_heads": 4,
                "max_position_embeddings": 128000,
                "rms_norm_eps": 1e-6,
                "rope_parameters": rope(1e6, mrope_section=[16, 24, 24]),
            },
            vision_config={
                "hidden_size": 1280,
                "out_hidden_size": 3584,
                "tokens_per_second": 2,
            },
        ),
        qwen_vl_part([]),
        7.7,
    ),
}


@pytest.mark.parametrize("name", LANGUAGE)
def test_language_models_are_told_as_published(name: str) -> None:
    model_class, config, part, billions = LANGUAGE[name]
    with init_empty_weights():
        model = model_class(config)
        shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
        made: Any = part.make(shapes)
    assert made.num_parameters() == pytest.approx(billions * 1e9, rel=0.01)
    assert made.config.to_diff_dict() == model.config.to_diff_dict()
