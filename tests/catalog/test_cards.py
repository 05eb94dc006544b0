"""Cards, and the ledger of licences."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from studio.catalog import Catalog
from studio.catalog.licences import find_licence
from studio.domain.addons import AddonKind
from studio.domain.errors import ModelError
from studio.domain.resources import RESOURCES
from tests.support import model_files as files
from tests.support.model_files import write_safetensors

LORA = files.kohya_lora(files.ldm_unet())


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("Apache-2.0", "apache-2.0"),
        ("apache 2.0", "apache-2.0"),
        ("MIT", "mit"),
        ("CreativeML Open RAIL-M", "creativeml-openrail-m"),
        ("CreativeML Open RAIL++-M License", "openrail++"),
        ("openrail++", "openrail++"),
        ("stabilityai-ai-community", "stabilityai-ai-community"),
        ("Stability AI Community License", "stabilityai-ai-community"),
        ("flux-1-dev-non-commercial-license", "flux-1-dev-non-commercial-license"),
        ("CC-BY-NC 4.0", "cc-by-nc-4.0"),
        ("CC0-1.0", "cc0-1.0"),
        ("MIT or Apache-2.0", "mit"),
        ("", "unknown"),
        ("other", "unknown"),
        ("My own licence 7", "My own licence 7"),
    ],
)
def test_licences_are_known_however_they_are_written(text: str, licence: str) -> None:
    found = find_licence(text)
    assert found.id == licence
    assert found.permits
    assert all(sentence.endswith((".", "…).")) for sentence in found.permits)


def test_the_card_of_the_model_that_comes_with_the_studio() -> None:
    catalog = Catalog([RESOURCES / "models"])
    card = catalog.card(catalog.default())
    assert card.title == "Pentimento small"
    assert card.licence == "apache-2.0"
    assert "openly licensed drawings" in card.description
    assert "918 drawings" in card.trained_on
    assert card.thumbnail == RESOURCES / "models/pentimento-small/samples.png"


def test_a_folders_readme_and_its_front_matter(tmp_path: Path) -> None:
    folder = tmp_path / "control"
    hints = {"controlnet_cond_embedding.conv_in.weight": (16, 3, 3, 3)}
    write_safetensors(folder / "diffusion_pytorch_model.safetensors", hints)
    (folder / "config.json").write_text("{}")
    (folder / "README.md").write_text(
        "---\nlicense: other\nlicense_name: flux-1-dev-non-commercial-license\n"
        "license_link: LICENSE.md\nbase_model:\n- black-forest-labs/FLUX.1-dev\n"
        "tags:\n- controlnet\ndatasets:\n- laion\n---\n# A control\n\nIt controls.\n"
    )
    catalog = Catalog([tmp_path])
    card = catalog.card(catalog.find_addon(AddonKind.CONTROLNET, "control"))
    assert card.licence == "flux-1-dev-non-commercial-license"
    assert "non-commercial" in card.licence_title.lower()
    assert card.licence_link == "LICENSE.md"
    assert card.base_model == "black-forest-labs/FLUX.1-dev"
    assert (card.tags, card.trained_on) == (("controlnet",), "laion")
    assert card.description == "# A control\n\nIt controls."


@pytest.mark.parametrize("front", ["[", "a: &a [1]\nb: *a", "!!python/name:os.system", "x" * 90000])
def test_front_matter_that_cannot_be_read_costs_facts_only(tmp_path: Path, front: str) -> None:
    folder = tmp_path / "vae"
    write_safetensors(folder / "diffusion_pytorch_model.safetensors", files.ldm_vae())
    (folder / "config.json").write_text('{"scaling_factor": 0.13025}')
    (folder / "README.md").write_text(f"---\n{front}\n---\nText.")
    catalog = Catalog([tmp_path])
    (vae,) = catalog.addons(AddonKind.VAE)
    assert vae.family == "sdxl"
    assert catalog.card(vae).description == "Text."
    assert catalog.card(vae).licence == "unknown"


def test_what_a_files_header_says(tmp_path: Path) -> None:
    picture = b"\x89PNG\r\n\x1a\n..."
    metadata = {
        "modelspec.title": "Ink",
        "modelspec.description": "Washes <b>ink</b>.",
        "modelspec.author": "A. Painter",
        "modelspec.license": "CC-BY-4.0",
        "modelspec.tags": "ink, wash",
        "modelspec.thumbnail": "data:image/png;base64," + base64.b64encode(picture).decode(),
        "ss_sd_model_name": "v1-5-pruned",
        "ss_num_train_images": "42",
    }
    write_safetensors(tmp_path / "models/ink.safetensors", LORA, metadata=metadata)
    catalog = Catalog([tmp_path / "models"], cache=tmp_path / "cache")
    card = catalog.card(catalog.find_addon(AddonKind.LORA, "ink"))
    assert (card.description, card.author) == ("Washes ink.", "A. Painter")
    assert (card.licence, card.tags) == ("cc-by-4.0", ("ink", "wash"))
    assert (card.base_model, card.trained_on) == ("v1-5-pruned", "42 pictures")
    assert card.thumbnail is not None
    assert card.thumbnail.is_relative_to(tmp_path / "cache")
    assert card.thumbnail.read_bytes() == picture
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["ink.safetensors"]


def test_a_card_without_a_cache_leaves_thumbnails_in_their_headers(tmp_path: Path) -> None:
    metadata = {"modelspec.thumbnail": "data:image/png;base64,AAAA"}
    write_safetensors(tmp_path / "ink.safetensors", LORA, metadata=metadata)
    catalog = Catalog([tmp_path])
    assert catalog.card(catalog.addons()[0]).thumbnail is None


def test_hashes_are_on_the_card_once_they_are_known(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "models/ink.safetensors", LORA)
    catalog = Catalog([tmp_path / "models"], cache=tmp_path / "cache")
    (lora,) = catalog.addons()
    assert catalog.card(lora).hashes == {}
    hashes = catalog.hashes(lora)
    assert set(hashes) == {"sha256", "crc32", "AutoV1", "AutoV2", "AutoV3"}
    assert catalog.card(lora).hashes == hashes


def test_a_folder_has_no_such_hashes() -> None:
    catalog = Catalog([RESOURCES / "models"])
    with pytest.raises(ModelError, match="only single files"):
        catalog.hashes(catalog.default())


def test_a_card_of_what_is_gone_says_what_is_known(tmp_path: Path) -> None:
    path = write_safetensors(tmp_path / "ink.safetensors", LORA)
    path.with_name("ink.json").write_text(json.dumps({"description": "d"}))
    catalog = Catalog([tmp_path])
    (lora,) = catalog.addons()
    path.unlink()
    assert catalog.card(lora).description == "d"
    with pytest.raises(ModelError, match="can't be read"):
        catalog.hashes(lora)
