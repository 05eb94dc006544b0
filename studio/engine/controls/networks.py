"""The networks of ControlNets and T2I-adapters, which stay loaded for the next job."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import torch

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound
from studio.engine.controls.loading import check_fit, load_control
from studio.engine.controls.way import ControlWay
from studio.engine.devices import Device
from studio.engine.families.network_family import NetworkFamily

FindAddon = Callable[[AddonKind, str], AddonInfo]
NETWORKS_KEPT: Final = 3


class ControlNetworks:
    """The networks of the last few controls."""

    def __init__(self, find_addon: FindAddon, device: Device) -> None:
        self._find_addon = find_addon
        self._device = device
        self._networks: OrderedDict[tuple[AddonInfo, ControlWay, torch.dtype], Any] = OrderedDict()

    def release(self) -> None:
        """Let go of them all."""
        self._networks.clear()

    def network(self, name: str, way: ControlWay, family: NetworkFamily) -> Any:
        """The ControlNet or T2I-adapter of this name, for a model that is guided that way.

        Raises:
            ModelNotFound: there is none.
            ModelRefused: damaged, or made for another family.
        """
        info, device = self.info(name), replace(self._device, dtype=family.dtype)
        key = info, way, family.dtype
        if key not in self._networks:
            self._networks[key] = load_control(info, way, family, device)
            if len(self._networks) > NETWORKS_KEPT:
                self._networks.popitem(last=False)
        self._networks.move_to_end(key)
        check_fit(info, self._networks[key], way, family)
        return self._networks[key]

    def info(self, name: str) -> AddonInfo:
        """What is known of the ControlNet or T2I-adapter of this name.

        Raises:
            ModelNotFound: there is none.
        """
        try:
            return self._find_addon(AddonKind.CONTROLNET, name)
        except ModelNotFound as error:
            try:
                return self._find_addon(AddonKind.T2I_ADAPTER, name)
            except ModelNotFound:
                raise error from None
