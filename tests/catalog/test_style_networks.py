from __future__ import annotations

from pathlib import Path

from studio.catalog.style_networks import FOLDER, find_vgg


def test_the_first_folder_that_has_one_counts(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("missing", "empty", "own", "other")]
    for folder in folders[1:]:
        (folder / FOLDER).mkdir(parents=True)
    assert find_vgg(folders) is None
    other = folders[3] / "vgg19-dcbb9e9d.safetensors"
    other.touch()
    assert find_vgg(folders) == other
    own = folders[2] / FOLDER / "vgg19.safetensors"
    own.touch()
    (folders[2] / "vgg19.pth").touch()
    assert find_vgg(folders) == own
