"""Contact sheets of pictures of the history, written to files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path

from PIL import Image

from studio.domain.errors import PictureError
from studio.domain.geometry import Size
from studio.library.files.disk import Disk, storage_errors
from studio.library.picture import Picture
from studio.library.reading import read_picture
from studio.library.settings import PictureSettings
from studio.library.sheets.contact_sheet import (
    Caption,
    ContactSheet,
    arranged,
    draw_page,
    write_pdf,
    write_png,
)


class SheetFormat(StrEnum):
    """PDF holds all pages in one file, PNG one page in each."""

    PDF = "PDF"
    PNG = "PNG"

    @property
    def suffix(self) -> str:
        return f".{self.lower()}"


def export_contact_sheet(
    pictures: Sequence[Picture],
    sheet: ContactSheet,
    path: Path,
    *,
    format: SheetFormat,  # noqa: A002 (what people call it)
    overwrite: bool = False,
    advance: Callable[[int, int], None] = lambda _done, _total: None,
    disk: Disk | None = None,
) -> tuple[Path, ...]:
    """Write a contact sheet, all of it or nothing; which files it became.

    A picture whose file is gone leaves an empty frame. One page at a time is in memory.

    Args:
        path: the PDF, or the PNG; several pages become “name 1.png”, “name 2.png”...
        overwrite: replace the file at `path`; files of several pages never replace another one.
        advance: told how many of the pictures are done; what it raises ends the work.

    Raises:
        UsageError: the margins leave no room.
        StorageError: the disk refused, or there is already such a file.
    """
    disk = disk or Disk()
    pages = arranged([Size(picture.width, picture.height) for picture in pictures], sheet)

    def read(index: int, _size: Size) -> Image.Image | None:
        advance(index, len(pictures))
        try:
            return Image.fromarray(read_picture(pictures[index].path, keep_alpha=True))
        except PictureError:
            return None

    def caption(index: int) -> list[str]:
        return caption_of(pictures[index].settings, sheet.captions)

    def drawn(number: int) -> Image.Image:
        return draw_page(sheet, pages, number, read, caption)

    if format is SheetFormat.PDF:
        drawings = map(drawn, range(len(pages)))
        with storage_errors(path):
            write = disk.replace_with if overwrite else disk.write_new_with
            write(path, partial(write_pdf, drawings, sheet))
        return (path,)
    made: list[Path] = []
    try:
        for number, target in enumerate(page_paths(path, len(pages))):
            page = drawn(number)
            with storage_errors(target):
                replaces = overwrite and len(pages) == 1
                write = disk.replace_with if replaces else disk.write_new_with
                write(target, partial(write_png, page, sheet))
            made.append(target)
    except BaseException:
        for target in made:
            disk.remove(target)
        raise
    return tuple(made)


def page_paths(path: Path, count: int) -> list[Path]:
    """Where the pages of a sheet lie that has one file for each."""
    if count == 1:
        return [path]
    digits = len(str(count))
    return [path.with_stem(f"{path.stem} {page:0{digits}}") for page in range(1, count + 1)]


def caption_of(settings: PictureSettings, captions: frozenset[Caption]) -> list[str]:
    """What stands below a picture, in the order of `Caption`."""
    texts = {
        Caption.PROMPT: settings.prompt,
        Caption.SEED: "" if settings.seed is None else f"seed {settings.seed}",
        Caption.SETTINGS: " · ".join(_told(settings)),
    }
    return [texts[caption] for caption in Caption if caption in captions]


def _told(settings: PictureSettings) -> list[str]:
    told = [settings.model] if settings.model else []
    if settings.steps is not None:
        told.append(f"{settings.steps} steps")
    if settings.guidance_scale is not None:
        told.append(f"guidance {settings.guidance_scale:g}")
    if settings.sampler:
        told.append(settings.sampler)
    if settings.width and settings.height:
        told.append(str(Size(settings.width, settings.height)))
    return told
