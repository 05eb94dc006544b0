"""How the parts of a family lie in single files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from studio.domain.model import ModelInfo
from studio.engine.loading.parts import FilePart
from studio.engine.loading.tensors import Tensors

Tokenizer = Callable[[], Any]
Files = Sequence[Tensors]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the parts of a family's recipe lie in single files. `tokenizers` make those that no such
    file has. `scheduler_config` is told from what is known of the model and its first file."""

    parts: Mapping[str, FilePart]
    scheduler_config: Callable[[ModelInfo, Tensors], Mapping[str, Any]]
    tokenizers: Mapping[str, Tokenizer] = field(default_factory=dict)
