"""IP-Adapters on a UNet: put on for a job, taken off for the next one."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file

from studio.catalog.probe import read_header
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound, ModelRefused, StudioError
from studio.domain.events import Pixels
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.engine.controls.networks import FindAddon
from studio.engine.devices import Device, is_out_of_memory
from studio.engine.families.family import Family
from studio.engine.families.unet import UNetFamily
from studio.engine.references.image_encoder import ImageEncoder, load_image_encoder
from studio.engine.references.reference import BoundReferences, set_strengths

logger = logging.getLogger(__name__)

ListAddons = Callable[[AddonKind], Sequence[AddonInfo]]
ADAPTERS_KEPT: Final = 3
_BESIDE: Final = "image_encoder"

Weights = dict[str, dict[str, torch.Tensor]]


class ReferenceAdapters:
    """Knows which IP-Adapters the UNet wears, and keeps the last few and their image encoders."""

    def __init__(self, find_addon: FindAddon, list_addons: ListAddons, device: Device) -> None:
        self._find_addon = find_addon
        self._list_addons = list_addons
        self._device = device
        self._weights: OrderedDict[AddonInfo, Weights] = OrderedDict()
        self._encoders: dict[Path, ImageEncoder] = {}
        self._worn: tuple[UNetFamily, tuple[str, ...], Any] | None = None

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
        if self._worn is not None and (self._worn[0] is not family or self._worn[1] != wanted):
            self.take_off()
        if not wanted:
            return None
        if not isinstance(family, UNetFamily):
            raise ModelRefused(
                f"“{request.model}” is of a family that can't see reference pictures yet.",
                "Leave them out, or choose a Stable Diffusion 1 or XL model.",
            )
        infos = [self._find_addon(AddonKind.IP_ADAPTER, name) for name in wanted]
        weights = [self._loaded(info) for info in infos]
        if self._worn is None:
            self._put_on(family, wanted, infos, weights)
        set_strengths(family.unet, [(each.kind, each.strength) for each in request.references])
        seen = [
            self._encoder(info, each["image_proj"]).see(
                picture(reference.picture), whole=_sees_whole(each["image_proj"])
            )
            for info, each, reference in zip(infos, weights, request.references, strict=True)
        ]
        return BoundReferences(tuple(each[0] for each in seen), tuple(each[1] for each in seen))

    def _put_on(
        self,
        family: UNetFamily,
        wanted: tuple[str, ...],
        infos: Sequence[AddonInfo],
        weights: Sequence[Weights],
    ) -> None:
        unet = family.unet
        before = dict(unet.attn_processors)
        width = weights[0]["ip_adapter"]["1.to_k_ip.weight"].shape[1]
        if width != unet.config.cross_attention_dim:
            raise ModelRefused(
                f"“{infos[0].title}” was made for models of another family.",
                "Choose an IP-Adapter for this model's family.",
            )
        # What works in slices can't be made anew by diffusers from its class alone.
        unet.set_default_attn_processor()
        try:
            unet._load_ip_adapter_weights(list(weights), low_cpu_mem_usage=False)
        except Exception as error:
            self._worn = family, wanted, before
            self.take_off()
            if is_out_of_memory(error):
                raise
            logger.warning("can't put on %s", wanted, exc_info=error)
            titles = " and ".join(f"“{info.title}”" for info in infos)
            raise ModelRefused(
                f"{titles} can't be put on this model ({type(error).__name__}).",
                "Choose an IP-Adapter for this model's family.",
            ) from None
        unet.requires_grad_(False).eval()
        self._worn = family, wanted, before
        family.forget_steps()

    def take_off(self) -> None:
        """Leave the UNet as it was."""
        if self._worn is None:
            return
        family, _, before = self._worn
        self._worn = None
        family.unet.encoder_hid_proj = None
        family.unet.config.encoder_hid_dim_type = None
        family.unet.set_attn_processor(before)
        family.forget_steps()

    def _loaded(self, info: AddonInfo) -> Weights:
        if info not in self._weights:
            self._weights[info] = _read(info)
            if len(self._weights) > ADAPTERS_KEPT:
                self._weights.popitem(last=False)
        self._weights.move_to_end(info)
        return self._weights[info]

    def _encoder(self, info: AddonInfo, projection: dict[str, torch.Tensor]) -> ImageEncoder:
        """The one that lies beside the adapter, or the first whose width is the adapter's."""
        beside = info.path.parent / _BESIDE
        paths = [beside] if beside.is_dir() else []
        paths += [each.path for each in self._list_addons(AddonKind.IMAGE_ENCODER)]
        whole, width = _sees_whole(projection), _width(projection)
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


def _read(info: AddonInfo) -> Weights:
    try:
        read_header(info.path)
        tensors = load_file(info.path)
    except StudioError:
        raise
    except Exception as error:
        raise ModelRefused(f"“{info.title}” is damaged.", "Fetch it again.") from error
    weights: Weights = {"image_proj": {}, "ip_adapter": {}}
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        if part in weights:
            weights[part][rest] = tensor
    if not all(weights.values()):
        raise ModelRefused(f"“{info.title}” is no IP-Adapter.", "Choose another file.")
    return weights


def _sees_whole(projection: dict[str, torch.Tensor]) -> bool:
    """Whether it takes the picture as one vector; the others take CLIP's states."""
    return "proj.weight" in projection


def _width(projection: dict[str, torch.Tensor]) -> int:
    for name in ("proj.weight", "proj.0.weight", "proj_in.weight"):
        if name in projection:
            return projection[name].shape[1]
    raise ModelRefused(
        "This IP-Adapter sees faces by another network than CLIP.", "Choose another."
    )
