"""Files that change a model's weights by a little: which trainer's layout, for which family.

Sources: the names that kohya's sd-scripts, diffusers, PEFT, LyCORIS, XLabs and Black Forest Labs
write; kohya's `ss_base_model_version` and Stability's modelspec for the family where shapes leave
it open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from studio.catalog.kinds.finding import Finding, Weights
from studio.domain.addons import AddonKind
from studio.domain.errors import ModelRefused

# Layouts by how a tensor's name ends; the first that fits counts. LyCORIS has its own ways to
# factor a change, and files of it may hold plain LoRA layers as well.
_LAYOUTS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("lycoris-loha", (".hada_w1_a",)),
    ("lycoris-lokr", (".lokr_w1", ".lokr_w1_a")),
    ("lycoris-oft", (".oft_blocks", ".oft_diag", ".oft_R.weight")),
    ("lycoris-glora", (".a1.weight", ".b1.weight")),
    ("lycoris-ia3", (".on_input",)),
    ("xlabs", (".processor.qkv_lora1.down.weight", ".processor.proj_lora1.down.weight")),
    ("kohya", (".lora_down.weight",)),
    ("diffusers", (".lora.down.weight", "_lora.down.weight", ".lora_linear_layer.down.weight")),
    ("peft", (".lora_A.weight", ".lora_A.default.weight")),
    ("lycoris-full", (".diff",)),
)
_DOWN: Final = (
    ".lora_down.weight",
    ".lora.down.weight",
    "_lora.down.weight",
    ".lora_A.weight",
    ".lora_A.default.weight",
    ".hada_w1_b",
)
_WIDTHS: Final[Mapping[int, str]] = {768: "sd", 1024: "sd2", 2048: "sdxl"}
_TEXT: Final = ("lora_te_", "text_encoder.")
_CROSS_ATTENTION: Final = re.compile(r"attn2[._](?:processor\.)?to_[kv]")
_SDXL_DEPTH: Final = re.compile(r"transformer_blocks[._][2-9]\b|transformer_blocks[._][2-9]_")
# Families by parts of their layers' names, with dots and underscores alike.
_NAMES: Final[tuple[tuple[str, str], ...]] = (
    ("lora_te2_", "sdxl"),
    ("text_encoder_2_", "sdxl"),
    ("joint_blocks_", "sd3"),
    ("single_transformer_blocks_0_attn_to_qkv_mlp_proj", "flux2"),
    ("single_transformer_blocks_", "flux"),
    ("img_mod_1", "qwen-image"),
    ("img_mlp_net_", "qwen-image"),
    ("txt_mlp_net_", "qwen-image"),
    ("context_refiner_", "z-image"),
    ("layers_0_attention_to_q", "z-image"),
    ("layers_0_attention_qkv", "z-image"),
    ("layers_0_feed_forward_w1", "z-image"),
)
_FOREIGN: Final[tuple[tuple[str, str], ...]] = (
    ("blocks_0_cross_attn_k", "Wan (video)"),
    ("temporal_transformer_blocks_", "AnimateDiff"),
    ("transformer_blocks_0_audio_attn1", "LTX (video)"),
    ("double_stream_blocks_", "HiDream"),
)
# `ss_base_model_version` and `modelspec.architecture` by how they begin.
_DECLARED: Final[tuple[tuple[str, str], ...]] = (
    ("sd_v1", "sd"),
    ("sd_1", "sd"),
    ("sd1", "sd"),
    ("stable-diffusion-v1", "sd"),
    ("sd_v2", "sd2"),
    ("sd2", "sd2"),
    ("stable-diffusion-v2", "sd2"),
    ("sdxl", "sdxl"),
    ("stable-diffusion-xl", "sdxl"),
    ("sd3", "sd3"),
    ("stable-diffusion-3", "sd3"),
    ("stable-diffusion-v3", "sd3"),
    ("flux2", "flux2"),
    ("flux-2", "flux2"),
    ("flux.2", "flux2"),
    ("flux", "flux"),
    ("z-image", "z-image"),
    ("zimage", "z-image"),
    ("z_image", "z-image"),
    ("qwen-image", "qwen-image"),
    ("qwen_image", "qwen-image"),
)


def find_lora(weights: Weights) -> Finding | None:
    """A LoRA in any of the known layouts.

    Raises:
        ModelRefused: it changes a model of a family that the studio doesn't know.
    """
    layout = next((name for name, ends in _LAYOUTS if weights.ends(*ends)), None)
    if layout is None or "lora_controlnet" in weights.tensors:
        return None
    joined = "\n".join(weights.tensors).replace(".", "_")
    for part, title in _FOREIGN:
        if part in joined:
            raise ModelRefused(
                f"{weights.stem[:80]} is a LoRA for {title}, which the studio can't run yet."
            )
    family = _by_names(weights, joined) or declared_family(weights.header.metadata)
    return Finding(AddonKind.LORA, family or _by_attention(weights), variant=layout)


def declared_family(metadata: Mapping[str, str]) -> str:
    """The family that a trainer wrote into a file's metadata, or empty."""
    for key in ("ss_base_model_version", "modelspec.architecture"):
        declared = metadata.get(key, "")[:200].lower()
        for start, family in _DECLARED:
            if declared.startswith(start):
                return family
    return ""


def _by_names(weights: Weights, joined: str) -> str:
    for part, family in _NAMES:
        if part in joined:
            return family
    if "double_blocks_" in joined or "single_blocks_" in joined:
        return _which_flux(weights)
    if "add_q_proj" in joined:
        return _which_joint(weights, joined)
    for name in weights.tensors:
        if name.endswith(_DOWN) and _CROSS_ATTENTION.search(name):
            if width := _WIDTHS.get(weights.axis(name, 1)):
                return width
            break
    return "sdxl" if _SDXL_DEPTH.search("\n".join(weights.tensors)) else ""


def _which_flux(weights: Weights) -> str:
    """FLUX.1's single blocks map a width to 7 times as much in one layer, FLUX.2's to 9 times."""
    for name in weights.tensors:
        for down, up in ((".lora_down.", ".lora_up."), (".lora_A.", ".lora_B.")):
            if "linear1" in name and down in name:
                width, wide = weights.axis(name, 1), weights.axis(name.replace(down, up), 0)
                return "flux2" if width and wide == 9 * width else "flux"
    return "flux"


def _which_joint(weights: Weights, joined: str) -> str:
    """Stable Diffusion 3 and Qwen-Image name attention alike; Qwen-Image is as wide as FLUX and has
    more blocks."""
    for name in weights.tensors:
        if name.endswith(_DOWN) and "to_q" in name:
            return "qwen-image" if weights.axis(name, 1) == 3072 else "sd3"
    return "qwen-image" if "transformer_blocks_59_" in joined else "sd3"


def _by_attention(weights: Weights) -> str:
    """A file with changes to a text encoder only: Stable Diffusion 1's is 768 wide, 2's 1024."""
    for name in weights.tensors:
        if name.startswith(_TEXT) and name.endswith(_DOWN) and "self_attn" in name:
            return {768: "sd", 1024: "sd2"}.get(weights.axis(name, 1), "")
    return ""
