"""First-block cache: steps whose first block changes little take over what the others made of the
step before.

First Block Cache of ParaAttention, as in diffusers' hooks. Lossy. What is remembered belongs to one
job and to one of the predictions of a step (with and without the prompt).
"""

from __future__ import annotations

import itertools
from typing import Any, Final

import torch

from studio.engine.replay import not_repeatable

THRESHOLD: Final = 0.08
"""How far, in relation to its size, the first block's residual may move between two steps."""

_jobs = itertools.count(1)
_job = 0


def begin_job() -> None:
    """What is remembered of the job before doesn't count any more. Called by the runner."""
    # One inference thread, one job at a time.
    global _job
    _job = next(_jobs)


def cache_first_block(denoiser: Any) -> None:
    """Let `denoiser`, a transformer of diffusers, remember its blocks' work from step to step."""
    from diffusers import FirstBlockCacheConfig

    make_config: Any = FirstBlockCacheConfig
    denoiser.enable_cache(make_config(threshold=THRESHOLD))
    forward, passes = denoiser.forward, _Passes()

    def remembering(*args: Any, **kwargs: Any) -> Any:
        # Whether blocks are skipped depends on numbers, so no step is like the one before.
        not_repeatable()
        if passes.job != _job:
            passes.job, passes.timestep = _job, None
            denoiser._reset_stateful_cache()
        with denoiser.cache_context(passes.name(kwargs.get("timestep"))):
            return forward(*args, **kwargs)

    denoiser.forward = remembering


class _Passes:
    """Tells the predictions of one step apart: the first at a timestep, the second…"""

    def __init__(self) -> None:
        self.job = -1
        self.timestep: torch.Tensor | None = None
        self._number = 0

    def name(self, timestep: torch.Tensor | None) -> str:
        same = (
            timestep is not None
            and self.timestep is not None
            and torch.equal(timestep, self.timestep)
        )
        self._number = self._number + 1 if same else 0
        self.timestep = timestep
        return f"pass {self._number}"
