"""torch.compile of the blocks that a denoiser repeats, with a cache kept between starts."""

from __future__ import annotations

import importlib.util
import os
import shutil
from typing import Any

import torch

from studio.engine.replay import not_repeatable
from studio.folders import Folders


def has_compiler(kind: str) -> bool:
    """Whether torch can compile for a kind of device: Triton for NVIDIA's, else a C++ compiler."""
    if kind == "cuda":
        return importlib.util.find_spec("triton") is not None
    return any(shutil.which(name) for name in ("g++", "clang++", "cl"))


def compile_blocks(denoiser: Any) -> None:
    """Compile each kind of repeated block once (regional compilation), at the first step.

    A transformer of sixty blocks compiles in the time of one. What the compiler makes is kept below
    the cache folder: the next start reads it.
    """
    cache = Folders.discover().cache
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache / "inductor"))
    os.environ.setdefault("TRITON_CACHE_DIR", str(cache / "triton"))
    denoiser.compile_repeated_blocks(fullgraph=True)
    forward = denoiser.forward

    def compiled(*args: Any, **kwargs: Any) -> Any:
        # The compiler would compile what writes steps down as well.
        not_repeatable()
        with torch._C.DisableTorchFunction():
            return forward(*args, **kwargs)

    denoiser.forward = compiled
