"""What all steps of a size have in common, done once.

A model asks torch for the same operations in the same order at every step; only the latents, the
timestep and, from job to job, the prompt are new. So the first step is written down as it happens,
and the later ones repeat what stands there: without the Python of the model's modules, and without
whatever no step changes, above all the keys and values that cross-attention makes of the prompt.
What remains are the same operations on the same numbers, so the result is the same, bit for bit.
"""

from __future__ import annotations

import functools
import operator
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from torch import Tensor
from torch.overrides import TorchFunctionMode

Function = Callable[..., Tensor]
Hasten = Callable[[Function, Sequence[Tensor]], Function]
"""From a repetition and inputs like those to come to something that does the same faster."""

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


class _Here(threading.local):
    """What holds on this thread: who writes down, and what makes repetitions faster."""

    recorder: _Recorder | None = None
    hasten: Hasten | None = None


_here = _Here()


def not_repeatable() -> None:
    """Called by what does more than to compute, as bringing weights in: if it is being written down
    now, it is not repeated but called every time."""
    if _here.recorder is not None:
        _here.recorder.give_up()


def hasten_by(hasten: Hasten | None) -> None:
    """From now on, repetitions that begin on this thread are those that `hasten` makes of them;
    None leaves them as they are."""
    _here.hasten = hasten


class Replay:
    """`function`, written down at its first call and repeated at every later one.

    Tensors of another shape, stride, dtype or device make it write down anew. A function that
    reads numbers out of its arguments or writes into tensors can't be repeated and is called
    every time.

    Args:
        function: from tensors to a tensor. All else that it reads (weights) is kept as it was at
            the first call, so a `Replay` lives while that is unchanged. It draws no random
            numbers, and what else it does happens only at the first call.
    """

    def __init__(self, function: Function) -> None:
        self._function = function
        self._layout: list[object] = []
        self._program: _Program | None = None

    def holding(self, *held: Tensor) -> Function:
        """`function` with `held` as its last arguments: what depends on these alone is done once,
        when it is first repeated."""
        return _Held(self, held)

    def write_down(self, tensors: Sequence[Tensor]) -> Tensor:
        """Call `function`, and write down what it does."""
        recorder = _Recorder(tensors)
        outer, _here.recorder = _here.recorder, recorder
        try:
            with recorder:
                output = self._function(*tensors)
        finally:
            _here.recorder = outer
        self._layout = _layout(tensors)
        self._program = recorder.program(output)
        return output

    def repeat(self, inputs: Sequence[Tensor], held: Sequence[Tensor]) -> Function | None:
        """From such `inputs` to what `function` gives with them and `held`; None before it was
        called with tensors like these."""
        if self._layout != _layout((*inputs, *held)):
            return None
        if self._program is None:
            return lambda *now: self._function(*now, *held)
        return self._program.holding(held)


class _Held:
    """A function with its last arguments held."""

    def __init__(self, replay: Replay, held: Sequence[Tensor]) -> None:
        self._replay = replay
        self._held = held
        self._layout: list[object] = []
        self._repeat: Function | None = None

    def __call__(self, *inputs: Tensor) -> Tensor:
        layout = _layout(inputs)
        if self._repeat is None or layout != self._layout:
            self._layout = layout
            self._repeat = self._replay.repeat(inputs, self._held)
            if _here.hasten is not None and isinstance(self._repeat, _Program):
                self._repeat = _here.hasten(self._repeat, inputs)
        if self._repeat is None:
            return self._replay.write_down((*inputs, *self._held))
        return self._repeat(*inputs)


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
        self._inputs = len(inputs)
        self._registers = 0
        # By identity, and weakly, so that no tensor lives longer than without the recorder.
        self._register_of: dict[int, tuple[weakref.ref[Tensor], int]] = {}
        # Of one tensor in two places nobody knows which place was read.
        self._repeatable = len({id(tensor) for tensor in inputs}) == len(inputs)
        for tensor in inputs:
            self._remember(tensor, self._new_register())

    def give_up(self) -> None:
        """What happens can't be repeated."""
        self._repeatable = False

    def program(self, output: Tensor) -> _Program | None:
        """What leads to `output`, or None if it can't be repeated."""
        end = self._find(output)
        if end is None or not self._repeatable:
            return None
        return _Program(self._operations, self._inputs, self._registers, end, {})

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
            self._repeatable = self._repeatable and name in _MAY_HAND_BACK
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
    """Operations in the order in which they happened, without those that do nothing for the output.

    Args:
        operations: all that happened.
        inputs: how many there are; theirs are the first registers.
        registers: how many there are.
        end: the output's.
        kept: what stands in some of the other registers from the beginning.
    """

    def __init__(
        self,
        operations: Sequence[_Operation],
        inputs: int,
        registers: int,
        end: int,
        kept: Mapping[int, Any],
    ) -> None:
        lines = []
        needed = {end}
        for operation in reversed(operations):
            if operation.result in needed:
                read = {register for _, register in operation.places}
                lines.append((*operation, tuple(read - needed - kept.keys())))
                needed |= read
        # Plain tuples: this is gone through hundreds of times in a few milliseconds.
        self._lines = lines[::-1]
        self._inputs = inputs
        self._others = [
            kept[i] if i in needed & kept.keys() else None for i in range(inputs, registers)
        ]
        self._end = end

    def __call__(self, *inputs: Tensor) -> Tensor:
        registers: list[Any] = [*inputs, *self._others]
        for function, arguments, places, result, last_read in self._lines:
            filled = arguments.copy()
            for place, register in places:
                filled[place] = registers[register]
            registers[result] = function(*filled)
            for register in last_read:
                registers[register] = None
        output: Tensor = registers[self._end]
        return output

    def holding(self, held: Sequence[Tensor]) -> _Program:
        """The same with `held` as its last inputs, and done what depends on these alone."""
        inputs = self._inputs - len(held)
        kept: dict[int, Any] = dict(enumerate(held, start=inputs))
        rest = []
        for *line, _ in self._lines:
            operation = _Operation(*line)
            if all(register in kept for _, register in operation.places):
                arguments = operation.arguments.copy()
                for place, register in operation.places:
                    arguments[place] = kept[register]
                kept[operation.result] = operation.function(*arguments)
            else:
                rest.append(operation)
        registers = self._inputs + len(self._others)
        return _Program(rest, inputs, registers, self._end, kept)


def _layout(tensors: Iterable[Tensor]) -> list[object]:
    return [(x.shape, x.stride(), x.dtype, x.device) for x in tensors]


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
