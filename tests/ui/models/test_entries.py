"""What is listed of models, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.domain.addons import AddonKind
from studio.domain.model import ModelTask
from studio.library.files.disk import Disk
from studio.ui.models.card_parts import flowing
from studio.ui.models.entries import Wish, chosen, facts, families, kind_title, kinds
from studio.ui.session.models.model_marks import ModelMarks
from tests.support.fakes import a_model, an_addon

INFOS = (
    a_model("zebra", title="Zebra"),
    an_addon("fog", title="Fog", family="sdxl"),
    an_addon("any", title="Any", family=""),
    an_addon("pixel", title="Pixel", family="sdxl", trigger_words=("8-bit",)),
    an_addon("vae", title="Vae", kind=AddonKind.VAE),
    a_model("apple", title="Apple", family="sdxl", licence="openrail++"),
)


@pytest.fixture
def marks(tmp_path: Path) -> ModelMarks:
    return ModelMarks(tmp_path / "models.json", Disk())


def names(wish: Wish, marks: ModelMarks) -> list[str]:
    return [info.name for info in chosen(INFOS, wish, marks)]


def test_kinds_in_order_by_title_unknown_families_last(marks: ModelMarks) -> None:
    assert names(Wish(), marks) == ["apple", "zebra", "fog", "pixel", "any", "vae"]


def test_favourites_come_first(marks: ModelMarks) -> None:
    marks.set_favourite(INFOS[4], True)
    assert names(Wish(), marks)[0] == "vae"
    assert names(Wish(favourites_only=True), marks) == ["vae"]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(words="8-BIT"), ["pixel"]),
        (Wish(words="xl lora"), ["fog", "pixel"]),
        (Wish(words="openrail"), ["apple"]),
        (Wish(kind="lora"), ["fog", "pixel", "any"]),
        (Wish(kind="model", family="sd"), ["zebra"]),
        (Wish(family="sdxl"), ["apple", "fog", "pixel", "any"]),
        (Wish(words="fog pixel"), []),
    ],
)
def test_every_wish_narrows(wish: Wish, expected: list[str], marks: ModelMarks) -> None:
    assert names(wish, marks) == expected


def test_what_is_known_is_told_and_nothing_else() -> None:
    model = a_model(task=ModelTask.INPAINT, precision="fp16", size_bytes=2_100_000_000)
    assert facts(model) == ["Stable Diffusion 1", "inpainting", "fp16", "2.1 GB"]
    assert facts(an_addon(family="", size_bytes=0)) == []
    assert kind_title(INFOS[1]) == "LoRA"
    assert kinds(INFOS) == ["model", "lora", "vae"]
    assert families(INFOS) == ["sd", "sdxl"]


def test_texts_flow_and_lists_stay_lists() -> None:
    text = (
        "# Title\n![a picture](x.png)\n\nA text that\nwas broken.\n\n- one\n- two\n\nEnd\nof it.\n"
    )
    assert flowing(text) == "Title\n\n\nA text that was broken.\n\n- one\n- two\n\nEnd of it."
