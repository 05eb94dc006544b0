"""The recipe of the network that compares pictures: folding normalisation in, and int8."""

from __future__ import annotations

import torch
from torch.nn import functional

from studio.likeness.network import EfficientNetLite0
from studio.training.efficientnet import quantized, state

_NORM = ("weight", "bias", "running_mean", "running_var")


def package() -> dict[str, torch.Tensor]:
    """Random weights under the package's names, in the shapes of our network."""
    torch.manual_seed(0)
    found = {}
    for name, tensor in EfficientNetLite0().state_dict().items():
        if not name.endswith(".weight"):
            continue
        theirs, norm = _names(name.removesuffix(".weight"))
        found[f"{theirs}.weight"] = tensor.contiguous()
        for part in _NORM:
            found[f"{norm}.{part}"] = torch.rand(tensor.shape[0]) + 0.5
    return found


def _names(ours: str) -> tuple[str, str]:
    if ours in ("stem", "head"):
        return f"_conv_{ours}", "_bn0" if ours == "stem" else "_bn1"
    block, _, part = ours.rpartition(".")
    norm = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}[part]
    return f"_{block}._{part}_conv", f"_{block}.{norm}"


def test_every_weight_of_the_network_comes_from_the_package() -> None:
    network = EfficientNetLite0()
    network.load_state_dict(state(package()))


def test_the_folded_convolution_does_what_convolution_and_normalisation_did() -> None:
    found = package()
    network = EfficientNetLite0()
    network.load_state_dict(state(found))
    picture = torch.rand(1, 3, 8, 8)
    raw = functional.conv2d(
        functional.pad(picture, (0, 1, 0, 1)), found["_conv_stem.weight"], stride=2
    )
    gain, shift, mean, variance = (found[f"_bn0.{part}"].view(-1, 1, 1) for part in _NORM)
    by_hand = (raw - mean) / (variance + 1e-3).sqrt() * gain + shift
    assert torch.allclose(network.stem(picture), by_hand, atol=1e-5)


def test_int8_is_half_a_step_from_what_it_stands_for() -> None:
    tensors = state(package())
    small = quantized(tensors)
    for name, tensor in tensors.items():
        if name.endswith(".weight"):
            scale = small[f"{name}.scale"][:, None, None, None]
            assert small[name].dtype is torch.int8
            assert ((small[name] * scale - tensor).abs() <= scale * 0.501).all()
