"""The catalog's view of a folder that diffusers itself has written."""

from __future__ import annotations

from pathlib import Path

from studio.catalog import Catalog
from studio.domain.geometry import Size
from tests.support.tiny_models import write_tiny_model


def test_a_folder_written_by_diffusers_is_recognised(tmp_path: Path) -> None:
    written = write_tiny_model(tmp_path / "tiny")
    catalog = Catalog([tmp_path])
    assert catalog.refused() == ()
    (found,) = catalog.models()
    assert (found.name, found.family, found.path) == ("tiny", "sd", tmp_path / "tiny")
    assert found.size_multiple_px == written.size_multiple_px
    assert found.native_size == written.sizes[0] == Size(32, 32)
