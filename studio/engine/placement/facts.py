"""What the planner is told: measured of the device, read of the model's headers."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
import torch

from studio.catalog.probe import Header, read_header
from studio.domain.errors import ModelRefused
from studio.domain.model import ModelInfo
from studio.engine.devices import Device
from studio.engine.placement.planning import AUTOENCODER, DENOISER, DeviceFacts, ModelFacts

PACKAGES: Final = ("flash_attn", "sageattention", "xformers", "torchao", "bitsandbytes", "gguf")
_DENOISERS: Final = ("unet", "transformer")
_TEXT_ENCODERS: Final = ("text_encoder", "text_encoder_2", "text_encoder_3")
# What the tensors of a checkpoint in one file begin with, most telling first.
_PREFIXES: Final = (
    ("first_stage_model.", AUTOENCODER),
    ("vae.", AUTOENCODER),
    ("cond_stage_model.", "text_encoder"),
    ("conditioner.", "text_encoder"),
    ("text_encoders.", "text_encoder"),
    ("model.diffusion_model.", DENOISER),
)
# Of published models, in case that headers tell nothing: most of the parameters denoise.
_USUAL_SHARES: Final = {DENOISER: 0.75, "text_encoder": 0.2, AUTOENCODER: 0.05}


def device_facts(device: Device) -> DeviceFacts:
    """What `device` has now. On a GPU, what torch holds without using it counts as free."""
    host = psutil.virtual_memory()
    packages = frozenset(name for name in PACKAGES if importlib.util.find_spec(name) is not None)
    kind = device.torch_device.type
    total, free = host.total, host.available
    capability = (0, 0)
    if kind == "cuda":
        free, total = torch.cuda.mem_get_info(device.torch_device)
        held = torch.cuda.memory_reserved(device.torch_device)
        free += held - torch.cuda.memory_allocated(device.torch_device)
        capability = torch.cuda.get_device_capability(device.torch_device)
    return DeviceFacts(kind, device.name, total, free, host.available, capability, packages)


def model_facts(info: ModelInfo) -> ModelFacts:
    """What the headers of `info`'s files tell; its own numbers where they can't be read."""
    try:
        parts = _parts_of_folder(info.path) if info.path.is_dir() else _parts_of_file(info.path)
    except (ModelRefused, OSError):
        parts = {}
    if not parts:
        count = info.parameters or info.size_bytes // 2
        parts = {name: int(count * share) for name, share in _USUAL_SHARES.items()}
    size = info.native_size
    stored = 0
    if info.precision.startswith("gguf"):
        stored = info.size_bytes
    return ModelFacts(info.title, info.family, parts, size.width * size.height, stored)


def _parts_of_folder(folder: Path) -> dict[str, int]:
    named = dict.fromkeys(_DENOISERS, DENOISER)
    named |= {"vae": AUTOENCODER, **{name: name for name in _TEXT_ENCODERS}}
    parts: dict[str, int] = {}
    for name, role in named.items():
        if count := sum(header.parameters for header in _headers(folder / name)):
            parts[role] = count
    return parts


def _headers(folder: Path) -> Iterator[Header]:
    """Those of a part's weights: of its plain files if there are some, else of the fp16 ones."""
    files = sorted(folder.glob("*.safetensors"))
    plain = [path for path in files if ".fp16" not in path.name]
    for path in plain or files:
        yield read_header(path)


def _parts_of_file(path: Path) -> dict[str, int]:
    if path.suffix != ".safetensors":
        return {}
    parts: dict[str, int] = {}
    for name, tensor in read_header(path).tensors.items():
        role = next((role for prefix, role in _PREFIXES if name.startswith(prefix)), DENOISER)
        parts[role] = parts.get(role, 0) + math.prod(tensor.shape)
    return parts
