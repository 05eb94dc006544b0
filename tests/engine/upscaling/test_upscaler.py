"""The upscaler: seamless tiles, alpha, any size, cancelling."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from studio.catalog.upscalers import shipped_upscaler
from studio.domain.events import Pixels
from studio.domain.upscalers import UpscalerName
from studio.engine.devices import pick_device
from studio.engine.upscaling.loading import load_upscaler
from studio.engine.upscaling.rrdb import ResidualDenseNet
from studio.engine.upscaling.srvgg import CompactNet
from studio.engine.upscaling.upscaler import Upscaler
from tests.support.samples import noise

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})


def small_network(kind: str = "compact") -> CompactNet | ResidualDenseNet:
    """Random weights, strong enough to draw in full contrast."""
    network = CompactNet(8, 4) if kind == "compact" else ResidualDenseNet(8, 4, 1)
    generator = torch.Generator().manual_seed(0)
    for parameter in network.requires_grad_(False).parameters():
        parameter.copy_(0.15 * torch.randn(parameter.shape, generator=generator))
    return network


@pytest.fixture
def fast() -> Upscaler:
    return load_upscaler(shipped_upscaler(UpscalerName.FAST), CPU)


@pytest.mark.parametrize("kind", ["compact", "residual dense"])
@pytest.mark.parametrize("scale", [2, 4])
def test_the_tiling_cannot_be_seen(kind: str, scale: int) -> None:
    pixels = noise(1, 61, 43)
    network = small_network(kind)
    whole = Upscaler(network, CPU, tile_px=1000).upscale(pixels, scale)
    tiled = Upscaler(network, CPU, tile_px=16).upscale(pixels, scale)
    assert whole.shape == (43 * scale, 61 * scale, 3)
    assert whole.std() > 10
    assert np.abs(whole.astype(int) - tiled.astype(int)).max() <= 1


def test_the_tiling_of_the_shipped_network_cannot_be_seen(fast: Upscaler) -> None:
    pixels = noise(2, 72, 50)
    network = fast._network
    whole = fast.upscale(pixels, 4)
    tiled = Upscaler(network, CPU, tile_px=30).upscale(pixels, 4)
    assert np.abs(whole.astype(int) - tiled.astype(int)).max() <= 1


@pytest.mark.parametrize("name", UpscalerName)
@pytest.mark.parametrize("scale", [2, 4])
def test_a_colour_stays_itself(name: UpscalerName, scale: int) -> None:
    pixels = np.full((20, 24, 3), (40, 90, 220), np.uint8)
    large = load_upscaler(shipped_upscaler(name), CPU).upscale(pixels, scale)
    assert np.abs(large.mean((0, 1)) - (40, 90, 220)).max() < 4
    assert large.std((0, 1)).max() < 4


def test_an_edge_becomes_sharper_than_interpolation_makes_it(fast: Upscaler) -> None:
    pixels = np.full((24, 24, 3), 230, np.uint8)
    rows, columns = np.mgrid[:24, :24]
    pixels[(rows - 12) ** 2 + (columns - 12) ** 2 < 64] = (40, 60, 180)
    large = fast.upscale(pixels, 4)
    smooth = np.asarray(Image.fromarray(pixels).resize((96, 96), Image.Resampling.BICUBIC))

    def between(picture: Pixels) -> int:
        red = picture[..., 0]
        return int(((red > 70) & (red < 200)).sum())

    assert between(large) < 0.75 * between(smooth)


@pytest.mark.parametrize("size", [(1, 1), (500, 3), (2, 31), (257, 1)])
@pytest.mark.parametrize("scale", [2, 4])
def test_any_size(size: tuple[int, int], scale: int) -> None:
    upscaler = Upscaler(small_network(), CPU)
    large = upscaler.upscale(noise(0, *size), scale)
    assert large.shape == (size[1] * scale, size[0] * scale, 3)
    assert large.dtype == np.uint8


def test_alpha_is_enlarged_by_lanczos() -> None:
    alpha = noise(5, 13, 9)[..., :1]
    pixels = np.concatenate([noise(4, 13, 9), alpha], axis=-1)
    large = Upscaler(small_network(), CPU).upscale(pixels, 4)
    expected = Image.fromarray(alpha[..., 0]).resize((52, 36), Image.Resampling.LANCZOS)
    assert large.shape == (36, 52, 4)
    assert np.array_equal(large[..., 3], np.asarray(expected))


def test_what_is_visible_does_not_depend_on_what_is_invisible(fast: Upscaler) -> None:
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[5:15, 5:15] = (250, 200, 40, 255)
    onto_black = fast.upscale(pixels, 4)
    pixels[pixels[..., 3] == 0] = (0, 255, 255, 0)
    onto_cyan = fast.upscale(pixels, 4)
    assert np.array_equal(onto_black, onto_cyan)
    seen = onto_black[onto_black[..., 3] > 0][:, :3].astype(int)
    assert np.abs(seen - (250, 200, 40)).max() < 12


def test_an_opaque_picture_with_alpha_has_the_colours_of_one_without(fast: Upscaler) -> None:
    pixels = noise(1, 15, 11)
    with_alpha = np.dstack([pixels, np.full((11, 15), 255, np.uint8)])
    large = fast.upscale(with_alpha, 2)
    assert np.array_equal(large[..., :3], fast.upscale(pixels, 2))
    assert (large[..., 3] == 255).all()


def test_the_same_picture_twice_is_the_same_result(fast: Upscaler) -> None:
    pixels = noise(1, 30, 20)
    assert np.array_equal(fast.upscale(pixels, 4), fast.upscale(pixels, 4))


def test_tiles_come_one_by_one_and_whoever_stops_has_none_of_the_rest() -> None:
    upscaler = Upscaler(small_network(), CPU, tile_px=8)
    pixels = noise(0, 20, 9)
    upscaling = upscaler.begin(pixels, 4)
    upscaling.result.fill(0)
    assert len(upscaling) == 6
    tiles = iter(upscaling)
    assert [next(tiles), next(tiles)] == [1, 2]
    whole = upscaler.upscale(pixels, 4)
    first = slice(0, 16), slice(0, 48)  # 9 rows in 2, 20 columns in 3
    assert np.array_equal(upscaling.result[first], whole[first])
    assert not upscaling.result[16:].any()
    assert list(tiles) == [3, 4, 5, 6]
    assert np.array_equal(upscaling.result, whole)


@pytest.mark.parametrize("scale", [1, 3])
def test_another_scale_is_a_bug_of_the_caller(fast: Upscaler, scale: int) -> None:
    with pytest.raises(ValueError, match="scale"):
        fast.upscale(noise(), scale)
