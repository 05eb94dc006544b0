"""The network that denoises: which family it is of and what it was made for.

Signs are tensors' names and shapes as the makers published them. Sources: the reference code of
CompVis latent-diffusion (UNets), Stability's sd3-ref and generative-models, Black Forest Labs' flux
and flux2, Z-Image, Qwen-Image; for files in diffusers' own layout, diffusers' model classes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from studio.catalog.kinds.finding import Weights
from studio.domain.errors import ModelRefused
from studio.domain.model import ModelTask

_V: Final = "v_prediction"
_EPSILON: Final = "epsilon"
_FLOW: Final = "flow_prediction"


@dataclass(frozen=True, slots=True)
class Backbone:
    """A denoising network. `variant` tells those of one family apart ("schnell", "large"…)."""

    family: str
    task: ModelTask = ModelTask.TEXT
    variant: str = ""
    prediction_type: str = _FLOW


# What cross-attention reads is as wide as the family's text encoders make it.
UNET_FAMILIES: Final[Mapping[int, str]] = {768: "sd", 1024: "sd2", 2048: "sdxl", 1280: "sdxl"}
_REFINER_WIDTH: Final = 1280
# What a UNet sees: latents; with a mask and the masked picture's latents; with the picture's.
_UNET_TASKS: Final[Mapping[int, ModelTask]] = {
    4: ModelTask.TEXT,
    9: ModelTask.INPAINT,
    8: ModelTask.EDIT,
}
_LDM_UNET: Final = "input_blocks.0.0.weight"
_DIFFUSERS_UNET: Final = "conv_in.weight"
# Signs of networks of other families: any of these names means that it is one.
_OTHERS: Final[tuple[tuple[str, str], ...]] = (
    ("distilled_guidance_layer.in_proj.bias", "Chroma"),
    ("early_stream_modulations.image.lin.weight", "FLUX.3"),
    ("double_layers.0.attn.w1q.weight", "AuraFlow"),
    ("head.modulation", "Wan (video)"),
    ("vace_blocks.0.after_proj.bias", "Wan (video)"),
    ("patchify_proj.weight", "LTX (video)"),
    ("txt_in.individual_token_refiner.blocks.0.adaLN_modulation.1.bias", "HunyuanVideo"),
    ("blocks.0.attn.qkv_x.weight", "Mochi (video)"),
    ("double_stream_blocks.0.block.adaLN_modulation.1.bias", "HiDream"),
    ("net.x_embedder.proj.1.weight", "Cosmos"),
    ("blocks.0.cross_attn.q_linear.weight", "PixArt or Sana"),
    ("clip_txt_mapper.weight", "Stable Cascade"),
    ("down_blocks.1.0.channelwise.0.weight", "Stable Cascade"),
    ("txtfusion.projector.weight", "Krea 2"),
    ("txt_in.text_norm.weight", "Qwen-Image 2.1"),
    ("token_refiner.blocks.0.attn.qkv_proj.weight", "MiniMax"),
    ("edm_mean", "Playground 2.5"),
    ("cc_projection.weight", "Zero123"),
)


def find_backbone(weights: Weights) -> Backbone | None:
    """The denoising network below this prefix, or None if there is none.

    Raises:
        ModelRefused: it is of a family that the studio doesn't know; the sentence names it.
    """
    for name, title in _OTHERS:
        if name in weights.tensors or name in weights.header.tensors:
            raise _foreign(weights, title)
    for find in _FINDERS:
        found = find(weights)
        if found is not None:
            return found
    return None


def _ldm_unet(weights: Weights) -> Backbone | None:
    if not weights.has(_LDM_UNET, "time_embed.0.weight"):
        return None
    if weights.ends(".time_stack.0.norm1.weight", "temporal_transformer.norm.weight"):
        raise _foreign(weights, "Stable Video Diffusion")
    context = weights.first_axis("attn2.to_k.weight", 1)
    has_labels = weights.has("label_emb.0.0.weight")
    if has_labels and context == 1024:
        raise _foreign(weights, "Stable unCLIP")
    return _unet(weights, weights.axis(_LDM_UNET, 1), context, has_labels)


def _diffusers_unet(weights: Weights) -> Backbone | None:
    if not weights.has(_DIFFUSERS_UNET, "down_blocks.0.resnets.0.conv1.weight", "conv_out.weight"):
        return None
    if not weights.has("time_embedding.linear_1.weight"):
        return None
    context = weights.first_axis("attn2.to_k.weight", 1)
    has_labels = weights.has("add_embedding.linear_1.weight")
    return _unet(weights, weights.axis(_DIFFUSERS_UNET, 1), context, has_labels)


def _unet(weights: Weights, channels: int, context: int, has_labels: bool) -> Backbone:
    """A UNet that sees `channels` and attends to text `context` wide; SDXL's also gets labels."""
    if channels not in _UNET_TASKS:
        raise ModelRefused(
            f"{_thing(weights)} has a UNet that takes {channels} channels, "
            "which the studio can't run.",
            "Choose a model for text to image, for inpainting or for editing.",
        )
    family = "sdxl" if has_labels else UNET_FAMILIES.get(context, "")
    task = _UNET_TASKS[channels]
    if task is ModelTask.TEXT and family == "sdxl" and context == _REFINER_WIDTH:
        task = ModelTask.REFINER
    return Backbone(family, task, prediction_type=unet_prediction(weights, family, task))


def unet_prediction(weights: Weights, family: str, task: ModelTask) -> str:
    """What a UNet of a family predicts: by trainers' marks ("v_pred" is an empty tensor), then by
    the file's name. No tensor's shape tells the two kinds of Stable Diffusion 2 apart."""
    if "v_pred" in weights.header.tensors or weights.named("vpred", "v-pred", "v_pred"):
        return _V
    if family != "sd2" or task is ModelTask.INPAINT or weights.named("base", "512"):
        return _EPSILON
    return _V if weights.named("768", "768-v", "768v") else ""


def _sd3(weights: Weights) -> Backbone | None:
    original = "joint_blocks.0.context_block.adaLN_modulation.1.weight"
    if weights.has(original):
        if weights.has("joint_blocks.37.x_block.mlp.fc1.weight"):
            return Backbone("sd3", variant="large")
        is_second = weights.has("joint_blocks.0.x_block.attn2.qkv.weight")
        return Backbone("sd3", variant="3.5-medium" if is_second else "medium")
    if weights.has("pos_embed.proj.weight", "transformer_blocks.0.attn.add_q_proj.weight"):
        is_large = weights.has("transformer_blocks.37.attn.to_q.weight")
        return Backbone("sd3", variant="large" if is_large else "medium")
    return None


# What FLUX.1's first layer sees, in packed 2×2 patches of 16 channels.
_FLUX_FILL: Final = 384
_FLUX_CONTROL: Final = 128


def _flux(weights: Weights) -> Backbone | None:
    original = weights.has("double_blocks.0.img_attn.qkv.weight", "single_blocks.0.linear1.weight")
    diffusers = weights.has("single_transformer_blocks.0.proj_mlp.weight", "x_embedder.weight")
    if not original and not diffusers:
        return None
    guided = weights.starts("guidance_in.", "time_text_embed.guidance_embedder.")
    seen = weights.axis("img_in.weight" if original else "x_embedder.weight", 1)
    if seen == _FLUX_CONTROL:
        raise _foreign(weights, "FLUX.1 Canny or Depth")
    if seen == _FLUX_FILL or weights.named("fill"):
        return Backbone("flux", ModelTask.INPAINT, "fill")
    if weights.named("kontext"):
        return Backbone("flux", ModelTask.EDIT, "kontext")
    return Backbone("flux", variant="dev" if guided else "schnell")


def _flux2(weights: Weights) -> Backbone | None:
    original = "single_stream_modulation.lin.weight"
    if not weights.has_any((original, "single_stream_modulation.linear.weight")):
        return None
    if weights.starts("guidance_in.", "time_guidance_embed.guidance_embedder."):
        return Backbone("flux2", variant="dev")
    read = max(weights.axis("txt_in.weight", 1), weights.axis("context_embedder.weight", 1))
    kind = "-base" if weights.named("base") else ""
    return Backbone("flux2", variant=f"klein{_KLEINS.get(read, '')}{kind}")


# What FLUX.2 klein reads: three states of a language model, side by side.
_KLEINS: Final[Mapping[int, str]] = {3 * 2560: "-4b", 3 * 4096: "-9b"}
# Z-Image's makers and ComfyUI leave “base” out of the name of the first one.
_Z_IMAGE: Final = re.compile(r"z[-_ ]?image([-_ ](b?fp?16|fp8\w*|q\d\w*))*")


def _z_image(weights: Weights) -> Backbone | None:
    if not weights.has("layers.0.adaLN_modulation.0.weight", "cap_embedder.0.weight"):
        return None
    is_base = weights.named("base", "omni") or _Z_IMAGE.fullmatch(weights.stem)
    return Backbone(
        "z-image", variant="base" if is_base and not weights.named("turbo") else "turbo"
    )


def _qwen_image(weights: Weights) -> Backbone | None:
    if not weights.has("transformer_blocks.0.img_mod.1.weight", "txt_norm.weight"):
        return None
    if weights.named("layered"):
        raise _foreign(weights, "Qwen-Image-Layered")
    if weights.named("edit") or weights.has("__index_timestep_zero__"):
        return Backbone("qwen-image", ModelTask.EDIT, "edit")
    return Backbone("qwen-image")


_FINDERS: Final[tuple[Callable[[Weights], Backbone | None], ...]] = (
    _ldm_unet,
    _diffusers_unet,
    _sd3,
    _flux2,
    _flux,
    _z_image,
    _qwen_image,
)


def _thing(weights: Weights) -> str:
    return weights.stem[:80]


def _foreign(weights: Weights, title: str) -> ModelRefused:
    return ModelRefused(
        f"{_thing(weights)} is a model of {title}, which the studio can't run yet.",
        "Choose a model of Stable Diffusion, FLUX, Z-Image or Qwen-Image.",
    )
