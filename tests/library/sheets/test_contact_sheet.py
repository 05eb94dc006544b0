"""Contact sheets: where pictures lie on pages, and the files they become."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.domain.errors import RequestError, StorageError, UsageError
from studio.domain.geometry import Box, Size
from studio.library import Store
from studio.library.files.disk import Disk
from studio.library.picture import Picture
from studio.library.settings import PictureSettings
from studio.library.sheets.contact_sheet import (
    Background,
    Caption,
    ContactSheet,
    Paper,
    arranged,
    draw_page,
    wrapped,
)
from studio.library.sheets.contact_sheet_export import SheetFormat, caption_of, export_contact_sheet
from studio.library.sheets.lettering import font
from tests.support.samples import a_request, noise

PDF, PNG = SheetFormat.PDF, SheetFormat.PNG
sizes = st.builds(Size, st.integers(1, 9000), st.integers(1, 9000))
sheets = st.builds(
    ContactSheet,
    columns=st.integers(1, 12),
    paper=st.sampled_from(Paper),
    captions=st.frozensets(st.sampled_from(Caption)),
    title=st.sampled_from(["", "Owls"]),
    margin_mm=st.integers(0, 30),
    dpi=st.sampled_from([20, 72, 200]),
)


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.right
        and other.x < one.right
        and one.y < other.bottom
        and other.y < one.bottom
    )


@given(st.lists(sizes, max_size=60), sheets)
def test_every_picture_is_there_once_in_order_whole_and_on_nothing_else(
    pictures: list[Size], sheet: ContactSheet
) -> None:
    pages = arranged(pictures, sheet)
    assert [cell.index for page in pages for cell in page] == list(range(len(pictures)))
    assert all(pages)
    inside = sheet.inside
    for page in pages:
        places = []
        for cell in page:
            box = cell.picture
            low = cell.caption_top + sheet.caption_px
            assert inside.x <= box.x and box.right <= inside.right
            assert inside.y <= box.y and low <= inside.bottom and box.bottom == cell.caption_top
            size, shown = pictures[cell.index], box.size
            skew = abs(shown.width * size.height - shown.height * size.width)
            # Proportions are kept to the pixel.
            assert skew <= max(size.width, size.height) or 1 in (shown.width, shown.height)
            places.append(Box.between(box.x, box.y, box.right, max(low, box.bottom)))
        assert not any(
            overlap(one, other) for at, one in enumerate(places) for other in places[at + 1 :]
        )


@given(st.text(max_size=80), st.integers(20, 300), st.integers(1, 3))
def test_wrapped_text_stays_within_its_room(text: str, width: int, lines: int) -> None:
    type_ = font(10)
    made = wrapped(text, type_, width, lines)
    assert len(made) <= lines
    assert all(type_.getlength(line) <= max(width, type_.getlength("…")) for line in made)
    if type_.getlength(" ".join(text.split())) <= width:
        assert " ".join(made) == " ".join(text.split())


def test_a_page_shows_its_pictures_on_its_paper() -> None:
    sheet = ContactSheet(2, captions=frozenset(), background=Background.BLACK, dpi=40)
    pages = arranged([Size(30, 20)] * 2, sheet)
    colours = ["#ff0000", None]

    def read(index: int, _size: Size) -> Image.Image | None:
        colour = colours[index]
        return None if colour is None else Image.new("RGB", (30, 20), colour)

    page = draw_page(sheet, pages, 0, read, lambda _index: [])
    first, second = (cell.picture for cell in pages[0])
    assert page.getpixel((first.x + 5, first.y + 5)) == (255, 0, 0)
    # Of what is gone there is a frame.
    paper = page.getpixel((1, 1))
    assert page.getpixel((second.x + 5, second.y + 5)) == paper
    assert page.getpixel((second.x, second.y)) != paper


def test_captions_tell_what_was_chosen() -> None:
    told = PictureSettings(
        prompt="an owl", seed=7, model="tiny", steps=20, guidance_scale=7.5, sampler="Euler a"
    )
    assert caption_of(told, frozenset(Caption)) == [
        "an owl", "seed 7", "tiny · 20 steps · guidance 7.5 · Euler a",
    ]  # fmt: skip
    assert caption_of(told, frozenset({Caption.SEED})) == ["seed 7"]
    assert caption_of(PictureSettings(), frozenset(Caption)) == ["", "", ""]


def test_what_a_sheet_can_be_is_limited() -> None:
    for wrong in ({"columns": 0}, {"columns": 13}, {"dpi": 1200}, {"margin_mm": -1}):
        with pytest.raises(RequestError):
            ContactSheet(**wrong)  # type: ignore[arg-type]
    for paper in Paper:
        assert ContactSheet(paper=paper, dpi=300, margin_mm=0).page.pixels < 20_000_000


def test_margins_that_leave_no_room_are_told() -> None:
    sheet = ContactSheet(1, Paper.SCREEN, frozenset(Caption), title="x" * 50, margin_mm=40, dpi=20)
    crowded = ContactSheet(12, Paper.LETTER, margin_mm=40, dpi=20)
    assert arranged([Size(5, 5)], crowded)
    assert arranged([Size(5, 5000)], sheet)[0][0].picture.height >= 1


@pytest.fixture
def pictures(tmp_path: Path) -> list[Picture]:
    store = Store(tmp_path / "pictures", tmp_path / "data", Disk())
    made = [
        store.record(noise(seed, 64, 48), a_request(f"owl {seed}", seed), elapsed_s=1.0)
        for seed in range(5)
    ]
    store.close()
    return made


SMALL = ContactSheet(2, Paper.SCREEN, dpi=30, title="Owls at night")


def export(
    pictures: Sequence[Picture], path: Path, sheet_format: SheetFormat, **options: object
) -> tuple[Path, ...]:
    return export_contact_sheet(pictures, SMALL, path, format=sheet_format, **options)  # type: ignore[arg-type]


def test_a_pdf_has_all_pages_in_one_file(pictures: list[Picture], tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    (path,) = export(pictures, tmp_path / "owls.pdf", PDF, advance=lambda *at: told.append(at))
    content = path.read_bytes()
    count = len(arranged([Size(64, 48)] * 5, SMALL))
    assert content.startswith(b"%PDF-") and count > 1
    counts = re.findall(rb"/Count (\d+)", content)
    assert int(counts[-1]) == count
    assert told == [(index, 5) for index in range(5)]


def test_png_pages_are_files_of_their_own(pictures: list[Picture], tmp_path: Path) -> None:
    made = export(pictures, tmp_path / "owls.png", PNG)
    assert [path.name for path in made] == ["owls 1.png", "owls 2.png", "owls 3.png"]
    with Image.open(made[0], formats=["PNG"]) as page:
        assert page.size == (SMALL.page.width, SMALL.page.height)
        cell = arranged([Size(64, 48)] * 5, SMALL)[0][0].picture
        shown = np.asarray(page)[cell.slices].astype(int)
    original = np.asarray(Image.fromarray(noise(0, 64, 48)).resize((cell.width, cell.height), 1))
    assert np.abs(shown - original).mean() < 25
    (one,) = export(pictures[:2], tmp_path / "two.png", PNG)
    assert one.name == "two.png"


def test_a_picture_that_is_gone_leaves_a_frame(pictures: list[Picture], tmp_path: Path) -> None:
    pictures[0].path.unlink()
    (path,) = export(pictures[:2], tmp_path / "two.png", PNG)
    with Image.open(path, formats=["PNG"]) as page:
        cell = arranged([Size(64, 48)] * 2, SMALL)[0][0].picture
        assert page.getpixel((cell.x + 3, cell.y + 3)) == (255, 255, 255)


@pytest.mark.parametrize("sheet_format", SheetFormat)
def test_a_sheet_that_is_cancelled_leaves_nothing(
    pictures: list[Picture], tmp_path: Path, sheet_format: SheetFormat
) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()

    def give_up(done: int, _total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(pictures, folder / f"owls{sheet_format.suffix}", sheet_format, advance=give_up)
    assert list(folder.iterdir()) == []


def test_another_file_is_never_replaced_unasked(pictures: list[Picture], tmp_path: Path) -> None:
    taken = tmp_path / "owls 2.png"
    taken.write_bytes(b"mine")
    with pytest.raises(StorageError):
        export(pictures, tmp_path / "owls.png", PNG, overwrite=True)
    assert taken.read_bytes() == b"mine" and not (tmp_path / "owls 1.png").exists()
    pdf = tmp_path / "owls.pdf"
    pdf.write_bytes(b"mine")
    with pytest.raises(StorageError):
        export(pictures, pdf, PDF)
    assert pdf.read_bytes() == b"mine"
    export(pictures, pdf, PDF, overwrite=True)
    assert pdf.read_bytes().startswith(b"%PDF-")


def test_no_room_is_a_sentence() -> None:
    narrow = ContactSheet(1, Paper.SCREEN, frozenset(Caption), "t", margin_mm=40, dpi=20)
    assert narrow.inside.height > 0
    object.__setattr__(narrow, "margin_mm", 89.0)
    with pytest.raises(UsageError, match="no room"):
        arranged([Size(5, 5)], narrow)
