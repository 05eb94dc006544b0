from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from studio.catalog import Catalog
from studio.domain.errors import ModelNotFound
from studio.domain.geometry import Size
from studio.domain.model import ModelTask
from studio.domain.resources import RESOURCES
from studio.domain.schedulers import Scheduler
from tests.support import model_files as files
from tests.support.model_files import write_safetensors

if TYPE_CHECKING:
    from tests.catalog.conftest import WriteModel


def reason(catalog: Catalog) -> str:
    """The reason of the only refusal; nothing else may be there."""
    assert catalog.models() == ()
    (refusal,) = catalog.refused()
    return refusal.reason


def test_a_stable_diffusion_folder_is_a_model(write_model: WriteModel, models: Path) -> None:
    folder = write_model()
    catalog = Catalog([models])
    (model,) = catalog.models()
    assert catalog.find("artist-v1") is model
    assert catalog.refused() == ()
    assert (model.name, model.title, model.family) == ("artist-v1", "artist-v1", "sd")
    assert model.path == folder
    assert model.size_multiple_px == 8
    assert model.native_size == Size(512, 512)
    assert model.sizes == (Size(512, 512), Size(768, 512), Size(512, 768), Size(640, 640))
    assert (model.default_steps, model.default_guidance_scale) == (25, 7.5)
    assert model.default_scheduler is Scheduler.DPMPP_2M_KARRAS
    assert model.licence == "unknown"


def test_a_model_may_describe_itself(write_model: WriteModel, models: Path) -> None:
    write_model(
        description={
            "title": " Meine Katze ",
            "licence": "CC0-1.0",
            "sizes": [[256, 256], [320, 256]],
            "default_steps": 12,
            "default_guidance_scale": 0,
            "default_scheduler": "Euler a",
            "default_upscale": 4,
            "example_prompts": ["a cat", "a dog"],
            "mood": "unknown keys are passed over",
        }
    )
    (model,) = Catalog([models]).models()
    assert (model.title, model.licence) == ("Meine Katze", "CC0-1.0")
    assert model.sizes == (Size(256, 256), Size(320, 256))
    assert (model.default_steps, model.default_guidance_scale) == (12, 0.0)
    assert model.default_scheduler is Scheduler.EULER_A
    assert model.default_upscale == 4
    assert model.example_prompts == ("a cat", "a dog")


@pytest.mark.parametrize(
    "description",
    [
        "not an object",
        {"title": 7, "licence": ["MIT"], "sizes": "512x512", "example_prompts": {"a": 1}},
        {"title": "x" * 300, "licence": "  "},
        {"sizes": [[512], [511, 512], [0, 0], [True, 64], ["512", "512"], [9000, 512], None]},
        {"default_steps": 0, "default_guidance_scale": "7", "default_scheduler": "Eulerian"},
        {"default_steps": 20.5, "default_guidance_scale": float("nan"), "default_scheduler": []},
        {"default_steps": 10**400, "default_guidance_scale": 10**400},
        {"default_steps": True, "default_guidance_scale": False},
        {"default_upscale": True},
        {"default_upscale": 3},
        {"default_upscale": [4]},
    ],
)
def test_what_a_description_gets_wrong_counts_as_missing(
    write_model: WriteModel, models: Path, description: object
) -> None:
    write_model("plain")
    write_model("wrong", description=description)
    plain, wrong = Catalog([models]).models()
    assert (wrong.sizes, wrong.default_steps) == (plain.sizes, plain.default_steps)
    assert wrong.default_guidance_scale == plain.default_guidance_scale
    assert wrong.default_scheduler is plain.default_scheduler
    assert wrong.default_upscale == plain.default_upscale == 1
    assert (wrong.title, wrong.licence) == ("wrong", "unknown")
    assert wrong.example_prompts == ()


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "\ud800", "x" * 2_000_000])
def test_an_unreadable_description_counts_as_missing(
    write_model: WriteModel, models: Path, content: str
) -> None:
    folder = write_model()
    (folder / "pentimento.json").write_bytes(content.encode(errors="surrogatepass"))
    (model,) = Catalog([models]).models()
    assert model.title == "artist-v1"


def test_sizes_follow_from_the_parts(write_model: WriteModel, models: Path) -> None:
    write_model("small", unet={"sample_size": [4, 6]}, vae={"block_out_channels": [8, 8, 8]})
    (model,) = Catalog([models]).models()
    assert model.size_multiple_px == 4
    assert model.native_size == Size(24, 16)


def test_the_embedded_model_describes_itself_well() -> None:
    record = json.loads((RESOURCES / "models/pentimento-small/pentimento.json").read_text())
    assert record["title"] == "Pentimento small"
    assert record["licence"] == "Apache-2.0"
    assert record["sizes"][0] == [64, 64]
    assert Scheduler(record["default_scheduler"]) is Scheduler.DPMPP_2M
    assert len(record["example_prompts"]) >= 3


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ({"_class_name": "StableDiffusionXLPipeline"}, "names no text_encoder_2"),
        ({"_class_name": "WanPipeline"}, "WanPipeline"),
        ({"_class_name": None}, "can't run yet"),
        ({"unet": ["os", "system"]}, "code of “os”"),
        ({"vae": ["studio.engine", "loading"]}, "code of “studio.engine”"),
        ({"controlnet": ["my_module", "Net"]}, "code of “my_module”"),
        ({"unet": ["diffusers", "UNet2DConditionModel", "more"]}, "damaged at “unet”"),
        ({"unet": [None, None]}, "names no unet"),
        ({"tokenizer": None}, "names no tokenizer"),
    ],
)
def test_an_index_that_is_not_trusted_is_refused(
    write_model: WriteModel, models: Path, index: dict[str, object], words: str
) -> None:
    write_model(index=index)
    assert words in reason(Catalog([models]))


def test_our_own_autoencoder_is_trusted(write_model: WriteModel, models: Path) -> None:
    write_model(index={"vae": ["studio.engine.patch_autoencoder", "LinearPatchAutoencoder"]})
    assert len(Catalog([models]).models()) == 1


def test_a_model_made_for_inpainting_is_one_of_them(write_model: WriteModel, models: Path) -> None:
    write_model("edit", unet={"in_channels": 8})
    write_model("one", unet={"in_channels": 9})
    edit, one = Catalog([models]).models()
    assert (one.family, one.task) == ("sd", ModelTask.INPAINT)
    assert (edit.family, edit.task) == ("sd", ModelTask.EDIT)


@pytest.mark.parametrize(
    ("unet", "vae", "words"),
    [
        ({"in_channels": 7}, {}, "for editing"),
        ({"in_channels": True}, {"latent_channels": 1}, "for editing"),
        ({"sample_size": None}, {}, "for which size"),
        ({"sample_size": 10**9}, {}, "for which size"),
        ({"sample_size": True}, {}, "for which size"),
        ({}, {"block_out_channels": 4}, "halves"),
        ({}, {"block_out_channels": [1] * 100}, "halves"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    write_model: WriteModel,
    models: Path,
    unet: dict[str, object],
    vae: dict[str, object],
    words: str,
) -> None:
    write_model(unet=unet, vae=vae)
    assert words in reason(Catalog([models]))


def test_pickles_are_refused_with_a_way_out(write_model: WriteModel, models: Path) -> None:
    folder = write_model()
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    words = reason(Catalog([models]))
    assert "Its unet is a pickle (diffusion_pytorch_model.bin)" in words
    assert "safetensors" in words


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("unet/config.json", "config.json is missing"),
        ("vae/config.json", "config.json is missing"),
        ("unet/diffusion_pytorch_model.safetensors", "unet has no weights"),
        ("text_encoder/model.safetensors", "text encoder has no weights"),
    ],
)
def test_what_is_incomplete_is_named(
    write_model: WriteModel, models: Path, path: str, words: str
) -> None:
    (write_model() / path).unlink()
    assert words in reason(Catalog([models]))


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "not JSON"), ("[]", "no JSON object"), ("{" * 200_000, "not JSON")],
)
def test_a_damaged_index_is_refused(
    write_model: WriteModel, models: Path, content: str, words: str
) -> None:
    (write_model() / "model_index.json").write_text(content)
    assert words in reason(Catalog([models]))


def test_an_endless_index_is_refused_unread(write_model: WriteModel, models: Path) -> None:
    with (write_model() / "model_index.json").open("wb") as file:
        file.truncate(2**40)
    assert "larger than" in reason(Catalog([models]))


def test_cut_off_weights_are_refused(write_model: WriteModel, models: Path) -> None:
    path = write_model() / "unet" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    assert "cut off" in reason(Catalog([models]))


def test_files_beside_the_folders_get_a_reason(write_model: WriteModel, models: Path) -> None:
    whole = write_model() / "unet" / "diffusion_pytorch_model.safetensors"
    shutil.copy(whole, models / "whole.safetensors")
    (models / "old.ckpt").write_bytes(b"\x80\x02}q\x00.")
    (models / "page.safetensors").write_bytes(b"<!DOCTYPE html><title>log in</title>")
    (models / "notes.txt").touch()
    (models / "empty folder").mkdir()
    catalog = Catalog([models])
    assert [model.name for model in catalog.models()] == ["artist-v1"]
    reasons = {refusal.path.name: refusal.reason for refusal in catalog.refused()}
    assert reasons.keys() == {"whole.safetensors", "old.ckpt", "page.safetensors"}
    assert "no model of a kind" in reasons["whole.safetensors"]
    assert "pickle" in reasons["old.ckpt"]
    assert "web page" in reasons["page.safetensors"]


def test_the_first_folder_wins_and_the_other_is_told(
    write_model: WriteModel, models: Path, tmp_path: Path
) -> None:
    write_model("same")
    write_model("only here")
    shutil.copytree(models / "same", tmp_path / "mine" / "same")
    catalog = Catalog([tmp_path / "mine", models, tmp_path / "missing"])
    assert [model.name for model in catalog.models()] == ["same", "only here"]
    assert catalog.find("same").path == tmp_path / "mine" / "same"
    (refusal,) = catalog.refused()
    assert refusal.path == models / "same"
    assert "comes first" in refusal.reason


def test_a_linked_folder_is_a_model(write_model: WriteModel, models: Path, tmp_path: Path) -> None:
    write_model()
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "elsewhere").symlink_to(models / "artist-v1")
    assert Catalog([tmp_path / "linked"]).find("elsewhere").family == "sd"


def test_a_model_that_is_not_there_is_answered_with_those_that_are(
    write_model: WriteModel, models: Path
) -> None:
    write_model("one")
    write_model("two")
    write_model("broken", unet={"in_channels": 7})
    catalog = Catalog([models])
    with pytest.raises(ModelNotFound, match="“three”") as raised:
        catalog.find("three")
    assert raised.value.remedy == "There are: one, two."
    with pytest.raises(ModelNotFound, match="can't be used") as raised:
        catalog.find("broken")
    assert "inpainting" in raised.value.remedy


def test_an_empty_disk_is_told_where_models_go(models: Path) -> None:
    with pytest.raises(ModelNotFound) as raised:
        Catalog([models]).find("any")
    assert str(models) in raised.value.remedy


def test_changes_are_announced_once_and_only_when_there_are_any(
    write_model: WriteModel, models: Path
) -> None:
    catalog = Catalog([models])
    heard: list[int] = []
    catalog.changed.connect(lambda: heard.append(len(catalog.models())))
    catalog.rescan()
    assert heard == []
    folder = write_model()
    catalog.rescan()
    catalog.rescan()
    assert heard == [1]
    shutil.rmtree(folder)
    catalog.rescan()
    assert heard == [1, 0]


def test_the_model_that_comes_with_the_studio_is_the_one_to_begin_with(
    write_model: WriteModel, models: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    write_model()
    shutil.copytree(models / "artist-v1", own / "zebra")
    catalog = Catalog([models, own])
    assert [model.name for model in catalog.models()] == ["artist-v1", "zebra"]
    assert catalog.default().name == "zebra"
    assert Catalog([models, tmp_path / "nowhere"]).default().name == "artist-v1"


def test_a_refiner_is_nothing_to_begin_with(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "a_refiner.safetensors", files.refiner())
    catalog = Catalog([tmp_path])
    assert catalog.find("a_refiner").task is ModelTask.REFINER
    with pytest.raises(ModelNotFound, match="doctor"):
        catalog.default()
    write_safetensors(tmp_path / "base.safetensors", files.sd1())
    catalog.rescan()
    assert catalog.default().name == "base"


def test_without_any_model_there_is_none_to_begin_with(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="doctor"):
        Catalog([tmp_path]).default()
