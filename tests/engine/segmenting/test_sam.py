"""Segment Anything, held to transformers' own processor and to the bare network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers.image_utils import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil
from transformers.models.sam.processing_sam import SamProcessor

from studio.document.selection import Hints
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size
from studio.engine.devices import Device
from studio.engine.segmenting import Candidates, SeenPicture
from studio.engine.segmenting.frame import Frame
from studio.engine.segmenting.question import always
from studio.engine.segmenting.sam import Sam, Unwanted, load_sam
from tests.support.fakes import picture_pixels
from tests.support.tiny_segmenters import (
    SIDE_PX,
    tiny_sam,
    tiny_sam2,
    write_tiny_sam,
    write_tiny_sam2,
)

CPU = Device(torch.device("cpu"), torch.float32, "CPU")
SHAPES = [(90, 60), (50, 97), (64, 64), (40, 30), (33, 200)]


def seen(pixels: Pixels) -> SeenPicture:
    size = Size(pixels.shape[1], pixels.shape[0])
    return SeenPicture.of(lambda box: pixels[box.slices], size)


def processor() -> Any:
    return SamProcessor(
        SamImageProcessorPil(
            size={"longest_edge": SIDE_PX}, pad_size={"height": SIDE_PX, "width": SIDE_PX}
        )
    )


@pytest.mark.parametrize(("width", "height"), SHAPES)
def test_pictures_are_prepared_as_by_transformers_processor(width: int, height: int) -> None:
    pixels = picture_pixels(width, height)
    expected = processor()(images=pixels, return_tensors="np")
    frame = Frame(Size(width, height), SIDE_PX)
    np.testing.assert_allclose(frame.filled(pixels), expected["pixel_values"][0], atol=1e-5)
    inner = frame.inner
    assert [inner.height, inner.width] == expected["reshaped_input_sizes"][0].tolist()


@pytest.mark.parametrize(("width", "height"), SHAPES)
@pytest.mark.parametrize(
    ("inside", "outside", "box"),
    [
        ([(11.5, 17.5)], [], None),
        ([(11.5, 17.5), (20.5, 9.5)], [(3.5, 25.5)], None),
        ([], [], (4, 6, 27, 29)),
        ([(11.5, 17.5)], [(3.5, 25.5)], (4, 6, 27, 29)),
    ],
)
def test_masks_are_those_of_the_bare_network_and_its_processor(
    width: int,
    height: int,
    inside: list[tuple[float, float]],
    outside: list[tuple[float, float]],
    box: tuple[int, int, int, int] | None,
) -> None:
    network, pixels = tiny_sam(), picture_pixels(width, height)
    hints = Hints(
        tuple((point,) for point in inside),
        tuple((point,) for point in outside),
        None if box is None else Box.between(*box),
    )
    found = Sam(network, "sam", CPU)
    picture = seen(pixels)
    candidates = found.candidates(found.embed(picture, always), picture, hints)
    masks, scores = reference(network, pixels, inside, outside, box)
    order = np.argsort(-scores, kind="stable")
    np.testing.assert_allclose([one.score for one in candidates.found], scores[order], atol=1e-5)
    for one, mask in zip(candidates.found, masks[order], strict=True):
        coverage = one.coverage()
        drawn = np.zeros(mask.shape) if coverage is None else coverage.over(Box.whole(one.size))
        assert ((drawn == 255) == (mask > 0))[np.abs(mask) > 1e-4].all()


def reference(
    network: Any,
    pixels: Pixels,
    inside: Sequence[tuple[float, float]],
    outside: Sequence[tuple[float, float]],
    box: tuple[int, int, int, int] | None,
) -> tuple[np.ndarray, np.ndarray]:
    """The same by transformers alone: logits (n, H, W) as large as the picture, and scores (n,)."""
    prepare = processor()
    inputs = prepare(images=pixels, return_tensors="pt")
    # Its places count from the middle of a pixel, ours from its corner.
    height, width = pixels.shape[:2]
    scaled = prepare._normalize_coordinates
    prompt: dict[str, torch.Tensor] = {}
    if inside or outside:
        points = scaled(SIDE_PX, np.array([*inside, *outside]), (height, width)) - 0.5
        prompt["input_points"] = torch.tensor(points, dtype=torch.float32)[None, None]
        labels = [1] * len(inside) + [0] * len(outside)
        prompt["input_labels"] = torch.tensor(labels)[None, None]
    if box is not None:
        corners = scaled(SIDE_PX, np.array([box]), (height, width), is_bounding_box=True) - 0.5
        prompt["input_boxes"] = torch.tensor(corners, dtype=torch.float32)[None]
    many = len(inside) + len(outside) == 1 and box is None
    with torch.inference_mode():
        told = network(pixel_values=inputs["pixel_values"], multimask_output=many, **prompt)
    masks = prepare.post_process_masks(
        [told.pred_masks[0]],
        inputs["original_sizes"],
        inputs["reshaped_input_sizes"],
        binarize=False,
        pad_size={"height": SIDE_PX, "width": SIDE_PX},
    )[0]
    return masks[0].numpy(), told.iou_scores[0, 0].numpy()


@pytest.mark.parametrize(("width", "height"), SHAPES)
@pytest.mark.parametrize(
    ("inside", "outside", "box"),
    [
        ([(11.5, 17.5)], [], None),
        ([(11.5, 17.5)], [(3.5, 25.5)], None),
        ([], [], (4, 6, 27, 29)),
    ],
)
def test_masks_of_the_second_generation_are_those_of_its_bare_network(
    width: int,
    height: int,
    inside: list[tuple[float, float]],
    outside: list[tuple[float, float]],
    box: tuple[int, int, int, int] | None,
) -> None:
    """Its processor stretches pictures to the square, scales places with them, and enlarges the
    masks at once."""
    network, pixels = tiny_sam2(), picture_pixels(width, height)
    hints = Hints(
        tuple((point,) for point in inside),
        tuple((point,) for point in outside),
        None if box is None else Box.between(*box),
    )
    sam, picture = Sam(network, "sam2", CPU), seen(pixels)
    candidates = sam.candidates(sam.embed(picture, always), picture, hints)

    stretched = Image.fromarray(pixels).resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR)
    normal = SamImageProcessorPil().normalize(
        np.asarray(stretched, np.float32).transpose(2, 0, 1) / 255,
        IMAGENET_DEFAULT_MEAN,
        IMAGENET_DEFAULT_STD,
    )
    scale = np.array([SIDE_PX / width, SIDE_PX / height])
    prompt: dict[str, torch.Tensor] = {}
    if inside:
        points = torch.tensor(np.array([*inside, *outside]) * scale - 0.5, dtype=torch.float32)
        prompt["input_points"] = points[None, None]
        prompt["input_labels"] = torch.tensor([1] * len(inside) + [0] * len(outside))[None, None]
    if box is not None:
        corners = torch.tensor(np.array(box).reshape(2, 2) * scale - 0.5, dtype=torch.float32)
        prompt["input_boxes"] = corners.reshape(1, 1, 4)
    with torch.inference_mode():
        told = network(
            pixel_values=torch.tensor(normal, dtype=torch.float32)[None],
            multimask_output=len(inside) == 1 and not outside,
            **prompt,
        )
    masks = functional.interpolate(
        told.pred_masks[0], (height, width), mode="bilinear", align_corners=False
    )[0].numpy()
    scores = told.iou_scores[0, 0].numpy()
    order = np.argsort(-scores, kind="stable")
    np.testing.assert_allclose([one.score for one in candidates.found], scores[order], atol=1e-5)
    for one, mask in zip(candidates.found, masks[order], strict=True):
        coverage = one.coverage()
        drawn = np.zeros(mask.shape) if coverage is None else coverage.over(Box.whole(one.size))
        assert ((drawn == 255) == (mask > 0))[np.abs(mask) > 1e-4].all()


@pytest.mark.parametrize("model_type", ["sam2", "sam2_video"])
def test_the_second_generation_is_read_as_it_is_published(tmp_path: Path, model_type: str) -> None:
    info = write_tiny_sam2(tmp_path / "sam2-tiny", model_type=model_type)
    picture = seen(picture_pixels(60, 40))
    written = Sam(tiny_sam2(), "sam2", CPU).embed(picture, always)
    read = load_sam(info, CPU).embed(picture, always)
    assert len(read) == len(written) == 3
    assert all(map(torch.equal, read, written))


def test_a_click_has_three_candidates_and_more_hints_one() -> None:
    sam, picture = Sam(tiny_sam(), "sam", CPU), seen(picture_pixels(60, 40))
    embedding = sam.embed(picture, always)

    def count(hints: Hints) -> int:
        found: Candidates = sam.candidates(embedding, picture, hints)
        return len(found.found)

    click = ((10.0, 10.0),)
    assert count(Hints(inside=(click,))) == 3
    assert count(Hints(inside=(click,), outside=(((30.0, 30.0),),))) == 1
    assert count(Hints(box=Box(5, 5, 20, 20))) == 1


def test_the_folder_in_the_published_layout_gives_the_same_network(tmp_path: Path) -> None:
    info = write_tiny_sam(tmp_path / "sam-vit-tiny")
    picture = seen(picture_pixels(60, 40))
    written = Sam(tiny_sam(), "sam", CPU).embed(picture, always)
    assert torch.equal(load_sam(info, CPU).embed(picture, always), written)


def test_looking_tells_how_far_it_is_and_can_be_given_up() -> None:
    sam, picture = Sam(tiny_sam(), "sam", CPU), seen(picture_pixels(60, 40))
    told: list[tuple[int, int]] = []

    def goes_on(done: int, parts: int) -> bool:
        told.append((done, parts))
        return done < 1

    with pytest.raises(Unwanted):
        sam.embed(picture, goes_on)
    assert told == [(0, 2), (1, 2)]
    again = sam.embed(picture, always)  # nothing of it is left behind
    assert told == [(0, 2), (1, 2)]
    assert again.isfinite().all()


def test_what_is_gone_damaged_or_another_thing_is_named(tmp_path: Path) -> None:
    info = write_tiny_sam(tmp_path / "sam")
    weights = info.path / "model.safetensors"
    whole = load_file(weights)
    save_file({name: value for name, value in whole.items() if "iou_token" not in name}, weights)
    with pytest.raises(ModelRefused, match="damaged or of another kind"):
        load_sam(info, CPU)
    save_file({**whole, "mask_decoder.iou_token.weight": torch.full((1, 32), torch.nan)}, weights)
    with pytest.raises(ModelRefused, match="NaN"):
        load_sam(info, CPU)
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(ModelRefused, match="damaged or of another kind"):
        load_sam(info, CPU)
    weights.unlink()
    with pytest.raises(ModelRefused, match="damaged or of another kind"):
        load_sam(info, CPU)
    (info.path / "config.json").unlink()
    info.path.rmdir()
    with pytest.raises(ModelNotFound, match="is gone"):
        load_sam(info, CPU)
