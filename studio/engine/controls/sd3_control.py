"""ControlNets for Stable Diffusion 3 and 3.5: InstantX's, and Stability's own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from diffusers import SD3ControlNetModel

from studio.domain.addons import AddonKind
from studio.domain.control import Control, Preprocessor
from studio.domain.errors import ModelRefused
from studio.domain.request import Request
from studio.engine.controls.control import Named, each
from studio.engine.controls.latent_control import LatentControl
from studio.engine.controls.way import ControlWay, shapes_of
from studio.engine.loading.tensors import count


@dataclass(frozen=True)
class SD3ControlNet(LatentControl):
    """`network` is diffusers' SD3ControlNetModel; `blocks` is how many the transformer has.

    Stability's for edges was trained on pictures that weren't brought to the autoencoder's range:
    its `expects_bytes`, as its makers' own code has it.
    """

    blocks: int
    expects_bytes: bool

    def _encoded(self) -> torch.Tensor:
        vae = self.autoencoder
        if self.expects_bytes:
            # 0.5 and 128 where others have -1 and 1.
            return vae.encode_exactly((self.picture * 255 / 2 + 1.5) / 2)
        if not self.network.config.force_zeros_for_pooled_projection:
            return vae.encode_exactly(self.picture)
        # InstantX's were trained on latents that aren't shifted.
        scaling_factor: float = vae.vae.config.scaling_factor
        return vae.likeliest(self.picture) * scaling_factor

    def residuals(self, latents: torch.Tensor, timestep: torch.Tensor, named: Named) -> Named:
        config, pooled = self.network.config, named["pooled_projections"]
        if config.force_zeros_for_pooled_projection:
            pooled = torch.zeros_like(pooled)
        reads = config.joint_attention_dim is not None
        samples = self.network(
            hidden_states=latents,
            timestep=named["timestep"],
            encoder_hidden_states=named["encoder_hidden_states"] if reads else None,
            pooled_projections=pooled,
            controlnet_cond=each(self.seen, latents),
            conditioning_scale=self.strength,
            return_dict=False,
        )[0]
        interval = self.blocks / len(samples)
        spread = [samples[int(i / interval)] for i in range(self.blocks)]
        return {"block_controlnet_hidden_states": spread}


class SD3Way(ControlWay):
    """A network in one file has diffusers' names; its configuration follows from their axes."""

    classes: ClassVar[Mapping[AddonKind, Any]] = {AddonKind.CONTROLNET: SD3ControlNetModel}

    def of_file(
        self, kind: AddonKind, tensors: dict[str, torch.Tensor], family: Any
    ) -> tuple[Any, Mapping[str, torch.Tensor]]:
        shapes = shapes_of(tensors)
        ours = family.transformer.config
        sees, reads = "pos_embed.proj.weight" in shapes, "context_embedder.weight" in shapes
        blocks = count(shapes, "transformer_blocks.{}.")
        network = SD3ControlNetModel(  # type: ignore[no-untyped-call]
            sample_size=ours.sample_size,
            patch_size=ours.patch_size,
            in_channels=ours.in_channels,
            num_layers=blocks,
            attention_head_dim=ours.attention_head_dim,
            num_attention_heads=shapes["controlnet_blocks.0.bias"][0] // ours.attention_head_dim,
            joint_attention_dim=shapes["context_embedder.weight"][1] if reads else None,
            caption_projection_dim=shapes["context_embedder.weight"][0] if reads else 0,
            pooled_projection_dim=shapes["time_text_embed.text_embedder.linear_1.weight"][1],
            out_channels=ours.in_channels,
            pos_embed_max_size=(
                math.isqrt(shapes["pos_embed.pos_embed"][1]) if sees else ours.pos_embed_max_size
            ),
            extra_conditioning_channels=shapes["pos_embed_input.proj.weight"][1] - ours.in_channels,
            dual_attention_layers=tuple(
                i for i in range(blocks) if f"transformer_blocks.{i}.attn2.to_q.weight" in shapes
            ),
            qk_norm="rms_norm" if "transformer_blocks.0.attn.norm_q.weight" in shapes else None,
            use_pos_embed=sees,
            # Those that read prompts are InstantX's.
            force_zeros_for_pooled_projection=reads,
        )
        return network, tensors

    def fits(self, network: Any, family: Any) -> bool:
        theirs, ours = network.config, family.transformer.config
        return bool(
            network.inner_dim == family.transformer.inner_dim
            and theirs.joint_attention_dim in (None, ours.joint_attention_dim)
            and theirs.pooled_projection_dim == ours.pooled_projection_dim
        )

    def bind(
        self,
        network: Any,
        picture: torch.Tensor,
        control: Control,
        request: Request,
        family: Any,
    ) -> SD3ControlNet:
        if network.config.extra_conditioning_channels:
            raise ModelRefused(f"“{control.model}” looks at something else than a picture.")
        if not network.config.use_pos_embed:
            # Stability's have none of their own.
            embed = network._get_pos_embed_from_transformer(family.transformer)
            network.pos_embed = embed.to(picture.device, picture.dtype)
        return SD3ControlNet(
            network,
            picture,
            control.strength,
            control.start,
            control.end,
            family.autoencoder,
            len(family.transformer.transformer_blocks),
            not network.config.use_pos_embed
            and (control.preprocessor is Preprocessor.CANNY or "canny" in control.model.lower()),
        )
