"""Carries a placement out on a model's loaded parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch
from torch import nn

from studio.domain.placement import Attention, Offload, Precision, Quantization
from studio.engine.devices import Device
from studio.engine.placement.planning import Placement
from studio.engine.placement.quantizing import cast_layerwise
from studio.engine.placement.turns import Turns

DTYPES: Final = {
    Precision.FP32: torch.float32,
    Precision.FP16: torch.float16,
    Precision.BF16: torch.bfloat16,
}
_DENOISERS: Final = ("unet", "transformer")


def loading_device(device: Device, placement: Placement) -> Device:
    """Onto which device, and in which numbers, parts are to be read: into the machine's own memory
    where only some of them will be on the device at a time."""
    where = device.torch_device if placement.offload is Offload.NONE else torch.device("cpu")
    return Device(where, DTYPES[placement.precision], device.name)


def apply(parts: Mapping[str, Any], placement: Placement, device: Device) -> None:
    """Put `parts` where `placement` says; for parts just loaded onto `loading_device`.

    Args:
        parts: modules by diffusers' names ("unet", "transformer", "vae", "text_encoder"…); what
            isn't a module (tokenizers, None) is passed over.
    """
    modules = {name: part for name, part in parts.items() if isinstance(part, nn.Module)}
    denoiser: Any = next((modules[name] for name in _DENOISERS if name in modules), None)
    vae: Any = modules.get("vae")
    if vae is not None:
        if not _is_quantized(vae):
            vae.to(DTYPES[placement.autoencoder_precision])
        if hasattr(vae, "use_tiling"):
            vae.use_tiling = vae.use_slicing = placement.tiles
    if denoiser is not None:
        if placement.attention is not Attention.NATIVE:
            denoiser.set_attention_backend(placement.attention.value)
        if placement.quantization is Quantization.FP8:
            cast_layerwise(denoiser, DTYPES[placement.precision])
    match placement.offload:
        case Offload.MODEL:
            turns = Turns(device.torch_device)
            for module in modules.values():
                turns.add(module)
        case Offload.GROUP | Offload.SEQUENTIAL:
            for module in modules.values():
                _stream(module, placement.offload, device.torch_device, module is denoiser)


def _stream(module: Any, offload: Offload, device: torch.device, has_blocks: bool) -> None:
    """Bring weights in as they are needed, the next ones while the present ones compute."""
    from diffusers.hooks.group_offloading import apply_group_offloading

    by_block = offload is Offload.GROUP and has_blocks
    apply_group_offloading(
        module,
        onload_device=device,
        offload_device=torch.device("cpu"),
        offload_type="block_level" if by_block else "leaf_level",
        num_blocks_per_group=1 if by_block else None,
        use_stream=device.type == "cuda" and offload is Offload.GROUP,
        record_stream=device.type == "cuda" and offload is Offload.GROUP,
    )
    Turns.tell_device(module, device)


def _is_quantized(module: Any) -> bool:
    return getattr(module, "hf_quantizer", None) is not None
