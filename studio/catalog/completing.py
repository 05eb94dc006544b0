"""Denoising networks in files of their own, and the text encoders and VAEs that make them whole.

Source: which parts each family's pipelines in diffusers and templates in ComfyUI load.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from studio.catalog.compatibility import goes_with
from studio.catalog.defaults import defaults_for
from studio.catalog.kinds.encoders import EYES
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.model import ModelInfo, ModelTask

_SAFETENSORS: Final = frozenset({".safetensors", ".sft"})
_GGUF: Final = ".gguf"
_NETWORKS: Final = _SAFETENSORS | {_GGUF}
_TASKS: Final[Mapping[str, ModelTask]] = {
    "fill": ModelTask.INPAINT,
    "inpaint": ModelTask.INPAINT,
    "kontext": ModelTask.EDIT,
    "edit": ModelTask.EDIT,
    "refiner": ModelTask.REFINER,
}
_UNETS: Final = frozenset({"sd", "sd2", "sdxl"})


@dataclass(frozen=True, slots=True)
class _Encoder:
    """A text encoder that a family needs: any of these variants."""

    variants: tuple[str, ...]
    is_optional: bool = False


_CLIP_L: Final = _Encoder(("clip-l",))
_CLIP_G: Final = _Encoder(("clip-g",))
_T5: Final = _Encoder(("t5-xxl",))
_QWEN_VL: Final = _Encoder(("qwen2.5-vl-7b",))
# In GGUF what sees the pictures to edit lies in a file of its own.
_QWEN_EYES: Final = _Encoder((f"qwen2.5-vl-7b{EYES}",), is_optional=True)
_ENCODERS: Final[Mapping[str, tuple[_Encoder, ...]]] = {
    "sd": (_CLIP_L,),
    "sd2": (_Encoder(("clip-h",)),),
    "sdxl": (_CLIP_L, _CLIP_G),
    "sd3": (_CLIP_L, _CLIP_G, _Encoder(("t5-xxl",), is_optional=True)),
    "flux": (_CLIP_L, _T5),
    "flux2": (_Encoder(("mistral-small-3",)),),
    "z-image": (_Encoder(("qwen3-4b",)),),
    "qwen-image": (_QWEN_VL,),
}
_IN_GGUF: Final = frozenset(
    {
        *_T5.variants,
        *_QWEN_VL.variants,
        *_QWEN_EYES.variants,
        "qwen3-4b",
        "qwen3-8b",
        "mistral-small-3",
    }
)
_KLEINS: Final[Mapping[str, tuple[str, ...]]] = {
    "-4b": ("qwen3-4b",),
    "-9b": ("qwen3-8b",),
    "": ("qwen3-4b", "qwen3-8b"),
}
_VARIANT_ENCODERS: Final[Mapping[tuple[str, str], tuple[_Encoder, ...]]] = {
    ("sdxl", "refiner"): (_CLIP_G,),
    ("qwen-image", "edit"): (_QWEN_VL, _QWEN_EYES),
    **{
        ("flux2", f"klein{size}{kind}"): (_Encoder(variants),)
        for size, variants in _KLEINS.items()
        for kind in ("", "-base")
    },
}


@dataclass(frozen=True, slots=True)
class Parts:
    """The addons that complete a network, and in words what is missing."""

    found: tuple[AddonInfo, ...]
    missing: tuple[str, ...]


def parts_for(network: AddonInfo, addons: Iterable[AddonInfo]) -> Parts:
    """What of these completes a denoising network: its text encoders, then its VAE."""
    usable = [one for one in addons if _is_read(one)]
    family = network.family
    needed = _VARIANT_ENCODERS.get((family, network.variant)) or _ENCODERS.get(family, ())
    found: list[AddonInfo] = []
    missing: list[str] = []
    for encoder in needed:
        part = _first(
            one
            for one in usable
            if one.kind is AddonKind.TEXT_ENCODER and one.variant in encoder.variants
        )
        if part is not None:
            found.append(part)
        elif not encoder.is_optional:
            missing.append(f"a text encoder ({' or '.join(encoder.variants)})")
    vae = _first(one for one in usable if one.kind is AddonKind.VAE and goes_with(one, family))
    if vae is not None:
        found.append(vae)
    else:
        missing.append("a VAE")
    return Parts(tuple(found), tuple(missing))


def _is_read(part: AddonInfo) -> bool:
    """Whether the engine reads a part in a file of this format: of those in GGUF, T5 and language
    models."""
    suffix = part.path.suffix.lower()
    return suffix in _SAFETENSORS or (suffix == _GGUF and part.variant in _IN_GGUF)


def is_completable(network: AddonInfo) -> bool:
    """Whether a network could become a whole model: safetensors or GGUF of a known family."""
    return network.family in _ENCODERS and network.path.suffix.lower() in _NETWORKS


def whole_model(network: AddonInfo, parts: tuple[AddonInfo, ...]) -> ModelInfo:
    """The model that a network and its parts are together, at the network's path."""
    family, variant = network.family, network.variant
    task = _TASKS.get(variant, ModelTask.TEXT)
    defaults = defaults_for(family, network.name, task, variant)
    return ModelInfo(
        name=network.name,
        title=network.title,
        family=family,
        path=network.path,
        size_multiple_px=defaults.multiple_px,
        sizes=defaults.sizes,
        default_steps=defaults.steps,
        default_guidance_scale=defaults.guidance_scale,
        default_scheduler=defaults.scheduler,
        licence=network.licence,
        task=task,
        prediction_type="" if family in _UNETS else "flow_prediction",
        precision=network.precision,
        parameters=network.parameters + sum(part.parameters for part in parts),
        size_bytes=network.size_bytes + sum(part.size_bytes for part in parts),
        parts=tuple(part.path for part in parts),
    )


def _first(addons: Iterable[AddonInfo]) -> AddonInfo | None:
    return next(iter(addons), None)
