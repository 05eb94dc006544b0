"""LoRAs of one loaded model: added once, weighed anew for each picture, without a trace when
unused.

They are added beside the weights, not into them, so taking them away leaves exactly the model that
was there. Hu et al. 2021, “LoRA: low-rank adaptation of large language models”.
"""

from __future__ import annotations

import itertools
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from diffusers.hooks.group_offloading import _maybe_remove_and_reapply_group_offloading
from diffusers.utils.peft_utils import delete_adapter_layers, set_adapter_layers
from diffusers.utils.state_dict_utils import convert_unet_state_dict_to_peft
from peft.tuners.tuners_utils import BaseTunerLayer

from studio.domain.adapters import LoraUse
from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelRefused
from studio.engine.adapters.block_weights import block_weights
from studio.engine.adapters.lora_files import LoraWeights, loader_of, read_lora, unreadable
from studio.engine.adapters.parts import denoiser_of, parts_of
from studio.engine.adapters.reshaped_layers import ReshapedLayers, Scale
from studio.engine.devices import is_out_of_memory
from studio.engine.families.family import Family

KEPT: Final = 6
"""How many LoRAs stay with a model that doesn't use them just now."""


class File(NamedTuple):
    """A file as it is at a time; -1 where it is gone."""

    path: str
    size_bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, addon: AddonInfo) -> File:
        try:
            found = addon.path.stat()
        except OSError:
            return cls(str(addon.path), -1, -1)  # reading it says that it is gone
        return cls(str(addon.path), found.st_size, found.st_mtime_ns)


class Lora(NamedTuple):
    """A LoRA's file as it is now, and how much of it."""

    addon: AddonInfo
    file: File
    use: LoraUse


class Loras:
    """The LoRAs that a model of `family_name` has taken up."""

    def __init__(self, family: Family, family_name: str) -> None:
        self._family = family
        self._family_name = family_name
        self._adapters: OrderedDict[File, str] = OrderedDict()
        self._reshaped = ReshapedLayers()
        self._numbers = itertools.count()

    def use(self, loras: Sequence[Lora]) -> None:
        """From now on the model works with exactly these.

        Raises:
            ModelRefused: a file is gone or damaged, or doesn't fit; the model is as without any.
        """
        self._enable(False)
        self._reshaped.disable()
        adapters: dict[str, list[LoraUse]] = {}
        for lora in loras:
            adapters.setdefault(self._adapter(lora), []).append(lora.use)
        self._drop_oldest(len(adapters))
        if adapters:
            scale = self._scale(adapters)
            self._weigh(list(adapters), scale)
            self._enable(True)
            self._reshaped.enable(adapters, scale)

    def _adapter(self, lora: Lora) -> str:
        """What peft calls the LoRA of this file, which is read if it isn't known."""
        if lora.file not in self._adapters:
            weights = read_lora(lora.addon, self._family_name, denoiser_of(self._family))
            name = f"lora_{next(self._numbers)}"
            self._add(lora.addon, weights, name)
            self._adapters[lora.file] = name
        self._adapters.move_to_end(lora.file)
        return self._adapters[lora.file]

    def _add(self, addon: AddonInfo, weights: LoraWeights, name: str) -> None:
        if any(getattr(module, "fused_projections", False) for module in _attentions(self._family)):
            raise ModelRefused(
                f"The LoRA “{addon.title}” can't be added to a model whose projections are fused.",
                "Switch that fast mode off for this model, or take the LoRA away.",
            )
        taken = []
        parts = dict(parts_of(self._family))
        try:
            for part_name, part in parts.items():
                if weights.has(part_name):
                    taken.append(part)
                    _inject(self._family_name, weights, part_name, part, name)
            self._reshaped.add(name, weights.reshapes, parts)
        except Exception as error:
            # peft and torch say in many ways that names or shapes don't fit.
            for part in taken:
                delete_adapter_layers(part, name)  # type: ignore[no-untyped-call]
            if is_out_of_memory(error):
                raise
            raise unreadable(addon, error) from error
        if not taken and not weights.reshapes:
            raise unreadable(addon, ValueError("no part"))

    def _scale(self, adapters: Mapping[str, Sequence[LoraUse]]) -> Scale:
        """How much of each file is wanted in a module."""
        denoiser = denoiser_of(self._family)
        shares = {
            name: [(use, block_weights(denoiser, use.blocks)) for use in uses]
            for name, uses in adapters.items()
        }

        def scale(name: str, part_name: str, path: str) -> float:
            if part_name.startswith("text_encoder"):  # which has no blocks to weigh
                return sum(use.text_weight for use in adapters[name])
            return sum(use.weight * of_block(path) for use, of_block in shares[name])

        return scale

    def _weigh(self, names: list[str], scale: Scale) -> None:
        for part_name, part in parts_of(self._family):
            for path, module in part.named_modules():
                if isinstance(module, BaseTunerLayer):
                    module.set_adapter(names, inference_mode=True)
                    for name in names:
                        module.set_scale(name, scale(name, part_name, path))  # type: ignore[attr-defined]

    def _enable(self, enabled: bool) -> None:
        if self._adapters:
            for _, part in parts_of(self._family):
                set_adapter_layers(part, enabled=enabled)  # type: ignore[no-untyped-call]

    def _drop_oldest(self, used: int) -> None:
        while len(self._adapters) > max(KEPT, used):
            _, name = self._adapters.popitem(last=False)
            self._reshaped.drop(name)
            for _, part in parts_of(self._family):
                if name in getattr(part, "peft_config", ()):
                    delete_adapter_layers(part, name)  # type: ignore[no-untyped-call]


def _attentions(family: Family) -> Iterator[Any]:
    return (module for module in denoiser_of(family).modules() if hasattr(module, "to_out"))


def _inject(family_name: str, weights: LoraWeights, part_name: str, part: Any, name: str) -> None:
    """As diffusers' pipelines do it."""
    with warnings.catch_warnings():
        # Of names in a file that the model hasn't got, which peft passes over.
        warnings.simplefilter("ignore")
        if part_name in ("unet", "transformer"):
            part.load_lora_adapter(
                dict(weights.tensors),
                prefix=part_name,
                adapter_name=name,
                network_alphas=weights.alphas,
                metadata=weights.settings,
                low_cpu_mem_usage=True,
            )
            _in_the_dtype_it_computes_in(weights, part_name, part, name)
        else:
            loader_of(family_name).load_lora_into_text_encoder(
                dict(weights.tensors),
                network_alphas=weights.alphas,
                text_encoder=part,
                prefix=part_name,
                adapter_name=name,
                metadata=weights.settings,
                low_cpu_mem_usage=True,
            )
    part.eval().requires_grad_(False)
    # What brings weights to the device when they are needed is to bring the new ones, too.
    _maybe_remove_and_reapply_group_offloading(part)


def _in_the_dtype_it_computes_in(
    weights: LoraWeights, part_name: str, part: Any, name: str
) -> None:
    """Where weights are stored in fp8, peft has put a LoRA's beside them into fp8 too, which is far
    too coarse for its small numbers."""
    stored = {parameter.dtype for path, parameter in part.named_parameters() if f".{name}." in path}
    if stored == {part.dtype}:
        return
    below = f"{part_name}."
    tensors = {
        path.removeprefix(below): tensor
        for path, tensor in weights.tensors.items()
        if path.startswith(below)
    }
    if not any("lora_A" in path for path in tensors):
        tensors = convert_unet_state_dict_to_peft(tensors)  # type: ignore[no-untyped-call]
    for path, tensor in tensors.items():
        layer, kind = path.rsplit(".", 1)
        parameter = part.get_submodule(f"{layer}.{name}").get_parameter(kind)
        parameter.data = tensor.to(parameter.device, part.dtype)
