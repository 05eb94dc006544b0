"""How the parts of a family lie in single files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from studio.domain.model import ModelInfo
from studio.engine.loading.parts import FilePart
from studio.engine.loading.tensors import Tensors

Tokenizer = Callable[[], Any]
Files = Sequence[Tensors]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the parts of a family's recipe lie in single files. `tokenizers` make those that no such
    file has, and processors of pictures. `scheduler_config` is told from what is known of the model
    and its first file. `settings` are those of the recipe's that a folder's model_index.json would
    have."""

    parts: Mapping[str, FilePart]
    scheduler_config: Callable[[ModelInfo, Tensors], Mapping[str, Any]]
    tokenizers: Mapping[str, Tokenizer] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


FLOW: Final[Mapping[str, Any]] = {
    "_class_name": "FlowMatchEulerDiscreteScheduler",
    "num_train_timesteps": 1000,
}
"""What the schedulers of all flow matching models have in common."""

SHIFTED: Final[Mapping[str, Any]] = {
    **FLOW,
    "shift": 3.0,
    "use_dynamic_shifting": True,
    "base_shift": 0.5,
    "max_shift": 1.15,
    "base_image_seq_len": 256,
    "max_image_seq_len": 4096,
}
"""As published with FLUX: the larger a picture, the longer its steps stay noisy."""
