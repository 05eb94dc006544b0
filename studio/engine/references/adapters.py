"""IP-Adapters: put on for a job, taken off for the next one."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound, ModelRefused, RequestError
from studio.domain.events import Pixels
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.engine.controls.networks import FindAddon
from studio.engine.devices import Device, is_out_of_memory
from studio.engine.families.family import Family
from studio.engine.families.network_family import NetworkFamily
from studio.engine.references.adapter_files import read_adapter, seen_width, sees_whole
from studio.engine.references.image_encoder import ImageEncoder, load_image_encoder
from studio.engine.references.reference import BoundReferences
from studio.engine.references.way import ReferenceWay, Weights
from studio.engine.references.ways import reference_way_of

logger = logging.getLogger(__name__)

ListAddons = Callable[[AddonKind], Sequence[AddonInfo]]
ADAPTERS_KEPT: Final = 3
_BESIDE: Final = "image_encoder"


@dataclass(frozen=True, slots=True)
class _Worn:
    """What a model wears, and how its attention was before."""

    family: Any
    way: ReferenceWay
    names: tuple[str, ...]
    before: dict[str, Any]


class ReferenceAdapters:
    """Knows which IP-Adapters the model wears, and keeps the last few and their image encoders."""

    def __init__(self, find_addon: FindAddon, list_addons: ListAddons, device: Device) -> None:
        self._find_addon = find_addon
        self._list_addons = list_addons
        self._device = device
        self._weights: OrderedDict[AddonInfo, Weights] = OrderedDict()
        self._encoders: dict[Path, ImageEncoder] = {}
        self._worn: _Worn | None = None

    def release(self) -> None:
        """Take off what is worn, and let go of everything."""
        self.take_off()
        self._weights.clear()
        self._encoders.clear()

    def bind(
        self, request: Request, family: Family, picture: Callable[[PictureRef], Pixels]
    ) -> BoundReferences | None:
        """Put on what `request` wants, take off what it doesn't, and look at its pictures.

        Raises:
            StudioError: an adapter, its image encoder or a picture is gone, or they don't go with
                the model.
        """
        wanted = tuple(reference.model for reference in request.references)
        worn = self._worn
        if worn is not None and (worn.family is not family or worn.names != wanted):
            self.take_off()
        if not wanted:
            return None
        way = reference_way_of(family)
        if way is None or not isinstance(family, NetworkFamily):
            raise ModelRefused(
                f"“{request.model}” is of a family that can't see reference pictures yet.",
                "Leave them out, or choose a model of another family.",
            )
        _check_wishes(request, way)
        infos = [self._find_addon(AddonKind.IP_ADAPTER, name) for name in wanted]
        weights = [self._loaded(info) for info in infos]
        if self._worn is None:
            self._put_on(family, way, wanted, infos, weights)
        wishes = [(each.kind, each.strength) for each in request.references]
        way.set_strengths(way.network(family), wishes)
        seen = [
            self._encoder(info, each["image_proj"]).see(
                picture(reference.picture), whole=sees_whole(each["image_proj"])
            )
            for info, each, reference in zip(infos, weights, request.references, strict=True)
        ]
        return BoundReferences(tuple(each[0] for each in seen), tuple(each[1] for each in seen))

    def _put_on(
        self,
        family: NetworkFamily,
        way: ReferenceWay,
        wanted: tuple[str, ...],
        infos: Sequence[AddonInfo],
        weights: Sequence[Weights],
    ) -> None:
        network = way.network(family)
        for info, each in zip(infos, weights, strict=True):
            if not way.fits(each, network):
                raise ModelRefused(
                    f"“{info.title}” was made for models of another family.",
                    "Choose an IP-Adapter for this model's family.",
                )
        worn = _Worn(family, way, wanted, dict(network.attn_processors))
        try:
            way.put_on(weights, network, family.device)
        except Exception as error:
            self._worn = worn
            self.take_off()
            if is_out_of_memory(error):
                raise
            logger.warning("can't put on %s", wanted, exc_info=error)
            titles = " and ".join(f"“{info.title}”" for info in infos)
            raise ModelRefused(
                f"{titles} can't be put on this model ({type(error).__name__}).",
                "Choose an IP-Adapter for this model's family.",
            ) from None
        network.requires_grad_(False).eval()
        self._worn = worn
        family.forget_steps()

    def take_off(self) -> None:
        """Leave the model as it was."""
        worn, self._worn = self._worn, None
        if worn is None:
            return
        network = worn.way.network(worn.family)
        worn.way.take_off(network)
        network.set_attn_processor(worn.before)
        worn.family.forget_steps()

    def _loaded(self, info: AddonInfo) -> Weights:
        if info not in self._weights:
            self._weights[info] = read_adapter(info)
            if len(self._weights) > ADAPTERS_KEPT:
                self._weights.popitem(last=False)
        self._weights.move_to_end(info)
        return self._weights[info]

    def _encoder(self, info: AddonInfo, projection: dict[str, torch.Tensor]) -> ImageEncoder:
        """The one that lies beside the adapter, or the first whose width is the adapter's."""
        beside = info.path.parent / _BESIDE
        paths = [beside] if beside.is_dir() else []
        paths += [each.path for each in self._list_addons(AddonKind.IMAGE_ENCODER)]
        whole, width = sees_whole(projection), seen_width(projection)
        for path in paths:
            if path not in self._encoders:
                self._encoders[path] = load_image_encoder(path, self._device)
            encoder = self._encoders[path]
            if width == (encoder.projected_width if whole else encoder.width):
                return encoder
            del self._encoders[path]
        raise ModelNotFound(
            f"“{info.title}” needs an image encoder of width {width}, and there is none.",
            "Fetch the image_encoder folder of the IP-Adapter's repository and put it beside it.",
        )


def _check_wishes(request: Request, way: ReferenceWay) -> None:
    if len(request.references) > way.most:
        raise RequestError(
            f"“{request.model}” can see {way.most} reference picture at a time.",
            "Leave the others out.",
        )
    for reference in request.references:
        if reference.kind not in way.kinds:
            raise RequestError(
                f"“{request.model}” heeds all of a reference picture, not its "
                f"{reference.kind} alone.",
                "Choose the whole picture, or a Stable Diffusion 1 or XL model.",
            )
