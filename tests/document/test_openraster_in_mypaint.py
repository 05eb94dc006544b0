"""What the studio saves is opened by MyPaint, and what MyPaint saves by the studio."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from studio.document import BlendMode, Content, Layer, LayerKind, TiledImage, openraster
from studio.domain.geometry import Size
from tests.support.documents import noise

PYTHON = Path("/usr/bin/python3")
SCRIPT = Path(__file__).resolve().parents[1] / "support" / "mypaint_reads.py"


def _mypaint(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, SCRIPT, *arguments],
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _is_installed() -> bool:
    return Path("/usr/lib/mypaint/lib").is_dir() and _mypaint(Path("/"), "--probe").returncode == 0


@pytest.mark.skipif(not _is_installed(), reason="MyPaint isn't installed")
def test_mypaint_sees_every_layer_in_its_place_and_gives_it_back(tmp_path: Path) -> None:
    opaque = noise(60, 40)
    opaque[..., 3] = 255
    patch = noise(30, 20, seed=2)
    patch[..., 3] = 255
    content = Content(
        Size(60, 40),
        (
            Layer("Käse & <Brot>", TiledImage.of(opaque), LayerKind.PICTURE),
            Layer(
                "top",
                TiledImage.of(patch, 5, 6),
                opacity=0.25,
                blend_mode=BlendMode.MULTIPLY,
                x=3,
                y=4,
            ),
            Layer("hidden", TiledImage.of(noise(9, 9)), visible=False),
        ),
    )
    with (tmp_path / "ours.ora").open("wb") as stream:
        openraster.write(content, stream)
    ran = _mypaint(tmp_path, str(tmp_path / "ours.ora"), str(tmp_path / "theirs.ora"))
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "frame": [0, 0, 60, 40],
        "layers": [
            {"name": "hidden", "opacity": 1.0, "visible": False},
            {"name": "top", "opacity": 0.25, "visible": True},
            {"name": "Käse & <Brot>", "opacity": 1.0, "visible": True},
        ],
    }

    again = openraster.read(tmp_path / "theirs.ora")
    assert again.lost == ()
    theirs = {layer.name: layer for layer in again.content.layers}
    for layer in content.layers[:2]:
        other = theirs[layer.name]
        assert (other.opacity, other.visible, other.blend_mode) == (
            layer.opacity,
            layer.visible,
            layer.blend_mode,
        )
        assert other.bounds == layer.bounds
        pixels = [
            each.image.read(layer.bounds.moved(-each.x, -each.y)).astype(int)
            for each in (layer, other)
        ]
        # MyPaint computes in linear light.
        assert np.abs(pixels[0] - pixels[1]).max() <= 2
