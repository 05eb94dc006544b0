"""What the families around a UNet share: guidance, masks, and steps that repeat one another."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch.nn import functional

from studio.domain.geometry import Size
from studio.domain.request import Request
from studio.engine.conditioning import SOMETIME, Conditioning, Moment
from studio.engine.controls.control import added
from studio.engine.families.autoencoder import Autoencoder
from studio.engine.families.family import Predict
from studio.engine.families.instructed import instructed
from studio.engine.families.network_family import NetworkFamily
from studio.engine.families.perturbed import perturbed_attention
from studio.engine.replay import Replay


class UNetFamily(NetworkFamily):
    """A `Family` whose UNet predicts from latents (B, C, h, w), a timestep, prompt embeddings
    (B, tokens, width) and, in some, more.

    Args:
        unet: the network.
        vae: AutoencoderKL, or one with its encode, decode and config.
        scheduler_config: the content of scheduler_config.json.
        factors: under which name its latents' preview is known.
    """

    def __init__(
        self, *, unet: Any, vae: Any, scheduler_config: Mapping[str, Any], factors: str
    ) -> None:
        super().__init__(
            network=unet,
            autoencoder=Autoencoder(vae, factors),
            scheduler_config=scheduler_config,
        )
        self.unet = unet
        self._attention = unet.attn_processors

    @property
    def takes_mask(self) -> bool:
        """Whether the UNet sees a mask and the masked picture beside the latents, as those made
        for inpainting do (9 channels instead of 4)."""
        return bool(self.unet.config.in_channels == 2 * self.autoencoder.channels + 1)

    @property
    def edits(self) -> bool:
        """Whether the UNet sees a picture's latents beside those that it changes (8 channels)."""
        return bool(self.unet.config.in_channels == 2 * self.autoencoder.channels)

    @abstractmethod
    def _embeddings(self, text: str, request: Request) -> tuple[torch.Tensor, ...]:
        """What the UNet is told of a prompt, each with one row: embeddings (1, tokens, width)
        first, then whatever `_named` takes beside them."""

    def _negative_embeddings(self, request: Request) -> tuple[torch.Tensor, ...]:
        """The same of what `request` is to be guided away from."""
        return self._embeddings(request.negative_prompt, request)

    @abstractmethod
    def _named(self, *told: torch.Tensor) -> dict[str, Any]:
        """What `_embeddings` gave, and after it the guidance where that is built in, by the names
        that the UNet and its ControlNets take it by."""

    def _bind(self, request: Request, conditioning: Conditioning) -> Predict:
        """Guidance: Ho & Salimans 2022, with `guidance_scale` = 1 + w of the Imagen paper; at 1 and
        below there is none, and the negative prompt has no say; nor has it where guidance is built
        into the UNet. With a `pag_scale`, perturbed attention guidance besides.
        """
        if self.edits:
            return self._bind_to_picture(request, conditioning.edited)
        images, scale = request.num_images_per_prompt, request.guidance_scale
        built_in = self._guidance_embedding(scale, images)
        guided, perturbed = scale > 1 and built_in is None, request.pag_scale > 0
        prompt = _repeated(self._embeddings(request.prompt, request), images)
        parts = [prompt]
        if guided:
            parts.insert(0, _repeated(self._negative_embeddings(request), images))
        if perturbed:
            parts.append(prompt)
        if built_in is not None:
            parts = [[*part, built_in] for part in parts]
        predict = self._call(conditioning, _stacked(parts), images, guided, perturbed)

        def predictor(
            model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment = SOMETIME
        ) -> torch.Tensor:
            seen = _beside(model_input, conditioning.masked)
            seen = torch.cat([seen] * len(parts)) if len(parts) > 1 else seen
            outputs = predict(seen, timestep, moment).chunk(len(parts))
            output = towards = outputs[1 if guided else 0]
            if guided:
                output = outputs[0] + scale * (towards - outputs[0])
            if perturbed:
                output = output + request.pag_scale * (towards - outputs[-1])
            return output

        return predictor

    def _bind_to_picture(self, request: Request, edited: torch.Tensor | None) -> Predict:
        """For a UNet that changes a picture; it may change none."""
        images, scale = request.num_images_per_prompt, request.guidance_scale
        parts = [_repeated(self._embeddings(request.prompt, request), images)]
        if scale > 1:
            parts += [_repeated(self._negative_embeddings(request), images)] * 2
        steps = self._steps.holding(*_stacked(parts))
        if edited is None:
            picture = torch.zeros_like(self.noise(request.size, [torch.Generator()]))
        else:
            picture = self.autoencoder.likeliest(edited).to(*self._placed)
        if len(picture) == 1:
            picture = picture.repeat(images, 1, 1, 1)
        return instructed(
            lambda model_input, timestep, moment=SOMETIME: steps(model_input, timestep),
            picture,
            scale,
            request.image_guidance_scale,
        )

    @torch.inference_mode()
    def masked(
        self,
        size: Size,
        pixels: torch.Tensor | None,
        change: torch.Tensor | None,
        generators: Sequence[torch.Generator],
    ) -> torch.Tensor:
        """The mask, and the latents of the picture with grey in its place, (B, 1 + C, h, w)."""
        if pixels is None or change is None:
            pixels = torch.full((1, 3, size.height, size.width), 0.5)
            change = torch.ones(1, 1, size.height, size.width)
        paints = (change > 0).to(pixels)
        grey = pixels * (1 - paints) + 0.5 * paints
        latents = self.encode(grey, generators)
        mask = functional.adaptive_max_pool2d(paints, latents.shape[-2:]).to(latents)
        return torch.cat([mask.expand(len(latents), -1, -1, -1), latents], dim=1)

    def set_frugal(self, frugal: bool) -> None:
        """Attention, and an AutoencoderKL's work, in slices; or back at full speed."""
        self.forget_steps()
        if frugal:
            self.unet.set_attention_slice("auto")
        else:
            self.unet.set_attn_processor(dict(self._attention))
        self.autoencoder.set_frugal(frugal)

    def _evaluate(
        self, model_input: torch.Tensor, timestep: torch.Tensor, *told: torch.Tensor
    ) -> torch.Tensor:
        output: torch.Tensor = self.unet(
            model_input, timestep, **self._named(*told), return_dict=False
        )[0]
        return output

    def _call(
        self,
        conditioning: Conditioning,
        told: Sequence[torch.Tensor],
        images: int,
        guided: bool,
        perturbed: bool,
    ) -> Predict:
        """From a model input to the UNet's output, guidance not yet applied."""
        references = conditioning.references
        if not conditioning.controls and references is None:
            steps = self._steps
            if perturbed:
                steps = Replay(perturbed_attention(self.unet, guided=guided)(self._evaluate))
            repeated = steps.holding(*told)
            return lambda model_input, timestep, moment=SOMETIME: repeated(model_input, timestep)
        named = self._named(*told)
        seen = named
        if references is not None:
            others = named.get("added_cond_kwargs") or {}
            shown = references.named(images, guided=guided)
            if perturbed:
                shown = [torch.cat([each, each[-images:]]) for each in shown]
            seen = {**named, "added_cond_kwargs": {**others, "image_embeds": shown}}

        def controlled(
            model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment = SOMETIME
        ) -> torch.Tensor:
            channels = self.autoencoder.channels
            latents = model_input[:, :channels]
            residuals = added(conditioning.controls, latents, timestep, named, moment)
            attention = perturbed_attention(self.unet, guided=guided)
            with attention if perturbed else nullcontext():
                output: torch.Tensor = self.unet(
                    model_input, timestep, **seen, **residuals, return_dict=False
                )[0]
            return output

        return controlled

    @torch.inference_mode()
    def _guidance_embedding(self, guidance_scale: float, images: int) -> torch.Tensor | None:
        """What a UNet distilled with guidance built in wants to know of it, (B, width), else None.

        Sines and cosines of w = guidance_scale − 1, as latent consistency models are trained
        (Luo et al. 2023, after Meng et al. 2023).
        """
        width = self.unet.config.time_cond_proj_dim
        if width is None:
            return None
        half = width // 2
        step = torch.log(torch.tensor(10_000.0)) / (half - 1)
        frequencies = torch.exp(torch.arange(half, dtype=torch.float32) * -step)
        angles = (torch.tensor(guidance_scale - 1).repeat(images) * 1000.0)[:, None] * frequencies
        embedding = torch.cat([angles.sin(), angles.cos()], dim=1)
        return embedding.to(*self._placed)


def _stacked(parts: Sequence[Sequence[torch.Tensor]]) -> list[torch.Tensor]:
    """What is told of each part of a batch, one part below the other."""
    if len(parts) == 1:
        return list(parts[0])
    return [torch.cat(rows) for rows in zip(*parts, strict=True)]


def _repeated(told: Sequence[torch.Tensor], images: int) -> list[torch.Tensor]:
    return [each.repeat(images, *[1] * (each.dim() - 1)) for each in told]


def _beside(latents: torch.Tensor, conditioning: torch.Tensor | None) -> torch.Tensor:
    """Latents (B, C, h, w) with `conditioning` (B, c, h, w) as further channels."""
    return latents if conditioning is None else torch.cat([latents, conditioning], dim=1)
