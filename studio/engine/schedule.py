"""Which noise levels a request's steps go through: a whole way, or the rest of another one's."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch

from studio.domain.geometry import Size
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.conditioning import Moment
from studio.engine.flow_schedules import flow_rule
from studio.engine.schedulers import (
    VARIANCE_EXPLODING,
    is_flow_scheduler,
    make_scheduler,
    noise_level,
)

SchedulerConfig = Callable[[str], Mapping[str, Any]]
"""From a model's name to the content of its scheduler_config.json."""

NoiseLevel = tuple[float, float]
"""How a model's input is mixed: alpha · picture + sigma · noise. alpha² + sigma² = 1, but with flow
matching models alpha + sigma = 1."""

# Schedules of so many steps more or less than the best guess are looked at, too: some spacings
# come out one step too long, and rounded timesteps go down in stairs.
_NEIGHBOURS: Final = 2


@dataclass(frozen=True, slots=True)
class Schedule:
    """A scheduler that is ready for its first step, and where it leads.

    `timesteps` are those of all model evaluations, on the CPU; `noise_levels` are what the model's
    input is mixed of there. A step of the artist is `scheduler.order` of them (Heun evaluates the
    model twice for each step but the last). The first one comes after step `first_step` of the
    whole way, of which `progress`, 0 to 1, lies behind then. With `explodes` the scheduler works
    on picture + (sigma / alpha) · noise, else on alpha · picture + sigma · noise. `flows` says that
    it is one for flow matching models.
    """

    scheduler: Any
    timesteps: torch.Tensor
    noise_levels: list[NoiseLevel]
    explodes: bool
    first_step: int = 0
    progress: float = 0.0
    flows: bool = False

    @property
    def prediction_type(self) -> str:
        """What the model predicts, in diffusers' words."""
        if self.flows:
            return "flow_prediction"
        named: str = self.scheduler.config.prediction_type
        return named

    @property
    def total_steps(self) -> int:
        """The number of the last step."""
        order: int = self.scheduler.order
        return self.first_step + -(-len(self.timesteps) // order)

    def index_after(self, step: int) -> int:
        """Which evaluation comes first after `step`."""
        order: int = self.scheduler.order
        return (step - self.first_step) * order

    def level_after(self, step: int) -> NoiseLevel:
        """What the latents are mixed of after `step`, which isn't the last one."""
        return self.noise_levels[self.index_after(step)]

    def progress_at(self, index: int) -> float:
        """How much of the whole way lies behind before evaluation `index`, 0 to 1."""
        return self.progress + (1 - self.progress) * (index / len(self.timesteps))

    def moment(self, index: int) -> Moment:
        """Evaluation `index` on the whole way."""
        return Moment(self.progress_at(index), self.progress_at(index + 1))

    @property
    def initial_scale(self) -> float:
        """What standard normal noise is multiplied with where there is nothing else."""
        scale: float = getattr(self.scheduler, "init_noise_sigma", 1.0)
        return scale

    def seen(self, latents: torch.Tensor, index: int) -> torch.Tensor:
        """The scheduler's latents as the model wants to see them in evaluation `index`."""
        if self.flows:
            return latents
        scaled: torch.Tensor = self.scheduler.scale_model_input(latents, self.timesteps[index])
        return scaled

    def under_noise(self, clean: torch.Tensor, noise: torch.Tensor, index: int) -> torch.Tensor:
        """Latents of a picture, (B, C, h, w), as the scheduler has them before evaluation `index`,
        which is the one that it comes to next."""
        if not self.flows:
            mixed: torch.Tensor = self.scheduler.add_noise(
                clean, noise, self.timesteps[index : index + 1]
            )
            return mixed
        sigmas = self.scheduler.sigmas.to(clean.device, clean.dtype)
        sigma = sigmas[len(self.scheduler.timesteps) - len(self.timesteps) + index]
        straight: torch.Tensor = sigma * noise + (1.0 - sigma) * clean
        return straight


def schedule_of(request: Request, config_of: SchedulerConfig) -> Schedule:
    """The schedule by which `request` takes its own steps.

    A branch that changes neither scheduler nor number of steps goes on by its parent's. Any other
    one takes the last steps of a fresh schedule: of that one whose remaining steps begin nearest to
    the noise level that the parent had.

    Raises:
        RequestError: the scheduler can't take that many steps, or not with this model.
    """
    config, branch = config_of(request.model), request.branch
    if branch is None:
        return _last_steps(request.scheduler, config, request.num_inference_steps, request)
    parent = who_took(branch.parent, branch.step)
    before = schedule_of(parent, config_of)
    if goes_on(request, parent, before, config_of):
        return before
    if is_noise_alone(request, branch.step):
        return _last_steps(request.scheduler, config, request.num_inference_steps, request)
    left = request.whole_way - branch.step
    level = before.level_after(branch.step)
    total = _nearest_total(request.scheduler, config, left, level, request.size)
    progress = before.progress_at(before.index_after(branch.step))
    return _last_steps(request.scheduler, config, total, request, branch.step, progress)


def goes_on(
    request: Request, parent: Request, schedule: Schedule, config_of: SchedulerConfig
) -> bool:
    """Whether a branch takes its steps by the `schedule` of its parent, whose scheduler then goes
    on as if nothing had happened."""
    if request.scheduler is not parent.scheduler:
        return False
    if request.num_inference_steps != parent.num_inference_steps:
        return False
    if request.model == parent.model:
        return True
    config = config_of(request.model)
    if flow_rule(config) is not flow_rule(config_of(parent.model)):
        return False
    fresh = make_scheduler(request.scheduler, config, request.num_inference_steps, request.size)
    return _settings(fresh) == _settings(schedule.scheduler)


def who_took(request: Request, step: int) -> Request:
    """Whose state it is that `request` has after `step`: its own, or that of an ancestor."""
    while request.branch is not None and step < request.branch.step:
        request = request.branch.parent
    return request


def origin(request: Request) -> Request:
    """The request that took the first step: from its seed come the noise and the start."""
    while request.branch is not None:
        request = request.branch.parent
    return request


def is_noise_alone(request: Request, step: int) -> bool:
    """Whether there is nothing of a picture in the latents after `step`."""
    drawn = request.init_image is None or (request.inpaint is not None and request.strength == 1)
    return step == 0 and drawn


def timestep_of(scheduler: Any, level: NoiseLevel) -> float:
    """At which timestep a model of `scheduler`'s noise schedule was trained with `level`."""
    if is_flow_scheduler(scheduler):
        return float(level[1] * scheduler.config.num_train_timesteps)
    signal = scheduler.alphas_cumprod.double()
    ratios = ((1 - signal) / signal).log() / 2
    wanted = _log_ratio(level)
    after = min(max(int(torch.searchsorted(ratios, wanted)), 1), len(ratios) - 1)
    below, above = float(ratios[after - 1]), float(ratios[after])
    part = (wanted - below) / (above - below)
    return after - 1 + min(max(part, 0.0), 1.0)


def is_same_level(level: NoiseLevel, other: NoiseLevel) -> bool:
    """Whether two levels differ by no more than their schedules round."""
    return abs(_log_ratio(level) - _log_ratio(other)) < 1e-4


def _last_steps(
    name: Scheduler,
    config: Mapping[str, Any],
    total: int,
    request: Request,
    first_step: int = 0,
    progress: float = 0.0,
) -> Schedule:
    """What `request` has left after `first_step`, as the last steps of a schedule of `total`."""
    scheduler = make_scheduler(name, config, total, request.size)
    left = request.whole_way - first_step
    begin_index = (total - left) * scheduler.order
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(begin_index)
    timesteps = scheduler.timesteps[begin_index:]
    return Schedule(
        scheduler=scheduler,
        timesteps=timesteps,
        noise_levels=[noise_level(scheduler, begin_index + i, t) for i, t in enumerate(timesteps)],
        explodes=name in VARIANCE_EXPLODING and not is_flow_scheduler(scheduler),
        first_step=first_step,
        progress=progress,
        flows=is_flow_scheduler(scheduler),
    )


def _nearest_total(
    name: Scheduler, config: Mapping[str, Any], left: int, level: NoiseLevel, size: Size
) -> int:
    """Of how many steps a schedule is whose last `left` begin nearest to `level`.

    The more steps there are, the less noise the last ones begin with.
    """
    scheduler = make_scheduler(name, config, left, size)
    most = scheduler.config.num_train_timesteps - 1
    if name is Scheduler.LCM and not is_flow_scheduler(scheduler):
        most = scheduler.config.original_inference_steps
    wanted = _log_ratio(level)

    def begins_at(total: int) -> tuple[float, bool]:
        """The logarithm of noise to signal, and whether there are as many steps as asked for."""
        scheduler = make_scheduler(name, config, total, size)
        timesteps, order = scheduler.timesteps, scheduler.order
        index = (total - left) * order
        ratio = _log_ratio(noise_level(scheduler, index, timesteps[index]))
        return ratio, len(timesteps) == (total - 1) * order + 1

    def distance(total: int) -> float:
        reached, whole = begins_at(total)
        return abs(reached - wanted) if whole else math.inf

    totals = range(left, most + 1)
    guess = left + bisect_left(totals, -wanted, key=lambda total: -begins_at(total)[0])
    near = range(max(left, guess - _NEIGHBOURS), min(most, guess + _NEIGHBOURS) + 1)
    return min(near, key=distance)


def _log_ratio(level: NoiseLevel) -> float:
    """The logarithm of noise to signal."""
    alpha, sigma = level
    return math.log(max(sigma, 1e-12) / max(alpha, 1e-12))


def _settings(scheduler: Any) -> dict[str, Any]:
    return {name: value for name, value in scheduler.config.items() if not name.startswith("_")}
