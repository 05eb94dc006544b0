"""What a LoRA file says beside layers of low rank, by the names of LyCORIS, sd-scripts and peft.

DoRA's magnitudes, OFT and BOFT, GLoRA's first half, IA³, normalisations and biases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import torch
from peft.utils.integrations import dequantize_module_weight
from torch import Tensor, nn

from studio.engine.adapters.reshaping import (
    Bias,
    Butterfly,
    Detour,
    InputScale,
    NormScale,
    OutputScale,
    Reshape,
    Rotation,
)

Layer = Mapping[str, Tensor]

_GLORA: Final = frozenset({"a1.weight", "a2.weight", "b1.weight", "b2.weight", "bm.weight"})
_TURNS: Final = frozenset({"oft_blocks", "oft_diag"})
_MAGNITUDE: Final = re.compile(r"(.+)\.lora_magnitude_vector(?:\.weight)?")
_ROWS: Final = ".lora_B.weight"
_EPSILON: Final = torch.finfo(torch.float32).eps


def take_reshapes(
    tensors: Mapping[str, Tensor],
) -> tuple[dict[str, Tensor], dict[str, dict[str, Tensor]]]:
    """`tensors` of a file without what changes layers in another way than a LoRA, and that: from
    the layers' names, as the file has them, to their tensors."""
    layers: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if (found := _MAGNITUDE.fullmatch(name)) is not None:
            layers.setdefault(found[1], {})["magnitude"] = tensor
            continue
        layer, _, kind = name.partition(".")
        layers.setdefault(layer, {})[kind] = tensor
    plain: dict[str, Tensor] = {}
    reshapes: dict[str, dict[str, Tensor]] = {}
    for name, kinds in layers.items():
        rest, taken = _split(kinds)
        plain |= {f"{name}.{kind}" if kind else name: tensor for kind, tensor in rest.items()}
        if taken:
            reshapes[name] = taken
    return plain, reshapes


def take_magnitudes(
    tensors: Mapping[str, Tensor], convert: Callable[[dict[str, Tensor]], Mapping[str, Tensor]]
) -> tuple[dict[str, Tensor], dict[str, dict[str, Tensor]]]:
    """As `take_reshapes`, of a file for a transformer, where only DoRA's magnitudes are known.

    Args:
        convert: from a file's tensors, in kohya's layout, to those by diffusers' names. Layers that
            are one in the original and several in diffusers are taken apart by it.
    """
    plain: dict[str, Tensor] = {}
    carriers: dict[str, Tensor] = {}
    reshapes: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if (found := _MAGNITUDE.fullmatch(name)) is not None:
            reshapes[found[1]] = {"magnitude": tensor}
        elif name.endswith(".dora_scale"):
            # The rows of a magnitude go the way of those of the layer's own factor.
            layer = name.removesuffix(".dora_scale")
            if tensor.shape[0] != tensors[f"{layer}.lora_up.weight"].shape[0]:
                raise ValueError(f"{layer} has magnitudes of its inputs")
            carriers[f"{layer}.lora_up.weight"] = tensor.reshape(-1, 1)
            carriers[f"{layer}.lora_down.weight"] = tensors[f"{layer}.lora_down.weight"][:1]
        else:
            plain[name] = tensor
    if carriers:
        for name, tensor in convert(carriers).items():
            if name.endswith(_ROWS):
                reshapes[name.removesuffix(_ROWS)] = {"magnitude": tensor}
    return plain, reshapes


def reshapes_of(layer: Layer, module: Any, adapter: Any, name: str) -> Iterator[Reshape]:
    """What a file's tensors make of a layer.

    Args:
        layer: the tensors by their kinds.
        module: the bare layer.
        adapter: peft's layer around it, where the file has a LoRA for it as well, which DoRA
            changes with it; else anything.
        name: what peft calls this file.

    Raises:
        ValueError: they don't belong together, or don't fit.
    """
    if not isinstance(module, nn.Linear | nn.Conv2d | nn.LayerNorm | nn.GroupNorm):
        raise ValueError(f"no change known for {type(module).__name__}")
    if (bias := layer.get("bias")) is not None:
        yield Bias(_flat(bias, len(_of_outputs(module))))
    if "w_norm" in layer:
        if not isinstance(module, nn.LayerNorm | nn.GroupNorm):
            raise ValueError("no normalisation")
        yield NormScale(_flat(layer["w_norm"], len(module.weight)))
    if not layer.keys() - {"bias", "w_norm"}:
        return
    weight = _weight(module)
    outputs, inputs = weight.shape[:2]
    if _TURNS & layer.keys():
        yield _turning(layer, outputs)
    if "a1.weight" in layer:
        yield _detour(layer, weight)
    if "on_input" in layer:
        on_input = bool(layer["on_input"])
        scale = _flat(layer["weight"], inputs if on_input else outputs)
        yield InputScale(scale) if on_input else OutputScale(scale)
    if (magnitude := layer.get("magnitude")) is not None:
        yield _decomposed(magnitude, True, weight, adapter, name)
    if (magnitude := layer.get("dora_scale")) is not None:
        along_outputs = magnitude.shape[0] == magnitude.numel() == outputs
        yield _decomposed(magnitude, along_outputs, weight, adapter, name)


def _split(layer: Layer) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """A layer's tensors: those of low rank, and the others."""
    if _TURNS & layer.keys() or "on_input" in layer:
        return {}, dict(layer)
    rest = dict(layer)
    taken: dict[str, Tensor] = {}
    for kind in ("magnitude", "dora_scale"):
        if kind in rest:
            taken[kind] = rest.pop(kind)
    if "w_norm" in rest:
        taken["w_norm"] = rest.pop("w_norm")
    elif "diff" in rest and rest["diff"].dim() == 1:  # a normalisation's, written as any other's
        taken["w_norm"] = rest.pop("diff")
    for kind in ("diff_b", "b_norm"):
        if kind in rest:
            taken["bias"] = rest.pop(kind)
    if "a1.weight" in rest:
        taken |= {kind: rest[kind] for kind in ("a1.weight", "a2.weight", "alpha") if kind in rest}
        up, down = _factors(rest["b1.weight"], rest["b2.weight"])
        if (core := rest.get("bm.weight")) is not None:
            rest["lora_mid.weight"] = core
        rest = {kind: tensor for kind, tensor in rest.items() if kind not in _GLORA}
        rest |= {"lora_up.weight": up, "lora_down.weight": down}
    return rest, taken


def _factors(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """The two factors of a matrix of low rank, the one with its rows first: LyCORIS changed which
    of a pair is which."""
    newer = first.shape[1] == second.shape[0]
    older = second.shape[1] == first.shape[0]
    if newer and older:  # as many inputs as outputs; the rank is the smaller number
        newer = first.shape[1] <= first.shape[0]
    return (first, second) if newer else (second, first)


def _turning(layer: Layer, outputs: int) -> Reshape:
    rescale = layer.get("rescale")
    rescale = None if rescale is None else _flat(rescale, outputs)
    if (blocks := layer.get("oft_diag")) is not None:  # by an early LyCORIS: R itself
        turn = blocks.float() - torch.eye(blocks.shape[-1])
    else:
        blocks = layer["oft_blocks"].float()
        skew = blocks - blocks.mT
        alpha = layer.get("alpha")
        most = 0.0 if alpha is None else float(alpha) * outputs
        if most > 0 and (size := float(skew.norm())) > most:
            skew = skew * (most / size)
        eye = torch.eye(blocks.shape[-1])
        turn = (eye + skew) @ (eye - skew).inverse() - eye
    if turn.shape[-3] * turn.shape[-2] != outputs:
        raise ValueError(f"{tuple(turn.shape)} for {outputs} outputs")
    return Rotation(turn, rescale) if turn.dim() == 3 else Butterfly(turn, rescale)


def _detour(layer: Layer, weight: Tensor) -> Reshape:
    up, down = (tensor.float() for tensor in _factors(layer["a1.weight"], layer["a2.weight"]))
    alpha = layer.get("alpha")
    scale = 1.0 if alpha is None else float(alpha) / len(down)
    down = down.flatten(1).to(weight)
    if down.shape[1] != weight.shape[1]:
        raise ValueError(f"{tuple(down.shape)} for {tuple(weight.shape)}")
    up = torch.einsum("oi...,ir->or...", weight, up.flatten(1).to(weight)) * scale
    return Detour(down[..., None, None] if weight.dim() == 4 else down, up)


def _decomposed(
    magnitude: Tensor, along_outputs: bool, weight: Tensor, adapter: Any, name: str
) -> Reshape:
    """DoRA: W' = magnitude * (W + ΔW) / ‖W + ΔW‖ is a factor for W, which is returned, and one for
    ΔW, which goes into it. Of both a strength s takes s times what they change, as the A1111 web UI
    and ComfyUI do it; peft would scale ΔW within the norm, so that 0 is not the model itself."""
    whole = weight + adapter.get_delta_weight(name).to(weight)
    axis = 0 if along_outputs else 1
    norms = whole.transpose(0, axis).flatten(1).norm(dim=1)
    factor = _flat(magnitude, len(norms)).to(norms) / (norms + _EPSILON)
    factors = adapter.lora_B[name] if along_outputs else adapter.lora_A[name]
    held = factors.weight
    along = [1] * held.dim()
    along[axis] = -1
    held.data = (held.data.float() * factor.to(held.device).reshape(along)).to(held.dtype)
    return OutputScale(factor - 1) if along_outputs else InputScale(factor - 1)


def _weight(module: Any) -> Tensor:
    """A layer's weight in full precision, however it is stored."""
    weight = dequantize_module_weight(module)
    if getattr(weight, "quant_type", None) is not None:
        from diffusers.quantizers.gguf.utils import dequantize_gguf_tensor

        weight = dequantize_gguf_tensor(weight)  # type: ignore[no-untyped-call]
    return weight.detach().float()


def _of_outputs(module: Any) -> Tensor:
    """A vector with one number for each output."""
    vector: Tensor = module.weight if module.bias is None else module.bias
    return vector


def _flat(tensor: Tensor, length: int) -> Tensor:
    if tensor.numel() != length:
        raise ValueError(f"{tuple(tensor.shape)} for {length} numbers")
    return tensor.float().flatten()
