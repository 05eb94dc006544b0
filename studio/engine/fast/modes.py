"""The table of fast modes: what each does, what it needs, and how true it stays to the picture.

Torch comes only with what applies them, so that a window can list them.

Exact ones first. None is on unless the artist says so: on another machine even an exact formula may
sum in another order, and the same request must give the same pixels.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Fidelity(StrEnum):
    """How near a mode's picture is to the one without it."""

    SAME_BITS = "same bits"
    ROUNDING = "same formula, rounded differently"
    LOSSY = "lossy"


@dataclass(frozen=True, slots=True)
class FastMode:
    """One way to take less time.

    `sentence` says what it does, for people. `why_not` tells from a kind of device ("cuda") and a
    denoiser, None if there is none yet, what is missing; empty if nothing. `apply` changes the
    parts of a loaded model, by diffusers' names; None where the runner does it while a job runs.
    `of` is "unet" or "transformer" where only models around one can use it, `package` what it needs
    on an NVIDIA card.
    """

    name: str
    title: str
    fidelity: Fidelity
    sentence: str
    why_not: Callable[[str, Any], str]
    apply: Callable[[Mapping[str, Any]], None] | None = None
    of: str = ""
    package: str = ""

    @property
    def is_lossless(self) -> bool:
        return self.fidelity is not Fidelity.LOSSY


CUDA_GRAPHS: Final = "cuda-graphs"
_UNET_FAMILIES: Final = frozenset({"sd", "sd2", "sdxl"})


def available(kind: str, denoiser: Any = None) -> list[FastMode]:
    """The modes that can be used on a kind of device, with a denoiser if one is given."""
    return [mode for mode in FAST_MODES.values() if not mode.why_not(kind, denoiser)]


def why_not_for(mode: FastMode, kind: str, families: Collection[str]) -> str:
    """What is missing for a mode on a kind of device with models of these families, before any is
    loaded; empty if nothing."""
    around = {"unet" if family in _UNET_FAMILIES else "transformer" for family in families}
    if mode.of and mode.of not in around:
        return mode.why_not(kind, object())
    return mode.why_not(kind, None)


def apply_modes(parts: Mapping[str, Any], names: Iterable[str], kind: str) -> list[str]:
    """Switch the named modes on for a loaded model, in the table's order.

    Returns:
        The names of those that are on; unknown ones and those that can't be used are left out.
    """
    wished, used = set(names), []
    for mode in FAST_MODES.values():
        if mode.name in wished and not mode.why_not(kind, _denoiser(parts)):
            if mode.apply is not None:
                mode.apply(parts)
            used.append(mode.name)
    return used


def _denoiser(parts: Mapping[str, Any]) -> Any:
    return parts.get("unet") or parts.get("transformer")


def has_compiler(kind: str) -> bool:
    """Whether torch can compile for a kind of device: Triton for NVIDIA's, else a C++ compiler."""
    if kind == "cuda":
        return importlib.util.find_spec("triton") is not None
    return any(shutil.which(name) for name in ("g++", "clang++", "cl"))


def _channels_last(parts: Mapping[str, Any]) -> None:
    import torch

    for name in ("unet", "vae"):
        if name in parts:
            parts[name].to(memory_format=torch.channels_last)


def _fuse_qkv(parts: Mapping[str, Any]) -> None:
    _denoiser(parts).fuse_qkv_projections()


def _compile(parts: Mapping[str, Any]) -> None:
    from studio.engine.fast.compiling import compile_blocks

    compile_blocks(_denoiser(parts))


def _cache_first_block(parts: Mapping[str, Any]) -> None:
    from studio.engine.fast.caching import cache_first_block

    cache_first_block(_denoiser(parts))


def _no_convolutions(kind: str, denoiser: Any) -> str:
    is_unet = denoiser is None or hasattr(denoiser, "down_blocks")
    return "" if is_unet else "Only models around a UNet have convolutions worth it."


def _cannot_fuse(kind: str, denoiser: Any) -> str:
    can = denoiser is None or hasattr(denoiser, "fuse_qkv_projections")
    return "" if can else "This model's attention has no projections to fuse."


def _cannot_compile(kind: str, denoiser: Any) -> str:
    if denoiser is not None and not getattr(denoiser, "_repeated_blocks", None):
        return "This model has no repeated blocks that are known."
    if has_compiler(kind):
        return ""
    return "It needs the package triton." if kind == "cuda" else "It needs a C++ compiler."


def _cannot_graph(kind: str, denoiser: Any) -> str:
    return "" if kind == "cuda" else "CUDA graphs need an NVIDIA card."


def _cannot_cache(kind: str, denoiser: Any) -> str:
    can = denoiser is None or hasattr(denoiser, "enable_cache")
    return "" if can else "Only transformers have a first block to compare."


FAST_MODES: Final[Mapping[str, FastMode]] = {
    mode.name: mode
    for mode in (
        FastMode(
            CUDA_GRAPHS,
            "CUDA graphs",
            Fidelity.SAME_BITS,
            "Launches a whole step at once instead of a thousand kernels one by one; it takes the "
            "memory of one step more.",
            _cannot_graph,
        ),
        FastMode(
            "channels-last",
            "Channels last",
            Fidelity.ROUNDING,
            "Lays pictures out as tensor cores want them; convolutions sum in another order.",
            _no_convolutions,
            _channels_last,
            of="unet",
        ),
        FastMode(
            "fused-qkv",
            "Fused projections",
            Fidelity.ROUNDING,
            "One large multiplication before attention instead of three; LoRAs can't be used.",
            _cannot_fuse,
            _fuse_qkv,
        ),
        FastMode(
            "compile",
            "Compiled blocks",
            Fidelity.ROUNDING,
            "The first picture of a size takes a minute longer, the others less time: blocks are "
            "compiled for this device, and kept for the next start.",
            _cannot_compile,
            _compile,
            package="triton",
        ),
        FastMode(
            "first-block-cache",
            "First-block cache",
            Fidelity.LOSSY,
            "Skips most of a step when its first block changes little. Going on from a step may "
            "lead to slightly other pixels than the whole way did.",
            _cannot_cache,
            _cache_first_block,
            of="transformer",
        ),
    )
}
