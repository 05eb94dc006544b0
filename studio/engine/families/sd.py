"""Stable Diffusion 1.x: CLIP reads the prompt, a UNet predicts, an autoencoder draws."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch
from torch.nn import functional

from studio.domain.geometry import Size
from studio.domain.request import Request
from studio.engine.families.family import Predict
from studio.engine.preview import Draw, LinearPreview
from studio.engine.preview_factors import FACTORS
from studio.engine.replay import Replay

PROMPTS_KEPT: Final = 8


class StableDiffusion:
    """A `Family`: the parts of a Stable Diffusion folder, bound together.

    Args:
        unet: predicts from (B, C, h, w), a timestep and prompt embeddings (B, tokens, width).
        vae: AutoencoderKL, or one with its encode, decode and config.
        text_encoder, tokenizer: CLIP.
        scheduler_config: the content of scheduler_config.json.
    """

    def __init__(
        self,
        *,
        unet: Any,
        vae: Any,
        text_encoder: Any,
        tokenizer: Any,
        scheduler_config: Mapping[str, Any],
    ) -> None:
        self.unet = unet
        self.vae = vae
        self.text_encoder = text_encoder
        self.tokenizer = tokenizer
        self.scheduler_config = scheduler_config
        self._embeddings: OrderedDict[str, torch.Tensor] = OrderedDict()
        self._shrinks_by = 2 ** (len(vae.config.block_out_channels) - 1)
        self._attention = unet.attn_processors
        # Asking the UNet itself takes a walk through all its modules, a millisecond each time.
        self._placed = unet.device, unet.dtype
        self._preview: Draw | None = None
        self._predictor: tuple[object, Predict] | None = None
        self._steps = Replay(self._unet)

    @property
    def takes_mask(self) -> bool:
        """Whether the UNet sees a mask and the masked picture beside the latents, as those made
        for inpainting do (9 channels instead of 4)."""
        latents = self.vae.config.latent_channels
        return bool(self.unet.config.in_channels == 2 * latents + 1)

    @torch.inference_mode()
    def predictor(self, request: Request, conditioning: torch.Tensor | None = None) -> Predict:
        """Encode the prompts of `request` and bind them to the UNet. Jobs of one size repeat the
        same steps; the last predictor is kept, so that another job with the same prompts doesn't
        read them again.

        Guidance: Ho & Salimans 2022, with `guidance_scale` = 1 + w of the Imagen paper; at 1 and
        below there is none, and the negative prompt has no say; nor has it where guidance is
        built into the UNet.
        """
        if conditioning is not None:
            return self._bind(request, conditioning)
        read = (
            request.prompt,
            request.negative_prompt,
            request.guidance_scale,
            request.num_images_per_prompt,
        )
        if self._predictor is None or self._predictor[0] != read:
            self._predictor = read, self._bind(request, None)
        return self._predictor[1]

    def _bind(self, request: Request, conditioning: torch.Tensor | None) -> Predict:
        images, scale = request.num_images_per_prompt, request.guidance_scale
        prompt = self._embed(request.prompt).repeat(images, 1, 1)
        built_in = self._guidance_embedding(scale, images)
        if scale <= 1 or built_in is not None:
            predict = self._steps.holding(prompt, *([] if built_in is None else [built_in]))
            return lambda model_input, timestep: predict(
                _beside(model_input, conditioning), timestep
            )
        negative = self._embed(request.negative_prompt).repeat(images, 1, 1)
        predict = self._steps.holding(torch.cat([negative, prompt]))

        def guided(model_input: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
            output = predict(torch.cat([_beside(model_input, conditioning)] * 2), timestep)
            without, towards = output.chunk(2)
            return without + scale * (towards - without)

        return guided

    def noise(self, size: Size, generators: Sequence[torch.Generator]) -> torch.Tensor:
        """Standard normal latents (B, C, h, w), drawn in float32 so that a seed means the same
        noise in every dtype."""
        shape = (
            1,
            self.vae.config.latent_channels,
            size.height // self._shrinks_by,
            size.width // self._shrinks_by,
        )
        noise = torch.cat([torch.randn(shape, generator=generator) for generator in generators])
        return noise.to(*self._placed)

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

    @torch.inference_mode()
    def encode(self, pixels: torch.Tensor, generators: Sequence[torch.Generator]) -> torch.Tensor:
        """Latents of pictures in [0, 1], each drawn by its own generator; of one picture, once by
        each generator."""
        if len(pixels) > 1:
            return torch.cat(
                [self.encode(pixels[i : i + 1], [drawn]) for i, drawn in enumerate(generators)]
            )
        signed = (2.0 * pixels - 1.0).to(self.vae.device, self.vae.dtype)
        encoded = self.vae.encode(signed)
        if hasattr(encoded, "latent_dist"):
            drawn = [encoded.latent_dist.sample(generator) for generator in generators]
        else:
            drawn = [encoded.latents] * len(generators)
        latents: torch.Tensor = self.vae.config.scaling_factor * torch.cat(drawn)
        return latents

    @torch.inference_mode()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures (B, 3, H, W) in [-1, 1], not clamped."""
        scaled = latents / self.vae.config.scaling_factor
        pictures: torch.Tensor = self.vae.decode(scaled, return_dict=False)[0]
        return pictures

    @torch.inference_mode()
    def preview(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures (B, 3, h, w) in [-1, 1]: exact where the decoder is linear, else at the
        latents' resolution."""
        if self._preview is None:
            self._preview = self._make_preview()
        return self._preview(latents)

    def set_frugal(self, frugal: bool) -> None:
        """Attention, and an AutoencoderKL's work, in slices; or back at full speed."""
        self._predictor = None
        self._steps = Replay(self._unet)
        if frugal:
            self.unet.set_attention_slice("auto")
        else:
            self.unet.set_attn_processor(dict(self._attention))
        if hasattr(self.vae, "use_tiling"):
            self.vae.use_tiling = self.vae.use_slicing = frugal

    def _make_preview(self) -> Draw:
        if hasattr(self.vae, "preview_factors"):
            return self.decode  # linear itself
        channels, where = self.vae.config.latent_channels, self._placed
        if channels == len(FACTORS["sd"].weights):
            return LinearPreview.known("sd", *where)
        return LinearPreview.fitted(self.decode, channels, *where)

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

    def _unet(
        self,
        model_input: torch.Tensor,
        timestep: torch.Tensor,
        embeddings: torch.Tensor,
        guidance: torch.Tensor | None = None,
    ) -> torch.Tensor:
        output: torch.Tensor = self.unet(
            model_input,
            timestep,
            encoder_hidden_states=embeddings,
            timestep_cond=guidance,
            return_dict=False,
        )[0]
        return output

    def _embed(self, text: str) -> torch.Tensor:
        """Embeddings (1, tokens, width) of a prompt; those of the last few are kept."""
        if text not in self._embeddings:
            tokens = self.tokenizer(
                text,
                padding="max_length",
                max_length=self.tokenizer.model_max_length,
                truncation=True,
                return_tensors="pt",
            )
            device = self.text_encoder.device
            masked = getattr(self.text_encoder.config, "use_attention_mask", False)
            self._embeddings[text] = self.text_encoder(
                tokens.input_ids.to(device),
                attention_mask=tokens.attention_mask.to(device) if masked else None,
            )[0]
            if len(self._embeddings) > PROMPTS_KEPT:
                self._embeddings.popitem(last=False)
        self._embeddings.move_to_end(text)
        return self._embeddings[text]


def _beside(latents: torch.Tensor, conditioning: torch.Tensor | None) -> torch.Tensor:
    """Latents (B, C, h, w) with `conditioning` (B, c, h, w) as further channels."""
    return latents if conditioning is None else torch.cat([latents, conditioning], dim=1)
