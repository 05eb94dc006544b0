from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from studio.catalog import Catalog
from studio.catalog.trash import check_is_own, move_to_home_trash
from studio.domain.addons import AddonKind
from studio.domain.errors import ModelError, StorageError
from studio.domain.resources import RESOURCES
from tests.support import model_files as files
from tests.support.model_files import write_safetensors

linux = pytest.mark.skipif(sys.platform != "linux", reason="another system's trash")


@linux
def test_a_file_lies_in_the_desktops_trash_with_a_note(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path / "home")}
    model = tmp_path / "mödel one.safetensors"
    for number in (1, 2):
        model.write_text(str(number))
        moved = move_to_home_trash(model, environment)
        assert not model.exists()
        assert moved.read_text() == str(number)
        note = moved.parents[1] / "info" / f"{moved.name}.trashinfo"
        assert unquote(note.read_text()).startswith(f"[Trash Info]\nPath={model}\nDeletionDate=20")
    assert sorted(path.name for path in moved.parent.iterdir()) == [
        "mödel one 2.safetensors",
        "mödel one.safetensors",
    ]


@linux
def test_what_cannot_be_moved_stays(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no folder")
    model = tmp_path / "model"
    model.mkdir()
    with pytest.raises(StorageError, match="can't be moved to the trash"):
        move_to_home_trash(model, {"HOME": str(tmp_path / "home")})
    assert model.is_dir()


def test_only_the_artists_own_models_may_go(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    lora = files.kohya_lora(files.ldm_unet())
    write_safetensors(own / "loras/mine.safetensors", lora)
    write_safetensors(other / "theirs.safetensors", lora)
    catalog = Catalog([own, RESOURCES / "models"], tmp_path / "places.json")
    catalog.add_place(other)
    check_is_own(catalog.find_addon(AddonKind.LORA, "mine"), catalog.folders)
    for info in (catalog.find_addon(AddonKind.LORA, "theirs"), catalog.default()):
        with pytest.raises(ModelError, match="isn't the studio's own folder"):
            check_is_own(info, catalog.folders)
