"""Folders of models as the artist's other programs lay them out, with tiny models that can paint.

The files are in the formats and under the names that such models are published in; only their
widths and depths are tiny, and their weights random.
"""

from __future__ import annotations

import json
import sqlite3
import warnings
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import diffusers
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from studio.domain.model import ModelTask
from studio.engine.devices import pick_device
from studio.engine.loading import load
from tests.support import flow_files
from tests.support.ldm_files import ldm_autoencoder, write_single_file
from tests.support.tiny_adapters import kohya_lora
from tests.support.tiny_chat_models import (
    write_tiny_flux2,
    write_tiny_qwen_image,
    write_tiny_z_image,
)
from tests.support.tiny_models import write_tiny_sd, write_tiny_sdxl

SIDE = 64
"""Pictures of this size are drawn by every model here."""
_PROJECTED = 12
_TOKENS = 4


def write_a1111(base: Path, workshop: Path) -> dict[str, str]:
    """The web UI's folder: checkpoints of the UNet families with LoRA, embedding, VAE and
    ControlNet.

    Returns:
        The names of its models and their families.
    """
    models = base / "models"
    for folder in ("Stable-diffusion", "Lora", "VAE", "ControlNet"):
        (models / folder).mkdir(parents=True)
    (base / "embeddings").mkdir()
    sources = {
        "v1-5-pruned": write_tiny_sd(workshop / "sd", all_words=True),
        "v2-1_768-ema-pruned": write_tiny_sd(workshop / "sd2", "sd2", all_words=True),
        "sd_xl_base_1.0": write_tiny_sdxl(workshop / "sdxl", all_words=True),
        "sd_xl_refiner_1.0": write_tiny_sdxl(
            workshop / "refiner", ModelTask.REFINER, all_words=True
        ),
    }
    for name, info in sources.items():
        path = models / f"Stable-diffusion/{name}.safetensors"
        write_single_file(info.path, path, torch.float16)
    sd: Any = load(sources["v1-5-pruned"], pick_device({"PENTIMENTO_DEVICE": "cpu"}))
    kohya_lora(models / "Lora/ink-wash.safetensors", sd)
    save_file({"emb_params": torch.randn(2, 32)}, base / "embeddings/EasyNegative.safetensors")
    vae = load_file(workshop / "sd/vae/diffusion_pytorch_model.safetensors")
    dull = {name: tensor * 0.5 for name, tensor in ldm_autoencoder(vae).items()}
    save_file(dull, models / "VAE/vae-ft-mse-840000.safetensors")
    _controlnet(sd.unet).save_pretrained(models / "ControlNet/control_v11p_sd15_canny")
    return {name: info.family for name, info in sources.items()}


def write_comfyui(base: Path, shelf: Path, workshop: Path) -> dict[str, str]:
    """ComfyUI's folder: FLUX.1 in parts; and on another disk, named by its extra file, SD 3 in one,
    with a T2I-adapter, an IP-Adapter and its image encoder."""
    models = base / "models"
    for folder in ("diffusion_models", "text_encoders", "vae", "checkpoints"):
        (models / folder).mkdir(parents=True)
    for folder in ("big models", "adapters", "ip", "eyes"):
        (shelf / folder).mkdir(parents=True)
    _, flux = flow_files.write_flux_parts(workshop / "flux")
    files = {
        "diffusion_models/flux1-dev": flow_files.flux_transformer(flux["transformer"]),
        "vae/ae": ldm_autoencoder(flux["vae"].state_dict()),
        "text_encoders/clip_l": flow_files.clip(flux["text_encoder"]),
        "text_encoders/t5xxl_fp16": flow_files.t5_encoder(flux["text_encoder_2"]),
    }
    for name, tensors in files.items():
        flow_files.write_file(tensors, models / f"{name}.safetensors")
    _, schnell = flow_files.write_flux_parts(workshop / "schnell", guidance_embeds=False)
    flow_files.write_file(
        flow_files.whole_flux(schnell), models / "checkpoints/flux1-schnell.safetensors"
    )
    _, sd3 = flow_files.write_sd3_parts(workshop / "sd3")
    flow_files.write_file(
        flow_files.whole_sd3(sd3), shelf / "big models/sd3.5_medium_incl_clips_t5xxl.safetensors"
    )
    torch.manual_seed(3)
    diffusers.T2IAdapter(3, [32, 64], 1, 8).save_pretrained(shelf / "adapters/t2i-sketch")
    unet = diffusers.UNet2DConditionModel.from_pretrained(workshop / "sd/unet")
    save_file(_ip_adapter(unet), shelf / "ip/ip-adapter_sd15.safetensors")
    _image_encoder().save_pretrained(shelf / "eyes/clip-vit-h")
    (base / "extra_model_paths.yaml").write_text(
        f"""
comfyui:
    base_path: {shelf}
    checkpoints: big models
    t2i_adapter: adapters
    ipadapter: |
        ip
    clip_vision: eyes
""",
        encoding="utf-8",
    )
    return {"flux1-dev": "flux", "flux1-schnell": "flux", "sd3.5_medium_incl_clips_t5xxl": "sd3"}


def write_invokeai(base: Path) -> dict[str, str]:
    """InvokeAI's folder: models below keys that say nothing; their names are in its database."""
    write_tiny_sd(base / "models/3f2a", all_words=True)
    write_tiny_sdxl(base / "models/77b1", all_words=True)
    (base / "invokeai.yaml").write_text("schema_version: 4.0.2\n", encoding="utf-8")
    (base / "databases").mkdir()
    names = {"3f2a": "Dreamy Landscapes", "77b1": "Bold Colours XL"}
    with closing(sqlite3.connect(base / "databases/invokeai.db")) as database:
        database.execute("CREATE TABLE models (id TEXT PRIMARY KEY, config TEXT NOT NULL)")
        for key, name in names.items():
            config = json.dumps({"path": key, "name": name, "type": "main", "format": "diffusers"})
            database.execute("INSERT INTO models VALUES (?, ?)", (key, config))
        database.commit()
    return {"Dreamy Landscapes": "sd", "Bold Colours XL": "sdxl"}


def write_hugging_face(cache: Path) -> dict[str, str]:
    """The cache of Hugging Face's libraries: files under their hashes, models of links."""
    writers = {"FLUX.2-klein-4B": write_tiny_flux2, "Z-Image-Turbo": write_tiny_z_image}
    for number, (name, write) in enumerate(writers.items()):
        repository = cache / f"hub/models--someone--{name}"
        revision = f"{number:040x}"
        snapshot = repository / "snapshots" / revision
        write(snapshot)
        (repository / "blobs").mkdir()
        for index, file in enumerate(sorted(p for p in snapshot.rglob("*") if p.is_file())):
            blob = repository / f"blobs/{index:064x}"
            file.rename(blob)
            file.symlink_to(blob)
        (repository / "refs").mkdir()
        (repository / "refs/main").write_text(revision, encoding="ascii")
    return {"FLUX.2-klein-4B": "flux2", "Z-Image-Turbo": "z-image"}


def stamps(folder: Path) -> Mapping[str, tuple[int, ...]]:
    """Of every file and folder what no write leaves as it was."""
    found = {}
    for path in (folder, *folder.rglob("*")):
        status = path.lstat()
        found[str(path)] = (
            status.st_ino,
            status.st_mode,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
        )
    return found


def write_peers(base: Path, workshop: Path) -> dict[Path, dict[str, str]]:
    """All of them and plain folders below `base`; what it takes to make them goes to `workshop`.

    Returns:
        The folders (or files) that an artist would add, each with its models and their families.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        a1111 = write_a1111(base / "stable-diffusion-webui", workshop)
        comfyui = write_comfyui(base / "ComfyUI", base / "big disk", workshop)
    invokeai = write_invokeai(base / "invokeai")
    hugging_face = write_hugging_face(base / "huggingface")
    write_tiny_qwen_image(base / "Qwen-Image")
    single = base / "downloads/my first model.safetensors"
    single.parent.mkdir()
    write_single_file(workshop / "sd", single)
    return {
        base / "stable-diffusion-webui": a1111,
        base / "ComfyUI": comfyui,
        base / "invokeai": invokeai,
        base / "huggingface": hugging_face,
        base / "Qwen-Image": {"Qwen-Image": "qwen-image"},
        single: {"my first model": "sd"},
    }


def _controlnet(unet: Any) -> Any:
    torch.manual_seed(1)
    network = diffusers.ControlNetModel.from_unet(
        unet, conditioning_embedding_out_channels=(8, 8, 8, 8)
    )
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
    return network


def _ip_adapter(unet: Any) -> dict[str, torch.Tensor]:
    """With odd numbers for the layers that read the prompt: even ones are those between them."""
    torch.manual_seed(2)
    keys = [module for name, module in unet.named_modules() if name.endswith("attn2.to_k")]
    cross = keys[0].in_features
    tensors = {
        "image_proj.proj.weight": torch.randn(_TOKENS * cross, _PROJECTED),
        "image_proj.proj.bias": torch.randn(_TOKENS * cross),
        "image_proj.norm.weight": torch.ones(cross),
        "image_proj.norm.bias": torch.zeros(cross),
    }
    for number, layer in enumerate(keys):
        for part in ("to_k_ip", "to_v_ip"):
            weights = torch.randn(layer.out_features, cross)
            tensors[f"ip_adapter.{2 * number + 1}.{part}.weight"] = weights
    return tensors


def _image_encoder() -> Any:
    torch.manual_seed(5)
    return CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            patch_size=8,
            image_size=16,
            projection_dim=_PROJECTED,
        )
    )
