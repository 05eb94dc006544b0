"""Which addons the catalog offers for which models."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.catalog import Catalog
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
    with pytest.raises(ModelNotFound, match="There is no lora “two”") as raised:
        catalog.find_addon(AddonKind.LORA, "two")
    assert raised.value.remedy == "There are: a, one, xl."
    with pytest.raises(ModelNotFound, match="no ip adapter") as raised:
        catalog.find_addon(AddonKind.IP_ADAPTER, "x")
    assert str(catalog.folders[0]) in raised.value.remedy
