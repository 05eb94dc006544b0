"""Qwen-Image-Edit: the language model sees the picture beside the prompt, the transformer its
latents.

Qwen team 2025, “Qwen-Image Technical Report”, section 2; Qwen-Image-Edit-2509 and 2511.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from PIL import Image

from studio.domain.errors import ModelRefused
from studio.engine.conditioning import Conditioning
from studio.engine.families.patches import pack
from studio.engine.families.qwen_image import QwenImage
from studio.engine.families.recipe import QWEN_TOKENIZERS, Recipe, check, differ

# In these words the language model was asked in training; what it makes of the first tokens, which
# are always the same, the transformer never saw.
_ASKED: Final = (
    "<|im_start|>system\nDescribe the key features of the input image (color, shape, size, "
    "texture, objects, background), then explain how the user's text instruction should alter or "
    "modify the image. Generate a new image that meets the user's requirements while maintaining "
    "consistency with the original input where appropriate.<|im_end|>\n"
    "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
)
_UNSEEN_TOKENS: Final = 64
_PATCH: Final = "<|image_pad|>"
_PICTURE: Final = "<|vision_start|><|image_pad|><|vision_end|>"
_SIDES_PX: Final = 32


class QwenImageEdit(QwenImage):
    """A `Family`: the parts of a Qwen-Image-Edit folder, bound together.

    Args:
        processor: prepares pictures for the language model.
        numbers_pictures: the prompt says which picture is which, and the language model sees small
            ones, as since 2509.
        others: as of `QwenImage`.
    """

    edits = True

    def __init__(self, *, processor: Any, numbers_pictures: bool, **others: Any) -> None:
        super().__init__(**others)
        self.processor = processor
        self._pictures = f"Picture 1: {_PICTURE}" if numbers_pictures else _PICTURE
        self.seen_pixels = 384 * 384 if numbers_pictures else 1024 * 1024

    def _looks_at(self, conditioning: Conditioning, images: int) -> list[torch.Tensor]:
        if conditioning.edited is None:
            return []
        latents = self._here(self.autoencoder.encode_exactly(conditioning.edited))
        return [pack(latents.expand(images, -1, -1, -1))]

    def _reading(self, conditioning: Conditioning) -> Callable[[str], torch.Tensor]:
        if conditioning.edited is None:
            return super()._reading(conditioning)
        if not hasattr(self.reader.text_encoder.config, "vision_config"):
            raise ModelRefused(
                "This model's text encoder is a GGUF file that can't see the picture to edit.",
                "Put what sees for it, the mmproj file of Qwen2.5-VL-7B, among the models, too.",
            )
        seen = self._prepared(conditioning.edited)
        patches = int(seen["image_grid_thw"].prod()) // self.processor.merge_size**2
        named = self._pictures.replace(_PATCH, _PATCH * patches)

        def read(text: str) -> torch.Tensor:
            encoder = self.reader.text_encoder
            asked = self.reader.tokenizer([_ASKED.format(named + text)], return_tensors="pt")
            output = encoder(
                input_ids=asked.input_ids.to(encoder.device),
                attention_mask=asked.attention_mask.to(encoder.device),
                pixel_values=seen["pixel_values"].to(encoder.device, encoder.dtype),
                image_grid_thw=seen["image_grid_thw"].to(encoder.device),
                output_hidden_states=True,
            )
            return self._here(output.hidden_states[-1][:, _UNSEEN_TOKENS:])

        return read

    def _prepared(self, edited: torch.Tensor) -> Any:
        """The first of pictures (B, 3, H, W) in [0, 1], as the language model sees it."""
        pixels = (edited[0].permute(1, 2, 0) * 255).round().to(torch.uint8).cpu().numpy()
        height, width = pixels.shape[:2]
        wide = (self.seen_pixels * width / height) ** 0.5
        size = [round(side / _SIDES_PX) * _SIDES_PX for side in (wide, wide * height / width)]
        picture = Image.fromarray(np.ascontiguousarray(pixels))
        smaller = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)
        return self.processor(images=[smaller], return_tensors="pt")


def _make(**parts: Any) -> QwenImage:
    wants, text = parts["transformer"].config, parts["text_encoder"].config.get_text_config()
    more = wants.guidance_embeds or wants.use_additional_t_cond or wants.use_layer3d_rope
    check(
        "Qwen-Image",
        (wants.in_channels != 4 * parts["vae"].config.z_dim, differ("transformer", "autoencoder")),
        (wants.joint_attention_dim != text.hidden_size, differ("transformer", "text encoder")),
        (more, "its transformer wants more than a prompt (perhaps Layered)"),
    )
    pipeline, processor = parts.pop("_class_name"), parts.pop("processor")
    if processor is None:
        return QwenImage(**parts)
    numbers = str(pipeline).startswith("QwenImageEditPlus")
    return QwenImageEdit(processor=processor, numbers_pictures=numbers, **parts)


RECIPE: Final = Recipe(
    parts={
        "transformer": frozenset({("diffusers", "QwenImageTransformer2DModel")}),
        "vae": frozenset({("diffusers", "AutoencoderKLQwenImage")}),
        "text_encoder": frozenset({("transformers", "Qwen2_5_VLForConditionalGeneration")}),
        "tokenizer": QWEN_TOKENIZERS,
        "processor": frozenset(
            {
                ("transformers", "Qwen2VLProcessor"),
                ("transformers", "Qwen2_5_VLProcessor"),
                ("transformers", "Qwen2VLImageProcessorPil"),
            }
        ),
    },
    make=_make,
    dtype=torch.bfloat16,
    optional=frozenset({"processor"}),
    settings=frozenset({"_class_name"}),
)
"""Of Qwen-Image and Qwen-Image-Edit: both go by one name, and only the second has a processor."""
