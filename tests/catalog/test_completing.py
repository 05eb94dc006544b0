"""Models whose parts lie in several files."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.catalog import Catalog
from studio.domain.addons import AddonKind
from studio.domain.errors import ModelNotFound
from studio.domain.model import ModelTask
from tests.support import model_files as files
from tests.support.model_files import Shapes, write_gguf, write_safetensors

CLIP_L = {"clip_l": files.clip_text()}
CLIP_G = {"clip_g": files.clip_text(1280, 32)}
T5 = {"t5xxl_fp16": files.t5_encoder()}
AE = {"ae": files.ldm_vae(16, quantised=False)}
QWEN_3 = {"qwen_3_4b": files.language_model(151936, 2560, normalised=True)}
QWEN_VAE: dict[str, Shapes] = {
    "qwen_image_vae": {
        "decoder.middle.0.residual.0.gamma": (384, 1, 1, 1),
        "encoder.conv1.weight": (96, 3, 3, 3, 3),
    }
}


def llama_cpp(width: int, *, normalised: bool = False) -> Shapes:
    """A language model by llama.cpp's names."""
    shapes: Shapes = {"token_embd.weight": (151936, width)}
    for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
        shapes[f"blk.0.{part}.weight"] = (width, width)
    if normalised:
        shapes["blk.0.attn_q_norm.weight"] = (128,)
    return shapes


@pytest.mark.parametrize(
    ("name", "network", "parts", "family", "task"),
    [
        ("flux1-dev", files.flux_transformer(), CLIP_L | T5 | AE, "flux", ModelTask.TEXT),
        (
            "flux1-fill-dev",
            files.flux_transformer(in_channels=384),
            CLIP_L | T5 | AE,
            "flux",
            ModelTask.INPAINT,
        ),
        (
            "flux1-dev-kontext",
            files.flux_transformer(),
            CLIP_L | T5 | AE,
            "flux",
            ModelTask.EDIT,
        ),
        (
            "sd3.5_large",
            files.sd3_transformer(38),
            CLIP_L | CLIP_G | {"sd3_vae": files.ldm_vae(16, quantised=False)},
            "sd3",
            ModelTask.TEXT,
        ),
        ("z_image_turbo", files.z_image_transformer(), QWEN_3 | AE, "z-image", ModelTask.TEXT),
        (
            "qwen_image_edit",
            files.qwen_image_transformer(2),
            {"qwen_2.5_vl_7b": files.language_model(152064, 3584)} | QWEN_VAE,
            "qwen-image",
            ModelTask.EDIT,
        ),
        (
            "flux2-klein",
            files.flux2_transformer(False, 3072),
            QWEN_3 | {"flux2-vae": files.ldm_vae(32)},
            "flux2",
            ModelTask.TEXT,
        ),
        (
            "sdxl-inpaint",
            files.sdxl_unet(9),
            CLIP_L | CLIP_G | {"sdxl_vae": files.ldm_vae()},
            "sdxl",
            ModelTask.INPAINT,
        ),
    ],
)
def test_a_network_becomes_a_model_once_its_parts_are_there(
    tmp_path: Path,
    name: str,
    network: Shapes,
    parts: dict[str, Shapes],
    family: str,
    task: ModelTask,
) -> None:
    path = write_safetensors(tmp_path / f"diffusion_models/{name}.safetensors", network)
    catalog = Catalog([tmp_path])
    assert catalog.models() == ()
    (alone,) = catalog.addons(AddonKind.DIFFUSION_MODEL)
    with pytest.raises(ModelNotFound, match="denoising network of a model, without a text encoder"):
        catalog.find(name)
    for part, shapes in parts.items():
        write_safetensors(tmp_path / f"parts/{part}.safetensors", shapes)
    catalog.rescan()
    model = catalog.find(name)
    assert (model.family, model.task, model.path) == (family, task, path)
    assert {part.stem for part in model.parts} == set(parts)
    assert model.size_bytes == alone.size_bytes + sum(part.stat().st_size for part in model.parts)
    assert catalog.addons(AddonKind.DIFFUSION_MODEL) == ()


def test_a_whole_model_needs_no_parts(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "a.safetensors", files.sd1())
    catalog = Catalog([tmp_path])
    assert catalog.find("a").parts == ()


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "dev.safetensors", files.flux_transformer())
    write_safetensors(tmp_path / "clip_l.safetensors", files.clip_text())
    with pytest.raises(ModelNotFound, match=r"without a text encoder \(t5-xxl\) and a VAE"):
        Catalog([tmp_path]).find("dev")


@pytest.mark.parametrize(("read", "encoder"), [(7680, "qwen_3_4b"), (12288, "qwen_3_8b")])
@pytest.mark.parametrize("kind", ["", "-base"])
def test_each_klein_takes_the_encoder_that_it_was_made_for(
    tmp_path: Path, read: int, encoder: str, kind: str
) -> None:
    network = files.flux2_transformer(False, 3072, read)
    write_safetensors(tmp_path / f"flux-2-klein{kind}.safetensors", network)
    eight = {"qwen_3_8b": files.language_model(151936, 4096, normalised=True)}
    for name, shapes in (QWEN_3 | eight | {"flux2-vae": files.ldm_vae(32)}).items():
        write_safetensors(tmp_path / f"{name}.safetensors", shapes)
    model = Catalog([tmp_path]).find(f"flux-2-klein{kind}")
    assert [part.stem for part in model.parts] == [encoder, "flux2-vae"]
    assert model.default_guidance_scale == (4.0 if kind else 1.0)


def test_encoders_in_gguf_are_taken(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "dev.safetensors", files.flux_transformer())
    write_safetensors(tmp_path / "z_image_turbo.safetensors", files.z_image_transformer())
    for name, shapes in (CLIP_L | AE).items():
        write_safetensors(tmp_path / f"{name}.safetensors", shapes)
    t5 = {"enc.blk.0.attn_q.weight": (4096, 4096), "token_embd.weight": (32128, 4096)}
    write_gguf(tmp_path / "t5-v1_1-xxl-encoder-Q5_K_M.gguf", t5)
    other = llama_cpp(2560, normalised=True)
    write_gguf(tmp_path / "gemma-3-4b-it-Q4_K_M.gguf", other, architecture="gemma3")
    catalog = Catalog([tmp_path])
    found = catalog.find("dev")
    assert {part.suffix for part in found.parts} == {".safetensors", ".gguf"}
    with pytest.raises(ModelNotFound, match=r"without a text encoder \(qwen3-4b\)"):
        catalog.find("z_image_turbo")
    write_gguf(tmp_path / "Qwen3-4B-Q4_K_M.gguf", other, architecture="qwen3")
    catalog.rescan()
    parts = [part.name for part in catalog.find("z_image_turbo").parts]
    assert parts == ["Qwen3-4B-Q4_K_M.gguf", "ae.safetensors"]


def test_what_edits_takes_what_sees_beside_its_encoder(tmp_path: Path) -> None:
    for name in ("qwen_image", "qwen_image_edit"):
        write_safetensors(tmp_path / f"{name}.safetensors", files.qwen_image_transformer(2))
    for name, shapes in QWEN_VAE.items():
        write_safetensors(tmp_path / f"{name}.safetensors", shapes)
    reads = llama_cpp(3584)
    write_gguf(tmp_path / "Qwen2.5-7B-Q4_K_M.gguf", reads, architecture="qwen2")
    reading = write_gguf(tmp_path / "Qwen2.5-VL-7B-Q4_K_M.gguf", reads, architecture="qwen2vl")
    catalog = Catalog([tmp_path])
    assert len(catalog.find("qwen_image_edit").parts) == 2
    eyes = {
        "v.patch_embd.weight": (1280, 3, 14, 14),
        "v.patch_embd.weight.1": (1280, 3, 14, 14),
        "v.blk.0.ffn_gate.weight": (3420, 1280),
        "mm.2.weight": (3584, 5120),
    }
    seeing = write_gguf(tmp_path / "mmproj-F16.gguf", eyes, "F16", architecture="clip")
    catalog.rescan()
    assert catalog.find("qwen_image").parts[0] == reading
    assert len(catalog.find("qwen_image").parts) == 2
    assert catalog.find("qwen_image_edit").parts[:2] == (reading, seeing)


def test_a_gguf_network_is_completed_too(tmp_path: Path) -> None:
    write_gguf(tmp_path / "dev.gguf", files.flux_transformer())
    for name, shapes in (CLIP_L | T5 | AE).items():
        write_safetensors(tmp_path / f"{name}.safetensors", shapes)
    found = Catalog([tmp_path]).find("dev")
    assert found.precision.startswith("gguf")
    assert len(found.parts) == 3
