"""Weights of few bits: nearly the same pictures, and the weights stay as small as they are."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.model_loading_utils import load_gguf_checkpoint

from studio.domain.errors import EngineError
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.families.flux import Flux
from studio.engine.loading import load
from studio.engine.loading.gguf_weights import read_gguf, unpacked
from tests.support.flow_files import (
    clip,
    flux_transformer,
    sd3_transformer,
    t5_encoder,
    write_file,
    write_flux_parts,
    write_sd3_parts,
)
from tests.support.gguf_files import write_gguf
from tests.support.ldm_files import ldm_autoencoder

gguf = pytest.importorskip("gguf")
CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelInfo, dict[str, Any], Path]:
    folder = tmp_path_factory.mktemp("gguf")
    info, parts = write_flux_parts(folder / "flux")
    others = (
        write_file(ldm_autoencoder(parts["vae"].state_dict()), folder / "ae.safetensors"),
        write_file(clip(parts["text_encoder"]), folder / "clip_l.safetensors"),
        write_file(t5_encoder(parts["text_encoder_2"]), folder / "t5xxl.safetensors"),
    )
    return dataclasses.replace(info, parts=others), parts, folder


def drawn(family: Any) -> torch.Tensor:
    request = Request("a cat, oil on canvas", 3, "flux", 64, 48, num_inference_steps=2)
    *_, last = denoise(prepare(family, request))
    return last.latents


@pytest.mark.parametrize("kind", ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q5_1"])
def test_tensors_are_those_that_diffusers_reads(tmp_path: Path, kind: str) -> None:
    tensors = {"a.weight": torch.randn(3, 64), "b": torch.randn(5), "c": torch.randn(2, 3, 4, 4)}
    path = write_gguf(tensors, tmp_path / "a.gguf", gguf.GGMLQuantizationType[kind])
    expected = load_gguf_checkpoint(path)  # type: ignore[no-untyped-call]
    got = read_gguf(path)
    assert got.keys() == expected.keys()
    for name, tensor in got.items():
        assert type(tensor) is type(expected[name])
        assert tensor.shape == expected[name].shape
        assert torch.equal(unpacked(tensor), unpacked(expected[name]))


@pytest.mark.parametrize(("kind", "nearly"), [("Q8_0", 0.02), ("Q4_0", 0.3), ("BF16", 0.02)])
def test_a_packed_transformer_draws_nearly_the_same(
    written: tuple[ModelInfo, dict[str, Any], Path], kind: str, nearly: float
) -> None:
    info, parts, folder = written
    tensors = flux_transformer(parts["transformer"])
    packed = getattr(gguf.GGMLQuantizationType, kind)
    path = write_gguf(tensors, folder / f"{kind}.gguf", packed)
    family = load(dataclasses.replace(info, path=path), CPU)
    assert isinstance(family, Flux)
    weight = family.transformer.transformer_blocks[0].attn.to_q.weight
    assert weight.dtype is torch.uint8
    assert weight.element_size() * weight.nelement() < 128 * 128 * (4 if kind == "BF16" else 1.1)
    whole = load(dataclasses.replace(info, path=folder / "flux", parts=()), CPU)
    expected, got = drawn(whole), drawn(family)
    difference = (got - expected).abs().mean() / expected.abs().mean()
    assert 0 < difference < nearly
    assert torch.equal(drawn(family), got)


def test_stable_diffusion_3_draws_nearly_the_same(tmp_path: Path) -> None:
    info, parts = write_sd3_parts(tmp_path / "sd3", t5=False)
    others = (
        write_file(ldm_autoencoder(parts["vae"].state_dict()), tmp_path / "vae.safetensors"),
        write_file(clip(parts["text_encoder"]), tmp_path / "clip_l.safetensors"),
        write_file(clip(parts["text_encoder_2"]), tmp_path / "clip_g.safetensors"),
    )
    tensors = sd3_transformer(parts["transformer"])
    path = write_gguf(tensors, tmp_path / "sd3.gguf", gguf.GGMLQuantizationType.Q8_0)
    expected = drawn(load(info, CPU))
    got = drawn(load(dataclasses.replace(info, path=path, parts=others), CPU))
    assert 0 < (got - expected).abs().mean() / expected.abs().mean() < 0.02


LLAMA_T5 = {
    "shared": "token_embd",
    "encoder.final_layer_norm": "enc.output_norm",
    "layer.0.layer_norm": "attn_norm",
    "layer.0.SelfAttention.relative_attention_bias": "attn_rel_b",
    "layer.0.SelfAttention.": "attn_",
    "layer.1.layer_norm": "ffn_norm",
    "layer.1.DenseReluDense.wi_0": "ffn_gate",
    "layer.1.DenseReluDense.wi_1": "ffn_up",
    "layer.1.DenseReluDense.wo": "ffn_down",
    "encoder.block.": "enc.blk.",
}


@pytest.mark.parametrize(("kind", "nearly"), [("F32", 0), ("Q8_0", 0.05), ("Q5_0", 0.2)])
def test_t5_by_llama_cpps_names_reads_nearly_the_same(
    written: tuple[ModelInfo, dict[str, Any], Path], kind: str, nearly: float
) -> None:
    info, parts, folder = written
    tensors = {}
    for name, tensor in t5_encoder(parts["text_encoder_2"]).items():
        for ours, theirs in LLAMA_T5.items():
            name = name.replace(ours, theirs)
        tensors[name] = tensor
    packed = getattr(gguf.GGMLQuantizationType, kind)
    path = write_gguf(tensors, folder / f"t5-v1_1-xxl-encoder-{kind}.gguf", packed)
    of_files = dataclasses.replace(info, path=folder / "t.safetensors")
    write_file(flux_transformer(parts["transformer"]), of_files.path)
    family: Any = load(dataclasses.replace(of_files, parts=(*info.parts[:2], path)), CPU)
    whole: Any = load(of_files, CPU)
    expected, got = whole.t5.embed("a cat"), family.t5.embed("a cat")
    difference = (got - expected).abs().mean() / expected.abs().mean()
    assert 0 < difference < nearly or difference == nearly == 0


def test_without_the_package_it_says_what_to_install(
    written: tuple[ModelInfo, dict[str, Any], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    info, parts, folder = written
    path = write_gguf(
        flux_transformer(parts["transformer"]), folder / "x.gguf", gguf.GGMLQuantizationType.Q8_0
    )
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(EngineError, match="extra “gguf”"):
        load(dataclasses.replace(info, path=path), CPU)
