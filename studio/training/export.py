"""Write the trained model as a Stable Diffusion folder that any diffusers pipeline can read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from studio.training.denoiser import Trainer
from studio.training.networks import build_scheduler

MODEL_INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.35.0",
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["studio.engine.patch_autoencoder", "LinearPatchAutoencoder"],
}
MACHINE_KEYS = frozenset({"_name_or_path", "is_local", "local_files_only"})


def export(trainer: Trainer, folder: Path) -> dict[str, str]:
    """Put the averaged weights of `trainer` into `folder`; return each weight file's sha256.

    The networks are stored in half precision, the autoencoder (two small matrices) in full.
    Loading the average changes the trainer's model: export last, or from a trainer loaded for it.
    """
    trainer.load_average()
    trainer.unet.save_pretrained(folder / "unet")
    trainer.text_encoder.save_pretrained(folder / "text_encoder")
    trainer.vae.save_pretrained(folder / "vae")
    trainer.tokenizer.save_pretrained(folder / "tokenizer")
    build_scheduler(trainer.recipe.objective).save_pretrained(folder / "scheduler")
    index = json.dumps(MODEL_INDEX, indent=2) + "\n"
    (folder / "model_index.json").write_text(index, encoding="utf-8")
    for weights in folder.rglob("*.safetensors"):
        if weights.parent.name != "vae":
            _halve(weights)
        weights.chmod(0o644)
    for settings in folder.glob("*/*.json"):
        _forget_this_machine(settings)
    return checksums(folder)


def checksums(folder: Path) -> dict[str, str]:
    """sha256 of every weight file, by its path inside the folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.safetensors"))
    }


def _forget_this_machine(settings: Path) -> None:
    """Drop what the libraries note about where a part was loaded from."""
    values = json.loads(settings.read_text(encoding="utf-8"))
    if values.keys() & MACHINE_KEYS:
        kept = {key: value for key, value in values.items() if key not in MACHINE_KEYS}
        settings.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def _halve(weights: Path) -> None:
    tensors = {
        name: tensor.half() if tensor.dtype == torch.float32 else tensor
        for name, tensor in load_file(weights).items()
    }
    save_file(tensors, weights, metadata={"format": "pt"})
