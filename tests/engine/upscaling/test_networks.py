"""The two networks: the arithmetic of the papers, under the published names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.nn import functional

from studio.engine.upscaling.rrdb import ResidualDenseNet
from studio.engine.upscaling.srvgg import CompactNet

State = dict[str, torch.Tensor]


def random_state(network: torch.nn.Module) -> State:
    generator = torch.Generator().manual_seed(3)
    return {
        name: 0.2 * torch.randn(tensor.shape, generator=generator)
        for name, tensor in network.state_dict().items()
    }


def conv(state: State, name: str, features: torch.Tensor) -> torch.Tensor:
    return functional.conv2d(features, state[f"{name}.weight"], state[f"{name}.bias"], padding=1)


def compact_by_hand(state: State, pixels: torch.Tensor, layers: int, scale: int) -> torch.Tensor:
    features = pixels
    for position in range(0, 2 * layers + 2, 2):
        features = conv(state, f"body.{position}", features)
        slope = state[f"body.{position + 1}.weight"][:, None, None]
        features = features.clamp_min(0) + slope * features.clamp_max(0)
    features = conv(state, f"body.{2 * layers + 2}", features)
    height, width = pixels.shape[2:]
    # Channel (c · s + dy) · s + dx goes to row s · y + dy, column s · x + dx.
    blocks = features.reshape(1, 3, scale, scale, height, width).permute(0, 1, 4, 2, 5, 3)
    large = blocks.reshape(1, 3, height * scale, width * scale)
    return large + pixels.repeat_interleave(scale, 2).repeat_interleave(scale, 3)


def rrdb_by_hand(state: State, pixels: torch.Tensor, blocks: int) -> torch.Tensor:
    def leaky(features: torch.Tensor) -> torch.Tensor:
        return torch.maximum(features, 0.2 * features)

    first = conv(state, "conv_first", pixels)
    features = first
    for block in range(blocks):
        before_block = features
        for dense in (1, 2, 3):
            name = f"body.{block}.rdb{dense}"
            seen = [features]
            for position in (1, 2, 3, 4):
                seen.append(leaky(conv(state, f"{name}.conv{position}", torch.cat(seen, 1))))
            features = features + 0.2 * conv(state, f"{name}.conv5", torch.cat(seen, 1))
        features = before_block + 0.2 * features
    features = first + conv(state, "conv_body", features)
    for name in ("conv_up1", "conv_up2"):
        doubled = features.repeat_interleave(2, 2).repeat_interleave(2, 3)
        features = leaky(conv(state, name, doubled))
    return conv(state, "conv_last", leaky(conv(state, "conv_hr", features)))


@pytest.fixture
def pixels() -> torch.Tensor:
    return torch.rand(1, 3, 7, 5, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("layers", "scale"), [(2, 4), (1, 2), (0, 3)])
def test_the_compact_net_is_what_its_paper_says(
    pixels: torch.Tensor, layers: int, scale: int
) -> None:
    state = random_state(CompactNet(channels=6, layers=layers, scale=scale))
    with torch.inference_mode():
        large = CompactNet.from_state(state)(pixels)
    assert large.shape == (1, 3, 7 * scale, 5 * scale)
    assert torch.allclose(large, compact_by_hand(state, pixels, layers, scale), atol=1e-5)


def test_the_residual_dense_net_is_what_its_paper_says(pixels: torch.Tensor) -> None:
    state = random_state(ResidualDenseNet(channels=6, growth=4, blocks=2))
    with torch.inference_mode():
        large = ResidualDenseNet.from_state(state)(pixels)
    assert large.shape == (1, 3, 28, 20)
    assert torch.allclose(large, rrdb_by_hand(state, pixels, 2), atol=1e-5)


@pytest.mark.parametrize(
    "network",
    [CompactNet(4, 2, 4), CompactNet(4, 3, 2), ResidualDenseNet(4, 2, 1)],
    ids=["compact x4", "compact x2", "residual dense"],
)
def test_no_pixel_depends_on_one_beyond_the_reach(
    network: CompactNet | ResidualDenseNet,
) -> None:
    # In float64, so that even the faintest influence is a gradient.
    network = network.double()
    side = 2 * network.reach + 3
    pixels = torch.rand(1, 3, side, 3, dtype=torch.float64, requires_grad=True)
    middle = (network.reach + 1) * network.scale
    network(pixels)[:, :, middle : middle + network.scale].sum().backward()
    assert pixels.grad is not None
    rows = pixels.grad.abs().sum((0, 1, 3)).nonzero().flatten()
    assert rows.min() >= 1
    assert rows.max() <= side - 2


@pytest.mark.parametrize("kind", [CompactNet, ResidualDenseNet])
def test_a_foreign_state_dict_is_no_network(kind: type[CompactNet | ResidualDenseNet]) -> None:
    with pytest.raises((KeyError, RuntimeError, ValueError, IndexError)):
        kind.from_state({"weight": torch.zeros(3)})


def older(name: str) -> str:
    """A name of RRDBNet's as ESRGAN's own files have it."""
    name = name.replace("conv_body", "trunk_conv").replace("conv_up", "upconv")
    name = name.replace("body.", "RRDB_trunk.").replace("rdb", "RDB")
    return name.replace("conv_hr", "HRconv")


def oldest(name: str) -> str:
    """The same where the whole network is one nn.Sequential, here of two blocks."""
    if name.startswith("body."):
        _, block, dense, conv, kind = name.split(".")
        return f"model.1.sub.{block}.{dense.upper()}.{conv}.0.{kind}"
    layers = {
        "conv_first": "0",
        "conv_body": "1.sub.2",
        "conv_up1": "3",
        "conv_up2": "6",
        "conv_hr": "8",
        "conv_last": "10",
    }
    layer, kind = name.split(".")
    return f"model.{layers[layer]}.{kind}"


@pytest.mark.parametrize("renamed", [older, oldest])
def test_older_names_of_the_same_network_are_understood(renamed: Callable[[str], str]) -> None:
    state = random_state(ResidualDenseNet(6, 4, 2))
    names = [renamed(name) for name in state]
    assert "body.0.rdb1.conv1.weight" not in names
    pixels = torch.rand(1, 3, 5, 4)
    network = ResidualDenseNet.from_state(dict(zip(names, state.values(), strict=True)))
    assert torch.equal(network(pixels), ResidualDenseNet.from_state(state)(pixels))
