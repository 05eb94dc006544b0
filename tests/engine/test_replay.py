"""What is repeated: the same bits as calling the function again, with less work and no leftover."""

from __future__ import annotations

import copy
import dataclasses
import gc
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.overrides import TorchFunctionMode

from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.conditioning import SOMETIME
from studio.engine.control import Control
from studio.engine.denoise import denoise, prepare, run_from
from studio.engine.devices import pick_device
from studio.engine.families.sd import StableDiffusion
from studio.engine.replay import Replay, _Held, _Program
from studio.engine.runner import DiffusionRunner
from studio.engine.snapshots import to_snapshot

TWO_ROWS = torch.arange(6.0).reshape(2, 3) - 2.5


class Watch(TorchFunctionMode):
    """Collects which functions of torch are called, on what, and what they give."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.arguments: list[Any] = []
        self.results: list[weakref.ref[Tensor]] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.names.append(func.__name__)
        self.arguments += args
        if isinstance(result, Tensor):
            self.results.append(weakref.ref(result))
        return result

    def operations(self) -> list[str]:
        """The names, without those that only ask what a tensor is like."""
        return [name for name in self.names if name not in {"__get__", "stride"}]


def watched(function: Callable[..., Tensor], *inputs: Tensor) -> Watch:
    with Watch() as watch:
        function(*inputs)
    return watch


def request(**changes: Any) -> Request:
    values: dict[str, Any] = {
        "prompt": "a cat",
        "negative_prompt": "rain",
        "seed": 7,
        "model": "tiny",
        "width": 32,
        "height": 24,
        "num_inference_steps": 4,
        "guidance_scale": 4.0,
        "scheduler": Scheduler.DPMPP_2M,
    }
    return Request(**{**values, **changes})


# Arithmetic


@st.composite
def straight_line_programs(draw: st.DrawFn) -> Callable[[Tensor], Tensor]:
    """Functions of a (2, 3) tensor, made of some of the ways in which models call torch."""
    weight = torch.randn(3, 3, generator=torch.Generator().manual_seed(draw(st.integers(0, 9))))
    steps: list[Callable[[Tensor, Tensor], Tensor]] = [
        lambda x, y: x + y,
        lambda x, y: x / 1.0,
        lambda x, y: y / 1,
        lambda x, y: 1.0 / (x.abs() + 1),
        lambda x, y: (y / torch.tensor(1.0)).contiguous().to(y.dtype),
        lambda x, y: torch.nn.functional.linear(x, weight.exp(), bias=weight.sum(dim=0)),
        lambda x, y: torch.nn.functional.linear(input=x, weight=weight, bias=y[0]),
        lambda x, y: torch.cat([x, weight, y], dim=0)[1:-4],
        lambda x, y: torch.cat((y[:, 1:], x[:, :1]), dim=1),
        lambda x, y: x.chunk(2)[1] * y,
        lambda x, y: torch.stack(y.unbind(0)[::-1]) - weight[:1],
        lambda x, y: x.T.reshape(2, 3).clamp(min=-9, max=9),
        lambda x, y: torch.where(x > 0, x, torch.zeros_like(y)),
        lambda x, y: y[torch.arange(1, -1, -1)],
        lambda x, y: x.masked_fill(y < 0, 0.5).view(2, *y.shape[1:]),
        lambda x, y: x if x.ndim == 2 and len(y) == 2 and y.is_contiguous() else y,
        lambda x, y: torch.nn.functional.dropout(x, 0.5, training=False),
    ]
    chosen = draw(st.lists(st.sampled_from(steps), min_size=1, max_size=12))

    def program(x: Tensor) -> Tensor:
        before, now = x, x * 1.5
        for step in chosen:
            before, now = now, step(now, before)
        return now

    return program


@given(straight_line_programs(), st.lists(st.integers(0, 99), min_size=1, max_size=3))
def test_repeated_is_the_same_as_called_again(
    program: Callable[[Tensor], Tensor], seeds: list[int]
) -> None:
    replay = Replay(program).holding()
    for seed in [0, *seeds]:
        x = torch.randn(2, 3, generator=torch.Generator().manual_seed(seed))
        assert torch.equal(replay(x), program(x))


def test_what_no_step_changes_is_done_once() -> None:
    weight = torch.eye(3)

    def function(x: Tensor) -> Tensor:
        return x @ weight.exp().T / 1.0 + torch.ones(3).cumsum(0)

    replay = Replay(function).holding()
    replay(TWO_ROWS)
    assert watched(replay, TWO_ROWS * 2).operations() == ["matmul", "add"]


def test_what_depends_on_held_arguments_alone_is_done_once_for_them() -> None:
    def function(x: Tensor, held: Tensor) -> Tensor:
        return x * held.exp().sum() + held.sum() * 2

    replay = Replay(function)
    for held in (TWO_ROWS + 0, TWO_ROWS * 2, -TWO_ROWS):
        holding = replay.holding(held)
        for x in (TWO_ROWS, TWO_ROWS + 1, TWO_ROWS - 1):
            assert torch.equal(holding(x), function(x, held))
        assert watched(holding, TWO_ROWS).operations() == ["mul", "add"]
        assert torch.equal(holding(TWO_ROWS.double()), function(TWO_ROWS.double(), held))


def test_one_tensor_in_two_places() -> None:
    replay = Replay(lambda x, held: x * 2 - held)
    for x in (TWO_ROWS, TWO_ROWS, TWO_ROWS * 3):
        assert torch.equal(replay.holding(TWO_ROWS)(x), x * 2 - TWO_ROWS)


def test_held_arguments_of_another_shape_are_written_down_anew() -> None:
    replay = Replay(lambda x, held: x * held.sum(dim=0) + len(held))
    sizes = [torch.ones(rows, 3) for rows in (2, 4)]
    for held in [*sizes, *sizes]:
        holding = replay.holding(held)
        for _ in range(2):
            assert torch.equal(holding(TWO_ROWS), TWO_ROWS * held.sum(dim=0) + len(held))


def test_what_depends_on_nothing_but_the_held_stays_as_it_is() -> None:
    holding = Replay(lambda x, held: held.exp()).holding(TWO_ROWS)
    for _ in range(3):
        assert torch.equal(holding(TWO_ROWS), TWO_ROWS.exp())


def test_who_reads_numbers_of_the_held_is_asked_every_time() -> None:
    replay = Replay(lambda x, held: x + 1 if held.sum() > 0 else x - 1)
    for sign in (1.0, -1.0, 1.0):
        holding = replay.holding(torch.tensor([sign]))
        for _ in range(2):
            assert torch.equal(holding(TWO_ROWS), TWO_ROWS + sign)


def test_inputs_of_another_shape_stride_or_dtype_are_written_down_anew() -> None:
    def function(x: Tensor) -> Tensor:
        return x.reshape(x.shape[1], x.shape[0]).contiguous() * x.numel()

    replay = Replay(function).holding()
    others = [TWO_ROWS, torch.ones(4, 2), torch.arange(6.0).reshape(3, 2).T, TWO_ROWS.double()]
    for x in [*others, *others]:
        assert torch.equal(replay(x), function(x))
        assert torch.equal(replay(x + 1), function(x + 1))


@pytest.mark.parametrize(
    "read",
    [
        lambda x: x.sum().item() > 0,
        lambda x: bool(x.sum() > 0),
        lambda x: x.sum() > 0,
        lambda x: x.numpy().sum() > 0,
        lambda x: x.tolist()[0][0] > 0,
        lambda x: torch.equal(x, x.abs()),
    ],
)
def test_who_reads_numbers_is_asked_every_time(read: Callable[[Tensor], bool]) -> None:
    replay = Replay(lambda x: x + 1 if read(x) else x - 1).holding()
    for x in [TWO_ROWS.abs(), -TWO_ROWS.abs(), TWO_ROWS.abs()]:
        assert torch.equal(replay(x), x + 1 if read(x) else x - 1)


def _in_place(x: Tensor, state: Tensor) -> Tensor:
    state.add_(x)
    return state + x


def _augmented(x: Tensor, state: Tensor) -> Tensor:
    state += x
    return state + x


def _item_by_item(x: Tensor, state: Tensor) -> Tensor:
    state[0] = state[0] + x[0]
    return state + x


def _into_out(x: Tensor, state: Tensor) -> Tensor:
    torch.add(state, x, out=state)
    return state + x


def _inplace_activation(x: Tensor, state: Tensor) -> Tensor:
    y = state + x
    torch.nn.functional.relu(y, inplace=True)
    return y


def _counts(x: Tensor, state: Tensor) -> Tensor:
    state.add_(1)
    return state + x


def _sets_a_constant(x: Tensor, state: Tensor) -> Tensor:
    y = state * x
    state[0] = 3
    return y


@pytest.mark.parametrize(
    "function",
    [
        _in_place,
        _augmented,
        _item_by_item,
        _into_out,
        _inplace_activation,
        _counts,
        _sets_a_constant,
    ],
)
def test_who_writes_into_tensors_is_asked_every_time(
    function: Callable[[Tensor, Tensor], Tensor],
) -> None:
    ours, theirs = torch.ones(2, 3), torch.ones(2, 3)
    replay = Replay(lambda x: function(x, ours)).holding()
    for factor in (1.0, -2.0, 3.0):
        assert torch.equal(replay(TWO_ROWS * factor), function(TWO_ROWS * factor, theirs))
        assert torch.equal(ours, theirs)


def test_a_constant_comes_back_as_it_is() -> None:
    answer = torch.tensor(42.0)
    replay = Replay(lambda x: answer).holding()
    assert [replay(TWO_ROWS).item(), replay(TWO_ROWS).item()] == [42, 42]


def test_an_error_in_the_first_call_is_passed_on_and_the_next_call_is_the_first() -> None:
    errors: list[Exception] = [MemoryError("full")]

    def function(x: Tensor) -> Tensor:
        if errors:
            raise errors.pop()
        return x * 2

    replay = Replay(function).holding()
    with pytest.raises(MemoryError, match="full"):
        replay(TWO_ROWS)
    for _ in range(2):
        assert torch.equal(replay(TWO_ROWS), TWO_ROWS * 2)


def test_nothing_but_the_output_outlives_a_call() -> None:
    function = Replay(lambda x: torch.cat([x.exp(), x], dim=1).chunk(2, dim=1)[0].sin() * 2)
    replay = function.holding()
    for _ in range(2):
        watch = watched(replay, TWO_ROWS)
        assert len(watch.results) >= 3
        watch.arguments.clear()
        assert [reference() for reference in watch.results] == [None] * len(watch.results)


# With the UNet


def anew(family: StableDiffusion) -> StableDiffusion:
    """The same model, with nothing kept of earlier jobs."""
    return StableDiffusion(
        unet=family.unet,
        vae=family.vae,
        text_encoder=family.text_encoder,
        tokenizer=family.tokenizer,
        scheduler_config=family.scheduler_config,
    )


def fresh_each_time(family: StableDiffusion, job_request: Request) -> Any:
    """A prediction that nothing is kept for: every call is the first of a predictor of its own."""
    return lambda model_input, timestep, moment=SOMETIME: anew(family).predictor(job_request)(
        model_input, timestep, moment
    )


@pytest.mark.parametrize("guidance_scale", [1.0, 4.0])
@pytest.mark.parametrize("images", [1, 2])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_same_bits_at_every_step(
    tiny_family: StableDiffusion, dtype: torch.dtype, images: int, guidance_scale: float
) -> None:
    family = StableDiffusion(
        unet=copy.deepcopy(tiny_family.unet).to(dtype),
        vae=tiny_family.vae,
        text_encoder=copy.deepcopy(tiny_family.text_encoder).to(dtype),
        tokenizer=tiny_family.tokenizer,
        scheduler_config=tiny_family.scheduler_config,
    )
    job_request = request(num_images_per_prompt=images, guidance_scale=guidance_scale)
    kept, fresh = family.predictor(job_request), fresh_each_time(family, job_request)
    generator = torch.Generator().manual_seed(1)
    with torch.inference_mode():
        for timestep in torch.tensor([999, 500, 1]):
            latents = torch.randn(images, 4, 3, 4, generator=generator).to(dtype)
            assert torch.equal(kept(latents, timestep), fresh(latents, timestep))


def test_the_prompt_is_read_by_cross_attention_once(tiny_family: StableDiffusion) -> None:
    predict = anew(tiny_family).predictor(request())
    latents, timestep = torch.zeros(1, 4, 3, 4), torch.tensor(3)
    with torch.inference_mode():
        first, second, third = (watched(predict, latents, timestep) for _ in range(3))

    attentions = sum(name.endswith("attn2.to_k") for name, _ in tiny_family.unet.named_modules())
    assert attentions > 0
    assert second.names.count("linear") == first.names.count("linear")
    assert third.names.count("linear") == first.names.count("linear") - 2 * attentions
    assert {"dropout", "__truediv__", "div", "to"} & set(third.names) == set()


def test_a_job_with_another_prompt_repeats_from_its_first_step(
    tiny_family: StableDiffusion,
) -> None:
    family = anew(tiny_family)
    latents, timestep = torch.zeros(1, 4, 3, 4), torch.tensor(3)
    with torch.inference_mode():
        written = watched(family.predictor(request()), latents, timestep)
        others = [request(prompt="a tree"), request(guidance_scale=2.0)]
        for other in others:
            predict = family.predictor(other)
            first, second = (watched(predict, latents, timestep) for _ in range(2))
            assert first.names.count("linear") == written.names.count("linear")
            assert len(first.operations()) < len(written.operations())
            assert len(second.names) < len(first.names)


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "a tree"},
        {"negative_prompt": "a tree"},
        {"guidance_scale": 3.0},
        {"guidance_scale": 1.0},
        {"num_images_per_prompt": 2},
        {"width": 48},
    ],
)
def test_what_is_kept_of_one_job_is_no_other_jobs(
    tiny_family: StableDiffusion, changes: dict[str, Any]
) -> None:
    family, changed = anew(tiny_family), request(**changes)
    for job_request in (request(), changed, request(seed=5), changed):
        ours, theirs = prepare(family, job_request), prepare(anew(family), job_request)
        for job in (ours, theirs):
            list(denoise(job))
        assert torch.equal(ours.latents, theirs.latents)


def test_the_next_job_with_the_same_prompt_only_repeats(tiny_family: StableDiffusion) -> None:
    family = anew(tiny_family)
    latents, timestep = torch.zeros(1, 4, 3, 4), torch.tensor(3)
    with torch.inference_mode():
        first = watched(family.predictor(request()), latents, timestep)
        second = watched(family.predictor(request(seed=8)), latents, timestep)
        again = watched(family.predictor(request(seed=9)), latents, timestep)
        family.set_frugal(False)
        third = watched(family.predictor(request()), latents, timestep)
    assert len(again.names) < len(second.names) < len(first.names)
    assert third.names == first.names


def test_another_prompt_halfway_is_honoured(tiny_family: StableDiffusion) -> None:
    *_, step = list(denoise(prepare(tiny_family, request())))[:2]
    snapshot = to_snapshot(step.checkpoint)
    changed = request(prompt="a tree", guidance_scale=7.0)
    ours, theirs = prepare(tiny_family, changed), prepare(tiny_family, changed)
    theirs.predict = fresh_each_time(tiny_family, changed)
    for job in (ours, theirs):
        assert len(list(run_from(job, snapshot))) == 2

    assert torch.equal(ours.latents, theirs.latents)
    same_prompt = prepare(tiny_family, request())
    list(run_from(same_prompt, snapshot))
    assert not torch.equal(ours.latents, same_prompt.latents)


def test_attention_in_slices_gives_the_same_bits_too(tiny_family: StableDiffusion) -> None:
    family = anew(tiny_family)
    family.predictor(request())  # of full speed: it isn't kept for frugal jobs
    family.set_frugal(True)
    try:
        jobs = [prepare(family, request()) for _ in range(2)]
        jobs[1].predict = fresh_each_time(family, request())
        for job in jobs:
            list(denoise(job))
    finally:
        family.set_frugal(False)
    assert torch.equal(jobs[0].latents, jobs[1].latents)


@pytest.mark.parametrize("last_step", [0, 1, 2, None])
def test_after_a_job_nothing_is_kept_but_what_the_next_one_repeats(
    tiny_model: ModelInfo, tiny_family: StableDiffusion, last_step: int | None
) -> None:
    """Whether it ran to its end or was cancelled before or after a step."""
    tiny_family.set_frugal(False)
    before = {id(kept) for kept in kept_steps()}
    runner = DiffusionRunner(
        lambda name: tiny_model,
        lambda digest: pytest.fail("there is no start picture"),
        device=pick_device({"PENTIMENTO_DEVICE": "cpu"}),
        load_family=lambda info, device: tiny_family,
    )
    control = Control()
    if last_step == 0:
        control.cancel()
    for event in runner.run(dataclasses.replace(request(), seed=11), control):
        if getattr(event, "step", None) == last_step:
            control.cancel()

    new = [type(kept) for kept in kept_steps() if id(kept) not in before]
    assert Counter(new) <= Counter([_Program, _Program, _Held])  # for any prompt, and for this one
    tiny_family.set_frugal(False)
    assert [kept for kept in kept_steps() if id(kept) not in before] == []


def kept_steps() -> list[object]:
    return [kept for kept in gc.get_objects() if type(kept) in (_Held, _Program)]
