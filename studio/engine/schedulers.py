"""What each scheduler that artists know by name is made of, in diffusers' terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import diffusers
import torch

from studio.domain.errors import RequestError
from studio.domain.geometry import Size
from studio.domain.schedulers import Scheduler
from studio.engine.flow_schedules import flow_rule, is_flow, tokens_of

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

# The same names for models that were trained by flow matching.
FLOW_RECIPES: Final[Mapping[Scheduler, tuple[str, Mapping[str, Any]]]] = {
    Scheduler.EULER: ("FlowMatchEulerDiscreteScheduler", {}),
    Scheduler.HEUN: ("FlowMatchHeunDiscreteScheduler", {}),
    Scheduler.DPMPP_2M: ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++"}),
    Scheduler.DPMPP_2M_SDE: ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    Scheduler.UNIPC: ("UniPCMultistepScheduler", {}),
    Scheduler.LCM: ("FlowMatchLCMScheduler", {}),
}

VARIANCE_EXPLODING: Final = frozenset({Scheduler.EULER, Scheduler.EULER_A, Scheduler.HEUN})
"""Those that work on picture + sigma · noise and let the model see it scaled; the others mix the
latents as the model sees them (Song et al. 2021, “Score-based generative modeling”)."""

# StableDiffusionPipeline's constructor sets these two silently, whatever a model's file says.
STABLE_DIFFUSION_DEFAULTS: Final[Mapping[str, Any]] = {"steps_offset": 1, "clip_sample": False}


_SQUARE: Final = Size(1024, 1024)


def make_scheduler(
    name: Scheduler, config: Mapping[str, Any], num_inference_steps: int, size: Size = _SQUARE
) -> Any:  # diffusers' schedulers share a base class without the methods that matter
    """The scheduler that `name` stands for, for a model with `config`, ready for its steps.

    `config` is the content of the model's scheduler_config.json; its prediction type, noise
    schedule and timestep spacing are respected. Flow matching models space their steps by the
    `size` of the picture, too. The timesteps stay on the CPU, so that no step waits for a GPU to
    read a number.

    Raises:
        RequestError: the scheduler can't do that many steps, or not with this model.
    """
    if is_flow(config):
        return _make_flow_scheduler(name, config, num_inference_steps, size)
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


def _make_flow_scheduler(
    name: Scheduler, config: Mapping[str, Any], num_inference_steps: int, size: Size
) -> Any:
    """Multistep schedulers space flow steps by themselves, and so does FLUX's pipeline with them;
    the others take what the family's pipeline sets."""
    if name not in FLOW_RECIPES:
        raise RequestError(
            f"The scheduler {name} can't be used with this model, which is a flow matching model.",
            f"Choose one of: {', '.join(FLOW_RECIPES)}.",
        )
    class_name, options = FLOW_RECIPES[name]
    scheduler_class = getattr(diffusers, class_name)
    shift = config.get("shift", config.get("flow_shift", 1.0))
    spacing: dict[str, Any] = {}
    if config.get("use_dynamic_shifting"):
        tokens = tokens_of(size)
        spacing["mu"] = flow_rule(config).mu(config, tokens, num_inference_steps)
    if name in (Scheduler.DPMPP_2M, Scheduler.DPMPP_2M_SDE, Scheduler.UNIPC):
        options = {
            **options,
            "solver_order": 2,
            "use_flow_sigmas": True,
            "prediction_type": "flow_prediction",
            "flow_shift": shift,
        }
    else:
        options = {**options, "shift": shift}
        spacing["sigmas"] = flow_rule(config).sigmas(num_inference_steps)
    scheduler = scheduler_class.from_config({**config, **options})
    if name is Scheduler.HEUN:
        scheduler.set_timesteps(num_inference_steps, device="cpu")
        _space_as(scheduler, make_scheduler(Scheduler.EULER, config, num_inference_steps, size))
    else:
        scheduler.set_timesteps(num_inference_steps, device="cpu", **spacing)
    return scheduler


def _space_as(heun: Any, euler: Any) -> None:
    """Give Heun the sigmas of Euler: by itself it knows nothing of the size of pictures.

    All but the first are evaluated twice, at the end of a step and at the next one's start.
    """
    heun.timesteps = torch.cat([euler.timesteps[:1], euler.timesteps[1:].repeat_interleave(2)])
    between = euler.sigmas[1:-1].repeat_interleave(2)
    heun.sigmas = torch.cat([euler.sigmas[:1], between, euler.sigmas[-1:]])


def noise_level(scheduler: Any, index: int, timestep: torch.Tensor) -> tuple[float, float]:
    """How a model's input is mixed at one timestep: `alpha · picture + sigma · noise`.

    `index` counts in `scheduler.timesteps`. Both numbers are in [0, 1]. Their squares add up to
    one, whatever parametrisation the scheduler itself works in; with a flow matching model they
    themselves do.
    """
    if is_flow_scheduler(scheduler):
        sigma = float(scheduler.sigmas[index])
        return 1 - sigma, sigma
    if hasattr(scheduler, "sigmas"):
        ratio = float(scheduler.sigmas[index])  # noise to signal
        alpha = (1 + ratio**2) ** -0.5
        return alpha, ratio * alpha
    signal = float(scheduler.alphas_cumprod[int(timestep)])
    return signal**0.5, (1 - signal) ** 0.5


def is_flow_scheduler(scheduler: Any) -> bool:
    """Whether a scheduler that `make_scheduler` made is for a flow matching model."""
    return bool(scheduler.config.get("use_flow_sigmas")) or is_flow(
        {"_class_name": type(scheduler).__name__}
    )
