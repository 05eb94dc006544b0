"""What the catalog remembers, and how it notices that something has changed."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from studio.catalog import Catalog
from studio.catalog.records import Refusal, from_text, to_text
from studio.domain.addons import AddonKind
from studio.domain.resources import RESOURCES
from tests.support import model_files as files
from tests.support.model_files import write_safetensors

LORA = files.kohya_lora(files.ldm_unet())


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    write_safetensors(folder / "checkpoints/a.safetensors", files.sd1())
    write_safetensors(folder / "loras/ink.safetensors", LORA)
    write_safetensors(folder / "upscalers/u.safetensors", files.esrgan())
    shutil.copytree(RESOURCES / "models/pentimento-small", folder / "small")
    (folder / "bad.safetensors").write_bytes(b"<html>")
    return folder


def seen(catalog: Catalog) -> tuple[object, ...]:
    return catalog.models(), catalog.addons(), catalog.upscalers(), catalog.refused()


def swap_unseen(path: Path) -> None:
    """Other content under the same size and time: only who reads would notice."""
    status = path.stat()
    with path.open("rb+") as file:
        file.write(b"\0" * min(16, status.st_size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_what_did_not_change_is_not_read_again(tmp_path: Path, models: Path) -> None:
    first = Catalog([models], cache=tmp_path / "cache")
    assert len(first.models()) == 2
    for path in models.rglob("*.safetensors"):
        swap_unseen(path)
    again = Catalog([models], cache=tmp_path / "cache")
    assert seen(again) == seen(first)
    assert Catalog([models]).models() == ()  # without a cache every file is read


def test_what_changed_is_read_again(tmp_path: Path, models: Path) -> None:
    catalog = Catalog([models], cache=tmp_path / "cache")
    write_safetensors(models / "loras/ink.safetensors", files.kohya_lora(files.sdxl_unet()))
    (models / "small/pentimento.json").write_text('{"title": "Other"}')
    catalog.rescan()
    assert catalog.find_addon(AddonKind.LORA, "ink").family == "sdxl"
    assert catalog.find("small").title == "Other"
    (models / "small/unet/diffusion_pytorch_model.safetensors").unlink()
    catalog.rescan()
    assert [model.name for model in catalog.models()] == ["a"]


@pytest.mark.parametrize("damage", [b"", b"<html>", b"\0" * 5000, b"SQLite format 3\0" * 200])
def test_a_damaged_cache_costs_time_only(tmp_path: Path, models: Path, damage: bytes) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/models.sqlite3").write_bytes(damage)
    for _ in range(3):
        assert len(Catalog([models], cache=tmp_path / "cache").models()) == 2
    for path in models.rglob("*.safetensors"):
        swap_unseen(path)
    assert len(Catalog([models], cache=tmp_path / "cache").models()) == 2  # it has healed


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path, models: Path) -> None:
    (tmp_path / "taken").touch()
    assert len(Catalog([models], cache=tmp_path / "taken").models()) == 2


def test_who_only_looks_leaves_no_cache(tmp_path: Path, models: Path) -> None:
    Catalog([models], cache=tmp_path / "cache", only_looks=True)
    assert not (tmp_path / "cache").exists()


def test_every_entry_survives_the_cache(models: Path) -> None:
    catalog = Catalog([models])
    entries = (*catalog.models(), *catalog.addons(), *catalog.upscalers(), *catalog.refused())
    assert {type(entry).__name__ for entry in entries} == {
        "ModelInfo",
        "AddonInfo",
        "UpscalerInfo",
        "Refusal",
    }
    for entry in entries:
        assert from_text(to_text(entry)) == entry
    assert from_text(to_text(None)) is None
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_text('{"class": "Refusal", "path": "x", "unknown": 1}')
    assert isinstance(entries[-1], Refusal)


def test_it_notices_what_comes_and_goes(tmp_path: Path, models: Path) -> None:
    catalog = Catalog([models], cache=tmp_path / "cache")
    heard = threading.Event()
    threads: list[str] = []

    def on_changed() -> None:
        threads.append(threading.current_thread().name)
        heard.set()

    catalog.changed.connect(on_changed)
    catalog.watch(interval_s=0.01)
    try:
        # As programs do: whole under another name, then renamed.
        part = write_safetensors(tmp_path / "part", LORA)
        part.rename(models / "loras/new.safetensors")
        assert heard.wait(10)
        assert catalog.find_addon(AddonKind.LORA, "new").family == "sd"
        heard.clear()
        shutil.rmtree(models / "small")
        assert heard.wait(10)
    finally:
        catalog.stop_watching()
    assert set(threads) == {"catalog-watch"}
    assert "catalog-watch" not in {thread.name for thread in threading.enumerate()}
    assert [model.name for model in catalog.models()] == ["a"]


def test_a_folder_that_appears_is_noticed(tmp_path: Path) -> None:
    catalog = Catalog([tmp_path / "later"])
    heard = threading.Event()
    catalog.changed.connect(heard.set)
    catalog.watch(interval_s=0.01)
    catalog.watch(interval_s=0.01)  # once is enough
    try:
        write_safetensors(tmp_path / "part/x.safetensors", LORA)
        (tmp_path / "part").rename(tmp_path / "later")
        assert heard.wait(10)
    finally:
        catalog.stop_watching()
        catalog.stop_watching()
