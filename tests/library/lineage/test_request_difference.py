"""Settings of several pictures side by side."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.branch import Branch
from studio.domain.request import PictureRef, Request
from studio.library import Picture
from studio.library.lineage.request_difference import NOTHING, Setting, settings
from tests.support import samples
from tests.support.samples import a_request, requests

REF = PictureRef("ab" * 32, 64, 48)


def a_picture(request: Request, index: int = 0) -> Picture:
    return samples.a_picture(1, request, index)


def by_name(*pictures: Picture) -> dict[str, Setting]:
    return {setting.name: setting for setting in settings(pictures)}


@given(st.lists(requests, min_size=1, max_size=4))
def test_each_line_has_a_value_for_each_picture_and_is_there_once(made: list[Request]) -> None:
    lines = settings([a_picture(request) for request in made])
    assert all(len(line.values) == len(made) for line in lines)
    assert len({line.name for line in lines}) == len(lines)
    assert all(set(line.values) != {NOTHING} for line in lines)


@given(requests)
def test_a_picture_differs_not_from_itself(request: Request) -> None:
    picture = a_picture(request)
    assert not any(line.differs for line in settings([picture, picture]))


def test_what_differs_is_said_as_a_person_reads_it() -> None:
    one = a_picture(a_request(seed=7, num_inference_steps=20, guidance_scale=5.0))
    two = a_picture(replace(one.request, num_inference_steps=30, guidance_scale=7.5), index=2)
    lines = by_name(one, two)
    assert lines["Steps"].values == ("20", "30")
    assert lines["Guidance"].values == ("5", "7.5")
    assert lines["Seed"].values == ("7", "9")
    assert not lines["Model"].differs and not lines["Size"].differs
    assert not {"Prompt", "Version", "Strength", "Upscaler"} & lines.keys()


def test_what_only_one_has_stands_beside_nothing() -> None:
    one = a_picture(a_request())
    two = a_picture(replace(one.request, init_image=REF, strength=0.4, upscale=2))
    lines = by_name(one, two)
    assert lines["Start picture"].values == (NOTHING, "abababab")
    assert lines["Strength"].values == (NOTHING, "0.4")
    assert lines["Upscaled"].values == (NOTHING, "2")


def test_a_branch_names_what_it_grew_from() -> None:
    parent = a_request("an owl", seed=3)
    branch = a_picture(replace(parent, prompt="a cat", branch=Branch(parent, 2)))
    lines = by_name(a_picture(parent), branch)
    assert lines["Branch of"].values == (NOTHING, "“an owl”, seed 3")
    assert lines["Branch after step"].values == (NOTHING, "2")


def test_a_picture_made_of_the_one_beside_it_says_so() -> None:
    one = samples.a_picture(1, a_request())
    ref = PictureRef(one.pixel_digest, 64, 48)
    two = samples.a_picture(2, a_request(init_image=ref, upscale=2))
    lines = by_name(one, two)
    assert lines["Start picture"].values == (NOTHING, "picture 1")
    assert lines["Finished size"].values == ("64 × 48", "128 × 96")
    assert "Finished size" not in by_name(one, one)
