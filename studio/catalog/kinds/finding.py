"""What the signs of a file say, and the view of a header that the signs are looked up in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from studio.catalog.probe import Header, TensorInfo
from studio.domain.addons import AddonKind
from studio.domain.model import ModelTask


class FileKind(StrEnum):
    """What a file may be besides an addon: a whole model, an upscaler, a network for styles."""

    CHECKPOINT = "checkpoint"
    UPSCALER = "upscaler"
    STYLE_NETWORK = "style-network"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a file is. `family`, `variant` and `prediction_type` are as in ModelInfo and AddonInfo,
    empty where tensors don't tell."""

    kind: FileKind | AddonKind
    family: str = ""
    task: ModelTask = ModelTask.TEXT
    variant: str = ""
    prediction_type: str = ""


class Weights:
    """A header's tensors below a prefix, and the file's name in small letters for what they leave
    open."""

    def __init__(self, header: Header, stem: str, prefix: str = "") -> None:
        self.header = header
        self.stem = stem.lower()
        self.prefix = prefix
        tensors: Mapping[str, TensorInfo] = header.tensors
        if prefix:
            tensors = {
                name[len(prefix) :]: tensor
                for name, tensor in tensors.items()
                if name.startswith(prefix)
            }
        self.tensors = tensors
        # All names in one text, each in a line: looking in it is a hundred times quicker than
        # looking at each of thousands of names.
        self._lines = "\n".join(["", *tensors, ""])

    def below(self, prefix: str) -> Weights:
        """The same file seen below another prefix."""
        return Weights(self.header, self.stem, prefix)

    def has(self, *names: str) -> bool:
        """Whether all these tensors are there."""
        return all(name in self.tensors for name in names)

    def has_any(self, names: Iterable[str]) -> bool:
        return any(name in self.tensors for name in names)

    def starts(self, *prefixes: str) -> bool:
        """Whether a tensor's name begins with one of these."""
        return any(f"\n{prefix}" in self._lines for prefix in prefixes)

    def ends(self, *endings: str) -> bool:
        """Whether a tensor's name ends with one of these."""
        return any(f"{ending}\n" in self._lines for ending in endings)

    def axis(self, name: str, axis: int) -> int:
        """The length of one axis of a tensor; 0 if there is no such tensor or axis."""
        tensor = self.tensors.get(name)
        shape = () if tensor is None else tensor.shape
        return shape[axis] if -len(shape) <= axis < len(shape) else 0

    def first_axis(self, ending: str, axis: int) -> int:
        """The same of the first tensor whose name ends so."""
        for name in self.tensors:
            if name.endswith(ending):
                return self.axis(name, axis)
        return 0

    def named(self, *words: str) -> bool:
        """Whether the file's name holds one of these words, in whatever way they are joined."""
        parts = [part for part in re.split(r"[^a-z0-9]+", self.stem) if part]
        return any(word in parts or (len(word) > 4 and word in self.stem) for word in words)
