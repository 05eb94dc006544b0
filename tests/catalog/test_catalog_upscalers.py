"""Which upscalers the catalog finds, and what it says of those it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from studio.catalog import Catalog
from studio.domain.errors import ModelNotFound
from studio.domain.resources import RESOURCES
from studio.domain.upscalers import Architecture, UpscalerName

COMPACT = {"body.0.weight": (8, 3, 3, 3), "body.1.weight": (8,)}
DENSE = {
    "conv_first.weight": (8, 3, 3, 3),
    "body.0.rdb1.conv1.weight": (4, 8, 3, 3),
    "conv_up2.weight": (8, 8, 3, 3),
}


OLDER_DENSE = {
    "conv_first.weight": (8, 3, 3, 3),
    "RRDB_trunk.0.RDB1.conv1.weight": (4, 8, 3, 3),
    "upconv2.weight": (8, 8, 3, 3),
}
OLDEST_DENSE = {
    "model.0.weight": (8, 3, 3, 3),
    "model.1.sub.0.RDB1.conv1.0.weight": (4, 8, 3, 3),
    "model.10.weight": (3, 8, 3, 3),
}


def write(models: Path, name: str, shapes: dict[str, tuple[int, ...]]) -> Path:
    folder = models / "upscalers"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    save_file({key: np.zeros(shape, np.float16) for key, shape in shapes.items()}, path)
    return path


def test_those_that_come_with_the_studio_are_known() -> None:
    catalog = Catalog([RESOURCES / "models"])
    assert [upscaler.name for upscaler in catalog.upscalers()] == list(UpscalerName)
    fast, fine = catalog.upscalers()
    assert (fast.title, fast.architecture) == ("Fast", Architecture.COMPACT)
    assert (fine.title, fine.architecture) == ("Fine, slow", Architecture.RESIDUAL_DENSE)
    assert catalog.find_upscaler(UpscalerName.FINE) is fine
    assert catalog.refused() == ()


@pytest.mark.parametrize(
    ("shapes", "architecture"),
    [
        (COMPACT, Architecture.COMPACT),
        (DENSE, Architecture.RESIDUAL_DENSE),
        (OLDER_DENSE, Architecture.RESIDUAL_DENSE),
        (OLDEST_DENSE, Architecture.RESIDUAL_DENSE),
    ],
)
def test_the_header_tells_the_architecture(
    tmp_path: Path, shapes: dict[str, tuple[int, ...]], architecture: Architecture
) -> None:
    path = write(tmp_path, "4x-mine", shapes)
    (upscaler,) = Catalog([tmp_path]).upscalers()
    assert (upscaler.name, upscaler.title, upscaler.path) == ("4x-mine", "4x-mine", path)
    assert upscaler.architecture is architecture


@pytest.mark.parametrize(
    "shapes",
    [
        {**DENSE, "conv_first.weight": (8, 12, 3, 3)},
        {"layers.0.attention.weight": (4, 4)},
        {"body.0.weight": (8, 3, 3, 3)},
        {},
    ],
)
def test_other_networks_are_refused(tmp_path: Path, shapes: dict[str, tuple[int, ...]]) -> None:
    write(tmp_path, "4x-mine", shapes)
    catalog = Catalog([tmp_path])
    assert catalog.upscalers() == ()
    (refusal,) = catalog.refused()
    assert "no upscaler of a kind that the studio runs" in refusal.reason


def test_no_file_takes_the_place_of_one_that_comes_with_the_studio(tmp_path: Path) -> None:
    path = write(tmp_path, UpscalerName.FAST, COMPACT)
    own = write(tmp_path, "own", COMPACT)
    catalog = Catalog([tmp_path, RESOURCES / "models"])
    assert [upscaler.name for upscaler in catalog.upscalers()] == [*UpscalerName, "own"]
    assert catalog.find_upscaler("own").path == own
    assert catalog.find_upscaler(UpscalerName.FAST).path.is_relative_to(RESOURCES)
    (refusal,) = catalog.refused()
    assert refusal.path == path
    assert "comes first" in refusal.reason


def test_pickles_and_damaged_files_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "damaged", COMPACT)
    path.write_bytes(path.read_bytes()[:-1])
    (tmp_path / "upscalers" / "net.pth").write_bytes(b"PK")
    (tmp_path / "upscalers" / "notes.txt").write_text("nothing")
    catalog = Catalog([tmp_path])
    assert catalog.upscalers() == ()
    reasons = {refusal.path.name: refusal.reason for refusal in catalog.refused()}
    assert "cut off" in reasons["damaged.safetensors"]
    assert "pickle" in reasons["net.pth"]
    assert len(reasons) == 2


def test_one_that_is_missing_is_one_sentence_and_a_rescan_finds_it(tmp_path: Path) -> None:
    catalog = Catalog([tmp_path])
    with pytest.raises(ModelNotFound, match=r"no upscaler “x”.*upscalers"):
        catalog.find_upscaler("x")
    write(tmp_path, "x", COMPACT)
    changes: list[None] = []
    catalog.changed.connect(lambda: changes.append(None))
    catalog.rescan()
    catalog.rescan()
    assert changes == [None]
    assert catalog.find_upscaler("x").name == "x"
    with pytest.raises(ModelNotFound, match="There are: x"):
        catalog.find_upscaler("y")
