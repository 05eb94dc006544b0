"""LoRAs, embeddings and VAEs for the tiny models, in the layouts and under the names that trainers
write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from studio.domain.addons import AddonInfo, AddonKind
from studio.engine.families.sd import StableDiffusion
from studio.engine.families.sdxl import StableDiffusionXL

RANK = 2
_ATTENTION = re.compile(
    r"attn[12]\.to_(?:[qkv]|out\.0)$|proj_in$|proj_out$|ff\.net\.(?:0\.proj|2)$"
)
_RESNETS = re.compile(r"resnets\.\d+\.(?:conv1|conv2|time_emb_proj|conv_shortcut)$")
_TEXT = re.compile(r"self_attn\.(?:[qkv]|out)_proj$|mlp\.fc[12]$")
# Blocks of the tiny Stable Diffusion XL as its original numbers them.
_ORIGINAL = (
    ("down_blocks_1_attentions_0_", "input_blocks_3_1_"),
    ("mid_block_attentions_0_", "middle_block_1_"),
    ("up_blocks_0_attentions_0_", "output_blocks_0_1_"),
    ("up_blocks_0_attentions_1_", "output_blocks_1_1_"),
)

Family = StableDiffusion | StableDiffusionXL


def addon(path: Path, kind: AddonKind = AddonKind.LORA, family: str = "sd") -> AddonInfo:
    """What a catalog would say of a file."""
    return AddonInfo(path.stem, path.stem.title(), kind, family, path)


def kohya_lora(path: Path, family: Family, *, seed: int = 1, convolutions: bool = False) -> Path:
    """A LoRA as sd-scripts writes it: UNet and text encoders, alphas that differ from the rank."""
    drawn = torch.Generator().manual_seed(seed)
    tensors: dict[str, Tensor] = {}
    for name, module in layers(family, convolutions):
        down, up = factors(module, RANK, drawn)
        tensors[f"{name}.lora_down.weight"] = down
        tensors[f"{name}.lora_up.weight"] = up
        tensors[f"{name}.alpha"] = torch.tensor(1.0)
    save_file(tensors, path, {"ss_network_module": "networks.lora", "ss_network_dim": str(RANK)})
    return path


def lycoris_mixture(path: Path, family: Family, *, seed: int = 1) -> Path:
    """A file whose layers are changed in turns by DoRA, OFT, IA³ of their inputs and GLoRA, and its
    normalisations, too."""
    drawn = torch.Generator().manual_seed(seed)
    tensors: dict[str, Tensor] = {}
    for number, (name, module) in enumerate(layers(family)):
        outputs, inputs = module.weight.shape[:2]
        down, up = factors(module, RANK, drawn)
        match number % 4:
            case 0:
                norms = module.weight.data.flatten(1).norm(dim=1).reshape(-1, *[1] * (up.dim() - 1))
                layer = {"lora_down.weight": down, "lora_up.weight": up, "dora_scale": 1.2 * norms}
            case 1:
                blocks = 0.2 * torch.randn(outputs // 4, 4, 4, generator=drawn)
                layer = {"oft_blocks": blocks, "alpha": torch.tensor(0.0)}
            case 2:
                layer = {"weight": 0.2 * torch.randn(inputs, generator=drawn)}
                layer["on_input"] = torch.tensor(1)
            case _:
                a_down, a_up = (0.2 * torch.randn(2, inputs, generator=drawn) for _ in range(2))
                more = [1] * (down.dim() - 2)
                layer = {"b1.weight": up, "b2.weight": down}
                layer["a1.weight"] = a_up.T.reshape(inputs, 2, *more).contiguous()
                layer["a2.weight"] = a_down.reshape(2, inputs, *more)
        tensors |= {f"{name}.{kind}": tensor for kind, tensor in layer.items()}
    for name, module in normalisations(family):
        tensors[f"{name}.w_norm"] = 0.2 * torch.randn(len(module.weight), generator=drawn)
        tensors[f"{name}.b_norm"] = 0.2 * torch.randn(len(module.weight), generator=drawn)
    save_file(tensors, path)
    return path


def diffusers_lora(path: Path, family: Family, *, seed: int = 1, prefix: str = "unet.") -> Path:
    """A LoRA of the UNet as diffusers' training scripts write it, by peft's names."""
    drawn = torch.Generator().manual_seed(seed)
    tensors: dict[str, Tensor] = {}
    for name, module in unet_layers(family):
        down, up = factors(module, RANK, drawn)
        tensors[f"{prefix}{name}.lora_A.weight"] = down
        tensors[f"{prefix}{name}.lora_B.weight"] = up
    save_file(tensors, path)
    return path


def layers(family: Family, convolutions: bool = False) -> Iterator[tuple[str, Any]]:
    """The layers that sd-scripts trains, by its names."""
    for name, module in unet_layers(family, convolutions):
        kohya = name.replace(".", "_")
        if isinstance(family, StableDiffusionXL):
            for ours, original in _ORIGINAL:
                kohya = kohya.replace(ours, original)
        yield f"lora_unet_{kohya}", module
    for prefix, encoder in _encoders(family):
        for name, module in encoder.named_modules():
            if _TEXT.search(name):
                yield f"{prefix}_{_whole(name).replace('.', '_')}", module


def normalisations(family: Family) -> Iterator[tuple[str, Any]]:
    """The normalisations that LyCORIS trains, by diffusers' blocks."""
    for name, module in family.unet.named_modules():
        if isinstance(module, nn.LayerNorm | nn.GroupNorm):
            yield f"lora_unet_{name.replace('.', '_')}", module
    for prefix, encoder in _encoders(family):
        for name, module in encoder.named_modules():
            if isinstance(module, nn.LayerNorm):
                yield f"{prefix}_{_whole(name).replace('.', '_')}", module


def unet_layers(family: Family, convolutions: bool = False) -> Iterator[tuple[str, Any]]:
    for name, module in family.unet.named_modules():
        base = getattr(module, "base_layer", module)
        if _ATTENTION.search(name) or (convolutions and _RESNETS.search(name)):
            yield name, base


def factors(module: Any, rank: int, drawn: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random down and up of a layer."""

    def normal(*shape: int) -> Tensor:
        return 0.3 * torch.randn(shape, generator=drawn)

    if isinstance(module, nn.Conv2d):
        down = normal(rank, module.in_channels, *module.kernel_size)
        return down, normal(module.out_channels, rank, 1, 1)
    return normal(rank, module.in_features), normal(module.out_features, rank)


def write(path: Path, tensors: Mapping[str, Tensor]) -> Path:
    save_file(dict(tensors), path)
    return path


def _whole(name: str) -> str:
    """A layer's name as it was before transformers left out the text model."""
    return name if name.startswith("text_model.") else f"text_model.{name}"


def _encoders(family: Family) -> Iterator[tuple[str, Any]]:
    if isinstance(family, StableDiffusion):
        yield "lora_te", family.text_encoder
        return
    if family.clip is not None:
        yield "lora_te1", family.clip.text_encoder
    yield "lora_te2", family.clip_2.text_encoder
