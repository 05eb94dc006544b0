"""LoRAs in the prompt and beside it, as one list that can be written to."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.adapters import FreeU, LoraUse, Refiner
from studio.domain.addons import AddonInfo, AddonKind
from studio.prompting import split_loras
from studio.ui.session import Draft
from studio.ui.session.drafting.model_changes import ModelChanges
from tests.support.fakes import FakeCatalog, a_model


def a_lora(name: str, family: str = "sd", *words: str) -> AddonInfo:
    return AddonInfo(
        name, name.title(), AddonKind.LORA, family, Path(f"/{name}"), trigger_words=words
    )


def changes_of(draft: Draft) -> ModelChanges:
    addons = (a_lora("ink"), a_lora("paper", "sdxl"), a_lora("any", ""))
    return ModelChanges(FakeCatalog(draft.model, addons=addons), draft)  # type: ignore[arg-type]


@pytest.fixture
def draft() -> Draft:
    return Draft(a_model())


def test_tags_and_rows_are_one_list(draft: Draft) -> None:
    draft.prompt = "a cat<lora:INK:0.5> in <lora:gone>"
    draft.negative_prompt = "<lora:paper:1>"
    draft.loras = (LoraUse("any", -1),)
    changes = changes_of(draft)

    told = [(e.use.name, e.is_tag, changes.trouble(e)) for e in changes.loras()]
    assert told == [
        ("INK", True, ""),
        ("gone", True, "It isn't on this disk."),
        ("paper", True, "It was made for Stable Diffusion XL."),
        ("any", False, ""),
    ]


def test_a_tag_is_weighed_and_taken_away_in_the_prompt(draft: Draft) -> None:
    draft.prompt = "a <lora:ink:0.5> cat <lora:ink:1:1,0.5>"
    changes = changes_of(draft)
    changes.weigh(changes.loras()[0], 0.75)
    changes.weigh(changes.loras()[1], -2)
    assert draft.prompt == "a <lora:ink:0.75> cat <lora:ink:-2:1,0.5>"
    changes.remove(changes.loras()[0])
    assert draft.prompt == "a cat <lora:ink:-2:1,0.5>"
    changes.remove(changes.loras()[0])
    assert draft.prompt == "a cat "


def test_rows_are_added_once_weighed_and_taken_away(draft: Draft) -> None:
    changes = changes_of(draft)
    changes.add(a_lora("ink"))
    changes.add(a_lora("any"))
    changes.add(a_lora("ink"))
    changes.weigh(changes.loras()[1], 0.3)
    assert draft.loras == (LoraUse("ink"), LoraUse("any", 0.3))
    changes.remove(changes.loras()[0])
    assert draft.loras == (LoraUse("any", 0.3),)
    for number in range(20):
        changes.add(a_lora(f"more{number}"))
    assert changes.is_full
    draft.as_request()


@given(st.text(st.sampled_from("ab <>:1.")).map(lambda text: f"{text}<lora:ink:1>{text}"))
def test_what_is_weighed_is_read_back(prompt: str) -> None:
    draft = Draft(a_model(), prompt=prompt)
    changes = changes_of(draft)
    for number, entry in enumerate(changes.loras()):
        changes.weigh(entry, 0.25)
        assert changes.loras()[number].use.weight == 0.25
    assert split_loras(draft.prompt)[0] == split_loras(prompt)[0]


def test_everything_lands_in_the_request_and_comes_back(draft: Draft) -> None:
    draft.prompt = "a cat"
    draft.loras, draft.vae, draft.clip_skip = (LoraUse("ink", 0.5),), "soft", 2
    draft.freeu, draft.pag_scale, draft.refiner = FreeU(), 3.0, Refiner("xl", 0.7)
    request = draft.as_request()
    other = Draft(a_model())
    other.restore(request, other.model)
    assert other.as_request() == request
    assert other.loras == draft.loras
    assert other.refiner == draft.refiner
