"""LyCORIS layers as plain LoRA layers: the same change to a weight, in the two factors of LoRA.

A LoRA of rank r changes a weight W (out, in) by alpha / r * up @ down with up (out, r) and down
(r, in). LoHa's change is a product of two such, element by element, which is a LoRA of rank r²;
LoKr's is a Kronecker product, and a full one is any matrix. The result is exact but for rounding,
and works together with all other LoRAs.

Source: Yeh et al. 2024, “Navigating text-to-image customization: from LyCORIS fine-tuning to model
evaluation”, section 3, and the layouts of the LyCORIS library.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

_Layer = Mapping[str, Tensor]
_Factors = tuple[Tensor, Tensor]

_UP: Final = ".lora_up.weight"
_DOWN: Final = ".lora_down.weight"
_CORE: Final = "lora_mid.weight"
_REWRITTEN: Final = frozenset({"hada_w1_a", "lokr_w1", "lokr_w1_a", "diff", _CORE})
# Convolutions by how their layers end, in diffusers' and in the original's names; flat factors
# don't tell how large their kernels are.
_THREE_WIDE: Final = (
    "_conv",
    "_conv1",
    "_conv2",
    "_conv_in",
    "_conv_out",
    "_in_layers_2",
    "_out_layers_3",
    "_op",
    "_input_blocks_0_0",
    "_out_2",
)
_ONE_WIDE: Final = ("_conv_shortcut", "_skip_connection")
_PROJECTIONS: Final = ("_proj_in", "_proj_out")


def as_lora(tensors: Mapping[str, Tensor], linear_projections: bool) -> dict[str, Tensor]:
    """`tensors` of a file with LoHa, LoKr and full layers, and convolutions of three factors,
    written as LoRA layers in kohya's layout (`lora_up.weight` and `lora_down.weight`, with no
    `alpha`, which means a scale of 1); all others stay.

    Args:
        linear_projections: whether the UNet's projections into its transformers are linear layers,
            as they are from Stable Diffusion 2 on, and not convolutions.
    """
    layers: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        layer, _, kind = name.partition(".")
        layers.setdefault(layer, {})[kind] = tensor
    return {
        f"{name}.{kind}" if kind else name: tensor
        for name, layer in layers.items()
        for kind, tensor in _plain(layer, _kernel(name, linear_projections)).items()
    }


def without_alphas(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`tensors` of a LoRA in kohya's layout as they are if all its layers have the same alpha; else
    without, and each scale in the weights. diffusers would mix them up."""
    alphas = {name: float(tensor) for name, tensor in tensors.items() if name.endswith(".alpha")}
    downs = [name for name in tensors if name.endswith(_DOWN)]
    if len(set(alphas.values())) <= 1 and len(alphas) in (0, len(downs)):
        return dict(tensors)
    scaled = {name: tensor for name, tensor in tensors.items() if name not in alphas}
    for down in downs:
        layer = down.removesuffix(_DOWN)
        up = tensors[layer + _UP]
        scale = alphas.get(f"{layer}.alpha", len(tensors[down])) / len(tensors[down])
        scaled[layer + _UP] = (up.float() * scale).to(up.dtype)
    return scaled


def _plain(layer: _Layer, kernel: int) -> _Layer:
    rewritten = layer.keys() & _REWRITTEN
    if not rewritten:
        return layer
    [dtype] = {layer[kind].dtype for kind in rewritten}
    exact = {kind: tensor.float() for kind, tensor in layer.items()}
    if "hada_w1_a" in layer:
        up, down = _loha(exact, kernel)
    elif "diff" in layer:
        up, down = _full(exact["diff"])
    elif _CORE in layer:
        up, down = _locon(exact)
    else:
        up, down = _lokr(exact, kernel)
    if down.dim() == 4:
        up = up[..., None, None]
    return {
        "lora_up.weight": up.to(dtype).contiguous(),
        "lora_down.weight": down.to(dtype).contiguous(),
    }


def _locon(layer: _Layer) -> _Factors:
    """up @ mid @ down, where only mid (r, r, k, k) has an extent."""
    up, down = layer["lora_up.weight"].flatten(1), layer["lora_down.weight"].flatten(1)
    down = torch.einsum("rskl,si->rikl", layer[_CORE], down)
    return up * _scale(layer, len(down)), down


def _loha(layer: _Layer, kernel: int) -> _Factors:
    """(w1_a @ w1_b) * (w2_a @ w2_b), each as up (out, r) and down (r, in…)."""
    rank = layer["hada_w1_b"].shape[0]
    ups, downs = [], []
    for i in ("1", "2"):
        up, down = layer[f"hada_w{i}_a"], layer[f"hada_w{i}_b"]
        if (core := layer.get(f"hada_t{i}")) is not None:
            up, down = up.T, torch.einsum("rskl,si->rikl", core, down)
        ups.append(up)
        downs.append(_spread(down, kernel))
    up = torch.einsum("op,oq->opq", *ups).flatten(1) * _scale(layer, rank)
    if rank * rank > min(len(up), downs[0][0].numel()):
        one, other = (torch.tensordot(up, down, 1) for up, down in zip(ups, downs, strict=True))
        return _full(one * other * _scale(layer, rank))
    return up, torch.einsum("p...,q...->pq...", *downs).flatten(0, 1)


def _lokr(layer: _Layer, kernel: int) -> _Factors:
    """w1 ⊗ w2, each whole or of two factors; w2's second one may have a core besides."""
    rank = 0
    if (first := layer.get("lokr_w1")) is None:
        first = layer["lokr_w1_a"] @ layer["lokr_w1_b"]
        rank = layer["lokr_w1_b"].shape[0]
    if (second := layer.get("lokr_w2")) is not None:
        return _full(_kron(first, second) * (_scale(layer, rank) if rank else 1.0))
    up, down = layer["lokr_w2_a"], layer["lokr_w2_b"]
    rank = down.shape[0]
    if (core := layer.get("lokr_t2")) is not None:
        up, down = up.T, torch.einsum("rskl,si->rikl", core, down)
    down = _spread(down, kernel)
    first = first * _scale(layer, rank)
    if first.shape[1] * rank > min(len(first) * len(up), first.shape[1] * down[0].numel()):
        return _full(_kron(first, torch.tensordot(up, down, 1)))
    return _kron(first, up), _kron(torch.eye(first.shape[1]), down)


def _full(change: Tensor) -> _Factors:
    """Any change (out, in…) as itself and one that changes nothing."""
    flat = change.flatten(1)
    if len(flat) <= flat.shape[1]:
        return torch.eye(len(flat)), change
    return flat, torch.eye(flat.shape[1]).reshape(-1, *change.shape[1:])


def _kron(matrix: Tensor, weight: Tensor) -> Tensor:
    """The Kronecker product over the first two axes of `weight`, (out, in…)."""
    along = matrix.reshape(*matrix.shape, *[1] * (weight.dim() - 2))
    return torch.kron(along, weight.contiguous())


def _spread(down: Tensor, kernel: int) -> Tensor:
    """A factor (r, in * k * k) of a convolution as (r, in, k, k)."""
    if down.dim() == 4 or not kernel:
        return down
    return down.reshape(len(down), -1, kernel, kernel)


def _scale(layer: _Layer, rank: int) -> float:
    alpha = layer.get("alpha")
    return 1.0 if alpha is None else float(alpha) / rank


def _kernel(name: str, linear_projections: bool) -> int:
    """How wide a layer's convolution is, 0 for a linear layer."""
    if name.endswith(_THREE_WIDE):
        return 3
    if name.endswith(_PROJECTIONS) and name.startswith("lora_unet_"):
        return 0 if linear_projections else 1
    return 1 if name.endswith(_ONE_WIDE) else 0
