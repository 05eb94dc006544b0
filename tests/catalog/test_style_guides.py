"""Which addons show a model a style or keep structure, and which models take them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from studio.catalog.style_guides import (
    structure_networks,
    structure_preprocessor,
    style_adapters,
    takes_guides,
)
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Preprocessor
from studio.domain.model import ModelInfo
from tests.support.fakes import FakeCatalog, a_model, an_addon


def adapter(name: str, variant: str = "standard", family: str = "sd") -> AddonInfo:
    return an_addon(name, kind=AddonKind.IP_ADAPTER, variant=variant, family=family)


def network(
    name: str,
    variant: str = "",
    kind: AddonKind = AddonKind.CONTROLNET,
    family: str = "sd",
) -> AddonInfo:
    return an_addon(name, kind=kind, variant=variant, family=family)


def names(
    find: Callable[..., tuple[AddonInfo, ...]], *addons: AddonInfo, model: ModelInfo | None = None
) -> list[str]:
    return [info.name for info in find(model or a_model(), FakeCatalog(addons=addons).addons)]


def test_faces_and_other_families_are_no_eyes_for_style() -> None:
    there = (
        adapter("face", "plus-face"),
        adapter("plus", "plus"),
        adapter("xl", family="sdxl"),
        adapter("unknown", family=""),
    )
    assert names(style_adapters, *there) == ["plus", "unknown"]
    assert names(style_adapters, *there, model=a_model(family="sdxl")) == ["xl", "unknown"]
    assert names(style_adapters, *there, model=a_model(family="flux")) == []


def test_edges_come_first_and_controlnets_before_adapters() -> None:
    there = (
        network("t", "tile"),
        network("light", "canny", AddonKind.T2I_ADAPTER),
        network("d", "depth"),
        network("c", "canny"),
        network("s", "scribble"),
        network("xl", "canny", family="sdxl"),
    )
    assert names(structure_networks, *there) == ["c", "light", "s", "t"]
    finds_depth = an_addon("da", kind=AddonKind.ANNOTATOR, variant="depth", family="")
    assert names(structure_networks, *there, finds_depth) == ["c", "light", "s", "d", "t"]


@pytest.mark.parametrize(
    ("name", "variant", "expected"),
    [
        ("x", "canny", Preprocessor.CANNY),
        ("x", "tile", Preprocessor.TILE),
        ("my-Canny-2", "", Preprocessor.CANNY),
        ("canny", "depth", Preprocessor.DEPTH),
        ("canny", "pose", None),
        ("x", "union", None),
        ("x", "", None),
    ],
)
def test_the_preprocessor_follows_from_what_it_is_for(
    name: str, variant: str, expected: Preprocessor | None
) -> None:
    assert structure_preprocessor(network(name, variant)) is expected


@pytest.mark.parametrize(
    ("config", "takes"),
    [
        ({"cross_attention_dim": 768}, True),
        ({"cross_attention_dim": 256}, False),
        ({}, True),
        ([], True),
        ({"cross_attention_dim": [768]}, False),
    ],
)
def test_a_small_model_takes_nothing_that_was_made_for_its_large_sisters(
    tmp_path: Path, config: object, takes: bool
) -> None:
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "config.json").write_text(json.dumps(config))
    model = a_model(path=tmp_path)
    assert takes_guides(model) is takes
    known, unknown = adapter("known"), adapter("unknown", family="")
    found = names(style_adapters, known, unknown, model=model)
    assert found == (["known", "unknown"] if takes else ["unknown"])
    assert not takes_guides(replace(model, family="flux"))


def test_the_model_that_comes_along_takes_none() -> None:
    folder = Path(__file__).parents[2] / "resources" / "models" / "pentimento-small"
    assert not takes_guides(a_model(path=folder))
