"""The networks and the noise schedule, from the recipe's numbers.

The builders return `Any`, for diffusers and transformers are untyped.
"""

from __future__ import annotations

from typing import Any

from diffusers import DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from studio.training.recipe import Recipe


def build_scheduler(objective: str = "v_prediction") -> Any:
    """The noise schedule: Stable Diffusion's shape, ending in noise alone (Lin et al. 2023).
    `objective` is what the net predicts, by diffusers' name: `v_prediction` or `sample`.

    `beta_end` 0.025 instead of 0.012 leaves 0.6 % of the picture at the last step (theirs: 6.8 %),
    so backgrounds may be black or white; and unlike an exact zero it needs no special case in any
    sampler: the largest sigma is 160.
    """
    return DDIMScheduler(  # type: ignore[no-untyped-call]
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.025,
        beta_schedule="scaled_linear",
        prediction_type=objective,
        timestep_spacing="trailing",
        clip_sample=False,
        steps_offset=1,
    )


def build_unet(recipe: Recipe) -> Any:
    """The denoiser: (B, C, 8, 8) noisy latents and (B, 32, 256) words to (B, C, 8, 8) velocity."""
    levels = len(recipe.unet_channels)
    return UNet2DConditionModel(  # type: ignore[no-untyped-call]
        sample_size=recipe.picture_px // 8,
        in_channels=recipe.latent_channels,
        out_channels=recipe.latent_channels,
        block_out_channels=recipe.unet_channels,
        down_block_types=("CrossAttnDownBlock2D",) * levels,
        up_block_types=("CrossAttnUpBlock2D",) * levels,
        layers_per_block=1,
        cross_attention_dim=recipe.text_width,
        attention_head_dim=recipe.heads,  # diffusers' name for the number of heads
    )


def build_text_encoder(recipe: Recipe, tokenizer: CLIPTokenizer) -> Any:
    """The reader: (B, 32) tokens to (B, 32, 256) words in context."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.text_width,
        intermediate_size=4 * recipe.text_width,
        projection_dim=recipe.text_width,
        num_hidden_layers=recipe.text_layers,
        num_attention_heads=recipe.heads,
        max_position_embeddings=recipe.max_tokens,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config)
