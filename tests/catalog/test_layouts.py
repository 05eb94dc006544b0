"""Folders as other programs lay them out: everything in them is found, named, and left alone."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.catalog import Catalog, Layout, Place
from studio.catalog.layouts import Root, Walk
from studio.domain.addons import AddonKind
from studio.domain.errors import ModelError, ModelNotFound
from studio.domain.model import ModelTask
from tests.support import model_files as files
from tests.support.model_files import write_safetensors

AddPlace = Callable[[Path], tuple[Catalog, Place]]


@pytest.fixture
def add(tmp_path: Path) -> AddPlace:
    """Adds a folder to a catalog without models of its own."""

    def add(folder: Path) -> tuple[Catalog, Place]:
        own = tmp_path / "own"
        own.mkdir()
        catalog = Catalog([own], tmp_path / "config" / "model-folders.json", tmp_path / "cache")
        return catalog, catalog.add_place(folder)

    return add


def everything(folder: Path) -> dict[str, int]:
    """Every file and folder below, with its time of change."""
    return {str(path): path.lstat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def names(catalog: Catalog, kind: AddonKind) -> list[str]:
    return [addon.name for addon in catalog.addons(kind)]


def diffusers_model(folder: Path, pipeline: str = "StableDiffusionXLPipeline") -> Path:
    parts = {
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "tokenizer_2": ["transformers", "CLIPTokenizer"],
        "scheduler": ["diffusers", "EulerDiscreteScheduler"],
    }
    for part in ("unet", "vae", "text_encoder", "text_encoder_2"):
        write_safetensors(folder / part / "model.fp16.safetensors", {"a.weight": (8, 8)})
    write_json(folder / "model_index.json", {"_class_name": pipeline, **parts})
    unet = {"in_channels": 4, "sample_size": 128, "cross_attention_dim": 2048}
    write_json(folder / "unet/config.json", unet)
    blocks = [128, 256, 512, 512]
    write_json(folder / "vae/config.json", {"latent_channels": 4, "block_out_channels": blocks})
    return folder


def write_json(path: Path, record: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record), encoding="utf-8")


@pytest.mark.parametrize("inner", ["", "models"])
def test_the_web_uis_folder(tmp_path: Path, add: AddPlace, inner: str) -> None:
    base = tmp_path / "stable-diffusion-webui"
    models = base / "models"
    write_safetensors(models / "Stable-diffusion/v1-5-pruned.safetensors", files.sd1())
    write_safetensors(models / "Stable-diffusion/inpaint/sd15-inpainting.safetensors", files.sd1(9))
    (models / "Stable-diffusion/old.ckpt").write_bytes(b"PK\x03\x04 a pickle")
    (models / "Stable-diffusion/Put Stable Diffusion checkpoints here.txt").touch()
    lora = files.kohya_lora(files.ldm_unet())
    write_safetensors(models / "Lora/ink.safetensors", lora)
    write_safetensors(models / "VAE/vae-ft-mse-840000.safetensors", files.ldm_vae(), "F32")
    write_safetensors(
        models / "ControlNet/control_v11p_sd15_canny.safetensors", files.ldm_controlnet()
    )
    write_safetensors(models / "ESRGAN/4x-something.safetensors", files.esrgan())
    write_safetensors(base / "embeddings/EasyNegative.safetensors", {"emb_params": (8, 768)})
    write_safetensors(base / "outputs/not-looked-at.safetensors", files.sd1())
    before = everything(base)

    catalog, place = add(base / inner)

    assert place.layout is Layout.A1111
    assert (place.models, place.addons, place.refused) == (2, 5, 1)
    assert "web UI" in place.sentence
    assert "2 models and 5 addons; 1 file can't be used" in place.sentence
    assert [model.name for model in catalog.models()] == ["v1-5-pruned", "sd15-inpainting"]
    model = catalog.find("v1-5-pruned")
    assert (model.family, model.precision, model.prediction_type) == ("sd", "fp16", "epsilon")
    assert model.parameters == 859_520_964 + 83_653_863 + 123_060_480
    assert model.size_bytes == model.path.stat().st_size > 2 * model.parameters
    assert catalog.find("sd15-inpainting").task is ModelTask.INPAINT
    assert names(catalog, AddonKind.LORA) == ["ink"]
    assert names(catalog, AddonKind.VAE) == ["vae-ft-mse-840000"]
    assert catalog.find_addon(AddonKind.VAE, "vae-ft-mse-840000").precision == "fp32"
    assert catalog.find_addon(AddonKind.CONTROLNET, "control_v11p_sd15_canny").variant == "canny"
    assert names(catalog, AddonKind.EMBEDDING) == ["EasyNegative"]
    assert catalog.find_upscaler("4x-something").name == "4x-something"
    (refusal,) = catalog.refused()
    assert refusal.path.name == "old.ckpt"
    assert "models convert" in refusal.reason
    assert everything(base) == before


def test_comfyuis_folder_and_those_that_its_extra_file_names(tmp_path: Path, add: AddPlace) -> None:
    base = tmp_path / "ComfyUI"
    models = base / "models"
    write_safetensors(models / "checkpoints/sd_xl_base_1.0.safetensors", files.sdxl())
    write_safetensors(models / "checkpoints/flux1-dev-fp8.safetensors", files.flux(), "F8_E4M3")
    bare = files.flux_transformer(guided=False)
    write_safetensors(models / "diffusion_models/flux1-schnell.sft", bare, "BF16")
    files.write_gguf(models / "unet/flux1-dev-Q8_0.gguf", files.flux_transformer())
    write_safetensors(models / "text_encoders/t5xxl_fp16.safetensors", files.t5_encoder())
    write_safetensors(models / "clip/clip_l.safetensors", files.clip_text())
    write_safetensors(models / "clip_vision/CLIP-ViT-H.safetensors", files.clip_image())
    write_safetensors(models / "vae/ae.safetensors", files.ldm_vae(16, quantised=False))
    write_safetensors(models / "ipadapter/ip-adapter-plus_sd15.safetensors", files.ip_adapter())
    write_safetensors(models / "upscale_models/4x.safetensors", files.esrgan())
    write_safetensors(models / "sams/sam_vit.safetensors", {"image_encoder.x": (1,)})
    elsewhere = tmp_path / "big disk"
    write_safetensors(elsewhere / "L/more.safetensors", files.kohya_lora(files.sdxl_unet()))
    write_safetensors(elsewhere / "C/z.safetensors", files.refiner())
    (base / "extra_model_paths.yaml").write_text(
        f"""
# a comment
mine:
    base_path: {elsewhere}
    is_default: true
    loras: |
        L
        missing
    checkpoints: C/
    custom_nodes: {tmp_path}
broken: 7
"""
    )
    before = everything(base)

    catalog, place = add(base)

    assert place.layout is Layout.COMFYUI
    # Both FLUX.1 transformers find the encoders and the VAE that they need.
    assert (place.models, place.addons, place.refused) == (5, 7, 0)
    found = {model.name: (model.family, model.task) for model in catalog.models()}
    assert found == {
        "sd_xl_base_1.0": ("sdxl", ModelTask.TEXT),
        "flux1-dev-fp8": ("flux", ModelTask.TEXT),
        "flux1-schnell": ("flux", ModelTask.TEXT),
        "flux1-dev-Q8_0": ("flux", ModelTask.TEXT),
        "z": ("sdxl", ModelTask.REFINER),
    }
    assert catalog.find("flux1-dev-fp8").precision == "fp8"
    assert names(catalog, AddonKind.DIFFUSION_MODEL) == []
    packed = catalog.find("flux1-dev-Q8_0")
    assert packed.precision == "gguf Q8_0"
    assert packed.parameters > 11_901_408_320
    assert {part.stem for part in packed.parts} == {"t5xxl_fp16", "clip_l", "ae"}
    encoders = {addon.variant for addon in catalog.addons(AddonKind.TEXT_ENCODER)}
    assert encoders == {"t5-xxl", "clip-l"}
    assert catalog.find_addon(AddonKind.LORA, "more").family == "sdxl"
    assert names(catalog, AddonKind.IMAGE_ENCODER) == ["CLIP-ViT-H"]
    assert everything(base) == before


def test_a_folder_of_models_of_comfyui_is_enough(tmp_path: Path, add: AddPlace) -> None:
    write_safetensors(tmp_path / "models/checkpoints/a.safetensors", files.sd1())
    (tmp_path / "models/loras").mkdir()
    catalog, place = add(tmp_path / "models")
    assert place.layout is Layout.COMFYUI
    assert [model.name for model in catalog.models()] == ["a"]


@pytest.mark.parametrize(
    "text",
    ["", "[1, 2]", "a: &x [*x]", "{" * 5000, "a: !!python/object:os.system {}", "\0", "- " * 9000],
)
def test_a_hostile_extra_file_is_passed_over(tmp_path: Path, add: AddPlace, text: str) -> None:
    base = tmp_path / "ComfyUI"
    base.mkdir()
    (base / "extra_model_paths.yaml").write_text(text)
    assert add(base)[1].sentence == "A folder of ComfyUI: 0 models and 0 addons."


def test_invokeais_folder_and_database(tmp_path: Path, add: AddPlace) -> None:
    base = tmp_path / "invokeai"
    key = "0a1b2c"
    write_safetensors(base / f"models/{key}/model.safetensors", files.sdxl())
    diffusers_model(base / "models/sdxl/main/juggernaut")
    outside = write_safetensors(tmp_path / "elsewhere/x.safetensors", files.sd1())
    write_safetensors(base / "models/any/unknown.safetensors", {"a": (1,)})
    (base / "databases").mkdir()
    with sqlite3.connect(base / "databases/invokeai.db") as database:
        database.execute("CREATE TABLE models (id TEXT PRIMARY KEY, config TEXT)")
        rows = [
            ("1", {"path": f"{key}/model.safetensors", "name": "Dream Shaper", "base": "sdxl"}),
            ("2", {"path": str(outside), "name": "in place"}),
            ("3", {"path": 7, "name": "wrong"}),
            ("4", ["no object"]),
        ]
        database.executemany(
            "INSERT INTO models VALUES (?, ?)", [(key, json.dumps(row)) for key, row in rows]
        )
    before = everything(base)

    catalog, place = add(base)

    assert place.layout is Layout.INVOKEAI
    found = {model.name: model.family for model in catalog.models()}
    assert found == {"Dream Shaper": "sdxl", "juggernaut": "sdxl", "in place": "sd"}
    assert catalog.refused() == ()
    assert everything(base) == before


def test_a_damaged_database_of_invokeai_costs_names_only(tmp_path: Path, add: AddPlace) -> None:
    base = tmp_path / "invokeai"
    write_safetensors(base / "models/abc/x.safetensors", files.sd1())
    (base / "databases").mkdir()
    (base / "databases/invokeai.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
    catalog, place = add(base)
    assert place.layout is Layout.INVOKEAI
    assert [model.name for model in catalog.models()] == ["x"]


@pytest.mark.parametrize("inner", ["", "hub"])
def test_hugging_faces_cache(tmp_path: Path, add: AddPlace, inner: str) -> None:
    hub = tmp_path / "huggingface" / "hub"
    repository = hub / "models--stabilityai--sdxl-turbo"
    blobs = repository / "blobs"
    new, old = repository / "snapshots/1111", repository / "snapshots/2222"
    for folder in (new, old):
        diffusers_model(folder)
    # As the cache does it: files are links to blobs.
    weights = new / "unet/model.fp16.safetensors"
    blobs.mkdir()
    weights.rename(blobs / "beef")
    weights.symlink_to(os.path.relpath(blobs / "beef", weights.parent))
    write_json(old / "model_index.json", {"_class_name": "Old"})
    (repository / "refs").mkdir()
    (repository / "refs/main").write_text("1111")
    lora = hub / "models--someone--a-lora/snapshots/33"
    write_safetensors(lora / "pytorch_lora_weights.safetensors", files.kohya_lora(files.ldm_unet()))
    control = hub / "models--lllyasviel--control_v11p_sd15_openpose/snapshots/44"
    hints = {"controlnet_cond_embedding.conv_in.weight": (16, 3, 3, 3)}
    attention = {"down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": (320, 768)}
    write_safetensors(control / "diffusion_pytorch_model.safetensors", hints | attention, "F32")
    write_json(control / "config.json", {"_class_name": "ControlNetModel"})
    language = hub / "models--meta--llama/snapshots/55"
    write_safetensors(language / "model.safetensors", {"lm_head.weight": (8, 8)})
    write_json(language / "config.json", {"architectures": ["LlamaForCausalLM"]})
    (hub / ".locks").mkdir()
    before = everything(hub)

    catalog, place = add(tmp_path / "huggingface" / inner)

    assert place.layout is Layout.HUGGING_FACE
    (model,) = catalog.models()
    assert (model.name, model.family, model.path) == ("sdxl-turbo", "sdxl", new)
    assert (model.default_steps, model.default_guidance_scale) == (4, 1.0)
    assert names(catalog, AddonKind.LORA) == ["a-lora"]
    addon = catalog.find_addon(AddonKind.CONTROLNET, "control_v11p_sd15_openpose")
    assert (addon.family, addon.variant, addon.path) == ("sd", "pose", control)
    assert catalog.refused() == ()
    assert catalog.card(model).source_url == "https://huggingface.co/stabilityai/sdxl-turbo"
    assert everything(hub) == before


def test_a_model_in_diffusers_layout_and_a_single_file_are_places_too(
    tmp_path: Path, add: AddPlace
) -> None:
    catalog, place = add(diffusers_model(tmp_path / "my model"))
    assert (place.layout, place.models) == (Layout.DIFFUSERS, 1)
    assert catalog.find("my model").precision == "fp16"
    single = catalog.add_place(write_safetensors(tmp_path / "x/one.safetensors", files.sd1()))
    assert (single.layout, single.models) == (Layout.PLAIN, 1)
    assert [place.path for place in catalog.places()] == [tmp_path / "my model", single.path]
    (tmp_path / "x/two.safetensors").touch()
    catalog.rescan()
    assert catalog.refused() == ()


def test_a_plain_folder_tells_of_everything_that_cannot_be_used(
    tmp_path: Path, add: AddPlace
) -> None:
    base = tmp_path / "stuff"
    write_safetensors(base / "deep/er/a.safetensors", files.sd1())
    write_safetensors(base / "what.safetensors", {"a": (1,)})
    (base / "page.safetensors").write_bytes(b"<!DOCTYPE html>")
    (base / "empty.gguf").touch()
    (base / "picture.png").touch()
    write_safetensors(base / ".hidden/b.safetensors", files.sd1())
    catalog, place = add(base)
    assert (place.layout, place.models, place.refused) == (Layout.PLAIN, 1, 3)
    told = {refusal.path.name: refusal.reason for refusal in catalog.refused()}
    assert "no model of a kind" in told["what.safetensors"]
    assert "web page" in told["page.safetensors"]
    assert "no GGUF" in told["empty.gguf"]


def test_loops_of_links_and_broken_ones_end(tmp_path: Path, add: AddPlace) -> None:
    base = tmp_path / "models"
    write_safetensors(base / "a/x.safetensors", files.sd1())
    (base / "a/again").symlink_to(base, target_is_directory=True)
    (base / "a/self").symlink_to(base / "a/self")
    (base / "a/gone.safetensors").symlink_to(tmp_path / "nowhere")
    (base / "b").symlink_to(base / "a", target_is_directory=True)
    catalog, place = add(base)
    assert (place.models, place.refused) == (1, 0)
    assert [model.name for model in catalog.models()] == ["x"]


def test_one_file_reached_twice_is_one_model(tmp_path: Path, add: AddPlace) -> None:
    base = tmp_path / "one"
    write_safetensors(base / "x.safetensors", files.sd1())
    (tmp_path / "two").mkdir()
    (tmp_path / "two/x.safetensors").symlink_to(base / "x.safetensors")
    catalog, _ = add(base)
    catalog.add_place(tmp_path / "two")
    assert len(catalog.models()) == 1
    assert catalog.refused() == ()


def test_trees_beyond_the_limits_are_told(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}.safetensors").touch()
    walk = Walk(max_entries=10)
    assert len(list(walk.candidates(Root(tmp_path)))) == 10
    (problem,) = walk.problems
    assert (problem.path, "first 10 entries" in problem.reason) == (tmp_path, True)


def test_folders_nested_endlessly_are_told(tmp_path: Path, add: AddPlace) -> None:
    deep = tmp_path / "base" / "/".join("d" * 12)
    write_safetensors(deep / "x.safetensors", files.sd1())
    catalog, _ = add(tmp_path / "base")
    assert catalog.models() == ()
    assert "deeper" in catalog.refused()[0].reason


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, add: AddPlace) -> None:
    locked = tmp_path / "base/locked"
    locked.mkdir(parents=True)
    locked.chmod(0)
    try:
        assert "can't be read" in add(tmp_path / "base")[0].refused()[0].reason
    finally:
        locked.chmod(0o700)


def test_places_are_kept_and_forgotten(tmp_path: Path, add: AddPlace) -> None:
    base = tmp_path / "stuff"
    write_safetensors(base / "a.safetensors", files.sd1())
    catalog, place = add(base)
    heard: list[int] = []
    catalog.changed.connect(lambda: heard.append(len(catalog.models())))

    def again() -> Catalog:
        return Catalog(catalog.folders, tmp_path / "config" / "model-folders.json")

    assert again().places() == (place,)
    assert catalog.add_place(base) == place
    assert heard == []
    base.rename(tmp_path / "away")
    (gone,) = again().places()
    assert "isn't there now" in gone.sentence
    catalog.remove_place(base)
    assert heard == [0]
    assert again().places() == catalog.places() == ()
    assert (tmp_path / "away/a.safetensors").exists()


def test_places_that_make_no_sense_are_refused(tmp_path: Path, add: AddPlace) -> None:
    catalog, _ = add(tmp_path)
    with pytest.raises(ModelNotFound, match="no folder"):
        catalog.add_place(tmp_path / "missing")
    with pytest.raises(ModelError, match="used already"):
        catalog.add_place(tmp_path / "own")
    with pytest.raises(ModelNotFound, match="not among"):
        catalog.remove_place(tmp_path / "own")


@pytest.mark.parametrize("text", ["", "[]", '{"places": 7}', '{"places": [7, "rel", "/a\\u0000"]}'])
def test_a_damaged_list_of_places_is_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "places.json").write_text(text)
    assert Catalog([tmp_path], tmp_path / "places.json").places() == ()
