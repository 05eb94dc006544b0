"""Reading ncnn's files: a synthetic one, its damage, and the names of what is shipped."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from studio.domain.resources import RESOURCES
from studio.engine.upscaling.rrdb import ResidualDenseNet
from studio.engine.upscaling.srvgg import CompactNet
from studio.training.upscalers import SOURCES, read_ncnn, state_dict

FOLDER = RESOURCES / "models" / "upscalers"
TAG = (0x01306B47).to_bytes(4, "little")


def as_ncnn(network: torch.nn.Module) -> tuple[str, bytes]:
    """The network's weights in ncnn's two files, in the order of its modules."""
    lines = ["Input                    data 0 1 data"]
    content = b""
    for number, module in enumerate(network.modules()):
        match module:
            case torch.nn.Conv2d(weight=weight, bias=torch.Tensor() as bias):
                settings = f"0={len(bias)} 1=3 4=1 5=1 6={weight.numel()} 9=2 -23310=1,2.0e-01"
                lines.append(f"Convolution Conv_{number} 1 1 a{number} b{number} {settings}")
                raw = weight.detach().half().numpy().tobytes()
                content += TAG + raw + bytes(-len(raw) % 4) + bias.detach().numpy().tobytes()
            case torch.nn.PReLU(weight=weight):
                lines.append(f"PReLU PRelu_{number} 1 1 a{number} b{number} 0={len(weight)}")
                content += weight.detach().numpy().tobytes()
    lines.append("BinaryOp                 Add 2 1 x y output")
    return "\n".join(["7767517", "9 9", *lines]) + "\n", content


@pytest.mark.parametrize(
    "network",
    # 3 × 9 × 3 weights are an odd number: their bytes are padded.
    [CompactNet(3, 1, 1), CompactNet(8, 3, 4), ResidualDenseNet(5, 3, 2)],
    ids=["padded", "compact", "residual dense"],
)
def test_a_network_survives_ncnns_format(network: CompactNet | ResidualDenseNet) -> None:
    state = state_dict(read_ncnn(*as_ncnn(network)))
    original = network.state_dict()
    assert state.keys() == original.keys()
    for name, tensor in state.items():
        is_weight = original[name].ndim == 4
        assert tensor.dtype == (torch.float16 if is_weight else torch.float32)
        assert torch.equal(tensor, original[name].to(tensor.dtype)), name
    again = type(network).from_state(state)
    assert [tensor.shape for tensor in again.state_dict().values()] == [
        tensor.shape for tensor in original.values()
    ]


@pytest.mark.parametrize("change", ["longer", "shorter", "float32", "no magic", "empty"])
def test_a_file_that_is_not_consumed_exactly_is_refused(change: str) -> None:
    param, content = as_ncnn(CompactNet(4, 1, 2))
    match change:
        case "longer":
            content += b"\0\0\0\0"
        case "shorter":
            content = content[:-4]
        case "float32":
            content = bytes(4) + content[4:]
        case "no magic":
            param = param.replace("7767517", "7767518")
        case "empty":
            param = ""
    with pytest.raises(ValueError):
        read_ncnn(param, content)


@pytest.mark.parametrize("name", SOURCES.values())
def test_what_is_shipped_is_what_the_card_says(name: str) -> None:
    path = FOLDER / f"{name}.safetensors"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    card = (FOLDER / "CARD.md").read_text()
    assert re.search(rf"`{name}\.safetensors`.*`{digest}`", card)
    state = load_file(path)
    kind = ResidualDenseNet if "conv_first.weight" in state else CompactNet
    assert kind.from_state(state).scale == 4
    assert all(np.isfinite(tensor.float().numpy()).all() for tensor in state.values())
