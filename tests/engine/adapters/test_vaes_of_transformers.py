"""Another autoencoder for FLUX.2, Z-Image and Qwen-Image, in files of their makers' names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.domain.addons import AddonKind
from studio.domain.errors import ModelRefused
from studio.domain.model import ModelInfo
from studio.engine.loading import load
from tests.support import chat_files
from tests.support.adapter_bench import CPU, Bench
from tests.support.flow_files import Tensors, write_file
from tests.support.ldm_files import ldm_autoencoder

Write = Callable[[Path], tuple[ModelInfo, dict[str, Any]]]
Original = Callable[[Any], Tensors]


def z_image_autoencoder(vae: Any) -> Tensors:
    return ldm_autoencoder(vae.state_dict())


MODELS: Mapping[str, tuple[Write, Original]] = {
    "z-image": (chat_files.write_z_image_parts, z_image_autoencoder),
    "flux2": (chat_files.write_klein_parts, chat_files.flux2_autoencoder),
    "qwen-image": (chat_files.write_qwen_image_parts, chat_files.wan_autoencoder),
}


@pytest.fixture(scope="module", params=MODELS)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("vaes")
    info, parts = MODELS[request.param][0](folder / "model")
    return Bench(info, load(info, CPU), parts["vae"], folder)


def another(bench: Bench) -> Any:
    """One like the model's own, with other weights."""
    own: Any = bench.bare
    torch.manual_seed(9)
    vae = type(own).from_config(own.config).eval().requires_grad_(False)
    if hasattr(vae, "bn"):
        vae.bn.running_mean.normal_()
        vae.bn.running_var.uniform_(0.5, 2)
    return vae


def decoded(bench: Bench, **changes: Any) -> torch.Tensor:
    bench.adapt(bench.request(width=64, height=48, **changes))
    autoencoder = bench.family.autoencoder
    latents = torch.randn(1, autoencoder.channels, 4, 6, generator=torch.Generator().manual_seed(2))
    pictures: torch.Tensor = autoencoder.decode(latents)
    return pictures


@pytest.mark.parametrize("layout", ["original", "whole", "diffusers"])
def test_it_decodes_instead_of_the_models_own(bench: Bench, layout: str) -> None:
    vae = another(bench)
    tensors = vae.state_dict()
    if layout != "diffusers":
        tensors = MODELS[bench.info.family][1](vae)
    if layout == "whole":
        tensors = {f"vae.{name}": tensor for name, tensor in tensors.items()}
    bench.add(write_file(tensors, bench.folder / f"{layout}.safetensors"), AddonKind.VAE)
    before = decoded(bench)
    own = bench.family.autoencoder

    got = decoded(bench, vae=layout)
    bench.family.autoencoder = own.with_vae(vae)
    expected = decoded(bench, vae=layout)
    bench.family.autoencoder = own
    assert torch.equal(got, expected)
    assert not torch.allclose(got, before, atol=1e-2)
    bench.adapt(bench.request())
    assert torch.equal(decoded(bench), before)


def test_one_with_other_latents_is_refused(bench: Bench) -> None:
    channels = bench.bare.config.get("latent_channels", 16)  # type: ignore[union-attr]
    wide = {"decoder.conv_in.weight": torch.ones(4, channels + 4, 3, 3)}
    bench.add(write_file(wide, bench.folder / "wide.safetensors"), AddonKind.VAE)
    own = bench.family.autoencoder
    said = f"makes latents of {channels + 4} channels, and this model works with {channels}"
    with pytest.raises(ModelRefused, match=said):
        bench.adapt(bench.request(vae="wide"))
    bench.adapt(bench.request())
    assert bench.family.autoencoder.vae is own.vae
