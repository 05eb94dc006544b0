"""An exported folder is a Stable Diffusion folder: diffusers' own pipeline draws from it."""

from __future__ import annotations

from pathlib import Path

import diffusers
import pytest
import torch
from safetensors import safe_open

from studio.training.denoiser import Trainer
from studio.training.drawings import Drawings
from studio.training.export import checksums, export
from studio.training.sheet import draw_sheet, load_pipeline
from tests.support.tiny_training import TINY, fitted

SCHEDULERS = (
    ("EulerDiscreteScheduler", {}),
    ("EulerAncestralDiscreteScheduler", {}),
    ("DPMSolverMultistepScheduler", {}),
    ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    ("HeunDiscreteScheduler", {}),
    ("DDIMScheduler", {}),
    ("UniPCMultistepScheduler", {}),
    ("LCMScheduler", {}),
)
# diffusers 0.42 makes numpy arrays of tensors in the old way.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def folder(drawings: Drawings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    trainer = Trainer(TINY, drawings, *fitted(drawings))
    folder = tmp_path_factory.mktemp("model")
    assert export(trainer, folder) == checksums(folder)
    return folder


def test_the_networks_are_stored_in_half_precision(folder: Path) -> None:
    for path in checksums(folder):
        with safe_open(folder / path, "pt") as file:
            types = {file.get_tensor(key).dtype for key in file.keys()}  # noqa: SIM118
        assert types == ({torch.float32} if path.startswith("vae") else {torch.float16})
    assert len(checksums(folder)) == 3


def test_diffusers_own_pipeline_draws_from_it(folder: Path) -> None:
    pipeline = load_pipeline(folder)
    assert type(pipeline) is diffusers.StableDiffusionPipeline
    assert pipeline.vae_scale_factor == 8
    assert pipeline.text_encoder.config.max_position_embeddings == TINY.max_tokens
    sheet = draw_sheet(pipeline, ("a disc", "a box"), steps=2)
    assert sheet.getpixel((48, 48)) != sheet.getpixel((700, 48)) == (255, 255, 255)
    assert sheet.tobytes() == draw_sheet(pipeline, ("a disc", "a box"), steps=2).tobytes()


@pytest.mark.parametrize(("name", "options"), SCHEDULERS)
def test_every_sampler_takes_its_schedule(folder: Path, name: str, options: dict) -> None:  # type: ignore[type-arg]
    scheduler = getattr(diffusers, name).from_config(
        diffusers.DDIMScheduler.from_pretrained(folder / "scheduler").config, **options
    )
    scheduler.set_timesteps(8)
    assert scheduler.timesteps[0] == 999
    assert scheduler.config.prediction_type == "v_prediction"
    torch.manual_seed(0)
    sample = torch.randn(1, 4, 4, 4) * scheduler.init_noise_sigma
    for time in scheduler.timesteps:
        predicted = 0.1 * scheduler.scale_model_input(sample, time)
        sample = scheduler.step(predicted, time, sample).prev_sample
    assert sample.isfinite().all()
    assert sample.std() < 20
