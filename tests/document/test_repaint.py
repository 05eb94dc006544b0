"""Painting in places: the law that nothing else changes, and what is laid over what."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.document.fills import mixed
from studio.document.masks import Mask
from studio.document.painted_layer import Painting
from studio.document.repaint_masks import cover_of, extended_mask, pieces
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size
from studio.domain.inpaint import Extents, Inpaint
from studio.domain.picture_ref import PictureRef

DIGEST = "0a" * 32


@st.composite
def jobs(draw: st.DrawFn, extending: bool = False) -> tuple[Mask | None, Size, Inpaint]:
    """A mask, the picture's size, and an inpainting with one to three boxes anywhere."""
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    extents = st.integers(0, 12)
    extend = Extents(*(draw(extents) for _ in range(4))) if extending else Extents()
    mask = draw(
        arrays(np.uint8, (height, width), elements=st.sampled_from([0, 0, 0, 90, 255]))
        | (st.none() if extend else st.nothing())
    )
    full = extend.of(Size(width, height))
    boxes = []
    for _ in range(draw(st.integers(1, 3))):
        x, y = draw(st.integers(0, full.width - 1)), draw(st.integers(0, full.height - 1))
        right, bottom = draw(st.integers(x + 1, full.width)), draw(st.integers(y + 1, full.height))
        boxes.append(Box.between(x, y, right, bottom))
    ref = None if mask is None else PictureRef(DIGEST, width, height)
    grow, feather = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    inpaint = Inpaint(tuple(boxes), ref, extend, grow_px=grow, feather_px=feather)
    return mask, Size(width, height), inpaint


def painted_over(before: Pixels, mask: Mask | None, picture: Size, inpaint: Inpaint) -> Pixels:
    """`before`, each box painted in colours that it has nowhere."""
    painting = Painting(before, inpaint.boxes)
    for piece in pieces(mask, picture, inpaint):
        patch = 255 - before[piece.box.slices]
        painting.add(piece.box, patch, piece.cover)
    return painting.flattened()


def noise_of(size: Size) -> Pixels:
    noise = np.random.default_rng(1).integers(0, 256, (size.height, size.width, 3), np.uint8)
    return np.where(noise == 127, 126, noise).astype(np.uint8)


@given(jobs())
def test_where_the_grown_and_feathered_mask_is_zero_nothing_changes(
    job: tuple[Mask, Size, Inpaint],
) -> None:
    mask, picture, inpaint = job
    before = noise_of(picture)
    after = painted_over(before, mask, picture, inpaint)
    untouched = cover_of(mask, inpaint.grow_px, inpaint.feather_px) == 0
    assert np.array_equal(after[untouched], before[untouched])


@given(jobs(extending=True))
def test_extending_keeps_the_picture_inside_but_for_its_own_mask(
    job: tuple[Mask | None, Size, Inpaint],
) -> None:
    mask, picture, inpaint = job
    before = noise_of(inpaint.extend.of(picture))
    after = painted_over(before, mask, picture, inpaint)
    inside = Box(inpaint.extend.left, inpaint.extend.top, picture.width, picture.height).slices
    if mask is None:
        assert np.array_equal(after[inside], before[inside])
    else:
        untouched = cover_of(mask, inpaint.grow_px, inpaint.feather_px) == 0
        assert np.array_equal(after[inside][untouched], before[inside][untouched])


@given(jobs(extending=True))
def test_what_the_boxes_reach_of_the_mask_is_painted_whole(
    job: tuple[Mask | None, Size, Inpaint],
) -> None:
    mask, picture, inpaint = job
    before = noise_of(inpaint.extend.of(picture))
    after = painted_over(before, mask, picture, inpaint)
    wanted = extended_mask(mask, picture, inpaint.extend) > 0
    reached = np.zeros_like(wanted)
    for box in inpaint.boxes:
        reached[box.slices] = True
    if len(inpaint.boxes) == 1:
        # Nothing else lies over it: the colours of the patch, to the byte.
        assert np.array_equal(after[wanted & reached], 255 - before[wanted & reached])
    assert (after[wanted & reached] != before[wanted & reached]).any(axis=1).all()


def test_grey_lets_the_model_change_less_and_hides_all_the_same() -> None:
    mask = np.full((8, 8), 100, np.uint8)
    (piece,) = pieces(mask, Size(8, 8), Inpaint((Box(0, 0, 8, 8),), PictureRef(DIGEST, 8, 8)))
    assert (piece.change == 100).all()
    assert (piece.cover == 255).all()


def test_a_later_box_leaves_what_an_earlier_one_painted_but_for_its_edge() -> None:
    boxes = Box(0, 0, 60, 40), Box(40, 0, 60, 40)
    inpaint = Inpaint(boxes, extend=Extents(right=90), grow_px=2, feather_px=4)
    first, second = pieces(None, Size(10, 40), inpaint)
    assert not first.cover[:, :10].any()
    assert (first.cover[:, 10:] == 255).all()
    assert not second.cover[:, :14].any()
    assert (np.diff(second.cover[20, :21].astype(int)) >= 0).all()
    assert (second.cover[:, 18:] == 255).all()


@given(jobs(extending=True))
def test_the_layer_over_the_picture_is_the_result(job: tuple[Mask | None, Size, Inpaint]) -> None:
    mask, picture, inpaint = job
    before = noise_of(inpaint.extend.of(picture))
    painting = Painting(before, inpaint.boxes)
    for piece in pieces(mask, picture, inpaint):
        painting.add(piece.box, 255 - before[piece.box.slices], piece.cover)
    result = before.copy()
    inside, layer = result[painting.box.slices], painting.layer
    result[painting.box.slices] = mixed(inside, layer[..., :3], layer[..., 3])
    assert np.array_equal(result, painting.flattened())
    assert np.array_equal(painting.seen(inpaint.boxes[0]), result[inpaint.boxes[0].slices])


def test_one_patch_is_the_layer_itself() -> None:
    below, patch = noise_of(Size(9, 7)), noise_of(Size(5, 4))
    cover = np.random.default_rng(2).integers(0, 256, (4, 5), np.uint8)
    box = Box(2, 1, 5, 4)
    painting = Painting(below, (box,))
    painting.add(box, patch, cover)
    assert np.array_equal(painting.layer[..., 3], cover)
    assert np.array_equal(painting.layer[..., :3][cover > 0], patch[cover > 0])
