"""What LoRA's relatives do to a model: the published formulas, computed naively and merged into the
weights of a bare pipeline."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.quantizers.gguf.utils import GGUFLinear, GGUFParameter
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from studio.domain.adapters import LoraUse
from studio.domain.errors import ModelRefused
from studio.engine.adapters.reshaped_layers import ReshapedLayers
from tests.support.tiny_adapters import (
    diffusers_lora,
    factors,
    kohya_lora,
    layers,
    normalisations,
    unet_layers,
)

Made = tuple[dict[str, Tensor], dict[str, Tensor]]
"""A layer's tensors in a file, and its parameters with a given strength of them."""


class Draw:
    """Random tensors, the same in every run."""

    def __init__(self) -> None:
        self._drawn = torch.Generator().manual_seed(5)

    def __call__(self, *shape: int) -> Tensor:
        return 0.2 * torch.randn(shape, generator=self._drawn)

    def factors(self, module: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Down, up, and their product in the shape of the weight."""
        down, up = factors(module, 2, self._drawn)
        whole = torch.tensordot(up.flatten(1), down, 1)
        return down, up, whole


def dora(module: Any, draw: Draw, strength: float, axis: int = 0) -> Made:
    down, up, change = draw.factors(module)
    weight = module.weight.data
    changed = weight + 0.5 * change  # alpha 1 of rank 2
    others = [i for i in range(weight.dim()) if i != axis]
    norms = changed.pow(2).sum(others, keepdim=True).sqrt()
    magnitude = norms * (1 + draw(*norms.shape))
    decomposed = magnitude * changed / norms
    file = {"lora_down.weight": down, "lora_up.weight": up, "alpha": torch.tensor(1.0)}
    merged = weight + strength * (decomposed - weight)
    return file | {"dora_scale": magnitude}, {"weight": merged}


def dora_of_inputs(module: Any, draw: Draw, strength: float) -> Made:
    return dora(module, draw, strength, axis=1)


def cayley(blocks: Tensor) -> Tensor:
    skew, eye = blocks - blocks.T, torch.eye(len(blocks))
    return torch.linalg.solve(eye - skew, eye + skew, left=False)


def oft(module: Any, draw: Draw, strength: float, constraint: float = 0.0) -> Made:
    weight = module.weight.data
    size = 4
    blocks = draw(len(weight) // size, size, size)
    file = {"oft_blocks": blocks, "alpha": torch.tensor(constraint)}
    skew = blocks - blocks.transpose(1, 2)
    if constraint:
        skew = skew * min(1.0, constraint * len(weight) / float(skew.norm()))
    rotation = torch.block_diag(*(cayley(block / 2) for block in skew))
    whole = torch.eye(len(weight)) + strength * (rotation - torch.eye(len(weight)))
    return file, {"weight": torch.tensordot(whole.T, weight, 1)}


def constrained_oft(module: Any, draw: Draw, strength: float) -> Made:
    return oft(module, draw, strength, constraint=0.01)


def early_oft(module: Any, draw: Draw, strength: float) -> Made:
    weight = module.weight.data
    blocks = torch.eye(4) + draw(len(weight) // 4, 4, 4)
    rescale = 1 + draw(len(weight), *[1] * (weight.dim() - 1))
    whole = torch.block_diag(*blocks)
    whole = torch.eye(len(weight)) + strength * (whole - torch.eye(len(weight)))
    merged = (1 + strength * (rescale - 1)) * torch.tensordot(whole.T, weight, 1)
    return {"oft_diag": blocks, "rescale": rescale}, {"weight": merged}


def boft(module: Any, draw: Draw, strength: float) -> Made:
    weight = module.weight.data
    outputs, size, count = len(weight), 4, 2
    blocks = draw(count, outputs // size, size, size)
    merged = weight
    for i, factor in enumerate(blocks):
        whole = torch.block_diag(*(cayley(block) for block in factor))
        whole = torch.eye(outputs) + strength * (whole - torch.eye(outputs))
        # Channels that are `apart` from each other come to lie side by side.
        apart = 2**i * size // 2
        order = [
            start + half * apart + j
            for start in range(0, outputs, 2 * apart)
            for j in range(apart)
            for half in (0, 1)
        ]
        merged_there = torch.tensordot(whole, merged[order], 1)
        merged = torch.empty_like(merged)
        merged[order] = merged_there
    return {"oft_blocks": blocks, "alpha": torch.tensor(0.0)}, {"weight": merged}


def glora(module: Any, draw: Draw, strength: float, older: bool = False) -> Made:
    weight = module.weight.data
    down, up, change = draw.factors(module)
    inputs = weight.shape[1]
    a_up, a_down = draw(inputs, 2), draw(2, inputs)
    mixed = torch.einsum("oi...,ij->oj...", weight, a_up @ a_down)
    file = {"alpha": torch.tensor(1.0)}
    if older:
        file |= {"a1.weight": a_down, "a2.weight": a_up, "b1.weight": down, "b2.weight": up}
    else:
        more = [1] * (weight.dim() - 2)
        file |= {"a1.weight": a_up.reshape(inputs, 2, *more), "b1.weight": up}
        file |= {"a2.weight": a_down.reshape(2, inputs, *more), "b2.weight": down}
    return file, {"weight": weight + strength * 0.5 * (mixed + change)}


def older_glora(module: Any, draw: Draw, strength: float) -> Made:
    return glora(module, draw, strength, older=True)


def ia3(module: Any, draw: Draw, strength: float, on_input: bool = False) -> Made:
    weight = module.weight.data
    along = 1 if on_input else 0
    shape = [1] * weight.dim()
    shape[along] = weight.shape[along]
    factor = draw(weight.shape[along])
    file = {"weight": factor, "on_input": torch.tensor(int(on_input))}
    return file, {"weight": weight * (1 + strength * factor.reshape(shape))}


def ia3_of_inputs(module: Any, draw: Draw, strength: float) -> Made:
    return ia3(module, draw, strength, on_input=True)


def full(module: Any, draw: Draw, strength: float) -> Made:
    file = {"diff": draw(*module.weight.shape)}
    merged = {"weight": module.weight.data + strength * file["diff"]}
    if module.bias is not None:
        file["diff_b"] = draw(len(module.bias))
        merged["bias"] = module.bias.data + strength * file["diff_b"]
    return file, merged


def norm(module: Any, draw: Draw, strength: float) -> Made:
    file = {"w_norm": draw(len(module.weight)), "b_norm": draw(len(module.weight))}
    merged = {"weight": module.weight.data + strength * file["w_norm"]}
    return file, merged | {"bias": module.bias.data + strength * file["b_norm"]}


KINDS: list[Callable[[Any, Draw, float], Made]] = [
    dora,
    dora_of_inputs,
    oft,
    constrained_oft,
    early_oft,
    boft,
    glora,
    older_glora,
    ia3,
    ia3_of_inputs,
    full,
    norm,
]
STRENGTH = 0.6


def modules(bench: Any, kind: Any) -> Iterator[tuple[str, Any]]:
    if kind is norm:
        return normalisations(bench.bare)
    convolutions = bench.info.family == "sd" and kind is not older_glora
    return layers(bench.bare, convolutions)


def write(bench: Any, kind: Any, name: str = "ink") -> tuple[Path, dict[Any, dict[str, Tensor]]]:
    """A file of this kind for all layers, and what it makes of their parameters."""
    draw = Draw()
    tensors: dict[str, Tensor] = {}
    merged = {}
    for layer, module in modules(bench, kind):
        file, merged[module] = kind(module, draw, STRENGTH)
        tensors |= {f"{layer}.{part}": tensor.contiguous() for part, tensor in file.items()}
    path = bench.folder / f"{name}.safetensors"
    save_file(tensors, path)
    bench.add(path)
    return path, merged


def with_parameters(bench: Any, merged: dict[Any, dict[str, Tensor]]) -> Tensor:
    """What the bare pipeline makes with these parameters."""
    kept = []
    with bench.pipeline() as pipeline:
        try:
            for module, parameters in merged.items():
                for name, value in parameters.items():
                    parameter = module.get_parameter(name)
                    kept.append((parameter, parameter.data))
                    parameter.data = value.contiguous()
            return bench.theirs(pipeline)  # type: ignore[no-any-return]
        finally:
            for parameter, data in kept:
                parameter.data = data


# The larger one for what its names and its second text encoder make different.
CASES = [("sd", kind) for kind in KINDS] + [("sdxl", kind) for kind in (dora, full)]


@pytest.mark.parametrize(("bench", "kind"), CASES, indirect=["bench"])
def test_the_formula_merged_into_the_weights(bench: Any, kind: Any) -> None:
    _, merged = write(bench, kind)
    assert len(merged) > 10
    before = bench.ours()
    ours = bench.ours(loras=(LoraUse("ink", STRENGTH),))
    theirs = with_parameters(bench, merged)
    assert torch.allclose(ours, theirs, rtol=1e-3, atol=1e-3)
    assert not torch.allclose(ours, before, rtol=1e-2, atol=1e-2)
    assert torch.equal(bench.ours(), before)


def test_read_once_and_weighed_anew(sd: Any) -> None:
    path, _ = write(sd, boft)
    ours = sd.ours(loras=(LoraUse("ink", STRENGTH),))
    state = path.stat()
    path.write_bytes(b"\0" * state.st_size)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert torch.equal(sd.ours(loras=(LoraUse("ink", 0.0),)), sd.ours())
    assert not torch.equal(sd.ours(loras=(LoraUse("ink", 0.9),)), ours)
    assert torch.equal(sd.ours(loras=(LoraUse("ink", STRENGTH),)), ours)


def test_several_are_summed_in_any_order(sd: Any) -> None:
    changes: dict[Any, dict[str, Tensor]] = {}
    for kind in (ia3, oft, glora):
        _, merged = write(sd, kind, kind.__name__)
        for module, parameters in merged.items():
            changed = changes.setdefault(module, {"weight": module.weight.data})
            changed["weight"] = changed["weight"] + (parameters["weight"] - module.weight.data)
    uses = [LoraUse(name, STRENGTH) for name in ("ia3", "oft", "glora")]
    theirs = with_parameters(sd, changes)
    for order in (uses, uses[::-1]):
        assert torch.allclose(sd.ours(loras=tuple(order)), theirs, rtol=1e-3, atol=1e-3)


def test_beside_a_lora(sd: Any) -> None:
    path = kohya_lora(sd.folder / "plain.safetensors", sd.bare)
    sd.add(path)
    plain = sd.ours(loras=(LoraUse("plain"),))
    write(sd, ia3)
    both = sd.ours(loras=(LoraUse("plain"), LoraUse("ink", STRENGTH)))
    assert not torch.allclose(both, plain, rtol=1e-3, atol=1e-3)
    assert torch.equal(sd.ours(loras=(LoraUse("plain"),)), plain)
    # What peft wrapped since then is still found.
    fresh = sd.ours(loras=(LoraUse("ink", STRENGTH), LoraUse("plain")))
    assert torch.allclose(both, fresh, rtol=1e-4, atol=1e-4)


def test_block_weights_count_for_them(sd: Any) -> None:
    write(sd, oft)
    nothing = sd.ours(loras=(LoraUse("ink", 1.0, (0.0,), 0.0),))
    assert torch.equal(nothing, sd.ours())
    half = sd.ours(loras=(LoraUse("ink", 1.0, (0.5,), 0.5),))
    assert torch.equal(half, sd.ours(loras=(LoraUse("ink", 0.5),)))
    first = sd.ours(loras=(LoraUse("ink", 1.0, (1.0, 0.0)),))
    assert not torch.equal(first, sd.ours(loras=(LoraUse("ink", 1.0),)))


@pytest.mark.parametrize("kind", ["lora", "oft"])
def test_text_encoders_have_their_own_strength(sd: Any, kind: str) -> None:
    if kind == "oft":
        write(sd, oft)
    else:
        sd.add(kohya_lora(sd.folder / "ink.safetensors", sd.bare))
    before = sd.ours()
    words, picture = (
        sd.ours(prompt="a cat<lora:ink:0.7:0>"),
        sd.ours(prompt="a cat<lora:ink:0:0.7>"),
    )
    assert not torch.equal(words, before)
    assert not torch.equal(picture, before)
    assert not torch.equal(words, picture)
    both = sd.ours(loras=(LoraUse("ink", 0.7),))
    assert torch.equal(sd.ours(prompt="a cat<lora:ink:0.7:0.7>"), both)
    assert torch.equal(sd.ours(loras=(LoraUse("ink", 0.7, (), 0.0),)), picture)


class Part(nn.Module):
    """What a model's part has beside its layers."""

    device, dtype = torch.device("cpu"), torch.float32

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.inner(x)
        return made


def test_compiled_blocks_notice_them() -> None:
    torch.manual_seed(1)
    part, layers, given = Part(), ReshapedLayers(), torch.randn(5, 3)
    tensors = {"weight": torch.randn(4), "on_input": torch.tensor(0)}
    layers.add("ink", {"unet.inner.0": tensors}, {"unet": part})
    with torch.no_grad():
        before = part(given)
        expected = part.inner[1]((1 + 0.5 * tensors["weight"]) * part.inner[0](given))
        expected -= part.inner[1](0.5 * tensors["weight"] * part.inner[0].bias)
        expected += part.inner[1].bias
        part.inner.compile(backend="eager")
        assert torch.allclose(part(given), before)
        for _ in range(2):
            layers.enable(["ink"], lambda name, part_name, path: 0.5)
            assert torch.allclose(part(given), expected, atol=1e-6)
            layers.disable()
            assert torch.allclose(part(given), before)


@pytest.mark.parametrize(
    "tensors",
    [
        {"oft_blocks": (3, 5, 5)},
        {"on_input": (), "weight": (7,)},
        {"w_norm": (4,)},
        {"diff_b": (5,)},
        {"a1.weight": (7, 2), "a2.weight": (2, 7), "b1.weight": (4, 2), "b2.weight": (2, 4)},
        {"dora_scale": (3, 1)},
    ],
)
def test_what_does_not_fit_is_refused(sd: Any, tensors: dict[str, tuple[int, ...]]) -> None:
    before = sd.ours()
    layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    drawn = {f"{layer}.{kind}": torch.ones(shape) for kind, shape in tensors.items()}
    save_file(drawn, sd.folder / "wrong.safetensors")
    save_file({f"{layer}x.w_norm": torch.ones(3)}, sd.folder / "nowhere.safetensors")
    for name in ("wrong", "nowhere"):
        sd.add(sd.folder / f"{name}.safetensors")
        with pytest.raises(ModelRefused, match="doesn't fit"):
            sd.ours(loras=(LoraUse(name),))
        assert torch.equal(sd.ours(), before)


def test_dora_as_peft_writes_it(sd: Any) -> None:
    """Whole, it is what peft makes of it; of less than the whole peft keeps the magnitudes."""
    path = diffusers_lora(sd.folder / "plain.safetensors", sd.bare)
    tensors = load_file(path)
    draw = Draw()
    for name, module in unet_layers(sd.bare):
        norms = module.weight.data.flatten(1).norm(dim=1)
        magnitude = norms * (1 + draw(len(norms)))
        if isinstance(module, nn.Conv2d):
            magnitude = magnitude.reshape(1, -1, 1, 1)
        tensors[f"unet.{name}.lora_magnitude_vector"] = magnitude
    path = sd.folder / "ink.safetensors"
    save_file(tensors, path)
    sd.add(path)

    before = sd.ours()
    whole = sd.ours(loras=(LoraUse("ink"),))
    assert torch.allclose(whole, sd.with_loras([(path, 1.0)]), rtol=1e-3, atol=1e-3)
    assert not torch.allclose(whole, before, rtol=1e-2, atol=1e-2)
    little = sd.ours(loras=(LoraUse("ink", 1e-4),))
    assert torch.allclose(little, before, rtol=1e-2, atol=1e-2)


def test_packed_weights_are_read_as_they_are_meant() -> None:
    gguf = pytest.importorskip("gguf")
    kind = gguf.GGMLQuantizationType.Q8_0
    draw, part, packed = Draw(), Part(), GGUFLinear(32, 8, compute_dtype=torch.float32)
    weight = torch.from_numpy(gguf.quants.quantize(draw(8, 32).numpy(), kind))
    packed.weight = GGUFParameter(weight, quant_type=kind)
    plain = nn.Linear(32, 8)
    plain.weight.data = torch.from_numpy(gguf.quants.dequantize(weight.numpy(), kind))
    plain.bias.data = draw(8)
    packed.bias = nn.Parameter(plain.bias.data)
    file, merged = glora(plain, draw, STRENGTH)
    given, weights = draw(5, 32), merged["weight"]
    part.inner[0], layers = packed, ReshapedLayers()
    low_rank = STRENGTH * 0.5 * file["b1.weight"] @ file["b2.weight"]
    taken = {name: file[name] for name in ("a1.weight", "a2.weight", "alpha")}
    layers.add("ink", {"unet.inner.0": taken}, {"unet": part})
    with torch.no_grad():
        layers.enable(["ink"], lambda name, part_name, path: STRENGTH)
        expected = functional.linear(given, weights - low_rank, plain.bias)
        assert torch.allclose(packed(given), expected, atol=1e-3)
