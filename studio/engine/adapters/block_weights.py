"""Which share of a LoRA each part of a model gets, when its blocks are weighed apart."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, Final

_BLOCK: Final = re.compile(
    r"(down_blocks|mid_block|up_blocks|transformer_blocks|single_transformer_blocks|layers)"
    r"(?:\.(\d+))?(?:\.(?:resnets|attentions)\.(\d+)|(\.(?:down|up)samplers))?"
)
# In the order of a picture's way through the model.
_STAGES: Final = (
    "down_blocks",
    "mid_block",
    "up_blocks",
    "transformer_blocks",
    "single_transformer_blocks",
    "layers",
)
_OUTPUT: Final = ("conv_out", "norm_out", "proj_out", "final_layer", "all_final_layer")
_LAST: Final = 1 << 30

_Depth = tuple[int, int, int]


def block_weights(model: Any, weights: Sequence[float]) -> Callable[[str], float]:
    """From the name of a module of `model` (a UNet or transformer) to its weight: `weights` go
    evenly over its blocks from input to output; without any, 1 for all.

    A UNet's blocks are its pairs of a residual and a transformer layer, its middle being one.
    """
    if not weights:
        return lambda name: 1.0
    depths = {_depth(name) for name, _ in model.named_modules()}
    blocks = sorted(depth for depth in depths if depth is not None and depth[2] != _LAST)

    def weight(name: str) -> float:
        depth = _depth(name)
        if depth is None:
            return weights[-1 if name.startswith(_OUTPUT) else 0]
        # A sampler belongs to the block before it.
        position = max(bisect_right(blocks, depth) - 1, 0)
        return weights[position * len(weights) // len(blocks)]

    return weight


def _depth(name: str) -> _Depth | None:
    """Where a module stands: its stage, which block of that, and which pair within it."""
    found = _BLOCK.match(name)
    if found is None:
        return None
    stage, block, pair, sampler = found.groups()
    index = _STAGES.index(stage)
    if stage == "mid_block":
        return index, 0, 0
    if block is None:
        return None
    return index, int(block), int(pair or 0) if sampler is None else _LAST
