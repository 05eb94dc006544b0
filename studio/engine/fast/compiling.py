"""torch.compile of the blocks that a denoiser repeats, with a cache kept between starts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from studio.engine.replay import not_repeatable
from studio.folders import Folders


def compile_blocks(denoiser: Any) -> None:
    """Compile each kind of repeated block once (regional compilation), at the first step.

    A transformer of sixty blocks compiles in the time of one. What the compiler makes is kept below
    the cache folder: the next start reads it.
    """
    _keep_below(Folders.discover().cache)
    denoiser.compile_repeated_blocks(fullgraph=True)
    forward = denoiser.forward

    def compiled(*args: Any, **kwargs: Any) -> Any:
        # The compiler would compile what writes steps down as well.
        not_repeatable()
        with torch._C.DisableTorchFunction():
            return forward(*args, **kwargs)

    denoiser.forward = compiled


def kept_folders(cache: Path) -> dict[str, Path]:
    """Below a cache folder, where the compilers keep what they made, by their variables' names."""
    return {"TORCHINDUCTOR_CACHE_DIR": cache / "inductor", "TRITON_CACHE_DIR": cache / "triton"}


def _keep_below(cache: Path) -> None:
    """Name the compilers' caches, unless somebody did; torch itself names a temporary folder."""
    from torch._inductor.runtime.cache_dir_utils import default_cache_dir

    for variable, folder in kept_folders(cache).items():
        if os.environ.get(variable, default_cache_dir()) == default_cache_dir():
            os.environ[variable] = str(folder)
