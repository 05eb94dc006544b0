"""The networks that see styles: their maps, their files, what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.domain.errors import ModelNotFound, ModelRefused
from studio.style.features import FeatureExtractor, load_extractor, loading
from studio.style.features.inception import InceptionStem
from studio.style.features.vgg import VGG19

CPU = torch.device("cpu")


@pytest.fixture(params=[InceptionStem, VGG19])
def extractor(request: pytest.FixtureRequest) -> FeatureExtractor:
    torch.manual_seed(0)
    network: FeatureExtractor = request.param().eval().requires_grad_(False)
    return network


def write_vgg(folder: Path, cut: int = 10**9) -> Path:
    """VGG-19 as it is published: the names of its state dict with a classifier, random weights."""
    torch.manual_seed(1)
    state = {name: tensor.contiguous() for name, tensor in VGG19().state_dict().items()}
    state["classifier.6.bias"] = torch.zeros(1000)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "vgg19-dcbb9e9d.safetensors"
    save_file(state, path)
    path.write_bytes(path.read_bytes()[:cut])
    return path


@pytest.mark.parametrize("size", [(64, 64), (37, 90), (2, 3)])
def test_maps_lie_over_the_pixels(extractor: FeatureExtractor, size: tuple[int, int]) -> None:
    features = extractor(torch.rand(1, 3, *size))
    named = {*extractor.style_layers, *extractor.content_layers}
    assert features.keys() == named == extractor.strides.keys()
    for layer, stride in extractor.strides.items():
        assert features[layer].shape[2:] == (-(-size[0] // stride), -(-size[1] // stride))


def test_weights_of_layers_are_parts_of_a_whole(extractor: FeatureExtractor) -> None:
    for layers in (extractor.style_layers, extractor.content_layers):
        assert sum(layers.values()) == pytest.approx(1)
    assert all(extractor.overlap_px % stride == 0 for stride in extractor.strides.values())


def test_what_happens_far_away_changes_nothing(extractor: FeatureExtractor) -> None:
    """A strip of a picture, seen with the overlap, has the features that it has in the whole."""
    overlap_px = extractor.overlap_px
    picture = torch.rand(1, 3, 64 + 4 * overlap_px, 64)
    whole = extractor(picture)
    first = 2 * overlap_px
    seen = extractor(picture[:, :, first - overlap_px : first + 64 + overlap_px])
    for layer, stride in extractor.strides.items():
        there = whole[layer][:, :, first // stride : (first + 64) // stride]
        here = seen[layer][:, :, overlap_px // stride : (overlap_px + 64) // stride]
        torch.testing.assert_close(here, there, rtol=1e-5, atol=1e-5 * there.abs().max().item())


def test_each_map_is_made_of_the_one_before_it_alone(extractor: FeatureExtractor) -> None:
    """The way back, map by map, ends at the gradient that there is in one go."""
    pictures = torch.rand(1, 3, 48, 64).requires_grad_()
    maps = list(extractor(pictures).values())
    (at_once,) = torch.autograd.grad(maps[-1].sum(), pictures, retain_graph=True)
    gradient = torch.ones_like(maps[-1])
    befores = [pictures, *maps[:-1]]
    for found, before in zip(maps[::-1], befores[::-1], strict=True):
        if found is not before:
            (gradient,) = torch.autograd.grad(found, before, gradient)
    torch.testing.assert_close(gradient, at_once)


def test_vgg_has_the_names_and_shapes_of_torchvisions() -> None:
    state = VGG19().state_dict()
    assert {name: tuple(state[name].shape) for name in list(state)[:3]} == {
        "features.0.weight": (64, 3, 3, 3),
        "features.0.bias": (64,),
        "features.2.weight": (64, 64, 3, 3),
    }
    # Gatys' and Crowson's layers: relu1_1, 2_1, 3_1, 4_1 and 5_1 follow these convolutions.
    shapes = [state[f"features.{index}.weight"].shape[:2] for index in (0, 5, 10, 19, 28)]
    assert shapes == [(64, 3), (128, 64), (256, 128), (512, 256), (512, 512)]
    assert list(state)[-1] == "features.28.bias"


def test_vgg_sees_pictures_by_the_mean_and_deviation_it_learnt_with() -> None:
    network = VGG19().eval()
    first = network.features[0]
    picture = torch.rand(1, 3, 16, 16)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    by_hand = first((picture - mean) / deviation).relu()
    assert torch.allclose(network(picture)["relu1_1"], by_hand, atol=1e-5)


def test_without_vgg_the_network_that_comes_with_the_studio_sees(tmp_path: Path) -> None:
    extractor = load_extractor([tmp_path, tmp_path / "missing"], CPU)
    assert extractor.title == "Inception v3"
    assert not any(parameter.requires_grad for parameter in extractor.parameters())


def test_the_network_that_comes_with_the_studio_is_what_its_card_says() -> None:
    state = load_file(loading.OWN)
    assert sum(tensor.numel() for tensor in state.values()) == 989_344
    assert {tensor.dtype for tensor in state.values()} == {torch.float16}


def test_it_tells_stripes_from_a_chessboard_of_the_same_pixels() -> None:
    extractor = load_extractor([], CPU)
    rows, columns = torch.meshgrid(torch.arange(64) // 4, torch.arange(64) // 4, indexing="ij")
    stripes, board = ((each % 2).float().expand(1, 3, 64, 64) for each in (rows, rows + columns))
    one, other = (extractor(picture)["mixed2"].mean((2, 3)) for picture in (stripes, board))
    assert (one - other).norm() > 0.3 * one.norm()


@pytest.mark.parametrize("subfolder", [".", "style"])
def test_vgg_sees_where_it_is_installed(tmp_path: Path, subfolder: str) -> None:
    path = write_vgg(tmp_path / subfolder)
    extractor = load_extractor([tmp_path / "missing", tmp_path], CPU)
    assert extractor.title == "VGG-19"
    weight = extractor.state_dict()["features.28.weight"]
    assert torch.equal(weight, load_file(path)["features.28.weight"])


def test_a_file_that_is_cut_off_or_something_else_is_refused(tmp_path: Path) -> None:
    write_vgg(tmp_path / "cut", cut=100_000)
    with pytest.raises(ModelRefused):
        load_extractor([tmp_path / "cut"], CPU)
    (tmp_path / "other").mkdir()
    save_file({"weight": torch.zeros(3)}, tmp_path / "other" / "vgg19.safetensors")
    with pytest.raises(ModelRefused, match="not the network it is named for"):
        load_extractor([tmp_path / "other"], CPU)


def test_a_studio_without_its_network_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "OWN", tmp_path / "gone.safetensors")
    with pytest.raises(ModelNotFound, match="Install the studio again"):
        load_extractor([], CPU)
