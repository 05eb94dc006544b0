"""LoRA files, in every layout that diffusers converts, and what peft needs to add them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import diffusers.loaders as loaders
import torch
from safetensors.torch import load_file

from studio.catalog.bounded import read_object
from studio.catalog.probe import read_header
from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelRefused, StudioError
from studio.engine.adapters.layer_names import diffusers_names
from studio.engine.adapters.lycoris import as_lora, without_alphas
from studio.engine.adapters.reshape_files import take_magnitudes, take_reshapes

_LOADERS: Final[Mapping[str, str]] = {
    "sd": "StableDiffusionLoraLoaderMixin",
    "sd2": "StableDiffusionLoraLoaderMixin",
    "sdxl": "StableDiffusionXLLoraLoaderMixin",
    "sd3": "SD3LoraLoaderMixin",
    "flux": "FluxLoraLoaderMixin",
    "flux2": "Flux2LoraLoaderMixin",
    "z-image": "ZImageLoraLoaderMixin",
    "qwen-image": "QwenImageLoraLoaderMixin",
}
_METADATA: Final = "lora_adapter_metadata"
# peft would do much more of what a configuration says, up to reading other files.
_SETTINGS: Final = frozenset({"r", "lora_alpha", "rank_pattern", "alpha_pattern", "use_rslora"})
_PEFT: Final = "base_model.model."
_PARTS: Final = ("unet.", "transformer.", "text_encoder.", "text_encoder_2.")


@dataclass(frozen=True, slots=True)
class LoraWeights:
    """A LoRA by diffusers' names, "unet.…", "transformer.…", "text_encoder.…".

    `alphas` are those that a file in kohya's layout gives each layer, `settings` a peft
    configuration's, by the same names, where a file has one. `reshapes` are the tensors of layers
    that are changed in another way, from the layers' names, diffusers' or kohya's, to their kinds.
    """

    tensors: Mapping[str, torch.Tensor]
    alphas: Mapping[str, float] | None
    settings: Mapping[str, Any] | None
    reshapes: Mapping[str, Mapping[str, torch.Tensor]] = field(default_factory=dict)

    def has(self, part: str) -> bool:
        """Whether it has layers of low rank for the part of this name."""
        return any(name.startswith(f"{part}.") for name in self.tensors)


def loader_of(family: str) -> Any:
    """diffusers' class that loads LoRAs for models of `family`.

    Raises:
        ModelRefused: there is none.
    """
    if family not in _LOADERS:
        raise ModelRefused("Models of this family take no LoRA.", "Take the LoRA away.")
    return getattr(loaders, _LOADERS[family])


def read_lora(addon: AddonInfo, family: str, denoiser: Any) -> LoraWeights:
    """Read a LoRA for a model of `family` with this UNet or transformer.

    Raises:
        ModelRefused: it is gone, unsafe, damaged, or of a kind that can't be read.
    """
    loader = loader_of(family)
    try:
        header = read_header(addon.path)
        # In memory of its own: what lies in a file is lost with it.
        tensors = {name: tensor.clone() for name, tensor in load_file(addon.path).items()}
        if "unet" in loader._lora_loadable_modules:
            tensors, reshapes = take_reshapes(_whole_names(tensors))
            reshapes = diffusers_names(reshapes, denoiser)
            linear_projections = bool(denoiser.config.use_linear_projection)
            tensors = without_alphas(as_lora(tensors, linear_projections))
        else:
            tensors, reshapes = take_magnitudes(
                tensors, lambda carriers: _converted(loader, carriers, denoiser)[0]
            )
        converted = _converted(loader, tensors, denoiser) if tensors else ({}, {}, {})
    except StudioError:
        raise
    except OSError:
        raise ModelRefused(
            f"The file of the LoRA “{addon.title}” is gone: {addon.path}.",
            "Put it back, or take the LoRA away.",
        ) from None
    except Exception as error:
        # Whatever a converter may stumble over in a layout that it doesn't know.
        raise unreadable(addon, error) from error
    weights = dict(converted[0])
    alphas = dict(converted[1] or {}) if len(converted) == 3 else {}
    known = all("lora" in name or "lokr" in name for name in weights)
    if not known or not (weights or reshapes):
        raise unreadable(addon, ValueError("no layers"))
    settings = None if alphas else _settings(header.metadata, addon)
    if settings:
        settings |= _targets(weights, {name.partition(".")[0] for name in settings})
    return LoraWeights(weights, alphas or None, settings, reshapes)


def unreadable(addon: AddonInfo, error: Exception) -> ModelRefused:
    """The sentence for a LoRA that isn't what its name says."""
    return ModelRefused(
        f"The LoRA “{addon.title}” is in a layout that can't be read, or it doesn't fit this model "
        f"({type(error).__name__}).",
        "Take it away, or choose one that was made for this model.",
    )


def _converted(loader: Any, tensors: dict[str, torch.Tensor], denoiser: Any) -> tuple[Any, ...]:
    """What diffusers makes of a file: tensors, alphas for some families, metadata."""
    options: dict[str, Any] = {}
    if loader.__name__ == _LOADERS["sdxl"]:
        options["unet_config"] = denoiser.config  # kohya numbers its blocks as the original does
    elif loader.__name__ == _LOADERS["flux"]:
        options["return_alphas"] = True
    converted: tuple[Any, ...] = loader.lora_state_dict(
        tensors, return_lora_metadata=True, **options
    )
    return converted


def _whole_names(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Names as diffusers has them, of a file that peft wrote of a UNet alone."""
    if not all(name.startswith(_PEFT) for name in tensors):
        return tensors
    bare = {name.removeprefix(_PEFT): tensor for name, tensor in tensors.items()}
    return {
        name if name.startswith(_PARTS) else f"unet.{name}": tensor for name, tensor in bare.items()
    }


def _settings(metadata: Mapping[str, str], addon: AddonInfo) -> dict[str, Any] | None:
    """What the file's metadata, or peft's configuration beside it, says of ranks and alphas."""
    if _METADATA in metadata:
        try:
            record = json.loads(metadata[_METADATA])
        except ValueError:
            return None
        return _allowed(record) if isinstance(record, dict) else None
    beside = addon.path.parent / "adapter_config.json"
    if addon.path.name != "adapter_model.safetensors" or not beside.is_file():
        return None
    record = read_object(beside)
    return _allowed({f"unet.{name}": value for name, value in record.items()})


def _targets(tensors: Mapping[str, torch.Tensor], parts: set[str]) -> dict[str, list[str]]:
    """The layers that have tensors, by the name of peft's setting for them."""
    layers: dict[str, dict[str, None]] = {f"{part}.target_modules": {} for part in parts}
    for name in tensors:
        part, _, rest = name.partition(".")
        if part in parts:
            layers[f"{part}.target_modules"][rest.partition(".lora_")[0]] = None
    return {setting: list(names) for setting, names in layers.items()}


def _allowed(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name.split(".")[-1] in _SETTINGS}
