"""Networks that guide a UNet.

A ControlNet (Zhang et al. 2023, “Adding Conditional Control to Text-to-Image Diffusion Models”)
looks at the latents as well and runs at every step; a T2I-adapter (Mou et al. 2023) looks at its
picture only, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

import torch
from diffusers import ControlNetModel, ControlNetUnionModel, T2IAdapter
from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint

from studio.domain.addons import AddonKind
from studio.domain.control import Control
from studio.domain.errors import ModelRefused
from studio.domain.request import Request
from studio.engine.controls.control import BoundControl, Named, each
from studio.engine.controls.union_control import (
    bind_union,
    is_union,
    union_network,
    union_sizes,
)
from studio.engine.controls.way import ControlWay, shapes_of
from studio.engine.loading.tensors import Shapes, Tensors, count

_WEIGHTS: Final = "diffusion_pytorch_model.safetensors"
_UNSHUFFLES: Final = {"full_adapter": 8, "full_adapter_xl": 16, "light_adapter": 8}


class UNetControlNet(BoundControl):
    """A ControlNet: `network` is diffusers' ControlNetModel."""

    def residuals(self, latents: torch.Tensor, timestep: torch.Tensor, named: Named) -> Named:
        down, middle = self.network(
            latents,
            timestep,
            encoder_hidden_states=named["encoder_hidden_states"],
            controlnet_cond=each(self.picture, latents),
            conditioning_scale=self.strength,
            added_cond_kwargs=named.get("added_cond_kwargs"),
            return_dict=False,
        )
        return {
            "down_block_additional_residuals": down,
            "mid_block_additional_residual": middle,
        }


class UNetAdapter(BoundControl):
    """A T2I-adapter: `network` is diffusers' T2IAdapter."""

    @cached_property
    def _states(self) -> list[torch.Tensor]:
        return [state * self.strength for state in self.network(self.picture)]

    def residuals(self, latents: torch.Tensor, timestep: torch.Tensor, named: Named) -> Named:
        # The UNet takes them out of the list.
        return {
            "down_intrablock_additional_residuals": [each(state, latents) for state in self._states]
        }


class UNetWay(ControlWay):
    """A ControlNet in one file has the shape of the UNet that it was trained beside, so its
    configuration is that of the one that is loaded."""

    classes: ClassVar[Mapping[AddonKind, Any]] = {
        AddonKind.CONTROLNET: ControlNetModel,
        AddonKind.T2I_ADAPTER: T2IAdapter,
    }

    def of_folder(self, kind: AddonKind, folder: Path) -> tuple[Any, Mapping[str, Any]]:
        weights = folder / _WEIGHTS
        if kind is AddonKind.CONTROLNET and weights.is_file():
            shapes = Tensors.of(weights).shapes
            if is_union(shapes):
                return ControlNetUnionModel, union_sizes(shapes)
        return super().of_folder(kind, folder)

    def of_file(
        self, kind: AddonKind, tensors: dict[str, torch.Tensor], family: Any
    ) -> tuple[Any, Mapping[str, torch.Tensor]]:
        shapes = shapes_of(tensors)
        if kind is AddonKind.T2I_ADAPTER:
            return _adapter(shapes), tensors
        if is_union(shapes):
            return union_network(shapes, family.unet), tensors
        network: Any = ControlNetModel.from_unet(family.unet, load_weights_from_unet=False)
        weights = convert_controlnet_checkpoint(  # type: ignore[no-untyped-call]
            tensors, network.config
        )
        return network, weights

    def fits(self, network: Any, family: Any) -> bool:
        wanted = family.unet.config
        if _is_adapter(network):
            return bool(network.config.channels[-1] == wanted.block_out_channels[-1])
        return bool(network.config.cross_attention_dim == wanted.cross_attention_dim)

    def bind(
        self,
        network: Any,
        picture: torch.Tensor,
        control: Control,
        request: Request,
        family: Any,
    ) -> BoundControl:
        wish = control.strength, control.start, control.end
        if _is_adapter(network):
            if network.config.in_channels == 1:
                picture = picture.mean(dim=1, keepdim=True)
            return UNetAdapter(network, picture, *wish)
        if network.controlnet_cond_embedding.conv_in.in_channels != picture.shape[1]:
            raise ModelRefused(f"“{control.model}” looks at something else than a picture.")
        if isinstance(network, ControlNetUnionModel):
            return bind_union(network, picture, control)
        return UNetControlNet(network, picture, *wish)


def _is_adapter(network: Any) -> bool:
    return isinstance(network, T2IAdapter)


def _adapter(shapes: Shapes) -> Any:
    """A T2I-adapter whose configuration follows from its tensors' names and axes."""
    blocks = count(shapes, "adapter.body.{}.")
    stem = shapes.get("adapter.conv_in.weight")
    if stem is None:
        kind, name = "light_adapter", "out_conv"
        first = shapes["adapter.body.0.in_conv.weight"][1]
    else:
        name, first = "resnets.0.block1", stem[1]
        # The large one's first block has no sibling before it that halves, and begins at 1/16.
        kind = "full_adapter_xl" if first == 3 * 16**2 else "full_adapter"
    channels = [shapes[f"adapter.body.{i}.{name}.weight"][0] for i in range(blocks)]
    shrinks_by = _UNSHUFFLES[kind]
    resnets = count(shapes, "adapter.body.0.resnets.{}.")
    return T2IAdapter(  # type: ignore[no-untyped-call]
        first // shrinks_by**2, channels, resnets, shrinks_by, kind
    )
