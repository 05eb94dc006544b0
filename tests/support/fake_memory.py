"""A device's memory that can run out, on a CPU."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class FakeMemory(TorchDispatchMode):
    """Counts the bytes that tensors made inside it hold while they live.

    After `refuse(count)` the next `count` allocations of at least `smallest_bytes` raise what a
    GPU's allocator raises; with a `limit_bytes`, whatever would go beyond it does.
    """

    def __init__(self) -> None:
        super().__init__()
        self.live_bytes = 0
        self.refused = 0
        self.limit_bytes: int | None = None
        self._refusals = 0
        self._smallest = 1
        self._storages: dict[int, int] = {}

    def refuse(self, count: int, smallest_bytes: int = 1) -> None:
        self._refusals, self._smallest = count, smallest_bytes

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                self._see(tensor)
        return result

    def _see(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size = int(storage._cdata), storage.nbytes()
        if key in self._storages or not size:
            return
        beyond = self.limit_bytes is not None and self.live_bytes + size > self.limit_bytes
        if beyond or (self._refusals and size >= self._smallest):
            self._refusals = max(0, self._refusals - 1)
            self.refused += 1
            raise torch.OutOfMemoryError("fake device out of memory")
        self._storages[key] = size
        self.live_bytes += size
        weakref.finalize(storage, self._forget, key)

    def _forget(self, key: int) -> None:
        self.live_bytes -= self._storages.pop(key, 0)
