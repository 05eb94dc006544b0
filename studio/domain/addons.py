"""What the studio knows about the files that change or complete a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final


class AddonKind(StrEnum):
    """What such a file is. An image encoder lets an IP-Adapter see; text encoders and bare
    diffusion models are parts of a whole one that lie in files of their own; an annotator finds
    depth or a pose in a picture; a segmenter finds the thing at a point of it; an upscaler makes
    it larger."""

    LORA = "lora"
    EMBEDDING = "embedding"
    VAE = "vae"
    CONTROLNET = "controlnet"
    T2I_ADAPTER = "t2i-adapter"
    IP_ADAPTER = "ip-adapter"
    IMAGE_ENCODER = "image-encoder"
    TEXT_ENCODER = "text-encoder"
    DIFFUSION_MODEL = "diffusion-model"
    ANNOTATOR = "annotator"
    SEGMENTER = "segmenter"
    UPSCALER = "upscaler"

    @property
    def words(self) -> str:
        """What one is called: “LoRA”, “IP-Adapter”, “text encoder”."""
        return _WORDS.get(self, self.replace("-", " "))


_WORDS: Final[Mapping[AddonKind, str]] = {
    AddonKind.LORA: "LoRA",
    AddonKind.VAE: "VAE",
    AddonKind.CONTROLNET: "ControlNet",
    AddonKind.T2I_ADAPTER: "T2I-adapter",
    AddonKind.IP_ADAPTER: "IP-Adapter",
}


@dataclass(frozen=True, slots=True)
class AddonInfo:
    """A file or diffusers folder on this disk that goes with models of one family.

    `name` is what a Request names: unique among those of its `kind`, the file's or folder's name
    without its end. `family` is one of FAMILY_TITLES, empty where the header doesn't tell.
    `variant` says more where a kind comes in several: which text encoder ("clip-l", "clip-g",
    "t5-xxl"…), which LoRA layout ("kohya", "diffusers", "lycoris"…), which use of a ControlNet
    ("canny", "depth"…). `trigger_words` are what its maker says to write into the prompt.
    `written_hash` is what a LoRA's trainer wrote of its weights' sha256, its first 12 digits.
    """

    name: str
    title: str
    kind: AddonKind
    family: str
    path: Path
    variant: str = ""
    precision: str = ""
    parameters: int = 0
    size_bytes: int = 0
    licence: str = "unknown"
    trigger_words: tuple[str, ...] = ()
    written_hash: str = ""
