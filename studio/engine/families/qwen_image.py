"""Qwen-Image: Qwen2.5-VL reads the prompt, a transformer sees tokens of 2 × 2 latents.

Qwen team 2025, “Qwen-Image Technical Report”.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch

from studio.domain.request import Request
from studio.engine.conditioning import SOMETIME, Conditioning, Moment
from studio.engine.families.chat import ChatReader
from studio.engine.families.family import Predict
from studio.engine.families.frame_autoencoder import FrameAutoencoder
from studio.engine.families.patches import pack, unpack
from studio.engine.families.transformer import TransformerFamily
from studio.engine.replay import Replay

# In these words the language model was asked in training; what it makes of the first tokens, which
# are always the same, the transformer never saw.
_ASKED: Final = (
    "<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, "
    "quantity, text, spatial relationships of the objects and background:<|im_end|>\n"
    "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
)
_UNSEEN_TOKENS: Final = 34
_TOKENS: Final = 1024


class QwenImage(TransformerFamily):
    """A `Family`: the parts of a Qwen-Image folder, bound together.

    Args:
        text_encoder, tokenizer: Qwen2.5-VL, a language model that is asked to describe.
        others: as of `TransformerFamily`; the transformer predicts from tokens (B, N, 4 · C), a
            timestep and embeddings (B, tokens, width), the vae is an AutoencoderKLQwenImage.
    """

    factors = "qwen-image"
    autoencoder_class = FrameAutoencoder

    def __init__(self, *, text_encoder: Any, tokenizer: Any, **others: Any) -> None:
        super().__init__(**others)
        self._steps_away = Replay(self._evaluate)
        self.reader = ChatReader(text_encoder, tokenizer, self._tokens)

    def forget_steps(self) -> None:
        """The transformer isn't what it was: nothing that was written down of it holds any more."""
        super().forget_steps()
        self._steps_away = Replay(self._evaluate)

    def _tokens(self, text: str) -> Any:
        return self.reader.tokenizer(
            [_ASKED.format(text)],
            max_length=_TOKENS + _UNSEEN_TOKENS,
            padding=True,
            truncation=True,
            return_tensors="pt",
        )

    def _bind(self, request: Request, conditioning: Conditioning) -> Predict:
        """Guided predictions are as long, token by token, as unguided ones."""
        images, scale = request.num_images_per_prompt, request.guidance_scale
        told = self._looks_at(conditioning, images)
        read = self._reading(conditioning)
        prompt = read(request.prompt).repeat(images, 1, 1)
        towards, look = self._telling(prompt, *told), self._looking(conditioning, prompt, *told)
        away = None
        if scale > 1:
            # Two prompts are of two lengths: each way is written down for itself.
            negative = read(request.negative_prompt).repeat(images, 1, 1)
            away = self._telling(negative, *told, steps=self._steps_away)

        def predict(
            model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment = SOMETIME
        ) -> torch.Tensor:
            # What controls say to the prompt they say to both.
            more = look(model_input, timestep, moment)
            output = towards(model_input, timestep, more)
            if away is not None:
                without = away(model_input, timestep, more)
                guided = without + scale * (output - without)
                length = torch.norm(output, dim=-1, keepdim=True)
                output = guided * (length / torch.norm(guided, dim=-1, keepdim=True))
            return unpack(output, *model_input.shape[-2:])

        return predict

    def _reading(self, conditioning: Conditioning) -> Callable[[str], torch.Tensor]:
        """From a prompt to its embeddings (1, tokens, width)."""

        def read(text: str) -> torch.Tensor:
            states = self.reader.read(text).states[-1]
            return self._here(states[:, _UNSEEN_TOKENS:][:, :_TOKENS])

        return read

    def _looks_at(self, conditioning: Conditioning, images: int) -> list[torch.Tensor]:
        """Tokens (images, N, 4 · C) of pictures that it sees beside the one that it draws, each as
        large as that."""
        return []

    def _named(
        self, model_input: torch.Tensor, timestep: torch.Tensor, *told: torch.Tensor
    ) -> dict[str, Any]:
        embeddings, *seen = told
        tokens = pack(model_input)
        images, _, height, width = model_input.shape
        shapes = [(1, height // 2, width // 2)] * (1 + len(seen))
        return {
            "hidden_states": torch.cat([tokens, *seen], dim=1) if seen else tokens,
            "timestep": timestep.expand(len(tokens)).to(tokens.dtype) / 1000,
            "guidance": None,
            "encoder_hidden_states_mask": None,
            "encoder_hidden_states": embeddings,
            "img_shapes": [shapes] * images,
        }

    def _drawn(self, output: torch.Tensor, model_input: torch.Tensor) -> torch.Tensor:
        """As tokens (B, N, 4 · C)."""
        height, width = model_input.shape[-2:]
        return output[:, : height * width // 4]
