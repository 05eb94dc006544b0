"""What the planner is told: measured of the device, read of the model's headers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil
import torch

from studio.catalog.kinds import classify
from studio.catalog.model_files import read_weights_header
from studio.catalog.probe import Header, read_header
from studio.domain.addons import AddonKind
from studio.domain.engine_options import installed_packages
from studio.domain.errors import ModelRefused
from studio.domain.model import ModelInfo
from studio.domain.planning import AUTOENCODER, DENOISER, DeviceFacts, ModelFacts
from studio.engine.devices import Device

_DENOISERS: Final = ("unet", "transformer")
_TEXT_ENCODERS: Final = ("text_encoder", "text_encoder_2", "text_encoder_3")
# What the tensors of a checkpoint in one file begin with, most telling first.
_PREFIXES: Final = (
    ("first_stage_model.", AUTOENCODER),
    ("vae.", AUTOENCODER),
    ("model.diffusion_model.", DENOISER),
)
_TEXT_ENCODER: Final = re.compile(
    r"cond_stage_model|conditioner\.embedders\.\d+|text_encoders\.\w+"
)


def device_facts(device: Device) -> DeviceFacts:
    """What `device` has now. On a GPU, what torch holds without using it counts as free."""
    host = psutil.virtual_memory()
    kind = device.torch_device.type
    total, free = host.total, host.available
    capability = (0, 0)
    if kind == "cuda":
        free, total = torch.cuda.mem_get_info(device.torch_device)
        held = torch.cuda.memory_reserved(device.torch_device)
        free += held - torch.cuda.memory_allocated(device.torch_device)
        capability = torch.cuda.get_device_capability(device.torch_device)
    return DeviceFacts(
        kind, device.name, total, free, host.available, capability, installed_packages()
    )


def model_facts(info: ModelInfo) -> ModelFacts:
    """What the headers of `info`'s files tell; its own numbers where they can't be read."""
    try:
        if info.path.is_dir():
            parts = _parts_of_folder(info.path)
        else:
            parts = _parts_of_files((info.path, *info.parts))
    except (ModelRefused, OSError):
        parts = {}
    facts = ModelFacts.of(info, parts)
    if facts.stored_bytes and info.parts and info.path.exists():
        # The files that complete it aren't packed.
        return replace(facts, stored_bytes=info.path.stat().st_size)
    return facts


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


def _parts_of_files(paths: Sequence[Path]) -> dict[str, int]:
    """Of a checkpoint, or of a denoiser and the files that complete it."""
    parts: dict[str, int] = {}
    for path in paths:
        header = read_weights_header(path)
        alone = DENOISER
        if path != paths[0]:
            is_vae = classify(header, path.stem).kind is AddonKind.VAE
            alone = AUTOENCODER if is_vae else path.stem
        for name, tensor in header.tensors.items():
            role = _role(name) or alone
            parts[role] = parts.get(role, 0) + math.prod(tensor.shape)
    return parts


def _role(tensor: str) -> str:
    """To which part of a whole checkpoint a tensor belongs; empty if its name doesn't say so."""
    encoder = _TEXT_ENCODER.match(tensor)
    if encoder is not None:
        return encoder[0]
    return next((role for prefix, role in _PREFIXES if tensor.startswith(prefix)), "")
