"""What each intent of an artist means for the numbers that decide a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from studio.domain.inpaint import Fill, Intent


@dataclass(frozen=True, slots=True)
class IntentValues:
    """`strength` and `fill` as in Request and Inpaint, for a model that draws 512 px or more.
    `needs_prompt` says whether an empty prompt would be a mistake."""

    strength: float
    fill: Fill
    needs_prompt: bool


# FILL and REMOVE begin with the colours around the mask and stay near them; the less strength, the
# fewer new things appear. With the strength of REPLACE nothing is left of what was there.
INTENTS: Final[Mapping[Intent, IntentValues]] = {
    Intent.FILL: IntentValues(0.6, Fill.BORDER, needs_prompt=False),
    Intent.REPLACE: IntentValues(1.0, Fill.BORDER, needs_prompt=True),
    Intent.ADD: IntentValues(0.85, Fill.ORIGINAL, needs_prompt=True),
    Intent.REMOVE: IntentValues(0.5, Fill.BORDER, needs_prompt=False),
    Intent.VARY: IntentValues(0.45, Fill.ORIGINAL, needs_prompt=False),
    Intent.EXPAND: IntentValues(0.7, Fill.BORDER, needs_prompt=False),
}
