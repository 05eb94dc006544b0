from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter, ImageOps

from studio.domain.events import Pixels
from studio.domain.resources import RESOURCES
from studio.likeness import LENGTH, Likeness
from studio.likeness.colours import COLOURS, colours
from studio.likeness.likeness import FILE
from tests.support.samples import noise

PICTURES = sorted((RESOURCES / "styles" / "pictures").glob("*.jpg"))


@pytest.fixture
def likeness() -> Iterator[Likeness]:
    likeness = Likeness()
    yield likeness
    likeness.close()


def pixels_of(picture: Image.Image) -> Pixels:
    return np.asarray(picture.convert("RGB"), np.uint8)


def nearness(one: np.ndarray, other: np.ndarray) -> float:
    a, b = one.astype(np.float64), other.astype(np.float64)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_the_shipped_file_is_the_one_of_its_card() -> None:
    card = (FILE.parent / "CARD.md").read_text()
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() in re.findall(r"[0-9a-f]{64}", card)


def test_a_row_for_each_picture_whatever_stands_beside_it(likeness: Likeness) -> None:
    pictures = [noise(0, 300, 200), noise(1, 40, 90), noise(2, 224, 224)]
    together = likeness.describe(pictures)
    assert (together.shape, together.dtype) == ((3, LENGTH), np.int8)
    alone = np.concatenate([likeness.describe([picture]) for picture in pictures])
    # Batches sum in another order: the last bit may round otherwise.
    assert np.abs(together.astype(int) - alone.astype(int)).max() <= 1
    assert likeness.describe([]).shape == (0, LENGTH)


def test_a_picture_is_nearest_to_what_was_made_of_it(likeness: Likeness) -> None:
    originals = [Image.open(path).convert("RGB") for path in PICTURES]
    assert len(originals) >= 5
    changed = [
        [image.filter(ImageFilter.GaussianBlur(1)).resize((200, 150)) for image in originals],
        [ImageOps.mirror(image) for image in originals],
        [ImageOps.crop(image, image.width // 12) for image in originals],
    ]
    rows = likeness.describe([pixels_of(image) for image in originals])
    for images in changed:
        for number, image in enumerate(images):
            row = likeness.describe([pixels_of(image)])[0]
            nearest = max(range(len(rows)), key=lambda other: nearness(rows[other], row))
            assert nearest == number


def test_of_two_flat_pictures_the_nearer_colour_is_nearer() -> None:
    flat = [
        np.full((224, 224, 3), colour, np.uint8)
        for colour in ((200, 30, 30), (190, 50, 40), (30, 60, 200))
    ]
    red, nearly_red, blue = colours(np.stack(flat))
    assert np.linalg.norm(red - nearly_red) < np.linalg.norm(red - blue) / 3


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_colours_are_never_longer_than_one(seed: int) -> None:
    row = colours(noise(seed, 16, 16)[None])
    assert row.shape == (1, COLOURS)
    assert np.linalg.norm(row) <= 1.0001


def test_white_and_black_are_as_far_from_grey_on_both_sides() -> None:
    white, black = colours(
        np.stack([np.full((16, 16, 3), 255), np.zeros((16, 16, 3))]).astype(np.uint8)
    )
    assert np.allclose(white, -black, atol=1e-3)


def test_it_takes_one_core_and_leaves_the_others_to_whoever_comes(likeness: Likeness) -> None:
    before = torch.get_num_threads()
    likeness.describe([noise(0, 40, 40)])
    assert likeness._thread.submit(torch.get_num_threads).result() == 1
    assert torch.get_num_threads() == before
    with ThreadPoolExecutor(1) as later:
        assert later.submit(torch.get_num_threads).result() == before
