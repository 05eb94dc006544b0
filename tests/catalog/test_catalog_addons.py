"""Which addons the catalog offers for which models."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.catalog import Catalog, Checksums
from studio.domain.addons import AddonKind
from studio.domain.errors import ModelNotFound
from tests.support import model_files as files
from tests.support.model_files import write_safetensors


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    write_safetensors(tmp_path / "loras/xl.safetensors", files.kohya_lora(files.sdxl_unet()))
    write_safetensors(tmp_path / "loras/one.safetensors", files.kohya_lora(files.ldm_unet()))
    unclear = {"lora_unet_x.lokr_w1": (4, 4), "lora_unet_x.lokr_w2": (8, 8)}
    write_safetensors(tmp_path / "loras/a.safetensors", unclear)
    write_safetensors(tmp_path / "vae/sd-vae-ft-mse.safetensors", files.ldm_vae())
    write_safetensors(tmp_path / "vae/ae.safetensors", files.ldm_vae(16, quantised=False))
    write_safetensors(tmp_path / "vae/one.safetensors", files.ldm_vae())
    return Catalog([tmp_path])


def names(catalog: Catalog, kind: AddonKind | None, family: str = "") -> list[str]:
    return [addon.name for addon in catalog.addons(kind, family)]


def test_those_of_a_family_come_first_then_those_that_may_be_of_it(catalog: Catalog) -> None:
    assert names(catalog, AddonKind.LORA) == ["a", "one", "xl"]
    assert names(catalog, AddonKind.LORA, "sdxl") == ["xl", "a"]
    assert names(catalog, AddonKind.LORA, "flux") == ["a"]
    assert len(catalog.addons()) == 6


def test_families_share_vaes(catalog: Catalog) -> None:
    assert names(catalog, AddonKind.VAE, "sd2") == ["sd-vae-ft-mse", "one"]
    assert names(catalog, AddonKind.VAE, "z-image") == ["ae", "one"]
    assert names(catalog, AddonKind.VAE, "sdxl") == ["one"]


def test_a_name_belongs_to_one_kind(catalog: Catalog) -> None:
    assert catalog.find_addon(AddonKind.LORA, "one").kind is AddonKind.LORA
    assert catalog.find_addon(AddonKind.VAE, "one").kind is AddonKind.VAE


def test_an_addon_that_is_not_there_is_answered_with_those_that_are(catalog: Catalog) -> None:
    with pytest.raises(ModelNotFound, match="There is no LoRA “two”") as raised:
        catalog.find_addon(AddonKind.LORA, "two")
    assert raised.value.remedy == "There are: a, one, xl."
    with pytest.raises(ModelNotFound, match="no IP-Adapter") as raised:
        catalog.find_addon(AddonKind.IP_ADAPTER, "x")
    assert str(catalog.folders[0]) in raised.value.remedy


def test_hashes_of_what_is_used_are_known_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "loras/one.safetensors"
    write_safetensors(path, files.kohya_lora(files.ldm_unet()))
    write_safetensors(tmp_path / "embeddings/neg.safetensors", {"emb_params": (2, 768)})
    catalog = Catalog([tmp_path], cache=tmp_path / "cache")
    lora = catalog.find_addon(AddonKind.LORA, "one")
    embedding = catalog.find_addon(AddonKind.EMBEDDING, "neg")
    expected = Checksums(None).hashes(path)
    assert catalog.lora_of_hash(expected["AutoV3"]) is None

    assert catalog.short_hash(lora) == ""
    assert catalog.short_hash(embedding) == ""
    catalog.hashing.wait()
    assert catalog.short_hash(lora) == expected["AutoV3"]
    assert catalog.short_hash(embedding) == Checksums(None).sha256(embedding.path)[:12]
    for digits in (expected["AutoV3"], expected["AutoV3"][:8], expected["AutoV2"]):
        assert catalog.lora_of_hash(digits) == lora
    assert catalog.lora_of_hash(expected["AutoV3"][:4]) is None
    assert catalog.lora_of_hash("0" * 12) is None

    path.unlink()
    assert catalog.short_hash(lora) == ""
    assert catalog.lora_of_hash(expected["AutoV3"]) is None


def test_without_a_cache_no_file_is_read_for_its_hash(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "loras/one.safetensors", files.kohya_lora(files.ldm_unet()))
    catalog = Catalog([tmp_path])
    lora = catalog.find_addon(AddonKind.LORA, "one")
    assert [catalog.short_hash(lora) for _ in range(2)] == ["", ""]


def test_what_a_trainer_wrote_of_its_hash_is_known_at_once(tmp_path: Path) -> None:
    tensors = files.kohya_lora(files.ldm_unet())
    for name, written in (("one", "0x" + "A1b2" * 16), ("two", "A1b2" * 16)):
        metadata = {"sshs_model_hash": written}
        write_safetensors(tmp_path / f"loras/{name}.safetensors", tensors, metadata=metadata)
    catalog = Catalog([tmp_path])
    assert catalog.short_hash(catalog.find_addon(AddonKind.LORA, "one")) == ""
    lora = catalog.find_addon(AddonKind.LORA, "two")
    assert catalog.short_hash(lora) == "a1b2a1b2a1b2"
    assert catalog.lora_of_hash("a1b2a1b2a1") == lora
