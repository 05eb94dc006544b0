"""ControlNets for FLUX.1: InstantX's and Shakker's, which see latents, Union among them, and
XLabs', which see pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import torch
from diffusers import FluxControlNetModel
from torch.nn import functional

from studio.domain.addons import AddonKind
from studio.domain.control import Control, Preprocessor
from studio.domain.request import Request
from studio.engine.controls.control import Named, each
from studio.engine.controls.latent_control import LatentControl, spread
from studio.engine.controls.way import ControlWay, shapes_of
from studio.engine.controls.xlabs import is_xlabs, xlabs_network
from studio.engine.families.patches import pack
from studio.engine.loading.tensors import count

# What Union's numbers mean, as its makers published them. Of a finished map nobody says what it
# is of: most are lines.
_MODES: Final[Mapping[Preprocessor, int]] = {
    Preprocessor.NONE: 0,
    Preprocessor.CANNY: 0,
    Preprocessor.SCRIBBLE: 0,
    Preprocessor.TILE: 1,
    Preprocessor.COLOUR: 1,
    Preprocessor.DEPTH: 2,
    Preprocessor.POSE: 4,
}


@dataclass(frozen=True)
class FluxControlNet(LatentControl):
    """`network` is diffusers' FluxControlNetModel. A Union is told by `mode` what its picture is;
    `blocks` is how many of both kinds the transformer has."""

    mode: int
    guidance_scale: float
    blocks: tuple[int, int]

    def residuals(self, latents: torch.Tensor, timestep: torch.Tensor, named: Named) -> Named:
        network, images = self.network, len(latents)
        tokens = pack(latents)
        sees_pixels = network.input_hint_block is not None
        seen = 2.0 * self.picture - 1.0 if sees_pixels else pack(self.seen)
        guidance = mode = None
        if network.config.guidance_embeds:
            guidance = torch.full([images], self.guidance_scale, device=tokens.device)
        if network.union:
            mode = torch.full([images, 1], self.mode, device=tokens.device)
        double, single = network(
            hidden_states=tokens,
            controlnet_cond=each(seen, latents),
            controlnet_mode=mode,
            conditioning_scale=self.strength,
            timestep=named["timestep"],
            guidance=guidance,
            pooled_projections=named["pooled_projections"],
            encoder_hidden_states=named["encoder_hidden_states"],
            txt_ids=named["txt_ids"],
            img_ids=named["img_ids"][: tokens.shape[1]],
            return_dict=False,
        )
        # Of what lies beside those that are drawn it has nothing to say.
        beside = named["hidden_states"].shape[1] - tokens.shape[1]
        said = {}
        for name, samples, blocks, repeats in (
            ("controlnet_block_samples", double, self.blocks[0], sees_pixels),
            ("controlnet_single_block_samples", single, self.blocks[1], False),
        ):
            if samples:
                if beside:
                    samples = [functional.pad(sample, (0, 0, 0, beside)) for sample in samples]
                said[name] = spread(samples, blocks, repeats=repeats)
        return said


class FluxWay(ControlWay):
    """A network in one file has diffusers' names or XLabs'; its configuration follows from the
    tensors' axes."""

    classes: ClassVar[Mapping[AddonKind, Any]] = {AddonKind.CONTROLNET: FluxControlNetModel}

    def of_file(
        self, kind: AddonKind, tensors: dict[str, torch.Tensor], family: Any
    ) -> tuple[Any, Mapping[str, torch.Tensor]]:
        shapes = shapes_of(tensors)
        axes = family.transformer.config.axes_dims_rope
        if is_xlabs(shapes):
            return xlabs_network(shapes, tensors, axes)
        head, width = (
            shapes["transformer_blocks.0.attn.norm_q.weight"][0],
            shapes["x_embedder.bias"][0],
        )
        modes, hint = (
            shapes.get("controlnet_mode_embedder.weight"),
            "input_hint_block.conv_out.bias",
        )
        network = FluxControlNetModel(  # type: ignore[no-untyped-call]
            patch_size=2 if hint in shapes else 1,
            in_channels=shapes["x_embedder.weight"][1],
            num_layers=count(shapes, "transformer_blocks.{}."),
            num_single_layers=count(shapes, "single_transformer_blocks.{}."),
            attention_head_dim=head,
            num_attention_heads=width // head,
            joint_attention_dim=shapes["context_embedder.weight"][1],
            pooled_projection_dim=shapes["time_text_embed.text_embedder.linear_1.weight"][1],
            guidance_embeds="time_text_embed.guidance_embedder.linear_1.weight" in shapes,
            axes_dims_rope=axes,
            num_mode=None if modes is None else modes[0],
            conditioning_embedding_channels=shapes[hint][0] if hint in shapes else None,
        )
        return network, tensors

    def fits(self, network: Any, family: Any) -> bool:
        theirs, ours = network.config, family.transformer.config
        return bool(
            network.inner_dim == family.transformer.inner_dim
            and theirs.joint_attention_dim == ours.joint_attention_dim
            and theirs.in_channels == 4 * family.autoencoder.channels
        )

    def bind(
        self,
        network: Any,
        picture: torch.Tensor,
        control: Control,
        request: Request,
        family: Any,
    ) -> FluxControlNet:
        return FluxControlNet(
            network,
            picture,
            control.strength,
            control.start,
            control.end,
            family.autoencoder,
            _MODES[control.preprocessor],
            request.guidance_scale,
            (
                len(family.transformer.transformer_blocks),
                len(family.transformer.single_transformer_blocks),
            ),
        )
