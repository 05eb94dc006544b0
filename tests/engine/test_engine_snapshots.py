"""Snapshots: what a scheduler remembers travels through numpy and JSON unchanged."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.errors import RequestError
from studio.domain.events import StepSnapshot
from studio.engine.snapshots import Checkpoint, SchedulerState, to_checkpoint, to_snapshot

CPU = torch.device("cpu")
DTYPES = [torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64]

tensors = st.builds(
    lambda shape, dtype, seed: (
        torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * 100
    ).to(dtype),
    st.lists(st.integers(0, 3), max_size=3),
    st.sampled_from(DTYPES),
    st.integers(0, 999),
)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
attributes = st.dictionaries(
    st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
    tensors | plain | st.lists(tensors | plain, max_size=3),
    max_size=4,
)


def same(a: object, b: object) -> bool:
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return a.dtype is b.dtype and torch.equal(a, b)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@given(attributes, st.sampled_from(DTYPES[:3]), st.integers(1, 3))
def test_a_checkpoint_comes_back_as_it_went(
    state: dict[str, object], dtype: torch.dtype, images: int
) -> None:
    before = Checkpoint(
        step=3,
        latents=torch.randn(images, 4, 2, 2).to(dtype),
        scheduler=SchedulerState(state),
        generators=tuple(torch.Generator().manual_seed(i).get_state() for i in range(images)),
    )
    after = to_checkpoint(to_snapshot(before), CPU)

    assert after.step == 3
    assert same(after.latents, before.latents)
    assert after.scheduler.attributes.keys() == state.keys()
    assert all(same(after.scheduler.attributes[name], state[name]) for name in state)
    assert all(map(torch.equal, after.generators, before.generators))


@pytest.mark.parametrize(
    "state",
    [
        "",
        "[]",
        "{}",
        '{"bfloat16": [], "scheduler": []}',
        '{"bfloat16": [], "scheduler": {"model_outputs": {"tensor": "nowhere"}}}',
        '{"bfloat16": [], "scheduler": {"model_outputs": {"a": 1}}}',
        "[" * 50_000,
    ],
)
def test_a_damaged_record_is_refused(state: str) -> None:
    arrays = {"latents": np.zeros((1, 4, 2, 2), np.float32), "generator.0": np.zeros(8, np.uint8)}
    with pytest.raises(RequestError, match="damaged"):
        to_checkpoint(StepSnapshot(1, arrays, state), CPU)


@pytest.mark.parametrize("name", ["step", "config", "_internal_dict", "__class__", "set_timesteps"])
def test_a_record_cannot_replace_what_a_scheduler_is(name: str) -> None:
    from diffusers import EulerDiscreteScheduler

    state = json.dumps({"bfloat16": [], "scheduler": {name: 1}})
    arrays = {
        "latents": np.zeros((1, 4, 2, 2), np.float32),
        "generator.0": torch.Generator().get_state().numpy(),
    }
    checkpoint = to_checkpoint(StepSnapshot(1, arrays, state), CPU)
    with pytest.raises(RequestError, match="damaged"):
        checkpoint.scheduler.apply_to(EulerDiscreteScheduler())
