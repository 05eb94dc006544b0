"""Carries a placement out on a model's loaded parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import torch
from torch import nn

from studio.domain.errors import EngineError
from studio.domain.placement import Attention, Offload, Precision, Quantization
from studio.domain.planning import Placement
from studio.engine.devices import Device
from studio.engine.fast import apply_modes
from studio.engine.placement.quantizing import cast_layerwise, quantization_config
from studio.engine.placement.turns import Turns

DTYPES: Final = {
    Precision.FP32: torch.float32,
    Precision.FP16: torch.float16,
    Precision.BF16: torch.bfloat16,
}
_DENOISERS: Final = ("unet", "transformer")
_FROM_FOLDERS: Final = (Quantization.INT8, Quantization.NF4)


def placed_on(device: Device, placement: Placement) -> Device:
    """`device` with the numbers that a placement wants and the placement itself: what a model is
    loaded onto."""
    return replace(device, dtype=DTYPES[placement.precision], placement=placement)


def reading_device(device: Device) -> torch.device:
    """Whereto parts are read from the disk: into the machine's own memory where only some of them
    will be on the device at a time."""
    placement = device.placement
    if placement is None or placement.offload is Offload.NONE:
        return device.torch_device
    return torch.device("cpu")


def part_options(name: str, device: Device) -> dict[str, Any]:
    """With what diffusers' `from_pretrained` is to read a part, beside its dtype; nothing for most.

    Raises:
        EngineError: the package that quantising needs isn't installed.
    """
    placement = device.placement
    if placement is None or name not in _DENOISERS:
        return {}
    config = quantization_config(placement.quantization, device.dtype)
    return {} if config is None else {"quantization_config": config}


def check_file_placement(title: str, device: Device) -> None:
    """See whether a model in a single file can be placed so.

    Raises:
        EngineError: it is to be quantised in a way that only folders are.
    """
    placement = device.placement
    if placement is not None and placement.quantization in _FROM_FOLDERS:
        raise EngineError(
            f"“{title}” is a single file, and {placement.quantization} weights are made while a "
            "folder in diffusers' layout is read.",
            "Choose fp8 for it, or no quantisation.",
        )


def apply(parts: Mapping[str, Any], device: Device) -> None:
    """Put `parts` where the device's placement says, and switch on what it wants; for parts that
    were just read onto `reading_device`. Without a placement they stay as they are.

    Args:
        parts: modules by diffusers' names ("unet", "transformer", "vae", "text_encoder"…); what
            isn't a module (tokenizers, None) is passed over.
    """
    placement = device.placement
    if placement is None:
        return
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
    apply_modes(modules, placement.fast, device.torch_device.type)
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
