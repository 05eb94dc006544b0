from __future__ import annotations

from studio.document import Artwork, StartPicture
from studio.domain.geometry import Size
from studio.domain.request import PictureRef
from tests.support.samples import noise


def test_an_artwork_begins_empty() -> None:
    artwork = Artwork()
    assert artwork.pixels is None
    assert artwork.size is None
    assert artwork.start is None


def test_a_shown_picture_is_announced_once_and_only_when_it_changed() -> None:
    artwork = Artwork()
    heard: list[Size | None] = []
    artwork.picture_changed.connect(lambda: heard.append(artwork.size))
    pixels = noise(0, 32, 24)
    artwork.show(pixels)
    artwork.show(pixels)
    assert artwork.pixels is pixels
    assert heard == [Size(32, 24)]
    artwork.show(noise(1, 32, 24))
    artwork.show(None)
    artwork.show(None)
    assert heard == [Size(32, 24), Size(32, 24), None]


def test_a_preview_lies_at_the_pictures_size() -> None:
    artwork = Artwork()
    heard: list[Size | None] = []
    artwork.picture_changed.connect(lambda: heard.append(artwork.size))
    preview = noise(0, 8, 6)
    artwork.show(preview, Size(64, 48))
    artwork.show(preview, Size(64, 48))
    artwork.show(preview, Size(128, 96))
    assert heard == [Size(64, 48), Size(128, 96)]


def test_the_start_picture_is_announced_only_when_it_is_another() -> None:
    artwork = Artwork()
    heard: list[StartPicture | None] = []
    artwork.start_changed.connect(lambda: heard.append(artwork.start))
    first = StartPicture(PictureRef("0" * 64, 64, 48), noise(0), "cat.png")
    artwork.start_from(None)
    artwork.start_from(first)
    # The same pixels under another name are the same start.
    artwork.start_from(StartPicture(first.ref, noise(0), "copy of cat.png"))
    other = StartPicture(PictureRef("1" * 64, 64, 48), noise(1))
    artwork.start_from(other)
    artwork.start_from(None)
    assert heard == [first, other, None]
