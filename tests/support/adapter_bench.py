"""A tiny model that the studio changes, and a copy of it for the bare pipelines."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import diffusers
import torch
from safetensors.torch import load_file

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.engine.adapters import Adapting
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.families.sd import StableDiffusion
from tests.support.tiny_adapters import Family

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
STEPS = 2


@dataclass
class Bench:
    """A model with the files that change it, and what bare diffusers makes of the same."""

    info: ModelInfo
    family: Any
    bare: Family
    folder: Path
    addons: dict[AddonKind, list[AddonInfo]] = field(default_factory=dict)
    adapting: Adapting = field(init=False)

    def __post_init__(self) -> None:
        self.adapting = Adapting(lambda kind: self.addons.get(kind, ()), CPU)

    def add(self, path: Path, kind: AddonKind = AddonKind.LORA, family: str = "") -> AddonInfo:
        """Let the catalog know a file."""
        of = family or self.info.family
        info = AddonInfo(path.stem, path.stem.title(), kind, of, path)
        self.addons.setdefault(kind, []).append(info)
        return info

    def request(self, **changes: Any) -> Request:
        values: dict[str, Any] = {"prompt": "a cat", "negative_prompt": "rain", "seed": 7}
        values |= {"model": self.info.name, "width": 32, "height": 24, "guidance_scale": 4.0}
        return Request(**{**values, "num_inference_steps": STEPS, **changes})

    def adapt(self, request: Request) -> None:
        self.adapting.adapt(self.family, self.info, self.adapting.wishes(request, self.info))

    def ours(self, **changes: Any) -> torch.Tensor:
        """Latents (B, C, h, w) of a request with these changes."""
        request = self.request(**changes)
        self.adapt(request)
        *_, last = denoise(prepare(self.family, request))
        return last.latents

    @contextmanager
    def pipeline(self, pag: bool = False) -> Iterator[Any]:
        """The bare pipeline, for which the model is as it was afterwards."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield self._pipeline("PAGPipeline" if pag else "Pipeline")

    def theirs(self, pipeline: Any, **changes: Any) -> torch.Tensor:
        """What a bare pipeline makes of a request with these changes."""
        request = self.request(**changes)
        pag = {"pag_scale": request.pag_scale} if request.pag_scale else {}
        count = request.num_images_per_prompt
        latents: torch.Tensor = pipeline(
            request.prompt,
            negative_prompt=request.negative_prompt,
            num_inference_steps=request.num_inference_steps,
            guidance_scale=request.guidance_scale,
            num_images_per_prompt=count,
            generator=[torch.Generator().manual_seed(request.seed + i) for i in range(count)],
            width=request.width,
            height=request.height,
            clip_skip=request.clip_skip or None,
            output_type="latent",
            **pag,
        ).images
        return latents

    def with_loras(self, loras: Sequence[tuple[Path, Any]]) -> torch.Tensor:
        """What the bare pipeline makes with LoRAs and their weights."""
        with self.pipeline() as pipeline:
            for path, _ in loras:
                tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
                pipeline.load_lora_weights(tensors, adapter_name=path.stem)
            names, weights = [path.stem for path, _ in loras], [weight for _, weight in loras]
            pipeline.set_adapters(names, weights)
            try:
                return self.theirs(pipeline)
            finally:
                pipeline.unload_lora_weights()

    def _pipeline(self, kind: str) -> Any:
        bare = self.bare
        parts: dict[str, Any] = {"unet": bare.unet, "vae": bare.vae}
        if isinstance(bare, StableDiffusion):
            name = "StableDiffusion" + kind
            parts |= {"text_encoder": bare.text_encoder, "tokenizer": bare.tokenizer}
            parts |= {"safety_checker": None, "feature_extractor": None}
            parts |= {"requires_safety_checker": False}
        else:
            name = "StableDiffusionXL" + kind
            assert bare.clip is not None
            parts |= {"text_encoder": bare.clip.text_encoder, "tokenizer": bare.clip.tokenizer}
            parts |= {"text_encoder_2": bare.clip_2.text_encoder}
            parts |= {"tokenizer_2": bare.clip_2.tokenizer, "add_watermarker": False}
        config = dict(bare.scheduler_config)
        scheduler = diffusers.EulerDiscreteScheduler.from_config(config)  # type: ignore[no-untyped-call]
        pipeline = getattr(diffusers, name)(**parts, scheduler=scheduler)
        pipeline.set_progress_bar_config(disable=True)
        return pipeline
