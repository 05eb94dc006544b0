from __future__ import annotations

from dataclasses import replace

from studio.domain.branch import Branch
from studio.domain.request import PictureRef
from studio.domain.stylize import StyleSource, Stylize
from studio.library.picture import Parent, ParentRole
from studio.library.store import Store
from tests.support.samples import a_request, noise


def test_parents_and_children_find_each_other(store: Store) -> None:
    first = store.record(noise(1), a_request())
    ref = PictureRef(first.pixel_digest, 64, 48)
    redrawn = store.record(noise(2), a_request(init_image=ref))
    styled = a_request(
        num_inference_steps=0,
        init_image=PictureRef(redrawn.pixel_digest, 64, 48),
        stylize=Stylize((StyleSource(ref),)),
    )
    restyled = store.record(noise(3), styled)
    branch = store.record(noise(4), replace(a_request(seed=8), branch=Branch(a_request(), 2)))
    canvas = [Parent(ParentRole.CANVAS, redrawn.pixel_digest)]
    composed = store.record(noise(5), a_request(seed=9), parents=canvas)
    parents, children = store.lineage.parents_of, store.lineage.children_of
    assert parents(first) == []
    assert parents(redrawn) == [(ParentRole.START, first)]
    assert parents(restyled) == [(ParentRole.START, redrawn), (ParentRole.STYLE, first)]
    assert parents(branch) == [(ParentRole.BRANCH, first)]
    assert parents(composed) == [(ParentRole.CANVAS, redrawn)]
    assert children(first) == [
        (ParentRole.START, redrawn),
        (ParentRole.STYLE, restyled),
        (ParentRole.BRANCH, branch),
    ]
    assert children(redrawn) == [(ParentRole.START, restyled), (ParentRole.CANVAS, composed)]
    assert children(composed) == []


def test_parents_that_are_not_here_are_left_out(store: Store) -> None:
    picture = store.record(noise(1), a_request(init_image=PictureRef("ab" * 32, 64, 48)))
    assert store.lineage.parents_of(picture) == []
    assert store.get(picture.id).record.parents == (  # type: ignore[union-attr]
        Parent(ParentRole.START, "ab" * 32),
    )
