"""Which upscalers' files are loaded, and what is said of those that aren't."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from studio.catalog.upscalers import read_upscaler, shipped_upscaler
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.upscalers import Architecture, UpscalerInfo, UpscalerName
from studio.engine.devices import pick_device
from studio.engine.upscaling.loading import load_upscaler
from studio.engine.upscaling.rrdb import ResidualDenseNet
from studio.engine.upscaling.srvgg import CompactNet
from tests.support.samples import noise

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})


def an_info(path: Path, architecture: Architecture = Architecture.COMPACT) -> UpscalerInfo:
    return UpscalerInfo("own", "My own", path, architecture)


@pytest.mark.parametrize(
    "network", [CompactNet(4, 1), CompactNet(4, 1, 2), ResidualDenseNet(4, 2, 1)]
)
@pytest.mark.parametrize("scale", [2, 4])
def test_an_artists_own_file_is_read_by_its_header(
    tmp_path: Path, network: CompactNet | ResidualDenseNet, scale: int
) -> None:
    path = tmp_path / "own.safetensors"
    save_file(network.state_dict(), path)
    upscaler = load_upscaler(read_upscaler(path), CPU)
    assert upscaler.upscale(noise(0, 5, 3), scale).shape == (3 * scale, 5 * scale, 3)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="“My own” is gone"):
        load_upscaler(an_info(tmp_path / "own.safetensors"), CPU)
    with pytest.raises(ModelNotFound, match="is missing"):
        shipped_upscaler("another")


@pytest.mark.parametrize(
    "tensors",
    [
        {"weight": torch.zeros(3)},
        {"body.weight": torch.zeros(3)},
        dict(list(CompactNet(4, 2).state_dict().items())[2:]),
    ],
)
@pytest.mark.parametrize("architecture", [Architecture.COMPACT, Architecture.RESIDUAL_DENSE])
def test_other_tensors_are_refused(
    tmp_path: Path, tensors: dict[str, torch.Tensor], architecture: Architecture
) -> None:
    path = tmp_path / "own.safetensors"
    save_file(tensors, path)
    with pytest.raises(ModelRefused, match="no upscaler"):
        load_upscaler(an_info(path, architecture), CPU)


def test_a_file_that_was_cut_off_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    path.write_bytes(shipped_upscaler(UpscalerName.FAST).path.read_bytes()[:-1000])
    with pytest.raises(ModelRefused, match="damaged"):
        load_upscaler(an_info(path), CPU)
