"""Depth maps: the same as transformers' own pipeline makes, and near is bright."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import DepthEstimationPipeline
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil
from transformers.models.zoedepth.image_processing_pil_zoedepth import ZoeDepthImageProcessorPil

from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.engine.annotators.depth import DepthFinder, load_depth_finder
from tests.engine.test_runner import CPU
from tests.support.samples import noise
from tests.support.tiny_annotators import NETWORKS, PROCESSORS, write_annotator

PICTURE = noise(1, 100, 70)


def transformers_pipeline(info: AddonInfo, model_type: str) -> Any:
    network = type(NETWORKS[model_type]()).from_pretrained(info.path, local_files_only=True)
    processor = DPTImageProcessorPil.from_dict(PROCESSORS[model_type])
    return DepthEstimationPipeline(model=network.eval(), image_processor=processor)


@pytest.mark.parametrize("model_type", ["depth_anything", "dpt"])
def test_it_is_what_transformers_pipeline_makes(tmp_path: Path, model_type: str) -> None:
    info = write_annotator(tmp_path / "net", model_type)
    made = load_depth_finder(info, CPU).depth_map(PICTURE)
    wanted = transformers_pipeline(info, model_type)(Image.fromarray(PICTURE))["depth"]
    assert made.shape == PICTURE.shape
    assert np.array_equal(made[..., 0], np.asarray(wanted))
    assert np.array_equal(made[..., 0], made[..., 1])
    assert np.array_equal(made[..., 0], made[..., 2])
    assert (made.min(), made.max()) == (0, 255)


def test_zoedepths_distances_are_turned_round_without_the_padding(tmp_path: Path) -> None:
    info = write_annotator(tmp_path / "net", "zoedepth")
    made = load_depth_finder(info, CPU).depth_map(PICTURE)
    network = type(NETWORKS["zoedepth"]()).from_pretrained(info.path, local_files_only=True).eval()
    processor = ZoeDepthImageProcessorPil.from_dict(PROCESSORS["zoedepth"])
    with torch.inference_mode():
        seen = processor(PICTURE, return_tensors="pt")
        metres = network(**seen).predicted_depth
    # 3 × √(height / 2) and 3 × √(width / 2) were added on either side.
    whole = torch.nn.functional.interpolate(
        metres[None], (70 + 2 * 17, 100 + 2 * 21), mode="bicubic", align_corners=False
    )
    inner = whole[0, 0, 17:-17, 21:-21].numpy()
    near, far = np.percentile(inner, 2), np.percentile(inner, 85)
    wanted = (255 * np.clip(1 - (inner - near) / (far - near), 0, 1)).astype(np.uint8)
    assert made.shape == PICTURE.shape
    assert np.abs(made[..., 0].astype(int) - wanted).max() <= 1
    nearest, farthest = inner.argmin(), inner.argmax()
    assert made[..., 0].flat[nearest] == 255
    assert made[..., 0].flat[farthest] == 0


class Ramp(torch.nn.Module):
    """Tells the same of every picture."""

    device = torch.device("cpu")

    def __init__(self, values: np.ndarray) -> None:
        super().__init__()
        self.predicted_depth = torch.from_numpy(values[None])

    def forward(self, pixel_values: torch.Tensor) -> Any:
        return self


def finder(values: np.ndarray, *, is_distance: bool) -> DepthFinder:
    processor = DPTImageProcessorPil.from_dict(PROCESSORS["dpt"])
    return DepthFinder(Ramp(values), processor, pads=False, is_distance=is_distance)


@pytest.mark.parametrize("is_distance", [False, True])
def test_what_is_equally_near_everywhere_is_no_error(is_distance: bool) -> None:
    made = finder(np.full((8, 8), 3, np.float32), is_distance=is_distance).depth_map(PICTURE)
    assert not made.any()


def test_near_is_bright() -> None:
    ramp = np.repeat(np.linspace(1, 9, 70, dtype=np.float32)[:, None], 100, axis=1)
    nearness = finder(ramp, is_distance=False).depth_map(PICTURE)[:, 50, 0]
    distance = finder(ramp, is_distance=True).depth_map(PICTURE)[:, 50, 0]
    assert (nearness[0], nearness[-1]) == (0, 255)
    assert (distance[0], distance[-1]) == (255, 0)
    assert (np.diff(nearness.astype(int)) >= 0).all()
    assert (np.diff(distance.astype(int)) <= 0).all()


def test_what_is_damaged_is_refused_in_a_sentence(tmp_path: Path) -> None:
    info = write_annotator(tmp_path / "net", "dpt")
    weights = info.path / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-100])
    with pytest.raises(ModelRefused):
        load_depth_finder(info, CPU)
    weights.write_bytes(whole)
    config = info.path / "config.json"
    config.write_text(config.read_text("utf-8").replace('"hidden_size": 32', '"hidden_size": 34'))
    with pytest.raises(ModelRefused, match="damaged or of another kind"):
        load_depth_finder(info, CPU)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"size": {"height": 1000000, "width": 8}}',
        '{"size": {"height": 8, "width": 8}, "ensure_multiple_of": 50000}',
        '{"size": {"height": "a", "width": 8}}',
    ],
)
def test_how_it_sees_pictures_must_be_sensible(tmp_path: Path, text: str) -> None:
    info = write_annotator(tmp_path / "net", "depth_anything")
    said = info.path / "preprocessor_config.json"
    said.write_text(text, encoding="utf-8")
    if text == "{}":  # the class's own defaults
        assert load_depth_finder(info, CPU)
        said.unlink()
    with pytest.raises(ModelRefused, match="preprocessor_config"):
        load_depth_finder(info, CPU)


def test_one_that_is_gone_is_named(tmp_path: Path) -> None:
    info = write_annotator(tmp_path / "net", "dpt")
    for path in info.path.iterdir():
        path.unlink()
    info.path.rmdir()
    with pytest.raises(ModelNotFound, match="net” is gone"):
        load_depth_finder(info, CPU)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    info = write_annotator(tmp_path / "net", "dpt")
    network = type(NETWORKS["dpt"]()).from_pretrained(info.path, local_files_only=True)
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    network.save_pretrained(info.path)
    with pytest.raises(ModelRefused, match="NaN"):
        load_depth_finder(info, CPU)
