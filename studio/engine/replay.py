"""What all steps with the same prompts have in common, done once.

A model asks torch for the same operations in the same order at every step; only the latents and
the timestep are new. So the first step is written down as it happens, and the later ones repeat
what stands there: without the Python of the model's modules, and without whatever no step changes,
above all the keys and values that cross-attention makes of the prompt. What remains are the same
operations on the same numbers, so the result is the same, bit for bit.
"""

from __future__ import annotations

import functools
import operator
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from torch import Tensor
from torch.overrides import TorchFunctionMode

Function = Callable[..., Tensor]

# They hand back the very tensor they got when there is nothing to do, and never write into it.
_MAY_HAND_BACK: Final = {"to", "type_as", "float", "half", "bfloat16", "contiguous", "dropout"}
# They tell of a tensor what doesn't depend on the numbers in it.
_DESCRIBES: Final = {
    "__get__",  # shape, dtype, device and all the other attributes
    "__len__",
    "dim",
    "element_size",
    "get_device",
    "is_complex",
    "is_contiguous",
    "is_floating_point",
    "ndimension",
    "numel",
    "size",
    "stride",
}
_DIVIDES: Final = {"__truediv__", "div", "true_divide"}
_NOWHERE: Final = (lambda: None, None)


class Replay:
    """`function`, written down at its first call and repeated at every later one.

    Inputs of another shape, stride, dtype or device make it write down anew. A function that reads
    numbers out of its inputs or writes into tensors can't be repeated and is called every time.

    Args:
        function: from tensors to a tensor. All else that it reads (weights, prompt embeddings) is
            kept as it was at the first call, so a `Replay` lives while that is unchanged. It draws
            no random numbers, and what else it does happens only at the first call.
    """

    def __init__(self, function: Function) -> None:
        self._function = function
        self._layout: list[object] = []
        self._repeat: Function | None = None

    def __call__(self, *inputs: Tensor) -> Tensor:
        layout: list[object] = [(x.shape, x.stride(), x.dtype, x.device) for x in inputs]
        if self._repeat is not None and layout == self._layout:
            return self._repeat(*inputs)
        recorder = _Recorder(inputs)
        with recorder:
            output = self._function(*inputs)
        self._layout = layout
        self._repeat = recorder.program(output) or self._function
        return output


class _Operation(NamedTuple):
    """`function(*arguments)`, with registers' contents in some places; `result` is a register."""

    function: Callable[..., Any]
    arguments: list[Any]
    places: list[tuple[int, int]]
    result: int


class _Recorder(TorchFunctionMode):
    """Writes down what depends on the inputs; each such tensor has a register of its own."""

    def __init__(self, inputs: Sequence[Tensor]) -> None:
        super().__init__()
        self._operations: list[_Operation] = []
        self._registers = 0
        # By identity, and weakly, so that no tensor lives longer than without the recorder.
        self._register_of: dict[int, tuple[weakref.ref[Tensor], int]] = {}
        self._repeatable = True
        for tensor in inputs:
            self._remember(tensor, self._new_register())

    def program(self, output: Tensor) -> _Program | None:
        """What leads to `output`, or None if it can't be repeated."""
        end = self._find(output)
        if end is None or not self._repeatable:
            return None
        lines = []
        needed = {end}
        for operation in reversed(self._operations):
            if operation.result in needed:
                read = {register for _, register in operation.places}
                lines.append((operation, tuple(read - needed)))
                needed |= read
        return _Program(lines[::-1], self._registers, end)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if self._repeatable:
            self._write_down(func, args, kwargs, result)
        return result

    def _write_down(
        self,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        result: Any,
    ) -> None:
        name = getattr(function, "__name__", "")
        if name in _DESCRIBES and not isinstance(result, Tensor):
            return
        if (
            result is None
            or _is_among(result, args)
            or (kwargs and _is_among(result, kwargs.values()))
        ):
            # No other function gives nothing, or what it was given, unless it writes into it.
            self._repeatable = name in _MAY_HAND_BACK
            return
        register = self._add(function, args, kwargs)
        if register is None:
            return  # the same at every step
        if isinstance(result, Tensor):
            if name in _DIVIDES and _is_one(*args[1:], **kwargs) and result.dtype == args[0].dtype:
                [(_, register)] = self._operations[-1].places
            self._remember(result, register)
        elif isinstance(result, tuple | list) and all(isinstance(x, Tensor) for x in result):
            for i, tensor in enumerate(result):
                part = self._new_register()
                self._operations.append(
                    _Operation(operator.itemgetter(i), [None], [(0, register)], part)
                )
                self._remember(tensor, part)
        else:
            self._repeatable = False

    def _add(
        self, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> int | None:
        """The register of the result; None if no register is read."""
        if kwargs:
            fixed = {name: value for name, value in kwargs.items() if self._find(value) is None}
            moving = [name for name in kwargs if name not in fixed]
            if moving:
                function = functools.partial(_with_keywords, function, moving, fixed)
                args = [*(kwargs[name] for name in moving), *args]
            else:
                function = functools.partial(function, **fixed)
        arguments = list(args)
        places = []
        for i, value in enumerate(args):
            if (register := self._find(value)) is not None:
                places.append((i, register))
                arguments[i] = None
        if not places:
            return None
        register = self._new_register()
        self._operations.append(_Operation(function, arguments, places, register))
        return register

    def _find(self, value: Any) -> int | None:
        """The register of a tensor, or of a sequence in which some have one, else None."""
        if isinstance(value, Tensor):
            reference, register = self._register_of.get(id(value), _NOWHERE)
            return register if reference() is value else None
        if isinstance(value, tuple | list):
            return self._add(_as_list if isinstance(value, list) else _as_tuple, value, {})
        return None

    def _new_register(self) -> int:
        self._registers += 1
        return self._registers - 1

    def _remember(self, tensor: Tensor, register: int) -> None:
        self._register_of[id(tensor)] = weakref.ref(tensor), register


class _Program:
    """Operations in the order in which they happened, each with the registers it is last to read.

    Args:
        lines: those operations.
        registers: how many there are; the inputs' come first.
        end: the output's.
    """

    def __init__(
        self, lines: Sequence[tuple[_Operation, tuple[int, ...]]], registers: int, end: int
    ) -> None:
        # Plain tuples: this is gone through hundreds of times in a few milliseconds.
        self._lines = [(o.function, o.arguments, o.places, o.result, last) for o, last in lines]
        self._registers = registers
        self._end = end

    def __call__(self, *inputs: Tensor) -> Tensor:
        registers: list[Any] = [*inputs, *[None] * (self._registers - len(inputs))]
        for function, arguments, places, result, last_read in self._lines:
            filled = arguments.copy()
            for place, register in places:
                filled[place] = registers[register]
            registers[result] = function(*filled)
            for register in last_read:
                registers[register] = None
        output: Tensor = registers[self._end]
        return output


def _as_list(*items: Any) -> list[Any]:
    return list(items)


def _as_tuple(*items: Any) -> tuple[Any, ...]:
    return items


def _with_keywords(
    function: Callable[..., Any], names: Sequence[str], fixed: Mapping[str, Any], *args: Any
) -> Any:
    """`function` with the first of `args` under `names`."""
    moving = dict(zip(names, args, strict=False))
    return function(*args[len(names) :], **moving, **fixed)


def _is_among(value: Any, values: Iterable[Any]) -> bool:
    for other in values:  # noqa: SIM110 - a third of the time that `any` takes
        if value is other:
            return True
    return False


def _is_one(*args: Any, **kwargs: Any) -> bool:
    """Whether these arguments of a division are the number one and nothing else."""
    return len(args) == 1 and not kwargs and isinstance(args[0], int | float) and args[0] == 1
