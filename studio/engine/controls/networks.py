"""The networks of ControlNets and T2I-adapters, which stay loaded for the next job."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound
from studio.engine.controls.loading import load_control
from studio.engine.devices import Device

FindAddon = Callable[[AddonKind, str], AddonInfo]
NETWORKS_KEPT: Final = 3


class ControlNetworks:
    """The networks of the last few controls."""

    def __init__(self, find_addon: FindAddon, device: Device) -> None:
        self._find_addon = find_addon
        self._device = device
        self._networks: OrderedDict[AddonInfo, Any] = OrderedDict()

    def release(self) -> None:
        """Let go of them all."""
        self._networks.clear()

    def network(self, name: str, unet: Any) -> tuple[AddonKind, Any]:
        """The ControlNet or T2I-adapter of this name, for a UNet.

        Raises:
            ModelNotFound: there is none.
            ModelRefused: damaged, or made for another family.
        """
        info = self._info(name)
        if info not in self._networks:
            self._networks[info] = load_control(info, unet, self._device)
            if len(self._networks) > NETWORKS_KEPT:
                self._networks.popitem(last=False)
        self._networks.move_to_end(info)
        return info.kind, self._networks[info]

    def _info(self, name: str) -> AddonInfo:
        try:
            return self._find_addon(AddonKind.CONTROLNET, name)
        except ModelNotFound as error:
            try:
                return self._find_addon(AddonKind.T2I_ADAPTER, name)
            except ModelNotFound:
                raise error from None
