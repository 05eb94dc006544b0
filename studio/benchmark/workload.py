"""The jobs that are timed: a model, and what it is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from studio.domain.model import ModelInfo
from studio.domain.request import Request

RANDOM_MODEL: Final = "random-35m"
EMBEDDED_MODEL: Final = "pentimento-small"
# Enough that a job is made of steps, few enough that ten rounds of it are over in half a minute.
FEW_STEPS: Final = 6

_TOKENS: Final = 32
_WIDTH: Final = 256
_SCHEDULER_CONFIG: Final = {
    "_class_name": "PNDMScheduler",
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "skip_prk_steps": True,
    "set_alpha_to_one": False,
    "steps_offset": 1,
}
_MODEL_INDEX: Final = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.42.1",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "scheduler": ["diffusers", "PNDMScheduler"],
    "safety_checker": [None, None],
    "feature_extractor": [None, None],
}


@dataclass(frozen=True, slots=True)
class Workload:
    """A model and a job for it; `request.prompt` and seed are a beginning to vary."""

    model: ModelInfo
    request: Request

    def __str__(self) -> str:
        request = self.request
        return (
            f"{self.model.name}, {request.size}, {request.num_inference_steps} steps, "
            f"{request.scheduler}"
        )

    def with_steps(self, steps: int) -> Workload:
        return replace(self, request=replace(self.request, num_inference_steps=steps))

    def with_seed(self, seed: int) -> Request:
        """The request, its prompt unchanged, with another seed."""
        return replace(self.request, seed=seed)


def workload(model: ModelInfo, steps: int) -> Workload:
    """A job of so many steps in the model's native size, with the model's own defaults."""
    size = model.native_size
    request = Request(
        prompt=model.example_prompts[0] if model.example_prompts else "a fox in the snow",
        seed=1,
        model=model.name,
        width=size.width,
        height=size.height,
        num_inference_steps=steps,
        guidance_scale=model.default_guidance_scale,
        scheduler=model.default_scheduler,
    )
    return Workload(model, request)


def write_random_model(folder: Path) -> None:
    """Write a model of the Stable Diffusion format with random weights, which draws 192 px noise.

    Its UNet has 35 million numbers: a step takes about as long on two cores of a CPU as one of an
    artist's own checkpoint does on a mid-range GPU (0.1 to 0.3 s). What it draws is noise, which is
    the hardest there is to compress.
    """
    import diffusers
    import torch
    import transformers

    messages: Any = transformers.utils.logging
    messages.disable_progress_bar()
    torch.manual_seed(0)
    make_unet: Any = diffusers.UNet2DConditionModel
    make_vae: Any = diffusers.AutoencoderKL
    tokenizer = byte_tokenizer(_TOKENS)
    parts: dict[str, Any] = {
        "unet": make_unet(
            sample_size=24,
            block_out_channels=(128, 256, 384),
            down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
            layers_per_block=1,
            cross_attention_dim=_WIDTH,
        ),
        "vae": make_vae(
            block_out_channels=(32, 64, 64, 64),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            sample_size=192,
        ),
        "text_encoder": transformers.CLIPTextModel(
            transformers.CLIPTextConfig(
                vocab_size=len(tokenizer),
                hidden_size=_WIDTH,
                intermediate_size=4 * _WIDTH,
                num_hidden_layers=4,
                num_attention_heads=4,
                max_position_embeddings=_TOKENS,
                bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        ),
        "tokenizer": tokenizer,
    }
    for name, part in parts.items():
        part.save_pretrained(folder / name)
    (folder / "scheduler").mkdir()
    _write_json(folder / "scheduler" / "scheduler_config.json", _SCHEDULER_CONFIG)
    _write_json(folder / "model_index.json", _MODEL_INDEX)


def byte_tokenizer(tokens: int) -> Any:
    """CLIP's tokenizer without a single merge, a token for each byte; `tokens` are the most."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizer

    characters = sorted(ByteLevel.alphabet())
    words = [*characters, *(f"{c}</w>" for c in characters), "<|startoftext|>", "<|endoftext|>"]
    vocab = {word: i for i, word in enumerate(words)}
    return CLIPTokenizer(vocab=vocab, merges=[], model_max_length=tokens)


def _write_json(path: Path, record: dict[str, Any]) -> None:
    path.write_text(json.dumps(record, indent=2), encoding="utf-8")
