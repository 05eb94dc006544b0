"""How far apart the steps of a flow matching model are: each family's own rules.

Such a model goes from noise to picture in a straight line, x = (1 − sigma) · picture + sigma ·
noise (Lipman et al. 2022, “Flow matching for generative modeling”; Liu et al. 2022, “Flow straight
and fast”). The larger a picture, the more noise hides it, so the steps are shifted towards noise by
a number `mu` that comes from how many tokens the picture has (Esser et al. 2024, section 5.3.2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch

from studio.domain.geometry import Size

FAMILY_KEY: Final = "_family"
"""Under which entry of its scheduler_config a model's family is found: diffusers' files don't tell
how its pipelines space the steps."""

# A token stands for so many pixels in both directions, in every family that there is.
_TOKEN_PX: Final = 16


@dataclass(frozen=True, slots=True)
class FlowRule:
    """One family's way to set its steps.

    `sigmas` gives those of so many steps before they are shifted, None where the scheduler's own
    are taken. `mu` is called with the scheduler's configuration, how many tokens the picture has
    and how many steps there are.
    """

    sigmas: Callable[[int], Sequence[float] | None]
    mu: Callable[[Mapping[str, Any], int, int], float]


def is_flow(config: Mapping[str, Any]) -> bool:
    """Whether a scheduler_config.json is of a flow matching model."""
    named = str(config.get("_class_name", "")).startswith("FlowMatch")
    return named or config.get("prediction_type") == "flow_prediction"


def flow_rule(config: Mapping[str, Any]) -> FlowRule:
    """How the model with this configuration sets its steps."""
    return FLOW_RULES.get(str(config.get(FAMILY_KEY)), _FLUX)


def tokens_of(size: Size) -> int:
    """How many tokens a picture of `size` has."""
    return (size.width // _TOKEN_PX) * (size.height // _TOKEN_PX)


def linear_mu(config: Mapping[str, Any], tokens: int, steps: int) -> float:
    """In a straight line through the shifts of the smallest and the largest training picture, as
    FLUX.1 has it."""
    smallest, largest = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
    least, most = config.get("base_shift", 0.5), config.get("max_shift", 1.15)
    slope = (most - least) / (largest - smallest)
    return float(tokens * slope + (least - slope * smallest))


def empirical_mu(config: Mapping[str, Any], tokens: int, steps: int) -> float:
    """From both tokens and steps, by measured lines for 10 and for 200 steps, as FLUX.2 has it."""
    many = 0.00016927 * tokens + 0.45666666
    if tokens > 4300:
        return many
    few = 8.73809524e-05 * tokens + 1.89833333
    slope = (many - few) / 190.0
    return slope * steps + (many - 200.0 * slope)


def _even_sigmas(steps: int) -> Sequence[float]:
    return list(np.linspace(1.0, 1 / steps, steps))


def _even_single_sigmas(steps: int) -> Sequence[float]:
    """The same, counted in single precision."""
    sigmas: list[float] = torch.linspace(1.0, 1 / steps, steps).tolist()
    return sigmas


_FLUX: Final = FlowRule(_even_sigmas, linear_mu)

FLOW_RULES: Final[Mapping[str, FlowRule]] = {
    "sd3": FlowRule(lambda steps: None, linear_mu),
    "flux": _FLUX,
    "flux2": FlowRule(_even_sigmas, empirical_mu),
    "z-image": FlowRule(_even_single_sigmas, linear_mu),
    "qwen-image": _FLUX,
}
"""By the names of `ModelInfo.family`."""
