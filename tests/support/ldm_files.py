"""Tiny models as one file, in the layout of Stable Diffusion's reference code.

The names are written down here the other way round than in the loader, so that a slip shows.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

Tensors = dict[str, torch.Tensor]

_UNET_ENDS = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
}
_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_ATTENTION = {
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
}


def write_single_file(folder: Path, path: Path, dtype: torch.dtype = torch.float32) -> Path:
    """Write the weights of a model in diffusers' layout as one file, its autoencoder and its text
    encoders in it; `folder` is one of `write_tiny_sd` or `write_tiny_sdxl` with all words."""
    tensors = _below("model.diffusion_model.", ldm_unet(_part(folder, "unet"), _layers(folder)))
    tensors |= _below("first_stage_model.", ldm_autoencoder(_part(folder, "vae")))
    first = folder / "text_encoder"
    if (folder / "text_encoder_2").is_dir():
        embedders = "conditioner.embedders"
        number = 0
        if first.is_dir():
            tensors |= _below(f"{embedders}.0.transformer.", _clip(_part(folder, "text_encoder")))
            number = 1
        second = open_clip(_part(folder, "text_encoder_2"))
        tensors |= _below(f"{embedders}.{number}.model.", second)
    elif json.loads((first / "config.json").read_text())["hidden_act"] == "gelu":
        encoder = open_clip(_part(folder, "text_encoder"), further_layer=True)
        tensors |= _below("cond_stage_model.model.", encoder)
    else:
        tensors |= _below("cond_stage_model.transformer.", _clip(_part(folder, "text_encoder")))
    save_file({name: tensor.to(dtype).contiguous() for name, tensor in tensors.items()}, path)
    return path


def ldm_unet(tensors: Tensors, layers: int) -> Tensors:
    """A UNet's, of blocks with so many layers."""
    attending = {
        match[1] for name in tensors if (match := re.match(r"up_blocks\.(\d+)\.attentions", name))
    }

    def renamed(name: str) -> str:
        for ours, theirs in _UNET_ENDS.items():
            if name.startswith(ours + "."):
                return theirs + name[len(ours) :]
        match = re.match(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.*)", name)
        assert match
        side, block, kind, layer, rest = match.groups()
        number = int(block) * (layers + 1) + int(layer)
        if side == "down":
            if kind == "downsamplers":
                return f"input_blocks.{1 + number + layers}.0.{rest.replace('conv', 'op')}"
            return f"input_blocks.{1 + number}.{int(kind == 'attentions')}.{rest}"
        if kind == "upsamplers":
            return f"output_blocks.{number + layers}.{1 + (block in attending)}.{rest}"
        return f"output_blocks.{number}.{int(kind == 'attentions')}.{rest}"

    return {
        _replaced(renamed(name), _RESNET) if "resnets" in name else renamed(name): tensor
        for name, tensor in tensors.items()
    }


def ldm_autoencoder(tensors: Tensors) -> Tensors:
    """An AutoencoderKL's, whose attention was convolutions of one pixel."""
    last = max(int(match[1]) for name in tensors if (match := re.search(r"up_blocks\.(\d)", name)))
    result = {}
    for name, tensor in tensors.items():
        theirs = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
        theirs = re.sub(r"down_blocks\.(\d)", r"down.\1", theirs)
        theirs = re.sub(r"up_blocks\.(\d)", lambda m: f"up.{last - int(m[1])}", theirs)
        theirs = theirs.replace("resnets", "block").replace("conv_shortcut", "nin_shortcut")
        theirs = theirs.replace("downsamplers.0", "downsample").replace("upsamplers.0", "upsample")
        theirs = theirs.replace("conv_norm_out", "norm_out")
        if "mid_block.attentions.0" in theirs:
            theirs = _replaced(theirs.replace("mid_block.attentions.0", "mid.attn_1"), _ATTENTION)
            tensor = tensor[:, :, None, None] if tensor.dim() == 2 else tensor
        result[theirs] = tensor
    return result


def open_clip(tensors: Tensors, *, further_layer: bool = False) -> Tensors:
    """An OpenCLIP text encoder's; with a layer more that nobody uses, if asked for."""
    tensors = {name.removeprefix("text_model."): tensor for name, tensor in tensors.items()}
    result = {
        "positional_embedding": tensors["embeddings.position_embedding.weight"],
        "token_embedding.weight": tensors["embeddings.token_embedding.weight"],
        "ln_final.weight": tensors["final_layer_norm.weight"],
        "ln_final.bias": tensors["final_layer_norm.bias"],
        "logit_scale": torch.tensor(4.6),
    }
    width = tensors["final_layer_norm.bias"].shape[0]
    projection = tensors.get("text_projection.weight", torch.randn(width, width))
    result["text_projection"] = projection.T
    names = {
        "layer_norm1": "ln_1",
        "layer_norm2": "ln_2",
        "mlp.fc1": "mlp.c_fc",
        "mlp.fc2": "mlp.c_proj",
        "self_attn.out_proj": "attn.out_proj",
    }
    layers = len({name.split(".")[2] for name in tensors if name.startswith("encoder.layers.")})
    for i in range(layers + further_layer):
        ours = f"encoder.layers.{min(i, layers - 1)}."
        theirs = f"transformer.resblocks.{i}."
        for end in ("weight", "bias"):
            for name, other in names.items():
                result[f"{theirs}{other}.{end}"] = tensors[f"{ours}{name}.{end}"].clone()
            three = [tensors[f"{ours}self_attn.{which}_proj.{end}"] for which in "qkv"]
            result[f"{theirs}attn.in_proj_{end}"] = torch.cat(three)
    return result


def _clip(tensors: Tensors) -> Tensors:
    named = {"text_model." + n.removeprefix("text_model."): t for n, t in tensors.items()}
    return {**named, "text_model.embeddings.position_ids": torch.arange(77)[None]}


def _part(folder: Path, name: str) -> Tensors:
    [path] = (folder / name).glob("*.safetensors")
    return load_file(path)


def _layers(folder: Path) -> int:
    layers: int = json.loads((folder / "unet" / "config.json").read_text())["layers_per_block"]
    return layers


def _below(prefix: str, tensors: Tensors) -> Tensors:
    return {prefix + name: tensor for name, tensor in tensors.items()}


def _replaced(text: str, words: dict[str, str]) -> str:
    for ours, theirs in words.items():
        text = text.replace(ours, theirs)
    return text
