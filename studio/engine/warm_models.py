"""Loaded models that stay where they are while they fit, so that to switch back takes no time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from studio.domain.model import ModelInfo
from studio.domain.placement import Offload, PlacementWishes
from studio.engine.devices import Device, is_out_of_memory
from studio.engine.families.family import Family
from studio.engine.placement import DeviceFacts, ModelFacts, Placement, frugaler, plan
from studio.engine.placement.applying import placed_on

logger = logging.getLogger(__name__)

LoadFamily = Callable[[ModelInfo, Device], Family]


@dataclass(frozen=True, slots=True)
class Warm:
    """A loaded model, and how it was placed; `wishes` are those that it was placed by."""

    info: ModelInfo
    wishes: PlacementWishes
    placement: Placement
    family: Family


class WarmModels:
    """The models on one device, the one used last at the end.

    Args:
        device: where they compute.
        load: reads a model onto a device, in the way that the device's `placement` says.
        wishes: from a model's name to what the artist wants for it.
        measure: what a device has now.
        facts: what a model's headers tell.
    """

    def __init__(
        self,
        device: Device,
        load: LoadFamily,
        wishes: Callable[[str], PlacementWishes],
        measure: Callable[[Device], DeviceFacts],
        facts: Callable[[ModelInfo], ModelFacts],
    ) -> None:
        self._device = device
        self._load = load
        self._wishes = wishes
        self._measure = measure
        self._facts = facts
        self._warm: dict[str, Warm] = {}
        self._placements: dict[str, Placement] = {}
        self._lowered: dict[str, Offload] = {}

    @property
    def newest(self) -> Warm | None:
        """The model used last, while it is loaded."""
        return next(reversed(self._warm.values()), None)

    def find(self, model: str) -> Warm | None:
        """A model if it is loaded, by its name. Doesn't count as using it."""
        return self._warm.get(model)

    def use(self, info: ModelInfo) -> Family:
        """A model, loaded if it isn't there as it is to be; those used longest ago make room.

        Raises:
            ModelError: as `load`.
            Exception: what torch raises when even the most frugal way runs out of memory; then
                nothing is loaded any more.
        """
        wishes = self._wishes(info.name)
        if (lowered := self._lowered.get(info.name)) is not None:
            wishes = replace(wishes, offload=lowered)
        warm = self._warm.pop(info.name, None)
        if warm is None or warm.info != info or warm.wishes != wishes:
            del warm  # its memory is what the new one needs
            self._device.release_memory()
            warm = self._load_where_it_fits(info, wishes)
        self._warm[info.name] = warm
        self._placements[info.name] = warm.placement
        return warm.family

    def lower(self, info: ModelInfo) -> bool:
        """From now on place a model the next more frugal way: with the way that it was placed last,
        a job ran out of memory. False if there is none."""
        placement = self._placements.get(info.name)
        if placement is None:
            return False
        lower = frugaler(placement, self._measure(self._device), self._facts(info))
        if lower is not None:
            self._lowered[info.name] = lower.offload
        return lower is not None

    def release(self) -> None:
        """Let go of all of them."""
        self._warm.clear()
        self._device.release_memory()

    def _load_where_it_fits(self, info: ModelInfo, wishes: PlacementWishes) -> Warm:
        facts = self._facts(info)
        placement = self._make_room(facts, wishes)
        while True:
            # Only the placement leaves this scope: what a failed attempt holds has to go.
            family, full = self._try(info, placement)
            if family is not None:
                return Warm(info, wishes, placement, family)
            self.release()
            lower = frugaler(placement, self._measure(self._device), facts)
            if lower is None:
                raise MemoryError(full)
            placement = lower

    def _make_room(self, facts: ModelFacts, wishes: PlacementWishes) -> Placement:
        """Let go of models, the one used longest ago first, until this one fits as well as it would
        alone."""
        while True:
            placement = plan(self._measure(self._device), facts, wishes)
            is_well = placement.fits and placement.offload in (Offload.NONE, wishes.offload)
            if not self._warm or (is_well and len(self._warm) < wishes.keep_warm):
                return placement
            del self._warm[next(iter(self._warm))]
            self._device.release_memory()

    def _try(self, info: ModelInfo, placement: Placement) -> tuple[Family | None, str]:
        try:
            return self._load(info, placed_on(self._device, placement)), ""
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            # As text: who keeps the record must not keep the frames that the error hangs on.
            logger.warning("out of memory loading %s: %s", info.name, str(error))
            return None, str(error)
