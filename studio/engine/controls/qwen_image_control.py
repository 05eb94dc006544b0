"""ControlNets for Qwen-Image: InstantX's, Union among them, which tell by themselves what their
picture is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from diffusers import QwenImageControlNetModel

from studio.domain.addons import AddonKind
from studio.domain.control import Control
from studio.domain.errors import ModelRefused
from studio.domain.request import Request
from studio.engine.controls.control import Named, each
from studio.engine.controls.latent_control import LatentControl, spread
from studio.engine.controls.way import ControlWay, shapes_of
from studio.engine.families.patches import pack
from studio.engine.loading.tensors import count


@dataclass(frozen=True)
class QwenImageControlNet(LatentControl):
    """`network` is diffusers' QwenImageControlNetModel; `blocks` is how many the transformer
    has."""

    blocks: int

    def _encoded(self) -> torch.Tensor:
        # For a picture that is edited diffusers divides by the deviation, for a control's it
        # multiplies, which is the same but for the last bit.
        latents, config = self.autoencoder.likeliest(self.picture), self.autoencoder.vae.config
        mean, deviation = (
            torch.tensor(numbers).view(1, -1, 1, 1).to(latents)
            for numbers in (config.latents_mean, config.latents_std)
        )
        return (latents - mean) * (1.0 / deviation)

    def residuals(self, latents: torch.Tensor, timestep: torch.Tensor, named: Named) -> Named:
        samples = self.network(
            hidden_states=pack(latents),
            controlnet_cond=each(pack(self.seen), latents),
            conditioning_scale=self.strength,
            timestep=named["timestep"],
            encoder_hidden_states=named["encoder_hidden_states"],
            encoder_hidden_states_mask=None,
            # Of pictures beside the one that is drawn it isn't told.
            img_shapes=[shapes[:1] for shapes in named["img_shapes"]],
            return_dict=False,
        )
        return {"controlnet_block_samples": spread(samples, self.blocks)}


class QwenImageWay(ControlWay):
    """A network in one file has diffusers' names; its configuration follows from their axes."""

    classes: ClassVar[Mapping[AddonKind, Any]] = {AddonKind.CONTROLNET: QwenImageControlNetModel}

    def of_file(
        self, kind: AddonKind, tensors: dict[str, torch.Tensor], family: Any
    ) -> tuple[Any, Mapping[str, torch.Tensor]]:
        shapes = shapes_of(tensors)
        ours, (width, channels) = family.transformer.config, shapes["img_in.weight"]
        network = QwenImageControlNetModel(  # type: ignore[no-untyped-call]
            patch_size=ours.patch_size,
            in_channels=channels,
            out_channels=ours.out_channels,
            num_layers=count(shapes, "transformer_blocks.{}."),
            attention_head_dim=ours.attention_head_dim,
            num_attention_heads=width // ours.attention_head_dim,
            joint_attention_dim=shapes["txt_in.weight"][1],
            axes_dims_rope=ours.axes_dims_rope,
            extra_condition_channels=shapes["controlnet_x_embedder.weight"][1] - channels,
        )
        return network, tensors

    def fits(self, network: Any, family: Any) -> bool:
        theirs, ours = network.config, family.transformer.config
        return bool(
            network.inner_dim == family.transformer.inner_dim
            and theirs.joint_attention_dim == ours.joint_attention_dim
            and theirs.in_channels == ours.in_channels
        )

    def bind(
        self,
        network: Any,
        picture: torch.Tensor,
        control: Control,
        request: Request,
        family: Any,
    ) -> QwenImageControlNet:
        if network.config.extra_condition_channels:
            raise ModelRefused(f"“{control.model}” looks at something else than a picture.")
        return QwenImageControlNet(
            network,
            picture,
            control.strength,
            control.start,
            control.end,
            family.autoencoder,
            len(family.transformer.transformer_blocks),
        )
