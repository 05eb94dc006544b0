"""Which of the artist's wishes a device can follow, and what is missing for the others."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from studio.domain.placement import Attention, Offload, Precision, Quantization

CUDA: Final = "cuda"
ATTENTION_PACKAGES: Final = {
    Attention.FLASH: "flash_attn",
    Attention.SAGE: "sageattention",
    Attention.XFORMERS: "xformers",
}
QUANTIZATION_PACKAGES: Final = {
    Quantization.INT8: "torchao",
    Quantization.NF4: "bitsandbytes",
    Quantization.GGUF: "gguf",
}
PACKAGES: Final = (*ATTENTION_PACKAGES.values(), *QUANTIZATION_PACKAGES.values())
"""What has to be looked for, by the names that are imported."""
_DISTRIBUTIONS: Final = {"flash_attn": "flash-attn"}


@dataclass(frozen=True, slots=True)
class Missing:
    """Why something can't be chosen, in a sentence, and the package that would mend it, if any."""

    sentence: str
    package: str = ""

    @property
    def install(self) -> str:
        """The line that installs it; empty where that isn't what is missing."""
        return f"pip install {self.package}" if self.package else ""


def installed_packages() -> frozenset[str]:
    """Those of `PACKAGES` that are there. None is imported."""
    return frozenset(name for name in PACKAGES if importlib.util.find_spec(name) is not None)


def missing_for(
    wish: Precision | Offload | Quantization | Attention, kind: str, packages: Collection[str]
) -> Missing | None:
    """What a device of a kind (torch's "cuda", "mps", "cpu") lacks for a wish; None if nothing.

    `packages` are those of `PACKAGES` that are installed.
    """
    match wish:
        case Precision.FP16 if kind == "cpu":
            return Missing("A CPU computes fp32 faster than fp16.")
        case Offload() if wish is not Offload.NONE and kind != CUDA:
            return Missing("There is no other memory to offload to.")
        case Quantization.GGUF:
            return Missing("Only a file that is GGUF already can be used as GGUF.")
        case Quantization.NF4 if kind != CUDA:
            return Missing("nf4 needs an NVIDIA card.")
        case Attention() if wish is not Attention.NATIVE and kind != CUDA:
            return Missing(f"{wish.capitalize()} attention needs an NVIDIA card.")
        case Quantization():
            return _package(QUANTIZATION_PACKAGES.get(wish), f"{wish} weights", packages)
        case Attention():
            what = f"{wish.capitalize()} attention"
            return _package(ATTENTION_PACKAGES.get(wish), what, packages, verb="needs")
    return None


def _package(
    name: str | None, what: str, packages: Collection[str], verb: str = "need"
) -> Missing | None:
    if name is None or name in packages:
        return None
    return Missing(f"{what} {verb} the package {name}.", _DISTRIBUTIONS.get(name, name))
