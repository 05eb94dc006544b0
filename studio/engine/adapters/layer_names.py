"""What LoRA files call a model's layers: as diffusers does, or as sd-scripts and LyCORIS do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from diffusers.loaders.lora_conversion_utils import _maybe_map_sgm_blocks_to_diffusers
from torch import Tensor, nn

_PREFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "unet": ("lora_unet_",),
    "text_encoder": ("lora_te_", "lora_te1_"),
    "text_encoder_2": ("lora_te2_",),
}
# How the original names of Stable Diffusion XL end, where diffusers' converter leaves them.
_ORIGINAL: Final = (
    ("_in_layers_0", "_norm1"),
    ("_in_layers_2", "_conv1"),
    ("_emb_layers_1", "_time_emb_proj"),
    ("_out_layers_0", "_norm2"),
    ("_out_layers_3", "_conv2"),
    ("_skip_connection", "_conv_shortcut"),
    ("_downsamplers_0_op", "_downsamplers_0_conv"),
    ("_unet_input_blocks_0_0", "_unet_conv_in"),
    ("_unet_out_0", "_unet_conv_norm_out"),
    ("_unet_out_2", "_unet_conv_out"),
    ("_unet_time_embed_0", "_unet_time_embedding_linear_1"),
    ("_unet_time_embed_2", "_unet_time_embedding_linear_2"),
    ("_unet_label_emb_0_0", "_unet_add_embedding_linear_1"),
    ("_unet_label_emb_0_2", "_unet_add_embedding_linear_2"),
)
_BLOCKS: Final = (
    ("_input_blocks_", "_down_blocks_"),
    ("_middle_block_", "_mid_block_"),
    ("_output_blocks_", "_up_blocks_"),
)


def diffusers_names(
    reshapes: Mapping[str, dict[str, Tensor]], denoiser: Any
) -> dict[str, dict[str, Tensor]]:
    """The same with the names that sd-scripts has for the blocks of the original replaced by those
    for diffusers' blocks."""
    # diffusers passes over a file's original names where it has others, too.
    renamed = {name: name for name in reshapes}
    mapped = _maybe_map_sgm_blocks_to_diffusers(  # type: ignore[no-untyped-call]
        dict(renamed), denoiser.config
    )
    current = {original: name for name, original in mapped.items()}
    for name in renamed:
        new = current.get(name, name)
        for ending, replacement in _ORIGINAL:
            if new.endswith(ending):
                new = new.removesuffix(ending) + replacement
                break
        for original, ours in _BLOCKS:
            new = new.replace(original, ours)
        renamed[name] = new
    return {renamed[name]: layer for name, layer in reshapes.items()}


def modules_by_name(part_name: str, part: nn.Module) -> dict[str, tuple[str, Any]]:
    """From each name that a file may have for a module of a model's part to the name that the part
    has for it, and the module itself, without what peft laid around it."""
    named: dict[str, tuple[str, Any]] = {}
    for path, module in part.named_modules():
        if not path or path.endswith(".base_layer"):
            continue
        found = path, getattr(module, "base_layer", module)
        for alias in _aliases(part_name, path):
            named[f"{part_name}.{alias}"] = found
            for prefix in _PREFIXES.get(part_name, ()):
                named[prefix + alias.replace(".", "_")] = found
    return named


def _aliases(part_name: str, path: str) -> tuple[str, ...]:
    if not part_name.startswith("text_encoder"):
        return (path,)
    # Newer versions of transformers have no text model within a text encoder.
    bare = path.removeprefix("text_model.")
    return bare, f"text_model.{bare}"
