"""A grid of pictures that differ in up to three settings: the x/y/z plot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import product
from typing import Final

from studio.domain.checks import shown
from studio.domain.errors import RequestError
from studio.domain.request import Request

MAX_VALUES: Final = 64
MAX_CELLS: Final = 400
_RANGE: Final = re.compile(
    r"\s*(-?\d+(?:\.\d+)?)\s*-\s*(-?\d+(?:\.\d+)?)"
    r"(?:\s*\(\s*([+-]?\d+(?:\.\d+)?)\s*\)|\s*\[\s*(\d+)\s*\])?\s*"
)
_PART: Final = re.compile(r'\s*"((?:[^"\\]|\\.)*)"[^,]*|([^,]*)')


class Setting(StrEnum):
    """What may differ along one side of the grid."""

    PROMPT = "prompt words"
    SEED = "seed"
    STEPS = "steps"
    GUIDANCE_SCALE = "guidance scale"
    SCHEDULER = "scheduler"
    STRENGTH = "strength"
    MODEL = "model"

    @property
    def is_number(self) -> bool:
        return self in (Setting.SEED, Setting.STEPS, Setting.GUIDANCE_SCALE, Setting.STRENGTH)


@dataclass(frozen=True, slots=True)
class Axis:
    """One side of the grid. Of `PROMPT` the first value stands in the prompt, and each value in
    turn takes its place there.

    Raises:
        RequestError: there are no values, or too many.
    """

    setting: Setting
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise RequestError(
                f"There is no value for the {self.setting}.", "Write some, with commas between."
            )
        if len(self.values) > MAX_VALUES:
            raise _too_many(self.setting, len(self.values))

    @property
    def labels(self) -> tuple[str, ...]:
        """What stands beside the rows or above the columns."""
        if self.setting in (Setting.PROMPT, Setting.SCHEDULER, Setting.MODEL):
            return self.values
        name = "guidance" if self.setting is Setting.GUIDANCE_SCALE else self.setting
        return tuple(f"{name} {value}" for value in self.values)


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of the grid: its place along each side, and how it is made."""

    place: tuple[int, ...]
    request: Request


def read_values(setting: Setting, text: str) -> tuple[str, ...]:
    """The values that an artist wrote: separated by commas, in quotes where they hold one.

    Numbers may be ranges, as A1111's x/y/z plot writes them: `1-5` (each whole number), `1-10 (+3)`
    (in steps of 3) and `1-10 [4]` (four of them, evenly).

    Raises:
        RequestError: a number isn't one, or there are too many.
    """
    values: list[str] = []
    for part in _parts(text):
        values += _numbers(setting, part) if setting.is_number else [part]
    return Axis(setting, tuple(dict.fromkeys(values))).values


def cells(request: Request, axes: tuple[Axis, ...]) -> tuple[Cell, ...]:
    """Every combination, the first axis changing fastest.

    Raises:
        RequestError: a value is out of range, two sides vary the same, the prompt lacks the words
            to replace, or the grid is too large.
    """
    settings = [axis.setting for axis in axes if axis.setting is not Setting.PROMPT]
    if len(set(settings)) < len(settings):
        raise RequestError("Two sides of the grid vary the same setting.", "Choose another one.")
    count = 1
    for axis in axes:
        count *= len(axis.values)
    if count > MAX_CELLS:
        raise RequestError(
            f"The grid would have {count} pictures, and {MAX_CELLS} are the most.",
            "Write fewer values.",
        )
    made = []
    for place in product(*(range(len(axis.values)) for axis in reversed(axes))):
        varied = request
        for axis, number in zip(axes, reversed(place), strict=True):
            varied = _varied(varied, axis, axis.values[number])
        made.append(Cell(tuple(reversed(place)), varied))
    return tuple(made)


def _varied(request: Request, axis: Axis, value: str) -> Request:
    match axis.setting:
        case Setting.PROMPT:
            if axis.values[0] not in request.prompt:
                raise RequestError(
                    f"The prompt doesn't hold “{axis.values[0]}”, which the others would replace.",
                    "Write words of the prompt first.",
                )
            return replace(request, prompt=request.prompt.replace(axis.values[0], value))
        case Setting.SEED:
            return replace(request, seed=int(value))
        case Setting.STEPS:
            return replace(request, num_inference_steps=int(value))
        case Setting.GUIDANCE_SCALE:
            return replace(request, guidance_scale=float(value))
        case Setting.STRENGTH:
            if request.init_image is None:
                raise RequestError(
                    "Strength only counts with a start picture.", "Choose one, or another setting."
                )
            return replace(request, strength=float(value))
        case Setting.SCHEDULER:
            # The request says which there are if this is none.
            return replace(request, scheduler=value)  # type: ignore[arg-type]
        case Setting.MODEL:
            return replace(request, model=value)


def _parts(text: str) -> Iterator[str]:
    position = 0
    # What follows a closing quote up to the comma belongs to nothing.
    while position <= len(text) and (match := _PART.match(text, position)):
        quoted, plain = match.groups()
        part = plain.strip() if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        if part:
            yield part
        position = match.end() + 1


def _numbers(setting: Setting, part: str) -> Iterator[str]:
    is_whole = setting in (Setting.SEED, Setting.STEPS)
    match = _RANGE.fullmatch(part)
    if match is None:
        yield _number(setting, part, is_whole)
        return
    # Fractions and not floats: a seed has more digits than those hold.
    first, last = Fraction(match[1]), Fraction(match[2])
    if match[4] is not None:
        count = int(match[4])
        stride = (last - first) / max(count - 1, 1)
    else:
        stride = Fraction(match[3] or (1 if last >= first else -1))
        if not stride or (last - first) / stride < 0:
            raise RequestError(f"“{part}” leads nowhere.", "Write a range such as 1-10 (+3).")
        count = int((last - first) / stride) + 1
    if count > MAX_VALUES:
        raise _too_many(setting, count)
    for number in range(count):
        value = first + number * stride
        yield str(round(value)) if is_whole else f"{float(value):.10g}"


def _number(setting: Setting, text: str, is_whole: bool) -> str:
    try:
        return str(int(text)) if is_whole else f"{float(text):.10g}"
    except ValueError:
        raise RequestError(
            f"“{shown(text)}” is no {'whole ' if is_whole else ''}number for the {setting}.",
            "Write numbers with commas between, or a range such as 1-10 (+3).",
        ) from None


def _too_many(setting: Setting, count: int) -> RequestError:
    return RequestError(
        f"There are {shown(count)} values for the {setting}, and {MAX_VALUES} are the most.",
        "Write fewer.",
    )
