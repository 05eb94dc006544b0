"""A refiner takes the last steps: it goes on from the first model's request as a branch would.

Where it begins is what diffusers calls denoising_end and denoising_start, a share of the timesteps
that the models were trained with (Podell et al. 2023).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import torch

from studio.domain.branch import Branch
from studio.domain.errors import RequestError
from studio.domain.request import Request
from studio.engine.flow_schedules import FAMILY_KEY
from studio.engine.schedule import Schedule, SchedulerConfig, schedule_of
from studio.prompting import split_loras

Asked = dict[Request, tuple[Request, ...]]
"""From requests that take steps to those as whose steps they may have been kept."""


def takers(request: Request, config_of: SchedulerConfig, asked: Asked) -> tuple[Request, ...]:
    """Who takes the steps that are `request`'s own, one after the other: requests without a
    refiner, as are those that they grow from. All of them are noted in `asked`.

    Raises:
        RequestError: the refiner is of another family than the model.
    """
    branch = request.branch
    parent = None
    if branch is not None:
        *_, parent = takers(branch.parent, config_of, asked)
    if request.refiner is None and (branch is None or parent is branch.parent):
        return (request,)
    plain = replace(request, refiner=None, branch=None)
    if branch is not None and parent is not None:
        plain = _grown(plain, replace(branch, parent=parent))
    found: tuple[Request, ...] = (plain,)
    asked[plain] = (request,)
    if request.refiner is not None:
        asked[plain] = (request, replace(request, refiner=None))
        begins = _begins_after(schedule_of(plain, config_of), request.refiner.start)
        refining = _refining(request, request.refiner.model, config_of)
        if begins <= (0 if branch is None else branch.step):
            found = (_grown(refining, plain.branch),)
        elif begins < request.steps_taken:
            found = (plain, _grown(refining, Branch(plain, begins)))
    asked[found[-1]] = asked.get(found[-1], (request,))
    return found


def last_taker(request: Request, config_of: SchedulerConfig) -> Request:
    """Who takes the last step of `request`, and so finishes the picture."""
    return takers(request, config_of, {})[-1]


def _begins_after(schedule: Schedule, start: float) -> int:
    """After which step the refiner begins."""
    trained = schedule.scheduler.config.num_train_timesteps
    cutoff = round(trained - start * trained)
    first_of_each: Sequence[torch.Tensor] = list(schedule.timesteps[:: schedule.scheduler.order])
    return schedule.first_step + sum(bool(timestep >= cutoff) for timestep in first_of_each)


def _refining(request: Request, name: str, config_of: SchedulerConfig) -> Request:
    """`request` for the refiner called `name`, without what fits only the model before it."""
    if config_of(name).get(FAMILY_KEY) != config_of(request.model).get(FAMILY_KEY):
        raise RequestError(
            f"“{name}” can't refine what “{request.model}” draws: it is of another family.",
            "Choose a refiner that was made for the model, or none.",
        )
    return replace(
        request,
        model=name,
        prompt=split_loras(request.prompt)[0],
        negative_prompt=split_loras(request.negative_prompt)[0],
        refiner=None,
        branch=None,
        loras=(),
        freeu=None,
        controls=(),
        references=(),
    )


def _grown(request: Request, branch: Branch | None) -> Request:
    """`request` with a branch, of several pictures, too: nobody can choose a step of these to go on
    from, so a request refuses it, but here all of them go on alike."""
    grown = copy.copy(request)
    object.__setattr__(grown, "branch", branch)
    return grown
