"""Steps come back bit for bit, however they are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from safetensors.numpy import save, save_file

from studio.domain.errors import PictureError
from studio.domain.events import StepSnapshot
from studio.domain.hires import HiresFix
from studio.library.files.disk import Disk
from studio.library.steps.packing import pack, unpack
from studio.library.steps.steps import (
    belongs_to,
    encode_steps,
    pack_steps,
    read_previews,
    read_snapshot,
)
from tests.support.samples import FailingDisk, a_request, noise

RNG = np.random.default_rng(5)
arrays = nps.arrays(
    st.sampled_from([np.float32, np.float16, np.float64, np.uint8, np.uint16, np.int64, np.bool_]),
    nps.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=9),
)


def a_way(steps: int = 6) -> list[StepSnapshot]:
    """As a second-order scheduler leaves it: its outputs move on by one place each step."""
    outputs = RNG.standard_normal((steps + 2, 1, 4, 32, 32), np.float32)
    generator = RNG.integers(0, 256, 5056, dtype=np.uint8)
    return [
        StepSnapshot(
            step,
            {
                "latents": outputs[step] * 2,
                "generator.0": generator,
                "scheduler.model_outputs.0": outputs[step],
                "scheduler.model_outputs.1": outputs[step + 1],
            },
            f'{{"step": {step}}}',
        )
        for step in range(steps)
    ]


def check(path: Path, way: list[StepSnapshot], previews: np.ndarray) -> None:
    assert belongs_to(path, a_request())
    assert np.array_equal(read_previews(path), previews)
    for snapshot in way:
        again = read_snapshot(path, snapshot.step)
        assert (again.step, again.state) == (snapshot.step, snapshot.state)
        assert again.tensors.keys() == snapshot.tensors.keys()
        for name, tensor in snapshot.tensors.items():
            found = again.tensors[name]
            assert (found.dtype, found.shape) == (tensor.dtype, tensor.shape)
            assert found.tobytes() == tensor.tobytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.safetensors"


@settings(max_examples=200, deadline=None)
@given(array=arrays)
def test_packing_loses_nothing(array: np.ndarray) -> None:
    again = unpack(*pack(array))
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    assert again.tobytes() == array.tobytes()


@settings(deadline=None)
@given(nps.arrays(np.uint8, nps.array_shapes(min_dims=4, max_dims=4, max_side=6)))
def test_nor_do_changes_alone(previews: np.ndarray) -> None:
    assert np.array_equal(unpack(*pack(previews, changes_only=True)), previews)


def test_what_repeats_is_kept_once_and_packing_makes_it_smaller(path: Path) -> None:
    way = a_way()
    raw = sum(tensor.nbytes for snapshot in way for tensor in snapshot.tensors.values())
    previews = np.stack([noise(0, 8, 8)] * 6)
    path.write_bytes(encode_steps(a_request(), previews, way))
    plain = path.stat().st_size
    assert plain < raw * 0.75
    check(path, way, previews)
    assert pack_steps(path, Disk()) == path.stat().st_size < plain * 0.95
    check(path, way, previews)
    assert pack_steps(path, Disk()) == path.stat().st_size


def test_files_of_the_first_format_are_still_read(path: Path) -> None:
    way = a_way(2)
    previews = np.stack([noise(seed, 8, 8) for seed in range(2)])
    tensors = {"previews": previews}
    for snapshot in way:
        for name, tensor in snapshot.tensors.items():
            tensors[f"snapshot.{snapshot.step}.{name}"] = np.ascontiguousarray(tensor)
    texts = {"format": "1", "request": a_request().digest}
    save_file(tensors, path, texts | {f"state.{s.step}": s.state for s in way})
    check(path, way, previews)
    pack_steps(path, Disk())
    check(path, way, previews)


def test_a_failing_disk_leaves_them_as_they_were(path: Path) -> None:
    way = a_way(3)
    previews = np.stack([noise(0, 8, 8)] * 3)
    path.write_bytes(encode_steps(a_request(), previews, way))
    for fail_at in range(1, 6):
        try:
            pack_steps(path, FailingDisk(fail_at))
        except OSError:
            check(path, way, previews)
            assert [each.name for each in path.parent.iterdir()] == [path.name]
    check(path, way, previews)


@pytest.mark.parametrize(
    "about",
    [
        None,
        {},
        {"dtype": "O", "shape": [1], "sizes": [0] * 8, "changes": False},
        {"dtype": "<f4", "shape": [-1], "sizes": [0] * 4, "changes": False},
        {"dtype": "<f4", "shape": [10**9, 9], "sizes": [0] * 4, "changes": False},
        {"dtype": "<f4", "shape": [2], "sizes": [0], "changes": False},
        {"dtype": "<f4", "shape": [2], "sizes": [3] * 4, "changes": False},
        {"dtype": "<f4", "shape": [2], "sizes": "abcd", "changes": False},
        {"dtype": "?!", "shape": [2], "sizes": [0], "changes": False},
        {"dtype": "<f4", "shape": "ab", "sizes": [0] * 4, "changes": False},
    ],
)
def test_nonsense_is_refused(about: object) -> None:
    with pytest.raises(ValueError):
        unpack(np.zeros(5, np.uint8), about)


@pytest.mark.parametrize("texts", [{"same": "[]"}, {"packed": "{"}, {"packed": '{"previews": 7}'}])
def test_a_damaged_header_is_said(path: Path, texts: dict[str, str]) -> None:
    save_file({"previews": np.zeros((1, 2, 2, 3), np.uint8)}, path, {"format": "2", **texts})
    with pytest.raises(PictureError, match="can't be read"):
        read_previews(path)


def test_previews_of_both_passes_are_kept_each_at_its_size(tmp_path: Path) -> None:
    request = a_request(num_inference_steps=2, hires=HiresFix(128, 96))
    frames = [noise(1, 8, 6), noise(2, 8, 6), noise(3, 16, 12)]
    path = tmp_path / "steps.safetensors"
    path.write_bytes(encode_steps(request, frames, ()))
    assert all(map(np.array_equal, read_previews(path, request), frames))
    pack_steps(path, Disk())
    found = read_previews(path, request)
    assert len(found) == 3 and all(map(np.array_equal, found, frames))


def test_what_was_kept_before_second_passes_were_is_read_as_the_first(tmp_path: Path) -> None:
    request = a_request(num_inference_steps=3, hires=HiresFix(128, 96, num_inference_steps=4))
    previews = np.stack([noise(number, 8, 6) for number in range(3)])
    path = tmp_path / "steps.safetensors"
    path.write_bytes(save({"previews": previews}, {"format": "2", "request": request.digest}))
    found = read_previews(path, request)
    assert len(found) == request.whole_way == 5
    assert all(map(np.array_equal, found, [*previews, previews[-1], previews[-1]]))
    with pytest.raises(PictureError, match="Step 4 of this picture was not kept"):
        read_snapshot(path, 4)
