"""Parts of a model that take turns on a device too small for all of them."""

from __future__ import annotations

from typing import Any

import torch
from accelerate.hooks import ModelHook, add_hook_to_module
from accelerate.utils import send_to_device
from torch import nn

from studio.engine.replay import not_repeatable

_CPU = torch.device("cpu")


class Turns:
    """Whichever part is called comes onto `device`; the one before it goes back.

    accelerate's own chain of hooks sends only a part's predecessor away, which is right for one
    pass through a pipeline and wrong where a picture is encoded first or a job follows another.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._there: nn.Module | None = None

    def add(self, module: nn.Module) -> None:
        """`module` takes part. Its `device` is from now on the one that it computes on."""
        module.to(_CPU)
        add_hook_to_module(module, _Turn(self), append=True)
        self.tell_device(module, self._device)

    @property
    def device(self) -> torch.device:
        return self._device

    def come(self, module: nn.Module) -> None:
        """It is `module`'s turn."""
        # A repeated step would pass the hooks by and find the weights elsewhere.
        not_repeatable()
        if self._there is module:
            return
        if self._there is not None:
            self._there.to(_CPU)
        module.to(self._device)
        self._there = module

    @staticmethod
    def tell_device(module: Any, device: torch.device) -> None:
        """Make `module.device` the device that it computes on. Both libraries look where its first
        weight is, which while it waits is somewhere else."""
        own = type(module)
        told = type(own.__name__, (own,), {"device": property(lambda self: device)})
        told.__module__ = own.__module__
        module.__class__ = told


class _Turn(ModelHook):  # type: ignore[misc]
    """Comes before a part's forward, and before an autoencoder's encode and decode."""

    no_grad = True

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def pre_forward(self, module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        self._turns.come(module)
        device = self._turns.device
        return send_to_device(args, device), send_to_device(kwargs, device)
