from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.document.fills import mixed
from studio.document.masks import Mask, feathered
from studio.document.seams import healed, matched, seam
from studio.domain.events import Pixels
from tests.support.samples import noise


def smooth_picture() -> Pixels:
    rows, columns = np.mgrid[:64, :96]
    return np.dstack([rows * 2, columns * 2, (rows + columns)]).astype(np.uint8) + 20


def middle(height: int = 64, width: int = 96) -> Mask:
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : height * 3 // 4, width // 4 : width * 3 // 4] = 255
    return mask


@given(st.tuples(*[st.integers(-20, 20)] * 3))
def test_a_shift_of_all_colours_is_undone(shift: tuple[int, int, int]) -> None:
    original = smooth_picture()
    patch = (original.astype(int) + shift).astype(np.uint8)
    held = 255 - middle(8, 12)
    agreed = matched(patch, original, held).astype(int)
    assert abs(agreed - original).max() <= 1


def test_a_shift_that_differs_from_side_to_side_is_undone_smoothly() -> None:
    original = smooth_picture()
    lean = np.linspace(-30, 30, 96)[None, :, None]
    patch = np.clip(original + lean, 0, 255).round().astype(np.uint8)
    agreed = matched(patch, original, 255 - middle(8, 12)).astype(int)
    assert abs(agreed - original).mean() < 3


def test_what_is_new_stays_new() -> None:
    original = smooth_picture()
    patch = np.where(middle()[..., None] > 0, noise(1, 96, 64), original)
    agreed = matched(patch, original, 255 - middle(8, 12))
    assert abs(agreed.astype(int) - patch).max() <= 1


def test_with_nothing_held_there_is_nothing_to_match() -> None:
    patch = noise(1)
    assert matched(patch, noise(2), np.zeros((6, 8), np.uint8)) is patch


def test_a_picture_without_a_seam_measures_about_one() -> None:
    for picture in (smooth_picture(), noise(1, 96, 64)):
        assert 0.8 < seam(picture, middle()) < 1.2


def test_a_step_at_the_border_is_a_seam() -> None:
    picture = smooth_picture()
    slight = np.where(middle()[..., None] > 0, picture + 8, picture).astype(np.uint8)
    strong = np.where(middle()[..., None] > 0, picture + 40, picture).astype(np.uint8)
    assert 2 < seam(slight, middle()) < seam(strong, middle())


def test_a_soft_border_is_looked_at_over_its_width() -> None:
    cover = feathered(middle(), 8)
    picture = mixed(smooth_picture(), smooth_picture() + 40, cover)
    hard, soft = (
        seam(picture, np.where(cover > 0, 255, 0).astype(np.uint8)),
        seam(picture, cover, 9),
    )
    assert hard < 2
    assert soft > 2
    assert 0.8 < seam(smooth_picture(), cover, 9) < 1.2


def test_without_a_border_there_is_no_seam() -> None:
    assert seam(noise(1), np.zeros((48, 64), np.uint8)) == 1
    assert seam(noise(1), np.full((48, 64), 255, np.uint8)) == 1


def beyond(width: int = 96, height: int = 64) -> NDArray[np.bool_]:
    """The left half stays."""
    return np.repeat(np.arange(width)[None] < width // 2, height, axis=0)


def test_a_slight_step_beyond_a_hard_edge_heals_and_fades() -> None:
    original = np.full((64, 96, 3), 120, np.uint8)
    patch = original + 12
    agreed = healed(patch, original, beyond()).astype(int)
    new = agreed[:, 48:]
    assert abs(new[:, 0] - 120).max() <= 3
    assert (np.diff(new[20, :, 0]) >= 0).all()
    assert (new[:, -1] == 132).all()


def test_an_outline_is_no_seam() -> None:
    original, patch = np.full((64, 96, 3), 20, np.uint8), np.full((64, 96, 3), 220, np.uint8)
    assert np.array_equal(healed(patch, original, beyond()), patch)


def test_without_an_edge_there_is_nothing_to_heal() -> None:
    patch = noise(1)
    for stays in (np.zeros((48, 64), np.bool_), np.ones((48, 64), np.bool_)):
        assert healed(patch, noise(2), stays) is patch
