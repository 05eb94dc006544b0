"""LoRAs of models that don't lie whole and in one precision on their device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.hooks.group_offloading import apply_group_offloading
from safetensors.torch import load_file

from studio.domain.adapters import LoraUse
from studio.domain.errors import ModelRefused
from studio.engine.loading import load
from studio.engine.placement.quantizing import cast_layerwise
from studio.engine.placement.turns import Turns
from tests.support.adapter_bench import CPU, Bench
from tests.support.tiny_adapters import diffusers_lora, kohya_lora, lycoris_mixture

_HERE = torch.device("cpu")


@pytest.fixture
def own(copies: Any, tmp_path: Path) -> Bench:
    """A model for one test alone."""
    info, _, bare = copies["sd"]
    made = Bench(info, load(info, CPU), bare, tmp_path)
    made.add(kohya_lora(tmp_path / "ink.safetensors", bare))
    return made


@pytest.mark.parametrize("name", ["ink", "mixture"])
@pytest.mark.parametrize("way", ["turns", "leaf_level", "block_level"])
def test_brought_in_when_needed_it_draws_the_same(
    own: Bench, sd: Bench, way: str, name: str
) -> None:
    own.add(lycoris_mixture(own.folder / "mixture.safetensors", own.bare))
    sd.addons = own.addons
    changes = {"loras": (LoraUse(name, 0.7),)}
    plain, expected = sd.ours(), sd.ours(**changes)
    turns = Turns(_HERE)
    for module in (own.family.unet, own.family.text_encoder):
        if way == "turns":
            turns.add(module)
            continue
        kind = way if module is own.family.unet else "leaf_level"
        apply_group_offloading(
            module,
            onload_device=_HERE,
            offload_device=_HERE,
            offload_type=kind,
            num_blocks_per_group=1 if kind == "block_level" else None,
        )
    assert torch.equal(own.ours(**changes), expected)
    assert torch.equal(own.ours(), plain)
    assert torch.equal(own.ours(**changes), expected)


def test_beside_fp8_weights_it_keeps_its_precision(own: Bench) -> None:
    path = diffusers_lora(own.folder / "fine.safetensors", own.bare)
    own.add(path)
    cast_layerwise(own.family.unet, torch.float32)
    before = own.ours()
    for name in ("fine", "ink"):
        assert not torch.equal(own.ours(loras=(LoraUse(name),)), before)
        assert torch.equal(own.ours(), before)
    held = dict(own.family.unet.named_parameters())
    for name, tensor in load_file(path).items():
        layer = name.removeprefix("unet.").removesuffix(".weight")
        assert torch.equal(held[f"{layer}.lora_0.weight"], tensor)


def test_other_changes_beside_fp8_weights(own: Bench, sd: Bench) -> None:
    own.add(lycoris_mixture(own.folder / "mixture.safetensors", own.bare))
    sd.addons = own.addons
    changes = {"loras": (LoraUse("mixture"),)}
    exact, before = sd.ours(**changes), sd.ours()
    cast_layerwise(own.family.unet, torch.float32)
    coarse, changed = own.ours(), own.ours(**changes)
    # About as far from the exact one as the coarse weights are by themselves.
    assert (changed - exact).norm() < 3 * (coarse - before).norm()
    assert (changed - exact).norm() < 0.5 * (before - exact).norm()
    assert torch.equal(own.ours(), coarse)


def test_fused_projections_take_none_and_say_so(own: Bench) -> None:
    own.family.unet.fuse_qkv_projections()
    own.family.forget_steps()
    with pytest.raises(ModelRefused, match="projections are fused"):
        own.ours(loras=(LoraUse("ink"),))
    own.ours()
