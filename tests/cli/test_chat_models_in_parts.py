"""FLUX.2, Z-Image and Qwen-Image as ComfyUI's folder has them: from there to pictures, by the real
command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.cli import main
from tests.support import chat_files
from tests.support.flow_files import Tensors, write_file
from tests.support.ldm_files import ldm_autoencoder
from tests.support.peer_folders import stamps

SIDE = 64
MODELS = {
    "z_image_turbo_bf16": "z-image",
    "flux-2-klein-base-4b": "flux2",
    "flux2_dev": "flux2",
    "qwen_image_edit_2509_bf16": "qwen-image",
}


@pytest.fixture(scope="module")
def comfyui(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, whose models share their parts where the real ones do."""
    base, workshop = tmp_path_factory.mktemp("disk") / "ComfyUI", tmp_path_factory.mktemp("shop")
    _, z_image = chat_files.write_z_image_parts(workshop / "z-image")
    _, klein = chat_files.write_klein_parts(workshop / "klein")
    _, dev = chat_files.write_flux2_parts(workshop / "dev")
    _, qwen = chat_files.write_qwen_image_parts(workshop / "qwen", "QwenImageEditPlusPipeline")
    files: dict[str, Tensors] = {
        "diffusion_models/z_image_turbo_bf16": chat_files.z_image_transformer(
            z_image["transformer"]
        ),
        "diffusion_models/flux-2-klein-base-4b": chat_files.flux2_transformer(klein["transformer"]),
        "diffusion_models/flux2_dev": chat_files.flux2_transformer(dev["transformer"]),
        "diffusion_models/qwen_image_edit_2509_bf16": qwen["transformer"].state_dict(),
        "text_encoders/qwen_3_4b": chat_files.qwen3(klein["text_encoder"]),
        "text_encoders/mistral_3_small_flux2_bf16": chat_files.mistral(dev["text_encoder"]),
        "text_encoders/qwen_2.5_vl_7b": chat_files.qwen_vl(qwen["text_encoder"]),
        "vae/ae": ldm_autoencoder(z_image["vae"].state_dict()),
        "vae/flux2-vae": chat_files.flux2_autoencoder(klein["vae"]),
        "vae/qwen_image_vae": chat_files.wan_autoencoder(qwen["vae"]),
    }
    for name, tensors in files.items():
        path = base / f"models/{name}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(tensors, path)
    (base / "models/checkpoints").mkdir()
    return base


@pytest.fixture
def added(comfyui: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command of a studio that the folder was added to; gives what it says."""
    assert main(["models", "add", str(comfyui)]) == 0
    capsys.readouterr()

    def run(*words: object) -> str:
        code = main([*map(str, words)])
        said = capsys.readouterr()
        assert (code, said.err) == (0, "")
        return said.out

    return run


def test_all_are_found_with_their_parts(added: Callable[..., str]) -> None:
    told = json.loads(added("models", "list", "--json"))
    found = {one["name"]: one["family"] for one in told["models"] if one["kind"] == "model"}
    assert found.items() >= MODELS.items()
    assert told["refused"] == []


@pytest.mark.parametrize("model", MODELS)
def test_each_paints(added: Callable[..., str], comfyui: Path, tmp_path: Path, model: str) -> None:
    before, out = stamps(comfyui), tmp_path / "picture.png"
    words = ("--width", SIDE, "--height", SIDE, "--steps", 2, "--upscale", 1, "--seed", 5)
    added("generate", "a cat", "--model", model, *words, "--out", out, "--json")
    with Image.open(out, formats=("PNG",)) as image:
        assert np.asarray(image).std() > 0
    assert stamps(comfyui) == before
