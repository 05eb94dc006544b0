"""diffusers' pipeline classes that the studio's families stand for, and the parts each needs.

Source: the parts that diffusers 0.42's pipelines register, less those that judge pictures or are
optional there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from studio.domain.model import ModelTask

INDEX: Final = "model_index.json"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What a pipeline class tells. `denoiser` is the name of its largest part; `parts` must be
    there, and all but tokenizers, processors and the scheduler have weights."""

    family: str
    task: ModelTask
    denoiser: str
    parts: tuple[str, ...]
    variant: str = ""

    @property
    def weighted(self) -> tuple[str, ...]:
        return tuple(part for part in self.parts if not part.startswith(_WITHOUT_WEIGHTS))


_WITHOUT_WEIGHTS: Final = ("tokenizer", "scheduler", "processor", "feature_extractor")
_ONE: Final = ("vae", "text_encoder", "tokenizer", "scheduler")
_TWO: Final = (*_ONE, "text_encoder_2", "tokenizer_2")
_REFINER: Final = ("vae", "scheduler", "text_encoder_2", "tokenizer_2")
_SD: Final = Pipeline("sd", ModelTask.TEXT, "unet", ("unet", *_ONE))
_SDXL: Final = Pipeline("sdxl", ModelTask.TEXT, "unet", ("unet", *_TWO))
_SD3: Final = Pipeline("sd3", ModelTask.TEXT, "transformer", ("transformer", *_TWO))
_FLUX: Final = Pipeline("flux", ModelTask.TEXT, "transformer", ("transformer", *_TWO))
_FLUX2: Final = Pipeline("flux2", ModelTask.TEXT, "transformer", ("transformer", *_ONE))
_Z_IMAGE: Final = Pipeline("z-image", ModelTask.TEXT, "transformer", ("transformer", *_ONE))
_QWEN: Final = Pipeline("qwen-image", ModelTask.TEXT, "transformer", ("transformer", *_ONE))
_QWEN_EDIT: Final = replace(
    _QWEN, task=ModelTask.EDIT, parts=(*_QWEN.parts, "processor"), variant="edit"
)
REFINER: Final = replace(_SDXL, task=ModelTask.REFINER, parts=("unet", *_REFINER))
"""What the class for pictures from pictures stands for where it has no first text encoder."""

PIPELINES: Final[Mapping[str, Pipeline]] = {
    "StableDiffusionPipeline": _SD,
    "StableDiffusionImg2ImgPipeline": _SD,
    "LatentConsistencyModelPipeline": _SD,
    "StableDiffusionInpaintPipeline": _SD,
    "StableDiffusionInstructPix2PixPipeline": _SD,
    "StableDiffusionXLPipeline": _SDXL,
    "StableDiffusionXLImg2ImgPipeline": _SDXL,
    "StableDiffusionXLInpaintPipeline": _SDXL,
    "StableDiffusionXLInstructPix2PixPipeline": _SDXL,
    "StableDiffusion3Pipeline": _SD3,
    "StableDiffusion3Img2ImgPipeline": _SD3,
    "StableDiffusion3InpaintPipeline": _SD3,
    "FluxPipeline": _FLUX,
    "FluxImg2ImgPipeline": _FLUX,
    "FluxInpaintPipeline": _FLUX,
    "FluxFillPipeline": replace(_FLUX, task=ModelTask.INPAINT, variant="fill"),
    "FluxKontextPipeline": replace(_FLUX, task=ModelTask.EDIT, variant="kontext"),
    "FluxKontextInpaintPipeline": replace(_FLUX, task=ModelTask.EDIT, variant="kontext"),
    "Flux2Pipeline": replace(_FLUX2, variant="dev"),
    "Flux2KleinPipeline": replace(_FLUX2, variant="klein"),
    "ZImagePipeline": _Z_IMAGE,
    "ZImageImg2ImgPipeline": _Z_IMAGE,
    "ZImageInpaintPipeline": _Z_IMAGE,
    "QwenImagePipeline": _QWEN,
    "QwenImageImg2ImgPipeline": _QWEN,
    "QwenImageInpaintPipeline": _QWEN,
    "QwenImageEditPipeline": _QWEN_EDIT,
    "QwenImageEditPlusPipeline": _QWEN_EDIT,
    "QwenImageEditInpaintPipeline": _QWEN_EDIT,
}
