"""The tensors of a safetensors or GGUF file: what they are at once, their numbers when needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors import safe_open

from studio.catalog.gguf import read_gguf_header
from studio.catalog.probe import read_header
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.engine.loading.gguf_weights import SUFFIX, read_gguf

Shapes = Mapping[str, tuple[int, ...]]
"""The axes of tensors, by their names."""

# ComfyUI's and others' words for the number that a layer's fp8 weights are to be multiplied with.
_SCALES: Final = (".scale_weight", ".weight_scale")
_WEIGHT: Final = ".weight"
_FP8: Final = frozenset({torch.float8_e4m3fn, torch.float8_e5m2})
# Beside these: how inputs are to be scaled, and marks that say how a layer was packed.
_MARKS: Final = (".scale_input", ".input_scale", ".comfy_quant", "scaled_fp8")


@dataclass(frozen=True, slots=True)
class Tensors:
    """Those of the file at `path` whose names begin with `prefix`; `shapes` has the rest of their
    names."""

    path: Path
    shapes: Shapes
    prefix: str = ""

    @classmethod
    def of(cls, path: Path) -> Tensors:
        """All of a file.

        Raises:
            ModelNotFound: it is gone.
            ModelRefused: a pickle, damaged, or of another format; the sentence says which.
        """
        if not path.is_file():
            raise ModelNotFound(f"The file is gone: {path}.", "Put it back, or choose another.")
        packed = path.suffix.lower() == SUFFIX
        header = read_gguf_header(path) if packed else read_header(path)
        return cls(path, {name: tensor.shape for name, tensor in header.tensors.items()})

    def below(self, prefix: str) -> Tensors:
        """Those of these whose names begin so."""
        shapes = {
            name[len(prefix) :]: shape
            for name, shape in self.shapes.items()
            if name.startswith(prefix)
        }
        return Tensors(self.path, shapes, self.prefix + prefix)

    def read(self, dtype: torch.dtype) -> dict[str, torch.Tensor]:
        """All of them. Their numbers come from the disk when something is done with them, those of
        scaled fp8 weights now, in `dtype`.

        Raises:
            ModelRefused: weights are packed as int4, nvfp4 and the like.
        """
        if self.path.suffix.lower() == SUFFIX:
            packed = read_gguf(self.path)
            return {name: packed[self.prefix + name] for name in self.shapes}
        names = [name for name in self.shapes if not name.endswith(_MARKS)]
        with safe_open(self.path, "pt") as file:
            tensors = {name: file.get_tensor(self.prefix + name) for name in names}
        for name in [name for name in tensors if name.endswith(_SCALES)]:
            scale = tensors.pop(name)
            weight = name.rpartition(".")[0] + _WEIGHT
            if weight in tensors:
                tensors[weight] = self._scaled(tensors[weight], scale, dtype)
        return tensors

    def _scaled(
        self, weight: torch.Tensor, scale: torch.Tensor, dtype: torch.dtype
    ) -> torch.Tensor:
        """A weight of fp8 with the scale of the whole or of each row."""
        if weight.dtype not in _FP8 or scale.numel() not in (1, len(weight)):
            raise ModelRefused(
                f"{self.path.name} has weights packed in a way that the studio doesn't know.",
                "Use a file of this model in bf16, fp8 or GGUF.",
            )
        return weight.to(dtype) * scale.to(dtype).reshape(-1, *[1] * (weight.dim() - 1))


def count(shapes: Shapes, pattern: str) -> int:
    """How many numbers from 0 on can stand in a pattern with which tensors' names begin."""
    number = 0
    while any(name.startswith(pattern.format(number)) for name in shapes):
        number += 1
    return number
