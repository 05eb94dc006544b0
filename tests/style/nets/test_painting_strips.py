"""Painting strip by strip gives what the network gives on the whole picture, at any size."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from studio.domain.events import Pixels
from studio.style.nets import strips as strips_module
from studio.style.nets.arbitrary import StyleTransform
from studio.style.nets.grouped import convolve_grouped
from studio.style.nets.layers import Affine, ConvLayer, UpsampledConvLayer
from studio.style.nets.loading import load_network
from studio.style.nets.multistyle import MultiStyle
from studio.style.nets.painting import Painting
from studio.style.nets.strips import mirrored
from studio.style.nets.transform import TransformNetwork
from tests.support.samples import noise

CPU = torch.device("cpu")


def arbitrary() -> tuple[TransformNetwork, torch.Tensor]:
    network = load_network(StyleTransform(), "style-transform", CPU)
    vector = torch.linspace(-1, 1, 100)
    return network, network.parameters_of(vector)


def multistyle() -> tuple[TransformNetwork, torch.Tensor]:
    network = load_network(MultiStyle(), "multistyle", CPU)
    return network, network.parameters_of(torch.eye(26)[4])


NETWORKS = {"arbitrary": arbitrary, "multistyle": multistyle}


def whole(network: TransformNetwork, content: Pixels, parameters: torch.Tensor) -> Pixels:
    """By the network's own forward, mirrored to multiples of four and cut."""
    height, width = content.shape[:2]
    sides = [(0, -side % 4) for side in (height, width)]
    padded = np.pad(content, [*sides, (0, 0)], mode="reflect")
    (made,) = network(torch.from_numpy(padded).permute(2, 0, 1)[None].float() / 255, parameters)
    pixels = (made.permute(1, 2, 0) * 255).round().to(torch.uint8)
    return pixels.numpy()[:height, :width]


def painted(network: TransformNetwork, content: Pixels, parameters: torch.Tensor) -> Pixels:
    painting = Painting(network, content, parameters)
    for _ in painting:
        pass
    return painting.result


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(("width", "height"), [(16, 16), (40, 96), (61, 50), (23, 131)])
def test_strips_cannot_be_seen(
    network: str, width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strips_module, "STRIP_NUMBERS", 1)
    one = NETWORKS[network]()
    content = noise(1, width, height)
    far = np.abs(painted(one[0], content, one[1]).astype(int) - whole(one[0], content, one[1]))
    assert far.max() <= 1
    assert (far > 0).mean() < 0.005


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 200), (7, 9)])
def test_the_smallest_pictures_are_painted(network: str, width: int, height: int) -> None:
    made, parameters = NETWORKS[network]()
    result = painted(made, noise(1, width, height), parameters)
    assert result.shape == (height, width, 3)


@pytest.mark.parametrize("network", NETWORKS)
def test_the_work_done_grows_to_one(network: str) -> None:
    made, parameters = NETWORKS[network]()
    told = list(Painting(made, noise(1, 64, 64), parameters))
    assert all(before <= after for before, after in pairwise(told))
    assert told[-1] == 1.0
    assert told[0] < 0.5


def test_the_content_is_left_as_it_was() -> None:
    network, parameters = arbitrary()
    content = noise(1, 32, 32)
    content.flags.writeable = False
    assert painted(network, content, parameters).shape == content.shape


@given(
    group_and_side=st.sampled_from([(1, 3), (2, 3), (2, 9), (4, 9), (8, 9), (3, 7)]),
    inputs=st.integers(1, 4),
    outputs=st.integers(1, 4),
    groups=st.integers(1, 3),
    seed=st.integers(0, 99),
)
@settings(max_examples=30, deadline=None)
def test_pixels_at_once_are_the_same_convolution(
    group_and_side: tuple[int, int], inputs: int, outputs: int, groups: int, seed: int
) -> None:
    group, side = group_and_side
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(outputs, inputs, side, side, generator=generator)
    bias = torch.randn(outputs, generator=generator)
    width = groups * group
    padded = torch.randn(1, inputs, side + 2, width + side - 1, generator=generator)
    expected = functional.conv2d(padded, weight, bias)
    made = convolve_grouped(padded, weight, bias, group)
    assert torch.allclose(made, expected, atol=1e-4)


@pytest.mark.parametrize(
    "layer",
    [
        ConvLayer(4, 5, 3),
        ConvLayer(3, 8, 9),
        ConvLayer(4, 5, 3, stride=2),
        UpsampledConvLayer(4, 5),
    ],
    ids=["plain", "wide", "halving", "doubling"],
)
def test_a_layer_on_rows_is_the_layer(layer: ConvLayer) -> None:
    torch.manual_seed(1)
    torch.nn.init.normal_(layer.weight)
    features = torch.randn(1, layer.weight.shape[1], 16, 12)
    affine = Affine(torch.rand(layer.outputs, 1, 1), torch.rand(layer.outputs, 1, 1))
    expected = affine(layer(features))
    height = expected.shape[2]
    for start, stop in [(0, 4), (4, 8), (height - 4, height), (0, height)]:
        first, last = layer.input_rows(start, stop)
        above, below = max(0, -first), max(0, last - 16)
        rows = features[:, :, first + above : last - below]
        made = layer.on_rows(rows, above, below, affine)
        assert torch.allclose(made, expected[:, :, start:stop], atol=1e-4), (start, stop)


def test_mirroring_repeats_for_as_long_as_it_takes() -> None:
    assert mirrored(np.arange(8), 3).tolist() == [0, 1, 2, 1, 0, 1, 2, 1]
    assert mirrored(np.arange(4), 1).tolist() == [0, 0, 0, 0]
