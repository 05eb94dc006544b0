"""Union ControlNets for Stable Diffusion XL: one network that is told what its pictures show.

Source: xinsir's ControlNet++ (union, with six kinds of maps, and promax, with eight), as diffusers'
ControlNetUnionModel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import torch
from diffusers import ControlNetUnionModel

from studio.domain.control import Control, Preprocessor
from studio.domain.errors import ModelRefused
from studio.engine.controls.control import BoundControl, Named, each
from studio.engine.loading.tensors import Shapes, count

_SIGN: Final = "task_embedding"
# What its numbers mean, as its maker published them. 4 and 5, normals and segments, nothing makes
# here; 7 is for painting anew. Of a finished map nobody says what it is of: most are lines.
_TYPES: Final[Mapping[Preprocessor, int]] = {
    Preprocessor.POSE: 0,
    Preprocessor.DEPTH: 1,
    Preprocessor.SCRIBBLE: 2,
    Preprocessor.NONE: 3,
    Preprocessor.CANNY: 3,
    Preprocessor.TILE: 6,
    Preprocessor.COLOUR: 6,
}


@dataclass(frozen=True, slots=True)
class UnionControlNet(BoundControl):
    """`network` is diffusers' ControlNetUnionModel, `type` says what its picture shows; `others`
    are those whose pictures it sees at once."""

    type: int
    others: tuple[UnionControlNet, ...] = ()

    def joined(self, other: BoundControl) -> BoundControl | None:
        """Several pictures of one network are seen in one evaluation, as it was trained."""
        if not isinstance(other, UnionControlNet) or other.network is not self.network:
            return None
        return replace(self, others=(*self.others, other))

    def residuals(self, latents: torch.Tensor, timestep: torch.Tensor, named: Named) -> Named:
        seen = self, *self.others
        types = [control.type for control in seen]
        told = torch.zeros(len(latents), self.network.config.num_control_type).to(latents)
        told[:, types] = 1
        down, middle = self.network(
            latents,
            timestep,
            encoder_hidden_states=named["encoder_hidden_states"],
            controlnet_cond=[each(control.picture, latents) for control in seen],
            control_type=told,
            control_type_idx=types,
            conditioning_scale=[control.strength for control in seen],
            added_cond_kwargs=named["added_cond_kwargs"],
            return_dict=False,
        )
        return {
            "down_block_additional_residuals": down,
            "mid_block_additional_residual": middle,
        }


def is_union(shapes: Shapes) -> bool:
    """Whether tensors of these axes are a Union's."""
    return _SIGN in shapes


def union_sizes(shapes: Shapes) -> dict[str, int]:
    """What of its configuration follows from its tensors' axes: a union's config.json may lie
    beside the weights of a promax."""
    kinds, width = shapes[_SIGN]
    return {
        "num_control_type": kinds,
        "num_trans_channel": width,
        "num_trans_layer": count(shapes, "transformer_layes.{}."),
        "num_proj_channel": shapes["spatial_ch_projs.bias"][0],
    }


def union_network(shapes: Shapes, unet: Any) -> Any:
    """The network of a file with these tensors, its weights still empty; it has the shape of the
    UNet that it was trained beside."""
    network_class: Any = ControlNetUnionModel
    beside = network_class.from_unet(unet, load_weights_from_unet=False)
    return network_class.from_config(beside.config, **union_sizes(shapes))


def bind_union(network: Any, picture: torch.Tensor, control: Control) -> UnionControlNet:
    """A Union with its picture.

    Raises:
        ModelRefused: it was never shown maps of this kind.
    """
    seen = _TYPES[control.preprocessor]
    if seen >= network.config.num_control_type:
        raise ModelRefused(
            f"“{control.model}” doesn't know pictures made for “{control.preprocessor}”.",
            "Choose another preprocessor, or the promax version of this control.",
        )
    return UnionControlNet(network, picture, control.strength, control.start, control.end, seen)
