"""ControlNets for Z-Image: alibaba-pai's Fun Controlnet Union, which tell by themselves what their
picture is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import torch
from diffusers import ZImageControlNetModel
from diffusers.hooks.group_offloading import _is_group_offload_enabled

from studio.domain.addons import AddonKind
from studio.domain.control import Control
from studio.domain.errors import ModelRefused
from studio.domain.request import Request
from studio.engine.controls.control import Named, each
from studio.engine.controls.latent_control import LatentControl
from studio.engine.controls.way import ControlWay, shapes_of
from studio.engine.loading.tensors import count

_REFINER: Final = "control_noise_refiner"
_REFINES: Final = f"{_REFINER}.0.before_proj.weight"


@dataclass(frozen=True)
class ZImageControlNet(LatentControl):
    """`network` is diffusers' ZImageControlNetModel, which shares layers with the transformer."""

    def residuals(self, latents: torch.Tensor, timestep: torch.Tensor, named: Named) -> Named:
        network, seen = self.network, self.seen.unsqueeze(2)
        if network.cap_pad_token.device != seen.device:
            # A transformer that waits for its turn elsewhere has the shared layers with it.
            network.to(seen.device)
        # Later ones have room for a mask and the picture under it.
        room = network.config.control_in_dim - seen.shape[1]
        if room:
            seen = torch.cat([seen, seen.new_zeros(1, room, *seen.shape[2:])], dim=1)
        samples = network(
            named["x"],
            named["t"],
            named["cap_feats"],
            list(each(seen, latents)),
            conditioning_scale=self.strength,
        )
        return {"controlnet_block_samples": samples}


class ZImageWay(ControlWay):
    """A network in one file has diffusers' names; its configuration follows from their axes."""

    classes: ClassVar[Mapping[AddonKind, Any]] = {AddonKind.CONTROLNET: ZImageControlNetModel}

    def of_file(
        self, kind: AddonKind, tensors: dict[str, torch.Tensor], family: Any
    ) -> tuple[Any, Mapping[str, torch.Tensor]]:
        shapes = shapes_of(tensors)
        ours, layers = family.transformer.config, count(shapes, "control_layers.{}.")
        interval = round(ours.n_layers / layers)
        width, seen = shapes["control_all_x_embedder.2-1.weight"]
        network = ZImageControlNetModel(  # type: ignore[no-untyped-call]
            control_layers_places=[i * interval for i in range(layers)],
            control_refiner_layers_places=list(range(ours.n_refiner_layers)),
            control_in_dim=seen // 4,
            add_control_noise_refiner=_refined_by(tensors, seen > 4 * ours.in_channels),
            dim=width,
            n_refiner_layers=ours.n_refiner_layers,
            n_heads=ours.n_heads,
            n_kv_heads=ours.n_kv_heads,
            norm_eps=ours.norm_eps,
            qk_norm=ours.qk_norm,
        )
        return network, tensors

    def fits(self, network: Any, family: Any) -> bool:
        theirs, ours = network.config, family.transformer.config
        return bool(theirs.dim == ours.dim and max(theirs.control_layers_places) < ours.n_layers)

    def bind(
        self,
        network: Any,
        picture: torch.Tensor,
        control: Control,
        request: Request,
        family: Any,
    ) -> ZImageControlNet:
        if _is_group_offload_enabled(family.transformer):
            raise ModelRefused(
                f"“{request.model}” comes onto the card piece by piece, and its ControlNets need "
                "some of its layers all the time.",
                "Let its parts take turns instead, or leave the control out.",
            )
        ZImageControlNetModel.from_transformer(network, family.transformer)
        return ZImageControlNet(
            network, picture, control.strength, control.start, control.end, family.autoencoder
        )


def _refined_by(tensors: Mapping[str, torch.Tensor], is_later: bool) -> str | None:
    """Which layers speak to the refiner of the noise: since 2.1 some of their own, in 2.0, whose
    own were never trained, the others, before that none."""
    if _REFINES in tensors and bool(tensors[_REFINES].any()):
        return _REFINER
    return "control_layers" if is_later else None
