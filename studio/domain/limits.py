"""The limits of what a request may ask for, and what it asks for by itself."""

from __future__ import annotations

from typing import Final

MAX_PROMPT_CHARS: Final = 20_000
MAX_STEPS: Final = 200
MAX_STEPS_OF_BOTH: Final = 2 * MAX_STEPS
"""Of a picture in two passes."""
MAX_GUIDANCE_SCALE: Final = 50.0
MAX_PAG_SCALE: Final = 20.0
MAX_IMAGE_GUIDANCE_SCALE: Final = 20.0
IMAGE_GUIDANCE_SCALE: Final = 1.5
"""As published with InstructPix2Pix; a request that wants no other says nothing of it."""
MAX_CLIP_SKIP: Final = 24
MAX_SEED: Final = 2**63 - 1
MAX_SIDE_PX: Final = 8192
MIN_SIDE_PX: Final = 16
MAX_IMAGES_PER_PROMPT: Final = 64
