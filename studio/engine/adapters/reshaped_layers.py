"""The layers of a loaded model that LoRA files change in another way than by adding to a weight.

Beside peft, and as it: read once, weighed anew for each picture, without a trace when unused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from studio.engine.adapters.layer_names import modules_by_name
from studio.engine.adapters.reshape_files import reshapes_of
from studio.engine.adapters.reshaping import Reshape

Scale = Callable[[str, str, str], float]
"""From a file, a part of the model and a module in it to how much of that file is wanted there."""


class _Place(NamedTuple):
    """A layer that a file changes, and where it is in the model."""

    part_name: str
    part: Any
    path: str
    layer: Any
    reshapes: tuple[Reshape, ...]


class ReshapedLayers:
    """What the files of one model change; by itself nothing of it counts."""

    def __init__(self) -> None:
        self._places: dict[str, list[_Place]] = {}
        self._hooks: list[Any] = []

    def add(
        self,
        name: str,
        reshapes: Mapping[str, Mapping[str, Tensor]],
        parts: Mapping[str, Any],
    ) -> None:
        """Take up a file, which from now on has this name; its LoRA is in the model already.

        Raises:
            ValueError: it names layers that the model doesn't have, or doesn't fit them.
        """
        if not reshapes:
            return
        places, missing = [], dict(reshapes)
        for part_name, part in parts.items():
            modules, device, dtype = modules_by_name(part_name, part), part.device, part.dtype
            for alias in reshapes:
                if alias in modules:
                    path, layer = modules[alias]
                    found = reshapes_of(missing.pop(alias), layer, part.get_submodule(path), name)
                    made = tuple(reshape.to(device, dtype) for reshape in found)
                    places.append(_Place(part_name, part, path, layer, made))
        if missing:
            raise ValueError(f"no layer {next(iter(missing))}")
        self._places[name] = places

    def drop(self, name: str) -> None:
        """Forget a file."""
        self._places.pop(name, None)

    def disable(self) -> None:
        """Nothing is changed any more."""
        for hook in self._hooks:
            hook.remove()
        if self._hooks:
            self._compile_anew()
        self._hooks.clear()

    def enable(self, names: Iterable[str], scale: Scale) -> None:
        """From now on these files count, each layer as much as `scale` says."""
        hooks: dict[int, _Hook] = {}
        for name in names:
            for place in self._places.get(name, ()):
                strength = scale(name, place.part_name, place.path)
                if strength and (hook := hooks.get(id(place.layer))) is not None:
                    hook.changes.append((place.reshapes, strength))
                elif strength:
                    hooks[id(place.layer)] = hook = _Hook([(place.reshapes, strength)])
                    self._hooks.append(place.layer.register_forward_hook(hook))
        if self._hooks:
            self._compile_anew()

    def _compile_anew(self) -> None:
        """Compiled blocks don't notice what comes to hang on a layer."""
        parts = {id(place.part): place.part for of in self._places.values() for place in of}
        for part in parts.values():
            if any(module._compiled_call_impl is not None for module in part.modules()):
                torch.compiler.reset()
                return


@dataclass(frozen=True, slots=True, eq=False)
class _Hook:
    """What is called after a layer: all changes of it, each of what the bare layer made."""

    changes: list[tuple[tuple[Reshape, ...], float]]

    def __call__(self, layer: Any, taken: tuple[Tensor, ...], made: Tensor) -> Tensor:
        result = made
        for reshapes, strength in self.changes:
            for reshape in reshapes:
                result = result + reshape.added(layer, taken[0], made, strength)
        return result
