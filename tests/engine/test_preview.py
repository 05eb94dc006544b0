"""Previews: the linear maps, the exact one, and how colours become bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.image_processor import VaeImageProcessor

from studio.domain.events import ImageReady
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.devices import pick_device
from studio.engine.patch_autoencoder import LinearPatchAutoencoder
from studio.engine.preview import DirectPreviewer, LinearPreview, no_preview, to_pixels
from studio.engine.preview_factors import FACTORS
from studio.engine.runner import DiffusionRunner
from tests.support.tiny_models import write_tiny_model


@pytest.mark.parametrize(
    ("family", "channels"),
    [("sd", 4), ("sdxl", 4), ("sd3", 16), ("flux", 16), ("flux2", 128), ("qwen-image", 16)],
)
def test_the_map_is_linear_with_the_bias_as_the_colour_of_nothing(
    family: str, channels: int
) -> None:
    draw = LinearPreview.known(family, torch.device("cpu"), torch.float32)
    assert draw.weights.shape == (channels, 3)
    nothing = draw(torch.zeros(2, channels, 3, 5))
    assert nothing.shape == (2, 3, 3, 5)
    assert torch.allclose(nothing[0, :, 0, 0], torch.tensor(FACTORS[family].bias))
    a, b = torch.randn(2, 1, channels, 4, 4).unbind(0)
    assert torch.allclose(draw(a + b) + draw(a * 0), draw(a) + draw(b), atol=1e-5)


def test_a_map_is_found_for_a_decoder_nobody_has_measured() -> None:
    truth = LinearPreview(torch.randn(7, 3), torch.tensor([0.2, 0.0, -0.1]))

    def decode(latents: torch.Tensor) -> torch.Tensor:
        return truth(latents).repeat_interleave(8, 2).repeat_interleave(8, 3)

    found = LinearPreview.fitted(decode, 7, torch.device("cpu"), torch.float32)
    assert torch.allclose(found.weights, truth.weights, atol=1e-4)
    assert torch.allclose(found.bias, truth.bias, atol=1e-4)


def test_pixels_are_rounded_as_diffusers_rounds_them() -> None:
    pictures = torch.linspace(-1.3, 1.3, 2 * 3 * 40 * 40).reshape(2, 3, 40, 40)
    theirs = VaeImageProcessor().postprocess(pictures, output_type="pil")
    assert np.array_equal(to_pixels(pictures), np.stack([np.asarray(p) for p in theirs]))


def test_what_is_no_number_is_black_not_an_error() -> None:
    picture = torch.full((1, 3, 2, 2), torch.nan)
    assert to_pixels(picture).tolist() == np.zeros((1, 2, 2, 3)).tolist()


def test_every_preview_offered_is_kept() -> None:
    previewer = DirectPreviewer(lambda latents: latents[:, :3])
    shown = [previewer.offer(i, torch.full((2, 4, 1, 1), i / 10)) for i in range(3)]
    assert [step for step, _ in shown] == [0, 1, 2]
    assert previewer.all().shape == (3, 2, 1, 1, 3)
    assert np.array_equal(previewer.all()[2], shown[2][1])


def test_no_preview_has_no_pixel() -> None:
    assert to_pixels(no_preview(torch.zeros(2, 4, 8, 8))).shape == (2, 0, 0, 3)


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction", "sample"])
def test_with_a_linear_decoder_the_preview_is_the_picture_itself(
    tmp_path: Path, prediction: str
) -> None:
    vae = LinearPatchAutoencoder(latent_channels=32)
    torch.manual_seed(2)
    basis = torch.linalg.qr(torch.randn(192, 32)).Q.T.reshape(32, 3, 8, 8)
    vae.set_basis(basis, torch.linspace(4, 0.2, 32), torch.tensor([0.1, 0.0, -0.1]))
    model = write_tiny_model(tmp_path / "linear", vae, prediction_type=prediction)
    runner = DiffusionRunner(
        lambda name: model, _no_picture, device=pick_device({"PENTIMENTO_DEVICE": "cpu"})
    )
    *_, ready = runner.run(Request("a cat", 1, "linear", 32, 24, num_inference_steps=3), Control())

    assert isinstance(ready, ImageReady)
    assert np.shape(ready.previews) == (3, 1, 24, 32, 3)
    # The last step ends where the model's last estimate is.
    difference = ready.previews[-1].astype(int) - ready.images.astype(int)
    assert np.abs(difference).max() <= 1


def _no_picture(digest: str) -> Any:
    raise AssertionError("no start picture was asked for")
