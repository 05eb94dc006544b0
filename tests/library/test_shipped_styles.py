"""The style pictures that come along: what their card says, and what the shelf can open."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from studio.library.reading import read_picture
from studio.library.style_shelf import STYLES

FOLDER = STYLES / "pictures"
PICTURES = sorted(FOLDER.glob("*.jpg"))
CARD = (FOLDER / "CARD.md").read_text(encoding="utf-8")
LISTED = dict(
    re.findall(r"^\| `([a-z0-9-]+\.jpg)` \|.*\| `([0-9a-f]{64})` \|$", CARD, re.MULTILINE)
)


def test_the_card_lists_every_picture_and_nothing_else() -> None:
    assert len(PICTURES) >= 10
    assert sorted(LISTED) == [path.name for path in PICTURES]
    assert {path.name for path in FOLDER.iterdir()} == {*LISTED, "CARD.md"}


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_the_one_of_the_card_and_opens(path: Path) -> None:
    content = path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == LISTED[path.name]
    assert content.startswith(b"\xff\xd8\xff")
    height, width, channels = read_picture(path).shape
    assert 300 <= min(height, width) <= max(height, width) <= 640
    assert channels == 3


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 1_500_000


def test_no_name_is_that_of_a_painted_style() -> None:
    painted = {path.stem for path in (STYLES / "painted").glob("*.jpg")}
    assert not painted & {path.stem for path in PICTURES}
