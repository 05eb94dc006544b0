"""Train the denoiser and its text encoder together: latent diffusion with velocity prediction.

Sources: latent diffusion (Rombach et al. 2022), v-prediction (Salimans & Ho 2022), classifier-free
guidance (Ho & Salimans 2022), perceptual loss (Zhang et al. 2018), power-function EMA (Karras et
al. 2024), Muon (Jordan et al. 2024).

Pictures, noise and timesteps of a step are functions of (seed, step) alone, so a run resumed from a
checkpoint sees what it would have seen, and ends in the same bits.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from transformers import CLIPTokenizer

from studio.engine.patch_autoencoder import LinearPatchAutoencoder
from studio.training.autoencoder import to_tensor
from studio.training.batches import Batch, batches
from studio.training.drawings import Drawings
from studio.training.networks import build_scheduler, build_text_encoder, build_unet
from studio.training.optimiser import build_optimisers
from studio.training.perceptual import PerceptualDistance
from studio.training.recipe import Recipe

log = logging.getLogger(__name__)

CHECKPOINT_EVERY_S = 300.0
LOG_EVERY_STEPS = 50
LEAST_SIGMA = 0.05


class Trainer:
    """Model, optimisers, average and counters: all that a checkpoint holds."""

    def __init__(
        self,
        recipe: Recipe,
        drawings: Drawings,
        vae: LinearPatchAutoencoder,
        tokenizer: CLIPTokenizer,
        device: str = "cpu",
        perceptual: PerceptualDistance | None = None,
    ) -> None:
        """`perceptual` adds how different pictures look to the loss, by the recipe's weight."""
        torch.manual_seed(recipe.seed)
        self.recipe, self.drawings, self.tokenizer = recipe, drawings, tokenizer
        self.device = torch.device(device)
        self.vae: Any = nn.Module.to(vae, self.device)
        self.perceptual = perceptual.to(self.device) if perceptual else None
        self.unet = build_unet(recipe)
        self.text_encoder = build_text_encoder(recipe, tokenizer)
        self.model = nn.ModuleDict({"unet": self.unet, "text_encoder": self.text_encoder})
        self.model.to(self.device)
        self.average = {k: v.detach().clone() for k, v in self.model.named_parameters()}
        self.optimisers = build_optimisers(
            self.model, recipe.lr, recipe.weight_decay, recipe.optimiser
        )
        self.scheduler = build_scheduler(recipe.objective)
        self.step, self.seconds = 0, 0.0

    def progress(self) -> float:
        """How much of the run is done, 0 to 1: of its steps if given, else of its hours."""
        recipe = self.recipe
        return self.step / recipe.steps if recipe.steps else self.seconds / (3600 * recipe.hours)

    def lr_scale(self) -> float:
        """Warm up, hold, then fall in a straight line to 0 (Hägele et al. 2024)."""
        warm = min(1.0, (self.step + 1) / self.recipe.warmup_steps)
        return warm * min(1.0, max(0.0, 1 - self.progress()) / self.recipe.decay_share)

    def train_step(self, batch: Batch) -> Tensor:
        """One batch: encode, add noise, predict the velocity, learn from the error. The loss."""
        loss = self.loss(*batch)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.grad_clip)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.recipe.lr * self.lr_scale()
            optimiser.step()
            optimiser.zero_grad()
        self._update_average()
        self.step += 1
        return loss.detach()

    def loss(self, pictures: np.ndarray, captions: list[str]) -> Tensor:
        """Mean squared error of what is predicted, at this step's noise and times, and by the
        recipe's weight how different the picture looks."""
        random = torch.Generator().manual_seed(self.recipe.seed + self.step)
        batch, train_steps = len(captions), len(self.scheduler.alphas_cumprod)
        latents = self.encode(pictures)
        noise = torch.randn(latents.shape, generator=random).to(self.device)
        # One time from each of B equal slices: the same times on average, with less luck per batch.
        slices = torch.arange(batch) + torch.rand(batch, generator=random)
        times = (slices * train_steps / batch).long().to(self.device)  # (B,)
        predicted = self.predict(latents, noise, times, self.read(captions))
        if self.recipe.objective == "sample":
            # An error of the picture is the velocity's times sigma (Li & He 2025), which vanishes
            # where there is no noise to judge by.
            sigma = self.sigmas(times).clamp(min=LEAST_SIGMA)
            error = ((predicted - latents) / sigma).square().mean()
        else:
            velocity = self.scheduler.get_velocity(latents, noise, times)
            error = nn.functional.mse_loss(predicted, velocity)
        if self.perceptual is None:
            return error
        seen = self.decode(self.picture_of(predicted, latents, noise, times))
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.bf16):
            apart: Tensor = self.perceptual(seen, self.decode(latents))  # (B,)
        # Weighed by the share of the picture that the noise leaves: in noise alone the best answer
        # is a blend of all that it might be, and no features may ask for one of them.
        left = 1 - self.sigmas(times).flatten().square()
        return error + self.recipe.perceptual_weight * (left * apart).mean()

    @torch.no_grad()
    def encode(self, pictures: np.ndarray) -> Tensor:
        """(B, H, W, 3) uint8 pictures as latents (B, C, H/8, W/8) of deviation 1."""
        latents: Tensor = self.vae.encode(to_tensor(pictures).to(self.device)).latent_dist.mode()
        return cast("Tensor", latents * self.vae.config.scaling_factor)

    def decode(self, latents: Tensor) -> Tensor:
        """Latents (B, C, h, w) of deviation 1 as pictures (B, 3, 8h, 8w), about -1..1."""
        pictures: Tensor = self.vae.decode(latents / self.vae.config.scaling_factor).sample
        return pictures

    def predict(self, latents: Tensor, noise: Tensor, times: Tensor, words: Tensor) -> Tensor:
        """What the net says, told `words`, of `latents` (B, C, h, w) with `noise` at `times`."""
        noisy = self.scheduler.add_noise(latents, noise, times)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.bf16):
            predicted = self.unet(noisy, times, words, return_dict=False)[0]
        return cast("Tensor", predicted.float())

    def picture_of(
        self, predicted: Tensor, latents: Tensor, noise: Tensor, times: Tensor
    ) -> Tensor:
        """The picture, as latents, that `predict`'s answer means (Salimans & Ho 2022)."""
        if self.recipe.objective == "sample":
            return predicted
        sigma = self.sigmas(times)
        noisy = self.scheduler.add_noise(latents, noise, times)
        return cast("Tensor", (1 - sigma.square()).sqrt() * noisy - sigma * predicted)

    def sigmas(self, times: Tensor) -> Tensor:
        """How much of the noise is in latents at `times` (B,): (B, 1, 1, 1), 0 to 1."""
        kept = self.scheduler.alphas_cumprod.to(times.device)[times]
        return cast("Tensor", (1 - kept).sqrt().view(-1, 1, 1, 1))

    def read(self, captions: list[str]) -> Tensor:
        """Captions as words in context, (B, 32, 256)."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.bf16):
            words: Tensor = self.text_encoder(self.tokens(captions))[0]
        return words

    def tokens(self, captions: list[str]) -> Tensor:
        """Captions as the numbers of their tokens, (B, 32)."""
        tokens: Tensor = self.tokenizer(
            captions, padding="max_length", truncation=True, return_tensors="pt"
        ).input_ids
        return tokens.to(self.device)

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = (1 - 1 / (self.step + 1)) ** (self.recipe.ema_sharpness + 1)
        parameters = [p.detach() for p in self.model.parameters()]
        torch._foreach_lerp_(list(self.average.values()), parameters, 1 - decay)

    def save(self, path: Path) -> None:
        """Write all state to `path`: to a neighbour first, then renamed over it in one go."""
        state = {
            "model": self.model.state_dict(),
            "average": self.average,
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "seconds": self.seconds,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def load(self, path: Path) -> None:
        """Go on from `save`'s file."""
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average = state["average"]
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.seconds = state["step"], state["seconds"]

    def load_average(self) -> None:
        """Put the averaged weights into the model: for sampling and export, not for going on."""
        self.model.load_state_dict(self.average, strict=False)

    def run(self, checkpoint: Path, on_log: Callable[[str], None], workers: int = 0) -> None:
        """Train until the recipe's hours or steps are over; a JSON line every fifty steps.

        `workers` processes compose the batches ahead; 0 composes them here, between two steps.
        """
        losses: list[Tensor] = []
        before, saved_at = self.seconds, time.monotonic()
        started = saved_at
        with closing(batches(self.drawings, self.recipe, self.step, workers)) as stream:
            while self.progress() < 1:
                losses.append(self.train_step(next(stream)))
                self.seconds = before + time.monotonic() - started
                if self.step % LOG_EVERY_STEPS == 0:
                    on_log(json.dumps(self._report(losses)))
                    losses.clear()
                if time.monotonic() - saved_at > CHECKPOINT_EVERY_S:
                    self.save(checkpoint)
                    saved_at = time.monotonic()
        self.save(checkpoint)

    def _report(self, losses: list[Tensor]) -> dict[str, Any]:
        return {
            "step": self.step,
            "samples": self.step * self.recipe.batch,
            "seconds": round(self.seconds, 1),
            "loss": round(float(torch.stack(losses).mean()), 4),
            "lr_scale": round(self.lr_scale(), 4),
            "device": str(self.device),
        }
