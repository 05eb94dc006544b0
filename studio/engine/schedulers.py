"""What each scheduler that artists know by name is made of, in diffusers' terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import diffusers
import torch

from studio.domain.errors import RequestError
from studio.domain.schedulers import Scheduler

# The options decide what the name promises; everything else is the model's own configuration.
RECIPES: Final[Mapping[Scheduler, tuple[str, Mapping[str, Any]]]] = {
    Scheduler.EULER: ("EulerDiscreteScheduler", {}),
    Scheduler.EULER_A: ("EulerAncestralDiscreteScheduler", {}),
    Scheduler.DPMPP_2M: (
        "DPMSolverMultistepScheduler",
        {"algorithm_type": "dpmsolver++", "solver_order": 2, "use_karras_sigmas": False},
    ),
    Scheduler.DPMPP_2M_KARRAS: (
        "DPMSolverMultistepScheduler",
        {"algorithm_type": "dpmsolver++", "solver_order": 2, "use_karras_sigmas": True},
    ),
    Scheduler.DPMPP_2M_SDE: (
        "DPMSolverMultistepScheduler",
        {"algorithm_type": "sde-dpmsolver++", "solver_order": 2, "use_karras_sigmas": False},
    ),
    Scheduler.HEUN: ("HeunDiscreteScheduler", {}),
    Scheduler.DDIM: ("DDIMScheduler", {}),
    Scheduler.UNIPC: ("UniPCMultistepScheduler", {}),
    Scheduler.LCM: ("LCMScheduler", {}),
}

VARIANCE_EXPLODING: Final = frozenset({Scheduler.EULER, Scheduler.EULER_A, Scheduler.HEUN})
"""Those that work on picture + sigma · noise and let the model see it scaled; the others mix the
latents as the model sees them (Song et al. 2021, “Score-based generative modeling”)."""

# StableDiffusionPipeline's constructor sets these two silently, whatever a model's file says.
STABLE_DIFFUSION_DEFAULTS: Final[Mapping[str, Any]] = {"steps_offset": 1, "clip_sample": False}


def make_scheduler(
    name: Scheduler, config: Mapping[str, Any], num_inference_steps: int
) -> Any:  # diffusers' schedulers share a base class without the methods that matter
    """The scheduler that `name` stands for, for a model with `config`, ready for its steps.

    `config` is the content of the model's scheduler_config.json; its prediction type, noise
    schedule and timestep spacing are respected. The timesteps stay on the CPU, so that no step
    waits for a GPU to read a number.

    Raises:
        RequestError: the scheduler can't do that many steps, or not with this model.
    """
    class_name, options = RECIPES[name]
    scheduler_class = getattr(diffusers, class_name)
    scheduler = scheduler_class.from_config({**config, **STABLE_DIFFUSION_DEFAULTS, **options})
    if name is Scheduler.LCM and num_inference_steps > scheduler.config.original_inference_steps:
        most = scheduler.config.original_inference_steps
        raise RequestError(
            f"The scheduler LCM takes at most {most} steps, not {num_inference_steps}.",
            "Take 4 to 8 steps, or another scheduler.",
        )
    if name is Scheduler.EULER_A and scheduler.config.prediction_type == "sample":
        raise RequestError(
            "The scheduler Euler a can't be used with this model, which predicts whole pictures.",
            "Choose another scheduler.",
        )
    scheduler.set_timesteps(num_inference_steps, device="cpu")
    return scheduler


def noise_level(scheduler: Any, index: int, timestep: torch.Tensor) -> tuple[float, float]:
    """How a model's input is mixed at one timestep: `alpha · picture + sigma · noise`.

    `index` counts in `scheduler.timesteps`. Both numbers are in [0, 1] and their squares add up to
    one, whatever parametrisation the scheduler itself works in.
    """
    if hasattr(scheduler, "sigmas"):
        ratio = float(scheduler.sigmas[index])  # noise to signal
        alpha = (1 + ratio**2) ** -0.5
        return alpha, ratio * alpha
    signal = float(scheduler.alphas_cumprod[int(timestep)])
    return signal**0.5, (1 - signal) ** 0.5
