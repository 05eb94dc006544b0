"""LoRAs: the same bits as the bare pipelines with the same files, and no trace afterwards."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.domain.adapters import LoraUse
from studio.domain.errors import ModelRefused
from studio.engine.adapters import loras
from tests.support.tiny_adapters import diffusers_lora, factors, kohya_lora, layers, unet_layers


@pytest.mark.parametrize("layout", ["kohya", "diffusers", "both"])
def test_same_bits_as_the_bare_pipeline(bench: Any, layout: str) -> None:
    convolutions = bench.info.family == "sd"  # sd-scripts names those of the larger one otherwise
    kohya = kohya_lora(bench.folder / "kohya.safetensors", bench.bare, convolutions=convolutions)
    plain = diffusers_lora(bench.folder / "plain.safetensors", bench.bare, seed=2)
    weights = {"kohya": [(kohya, 1.0)], "diffusers": [(plain, 0.7)]}
    weights["both"] = [(kohya, 0.6), (plain, -0.8)]
    for path, _ in weights[layout]:
        bench.add(path)
    before = bench.ours()

    uses = tuple(LoraUse(path.stem, weight) for path, weight in weights[layout])
    ours = bench.ours(loras=uses)
    assert torch.equal(ours, bench.with_loras(weights[layout]))
    assert not torch.equal(ours, before)
    assert torch.equal(bench.ours(), before)


def test_text_encoders_alone(bench: Any) -> None:
    whole = load_file(kohya_lora(bench.folder / "whole.safetensors", bench.bare))
    path = bench.folder / "words.safetensors"
    save_file({name: whole[name] for name in whole if name.startswith("lora_te")}, path)
    bench.add(path)
    before = bench.ours()

    ours = bench.ours(prompt="a cat<lora:words>")
    assert torch.equal(ours, bench.with_loras([(path, 1.0)]))
    assert not torch.equal(ours, before)
    assert torch.equal(bench.ours(), before)


def test_a_tag_is_as_good_as_a_row(sd: Any) -> None:
    sd.add(kohya_lora(sd.folder / "ink.safetensors", sd.bare))
    row = sd.ours(loras=(LoraUse("ink", 0.5),))
    assert torch.equal(sd.ours(prompt="a<lora:ink:0.5> cat"), row)
    assert torch.equal(sd.ours(negative_prompt="rain<lora:INK:.5>"), row)
    # What is named twice counts twice.
    assert torch.equal(sd.ours(prompt="a cat<lora:ink:.25>", loras=(LoraUse("ink", 0.25),)), row)
    assert torch.equal(sd.ours(prompt="a cat<lora:ink:0>"), sd.ours())


def test_block_weights_are_those_of_diffusers(bench: Any) -> None:
    path = diffusers_lora(bench.folder / "ink.safetensors", bench.bare)
    bench.add(path)
    blocks = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4)
    attends = {"sd": ({"block_0": [0.2]}, 0.6, {"block_1": [1.2, 1.4]})}
    attends["sdxl"] = ({"block_1": [0.4]}, 0.6, {"block_0": [0.8, 1.0]})
    down, middle, up = attends[bench.info.family]

    ours = bench.ours(loras=(LoraUse("ink", 1.0, blocks),))
    theirs = bench.with_loras([(path, {"unet": {"down": down, "mid": middle, "up": up}})])
    assert torch.equal(ours, theirs)
    assert not torch.equal(ours, bench.ours(loras=(LoraUse("ink"),)))


def test_as_peft_itself_writes_it(sd: Any) -> None:
    named = load_file(diffusers_lora(sd.folder / "named.safetensors", sd.bare, prefix="unet."))
    folder = sd.folder / "peft"
    folder.mkdir()
    path = folder / "adapter_model.safetensors"
    peft = {f"base_model.model.{name.removeprefix('unet.')}": named[name] for name in named}
    save_file(peft, path)
    (folder / "adapter_config.json").write_text(json.dumps({"r": 2, "lora_alpha": 4}))
    sd.add(sd.folder / "named.safetensors")
    sd.add(path)

    twice = sd.ours(loras=(LoraUse("named", 2.0),))
    assert torch.equal(sd.ours(loras=(LoraUse("adapter_model"),)), twice)


def test_what_the_files_metadata_says_counts(sd: Any) -> None:
    path = diffusers_lora(sd.folder / "plain.safetensors", sd.bare)
    told = sd.folder / "told.safetensors"
    said = {"unet.r": 2, "unet.lora_alpha": 4, "unet.init_lora_weights": "eva"}
    save_file(load_file(path), told, {"lora_adapter_metadata": json.dumps(said)})
    sd.add(path)
    sd.add(told)
    assert torch.equal(sd.ours(loras=(LoraUse("told"),)), sd.ours(loras=(LoraUse("plain", 2.0),)))


@pytest.mark.parametrize("kind", ["loha", "lokr"])
def test_lycoris_is_its_change_merged_into_the_weights(bench: Any, kind: str) -> None:
    drawn = torch.Generator().manual_seed(3)
    tensors: dict[str, torch.Tensor] = {}
    changes = {}
    for name, module in layers(bench.bare):
        if isinstance(module, torch.nn.Linear):
            (b, a), (d, c) = factors(module, 2, drawn), factors(module, 2, drawn)
            if kind == "loha":
                parts = {"hada_w1_a": a, "hada_w1_b": b, "hada_w2_a": c, "hada_w2_b": d}
                changes[module] = (a @ b) * (c @ d)
            else:
                second = 0.3 * torch.randn(len(a) // 2, b.shape[1] // 4, generator=drawn)
                parts = {"lokr_w1": c[:2] @ d[:, :4], "lokr_w2": second}
                changes[module] = torch.kron(parts["lokr_w1"], second)
            tensors |= {f"{name}.{part}": tensor for part, tensor in parts.items()}
    path = bench.folder / f"{kind}.safetensors"
    save_file(tensors, path)
    bench.add(path)
    before = bench.ours()

    ours = bench.ours(loras=(LoraUse(kind, 0.5),))
    with bench.pipeline() as pipeline:
        kept = {module: module.weight.data for module in changes}
        try:
            for module, change in changes.items():
                module.weight.data = kept[module] + 0.5 * change
            theirs = bench.theirs(pipeline)
        finally:
            for module, weight in kept.items():
                module.weight.data = weight
    assert torch.allclose(ours, theirs, rtol=1e-3, atol=1e-3)
    assert not torch.allclose(ours, before, rtol=1e-3, atol=1e-3)
    assert torch.equal(bench.ours(), before)


def test_another_weight_reads_no_file(sd: Any) -> None:
    path = kohya_lora(sd.folder / "ink.safetensors", sd.bare)
    sd.add(path)
    half = sd.ours(loras=(LoraUse("ink", 0.5),))
    state = path.stat()
    path.write_bytes(b"\0" * state.st_size)  # of the same size and, as far as can be seen, age
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))

    assert not torch.equal(sd.ours(loras=(LoraUse("ink", 0.9),)), half)
    sd.ours()
    assert torch.equal(sd.ours(loras=(LoraUse("ink", 0.5),)), half)


def test_a_file_that_changed_is_read_again(sd: Any) -> None:
    path = kohya_lora(sd.folder / "ink.safetensors", sd.bare, seed=1)
    sd.add(path)
    first = sd.ours(loras=(LoraUse("ink"),))
    kohya_lora(path, sd.bare, seed=2)
    second = sd.ours(loras=(LoraUse("ink"),))
    assert not torch.equal(first, second)
    assert torch.equal(second, sd.with_loras([(path, 1.0)]))


def test_those_used_longest_ago_make_room(sd: Any) -> None:
    before = sd.ours()
    names = [f"ink{i}" for i in range(loras.KEPT + 2)]
    for i, name in enumerate(names):
        sd.add(kohya_lora(sd.folder / f"{name}.safetensors", sd.bare, seed=i))
    first = sd.ours(loras=(LoraUse(names[0]),))
    for name in names[1:]:
        sd.ours(loras=(LoraUse(name),))
    assert len(sd.family.unet.peft_config) == loras.KEPT
    assert torch.equal(sd.ours(), before)
    assert torch.equal(sd.ours(loras=(LoraUse(names[0]),)), first)


def test_what_does_not_fit_leaves_the_model_as_it_was(sd: Any) -> None:
    before = sd.ours()
    name, module = next(layer for layer in unet_layers(sd.bare) if "attn1" in layer[0])
    down, up = factors(module, 2, torch.Generator().manual_seed(1))
    wide = {f"unet.{name}.lora_A.weight": down.repeat(1, 3), f"unet.{name}.lora_B.weight": up}
    strange = {"unet.nowhere.lora_A.weight": down, "unet.nowhere.lora_B.weight": up}
    nothing = {"words": down}
    for file, tensors in {"wide": wide, "strange": strange, "nothing": nothing}.items():
        save_file(tensors, sd.folder / f"{file}.safetensors")
        sd.add(sd.folder / f"{file}.safetensors")
        with pytest.raises(ModelRefused, match="doesn't fit"):
            sd.ours(loras=(LoraUse(file),))
        assert torch.equal(sd.ours(), before)
    (sd.folder / "pickle.safetensors").write_bytes(b"\x80\x02" + b"\0" * 100)
    sd.add(sd.folder / "pickle.safetensors")
    with pytest.raises(ModelRefused):
        sd.ours(loras=(LoraUse("pickle"),))
    sd.add(sd.folder / "gone.safetensors")
    with pytest.raises(ModelRefused):
        sd.ours(loras=(LoraUse("gone"),))
    assert torch.equal(sd.ours(), before)
