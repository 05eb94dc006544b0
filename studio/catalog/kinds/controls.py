"""Networks that guide a model by a picture: ControlNets, T2I-adapters, IP-Adapters.

Sources: lllyasviel's ControlNet and diffusers' class of that name, Stability's Control-LoRA and
Stable Diffusion 3.5 ones, XLabs' and InstantX's for FLUX and Qwen-Image, alibaba-pai's for Z-Image,
TencentARC's T2I-Adapter, tencent-ailab's and XLabs' IP-Adapter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from studio.catalog.kinds.backbones import UNET_FAMILIES
from studio.catalog.kinds.finding import Finding, Weights
from studio.domain.addons import AddonKind

# What a ControlNet is for, by words in its file's name; the first that fits counts.
_USES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("union", ("union", "promax")),
    ("canny", ("canny",)),
    ("depth", ("depth", "zoe", "midas")),
    ("pose", ("openpose", "pose", "dwpose", "dw")),
    ("scribble", ("scribble", "sketch", "fake_scribble")),
    ("lineart", ("lineart", "anime", "line")),
    ("softedge", ("softedge", "hed", "pidi", "teed")),
    ("tile", ("tile", "blur", "upscaler")),
    ("inpaint", ("inpaint", "inpainting", "fill")),
    ("segmentation", ("seg", "segmentation", "ade20k")),
    ("normal", ("normal", "normalbae", "bae")),
    ("straight-lines", ("mlsd",)),
    ("colour", ("color", "colour", "recolor")),
    ("instructions", ("ip2p",)),
    ("shuffle", ("shuffle",)),
    ("brightness", ("brightness", "illumination")),
    ("qr-code", ("qr", "qrcode", "monster")),
    ("style", ("style",)),
    ("key-points", ("keypose",)),
)
# The first layer of a T2I-adapter sees a picture folded into squares of this many pixels.
_ADAPTER_FAMILIES: Final[Mapping[int, str]] = {64: "sd", 192: "sd", 256: "sdxl", 768: "sdxl"}


def find_control(weights: Weights) -> Finding | None:
    """A ControlNet, T2I-adapter or IP-Adapter."""
    for find in (_controlnet, _t2i_adapter, _ip_adapter):
        found = find(weights)
        if found is not None:
            return found
    return None


def control_use(weights: Weights) -> str:
    """What a control network looks at, as far as its name says."""
    return next((use for use, words in _USES if weights.named(*words)), "")


def _controlnet(weights: Weights) -> Finding | None:
    for is_one, family in _CONTROLNETS:
        if is_one(weights):
            return Finding(AddonKind.CONTROLNET, family(weights), variant=_variant(weights))
    return None


def _variant(weights: Weights) -> str:
    if "lora_controlnet" in weights.tensors:
        return "control-lora"
    if weights.starts("control_add_embedding.", "controlnet_mode_embedder.", "task_embedding"):
        return "union"
    return control_use(weights)


def _unet_family(weights: Weights) -> str:
    if weights.ends("label_emb.0.0.weight", "add_embedding.linear_1.weight"):
        return "sdxl"
    for ending in ("attn2.to_k.weight", "attn2.to_k.down", "attn2.to_k.lora_down.weight"):
        if family := UNET_FAMILIES.get(weights.first_axis(ending, 1)):
            return family
    return ""


def _always(family: str) -> Callable[[Weights], str]:
    return lambda weights: family


def _z_image(weights: Weights) -> bool:
    return weights.starts("control_all_x_embedder.", "control_layers.")


def _ldm(weights: Weights) -> bool:
    return weights.starts("control_model.", "input_hint_block.") and weights.ends(
        "time_embed.0.weight", "time_embed.0.down", "lora_controlnet"
    )


def _diffusers(weights: Weights) -> bool:
    return weights.has("controlnet_cond_embedding.conv_in.weight")


def _qwen_image(weights: Weights) -> bool:
    return weights.starts("controlnet_blocks.") and weights.has(
        "transformer_blocks.0.img_mod.1.weight"
    )


def _flux(weights: Weights) -> bool:
    if weights.has("controlnet_blocks.0.weight", "double_blocks.0.img_attn.qkv.weight"):
        return True  # XLabs'
    return weights.has("controlnet_x_embedder.weight", "controlnet_blocks.0.weight")


def _sd3(weights: Weights) -> bool:
    return weights.has("controlnet_blocks.0.weight") and weights.starts("pos_embed_input.")


_CONTROLNETS: Final[tuple[tuple[Callable[[Weights], bool], Callable[[Weights], str]], ...]] = (
    (_z_image, _always("z-image")),
    (_ldm, _unet_family),
    (_diffusers, _unet_family),
    (_qwen_image, _always("qwen-image")),
    (_flux, _always("flux")),
    (_sd3, _always("sd3")),
)


def _t2i_adapter(weights: Weights) -> Finding | None:
    for prefix in ("", "adapter."):
        below = weights.below(prefix) if prefix else weights
        first = "conv_in.weight"
        is_full = below.has(first) and below.ends(".block1.weight") and below.starts("body.0.")
        is_light = below.starts("body.0.in_conv.") and below.ends(".block1.weight")
        if is_full or is_light:
            seen = below.axis(first if is_full else "body.0.in_conv.weight", 1)
            family = _ADAPTER_FAMILIES.get(seen, "")
            return Finding(AddonKind.T2I_ADAPTER, family, variant=control_use(weights))
    return None


# By whether they see patches of the picture, and whether they were made for faces.
_IP_ADAPTERS: Final[Mapping[tuple[bool, bool], str]] = {
    (False, False): "standard",
    (True, False): "plus",
    (False, True): "face",
    (True, True): "plus-face",
}
# By how wide the prompt's embeddings are: T5's for FLUX.1.
_IP_FAMILIES: Final[Mapping[int, str]] = {**UNET_FAMILIES, 4096: "flux"}
_FACE_WORDS: Final = ("face", "faceid", "instantid", "full-face")


def _ip_adapter(weights: Weights) -> Finding | None:
    if weights.starts("ip_adapter_proj_model.") or weights.ends(
        ".processor.ip_adapter_double_stream_k_proj.weight"
    ):
        return Finding(AddonKind.IP_ADAPTER, "flux", variant="standard")
    if not (weights.starts("image_proj.") and weights.starts("ip_adapter.")):
        return None
    if weights.ends(".norm_ip.linear.weight"):
        return Finding(AddonKind.IP_ADAPTER, "sd3", variant="plus")  # InstantX's
    family = _IP_FAMILIES.get(weights.first_axis(".to_k_ip.weight", 1), "")
    is_plus = weights.has("image_proj.latents")
    is_face = weights.named(*_FACE_WORDS) or weights.ends(".to_k_lora.down.weight")
    variant = _IP_ADAPTERS[is_plus, is_face]
    return Finding(AddonKind.IP_ADAPTER, family, variant=variant)
