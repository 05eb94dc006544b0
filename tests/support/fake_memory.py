"""A device's memory that can run out, on a CPU."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class FakeMemory(TorchDispatchMode):
    """After `refuse` every operation inside it raises what a GPU's allocator raises: the next one
    only, or until `allow`. `refused` counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = 0
        self._refuses = self._once = False

    def refuse(self, *, once: bool) -> None:
        self._refuses, self._once = True, once

    def allow(self) -> None:
        self._refuses = False

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if self._refuses:
            self._refuses = not self._once
            self.refused += 1
            raise torch.OutOfMemoryError("fake device out of memory")
        return func(*args, **(kwargs or {}))


def living_bytes() -> int:
    """What all tensors hold that were made since the last `gc.freeze`, each storage once."""
    gc.collect()
    sizes = {}
    for thing in gc.get_objects():
        # Not isinstance: that asks proxies for their class, and some import things when asked.
        if issubclass(type(thing), torch.Tensor):
            storage = thing.untyped_storage()
            sizes[storage.data_ptr()] = storage.nbytes()
    return sum(sizes.values())
