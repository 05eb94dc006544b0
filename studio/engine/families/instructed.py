"""UNets that see the picture which they are to change as the prompt says, beside the latents.

Brooks et al. 2023, “InstructPix2Pix: Learning to follow image editing instructions”.
"""

from __future__ import annotations

import torch

from studio.engine.conditioning import SOMETIME, Moment
from studio.engine.families.family import Predict


def instructed(
    predict: Predict, picture: torch.Tensor, guidance_scale: float, image_guidance_scale: float
) -> Predict:
    """Guidance by the prompt and by `picture`, its latents (B, C, h, w) as the autoencoder gives
    them; `image_guidance_scale` is how much more of it there is to be than without it.

    `predict` takes (3·B, 2·C, h, w), of which a third each is told the prompt, nothing, and
    nothing without the picture; without guidance, the first third alone.
    """
    if guidance_scale <= 1:

        def unguided(
            model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment = SOMETIME
        ) -> torch.Tensor:
            return predict(torch.cat([model_input, picture], dim=1), timestep, moment)

        return unguided
    pictures = torch.cat([picture, picture, torch.zeros_like(picture)])

    def guided(
        model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment = SOMETIME
    ) -> torch.Tensor:
        seen = torch.cat([torch.cat([model_input] * 3), pictures], dim=1)
        told, shown, without = predict(seen, timestep, moment).chunk(3)
        return without + guidance_scale * (told - shown) + image_guidance_scale * (shown - without)

    return guided
