"""What the studio knows about a model before it loads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from studio.domain.geometry import Size
from studio.domain.schedulers import Scheduler

FAMILY_TITLES: Final[Mapping[str, str]] = {
    "sd": "Stable Diffusion 1",
    "sd2": "Stable Diffusion 2",
    "sdxl": "Stable Diffusion XL",
    "sd3": "Stable Diffusion 3",
    "flux": "FLUX.1",
    "flux2": "FLUX.2",
    "z-image": "Z-Image",
    "qwen-image": "Qwen-Image",
}
"""The families by the names that `ModelInfo.family` and `AddonInfo.family` use, for people."""


class ModelTask(StrEnum):
    """What a model was made for: pictures from text, what a mask leaves open, changing a picture as
    the prompt says, or the last steps of another model's pictures."""

    TEXT = "text"
    INPAINT = "inpaint"
    EDIT = "edit"
    REFINER = "refiner"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model on this disk that can draw pictures, or a refiner of others' pictures.

    `name` is what a Request names (unique, the name of the folder, or of the file without its
    end); `title` is for people. `family` names the engine's file for it (FAMILY_TITLES). `path` is
    a folder in diffusers' layout or a safetensors file. Sides of a picture must be multiples of
    `size_multiple_px`; `sizes` are the presets to offer, the native one first. The defaults are
    where it draws best; `default_upscale` is how many times larger its pictures are finished.

    `prediction_type` is diffusers' word for what the model predicts ("epsilon", "v_prediction",
    "sample", "flow_prediction"), empty where its header doesn't tell. `precision` is that of most
    of its weights ("fp32", "fp16", "bf16", "fp8", "gguf Q4_K"…); `parameters` and `size_bytes` are
    of all its parts together, 0 where unknown. `parts` are further files that it needs, where the
    one at `path` holds its denoising network only: text encoders and a VAE.
    """

    name: str
    title: str
    family: str
    path: Path
    size_multiple_px: int
    sizes: tuple[Size, ...]
    default_steps: int
    default_guidance_scale: float
    default_scheduler: Scheduler
    licence: str
    example_prompts: tuple[str, ...] = ()
    default_upscale: int = 1
    task: ModelTask = ModelTask.TEXT
    prediction_type: str = ""
    precision: str = ""
    parameters: int = 0
    size_bytes: int = 0
    parts: tuple[Path, ...] = ()

    @property
    def native_size(self) -> Size:
        return self.sizes[0]

    @property
    def draws_alone(self) -> bool:
        """Whether pictures can be begun with it: a refiner only takes another model's last
        steps."""
        return self.task is not ModelTask.REFINER

    @property
    def guides_by_picture(self) -> bool:
        """Whether it has a guidance of its own by the picture that it changes: InstructPix2Pix."""
        return self.task is ModelTask.EDIT and self.family in ("sd", "sd2", "sdxl")

    @property
    def can_edit(self) -> bool:
        """Whether it can look at a picture and change it as the prompt says."""
        return self.task is ModelTask.EDIT or self.family == "flux2"
