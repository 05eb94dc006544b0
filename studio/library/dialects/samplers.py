"""What other programs call the samplers that the studio has, too.

A name tells the sampler and often the spacing of its steps: “DPM++ 2M Karras” (A1111),
“dpmpp_2m karras” (ComfyUI), “dpmpp_2m_k” (InvokeAI), “k_dpmpp_2m” (NovelAI).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from studio.domain.schedulers import Scheduler

_IDLE: Final = frozenset(
    {"gpu", "sampler", "discrete", "scheduler", "multistep", "normal", "automatic", "native"}
)
_SPACINGS: Final = frozenset(
    {"karras", "exponential", "polyexponential", "simple", "beta", "uniform", "sgm", "trailing"}
    | {"turbo", "ays", "kl", "optimal", "linear", "quadratic", "bong", "tangent"}
)
_NAMES: Final = {
    "euler": Scheduler.EULER,
    "euler a": Scheduler.EULER_A,
    "euler ancestral": Scheduler.EULER_A,
    "dpmpp 2m": Scheduler.DPMPP_2M,
    "dpmpp 2m sde": Scheduler.DPMPP_2M_SDE,
    "heun": Scheduler.HEUN,
    "ddim": Scheduler.DDIM,
    "unipc": Scheduler.UNIPC,
    "uni pc": Scheduler.UNIPC,
    "lcm": Scheduler.LCM,
}
# Steps that are spaced in another way, or a variant that ends almost the same.
_NEAR: Final = {
    "ddim v3": Scheduler.DDIM,
    "plms": Scheduler.DDIM,
    "pndm": Scheduler.DDIM,
    "ddpm": Scheduler.EULER_A,
    "heunpp2": Scheduler.HEUN,
    "uni pc bh2": Scheduler.UNIPC,
    "euler cfg pp": Scheduler.EULER,
    "euler ancestral cfg pp": Scheduler.EULER_A,
    "dpmpp 2m cfg pp": Scheduler.DPMPP_2M,
    "dpmpp 2m sde heun": Scheduler.DPMPP_2M_SDE,
    "dpmpp 2m alt": Scheduler.DPMPP_2M,
}


@dataclass(frozen=True, slots=True)
class SamplerMatch:
    """The scheduler that a name means. `is_exact` is False if it is only the nearest there is."""

    scheduler: Scheduler
    is_exact: bool


def match_sampler(name: str) -> SamplerMatch | None:
    """The scheduler of the studio for another program's name; None for one that it doesn't have."""
    words = re.split(r"[^a-z0-9]+", name.casefold().replace("dpm++", "dpmpp"))
    words = [word for word in words if word and word not in _IDLE]
    if words[:1] == ["k"]:
        words = words[1:]
    spacings = [word for word in words if word in _SPACINGS]
    words = [word for word in words if word not in _SPACINGS]
    if words[-1:] == ["k"]:
        spacings, words = ["karras"], words[:-1]
    base = " ".join(words)
    scheduler = _NAMES.get(base)
    if scheduler is Scheduler.DPMPP_2M and spacings == ["karras"]:
        return SamplerMatch(Scheduler.DPMPP_2M_KARRAS, is_exact=True)
    if scheduler is not None:
        return SamplerMatch(scheduler, is_exact=not spacings)
    near = _NEAR.get(base)
    return None if near is None else SamplerMatch(near, is_exact=False)
