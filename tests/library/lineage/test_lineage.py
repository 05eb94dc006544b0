"""What begot a picture and what it begot, read from those who know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.branch import Branch
from studio.domain.control import Control, Reference
from studio.domain.request import PictureRef
from studio.library.lineage.lineage import Edge, Lineage, in_order, lineage_of
from studio.library.lineage.lineage_words import changes_between, operation_words
from studio.library.picture import Parent, ParentRole, Picture, named_parents
from studio.library.store import Store
from tests.support.samples import a_picture, a_request, noise

START = ParentRole.START
PICTURES = [a_picture(number) for number in range(60)]


class FamilyBook:
    """Knows who begot whom because the test says so."""

    def __init__(self, *links: tuple[int, int], role: ParentRole = START) -> None:
        self._links = links
        self._role = role
        self.asked = 0

    def parents_of(self, picture: Picture) -> Sequence[tuple[ParentRole, Picture]]:
        self.asked += 1
        return [
            (self._role, PICTURES[parent]) for parent, child in self._links if child == picture.id
        ]

    def children_of(self, picture: Picture) -> Sequence[tuple[ParentRole, Picture]]:
        self.asked += 1
        return [
            (self._role, PICTURES[child]) for parent, child in self._links if parent == picture.id
        ]


def whole(book: FamilyBook, root: int, most: int = 5000, *, family: bool = False) -> Lineage:
    *_, last = lineage_of(book, PICTURES[root], most, whole_family=family)
    return last


links = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20)).filter(lambda link: link[0] < link[1]),
    max_size=40,
    unique=True,
)


def reach(found: set[int], pairs: list[tuple[int, int]]) -> set[int]:
    while more := {end for start, end in pairs if start in found} - found:
        found |= more
    return found


@given(links, st.integers(0, 20))
def test_all_ancestors_and_descendants_are_there(pairs: list[tuple[int, int]], root: int) -> None:
    lineage = whole(FamilyBook(*pairs), root)
    descendants = reach({root}, pairs)
    ancestors = reach({root}, [(child, parent) for parent, child in pairs])
    also = {parent for parent, child in pairs if child in descendants - {root}}
    assert set(lineage.pictures) == descendants | ancestors | also
    assert lineage.is_whole and lineage.root == root
    assert set(lineage.descendants(root)) == descendants - {root}
    known = {(edge.parent, edge.child) for edge in lineage.edges}
    assert known == {pair for pair in pairs if pair[1] in descendants | ancestors}


@given(links, st.integers(0, 20))
def test_a_whole_family_is_all_that_grew_from_the_ancestors(
    pairs: list[tuple[int, int]], root: int
) -> None:
    family = whole(FamilyBook(*pairs), root, family=True)
    ancestors = reach({root}, [(child, parent) for parent, child in pairs])
    kin = reach(set(ancestors), pairs)
    also = {parent for parent, child in pairs if child in kin}
    assert set(family.pictures) == kin | also


@given(links, st.integers(0, 20))
def test_descendants_come_after_all_that_they_grew_from(
    pairs: list[tuple[int, int]], root: int
) -> None:
    lineage = whole(FamilyBook(*pairs), root)
    order = lineage.descendants(root)
    for parent, child in pairs:
        if parent in order and child in order:
            assert order.index(parent) < order.index(child)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=30))
def test_pictures_that_seem_to_beget_each_other_have_an_order_all_the_same(
    pairs: list[tuple[int, int]],
) -> None:
    apart = [pair for pair in pairs if pair[0] != pair[1]]
    lineage = whole(FamilyBook(*apart), 0)
    assert len(in_order(lineage.pictures, lineage.edges)) == len(lineage.pictures)


def test_a_large_family_comes_in_pages_that_grow() -> None:
    class Many(FamilyBook):
        def children_of(self, picture: Picture) -> Sequence[tuple[ParentRole, Picture]]:
            self.asked += 1
            return [(START, a_picture(picture.id * 10 + place)) for place in range(1, 4)]

    pages = list(lineage_of(Many(), a_picture(1), 2000))
    sizes = [len(page.pictures) for page in pages]
    assert sizes == sorted(sizes) and len(pages) >= 3 and sizes[0] < 100
    assert not pages[-1].is_whole and 2000 <= sizes[-1] < 2010
    assert all(set(one.pictures) <= set(other.pictures) for one, other in pairwise(pages))


def test_a_picture_alone_is_a_family() -> None:
    assert whole(FamilyBook(), 3) == Lineage(3, {3: PICTURES[3]}, ())


def test_two_links_between_the_same_pictures_are_two_edges() -> None:
    class Both(FamilyBook):
        def children_of(self, picture: Picture) -> Sequence[tuple[ParentRole, Picture]]:
            return [(START, PICTURES[2]), (ParentRole.STYLE, PICTURES[2])][: 2 * (picture.id == 1)]

    lineage = whole(Both(), 1)
    assert lineage.edges == (Edge(1, 2, START), Edge(1, 2, ParentRole.STYLE))


def test_what_the_model_looked_at_are_parents_too() -> None:
    ref, other = PictureRef("ab" * 32, 64, 48), PictureRef("cd" * 32, 64, 48)
    guided = {"controls": (Control("canny", ref),), "references": (Reference("ip", other),)}
    request = a_request("an owl", init_image=ref, **guided)
    its = {
        Parent(START, ref.digest),
        Parent(ParentRole.CONTROL, ref.digest),
        Parent(ParentRole.REFERENCE, other.digest),
    }
    found = named_parents(request)
    assert (found[0].role, set(found)) == (START, its)
    # What a branch has in common with its parent isn't its own.
    branch = replace(request, references=(), branch=Branch(request, 3))
    assert named_parents(branch) == (Parent(ParentRole.BRANCH, request.digest),)
    plain = a_request("an owl", init_image=ref)
    on_it = replace(plain, **guided, branch=Branch(plain, 3))
    assert set(named_parents(on_it)) == {
        Parent(ParentRole.BRANCH, plain.digest),
        *(parent for parent in its if parent.role is not START),
    }


def test_guides_are_found_as_parents_and_children(tmp_path: Path) -> None:
    store = Store(tmp_path / "pictures", tmp_path / "data")
    pose = store.record(noise(1), a_request("a pose"))
    ref = PictureRef(pose.pixel_digest, pose.width, pose.height)
    owl = store.record(noise(2), a_request("an owl", controls=(Control("canny", ref),)))
    assert store.lineage.parents_of(owl) == [(ParentRole.CONTROL, pose)]
    assert store.lineage.children_of(pose) == [(ParentRole.CONTROL, owl)]
    store.close()


def test_what_happened_is_said_in_a_few_words() -> None:
    parent = a_picture(1, a_request("an owl", seed=5))
    ref = PictureRef("ab" * 32, 64, 48)
    over = a_picture(2, a_request("an owl at night", seed=5, init_image=ref, strength=0.4))
    assert operation_words(over, START) == "drawn over, 0.4"
    assert changes_between(parent, over, START) == ("+at night",)
    again = a_picture(3, a_request("a cat", seed=9, num_inference_steps=30))
    assert changes_between(parent, again, START) == (
        "−an owl +a cat",
        "seed 5 → 9",
        "steps 20 → 30",
    )
    upscaled = a_picture(
        4, a_request("an owl", num_inference_steps=0, init_image=ref, upscale=2, seed=5)
    )
    assert operation_words(upscaled, START) == "upscaled 2×"
    assert changes_between(parent, upscaled, START) == ()
    assert operation_words(over, ParentRole.STYLE) == "its style"
    assert operation_words(over, ParentRole.CONTROL) == "its control"
    assert operation_words(over, ParentRole.REFERENCE) == "its reference"
    assert operation_words(over, ParentRole.CANVAS) == "drawn over on a canvas"
    branch = replace(parent.request or a_request(), branch=Branch(a_request("an owl", seed=5), 7))
    assert operation_words(a_picture(5, branch), ParentRole.BRANCH) == "branch after step 7"
    kept = replace(a_request(), last_step=3)
    assert operation_words(a_picture(6, kept), ParentRole.BRANCH) == "kept after step 3"
