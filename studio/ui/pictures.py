"""What the menus do with picture files and the clipboard: open, upscale, save, copy, trash."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog

from studio.document import Content
from studio.document.clip import Clip
from studio.domain.events import Pixels
from studio.library import MetadataChoice, Picture, PictureFormat, safe_name
from studio.ui.canvas import PICTURE_SUFFIXES, clipboard
from studio.ui.dialogs import ExportChoice, ExportSettings, ExportSource, ask_export, ask_save
from studio.ui.history.file_manager import show_in_file_manager
from studio.ui.session import Notice
from studio.ui.settings import Settings

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow

_NAME_WORDS = 6
_REMEMBERED = ("settings", "parameters", "origin", "prompt")


def open_start(window: MainWindow) -> None:
    """Choose a picture file that the next generation starts from."""
    if (path := _ask_picture(window, "Start from a picture")) is not None:
        window.session.start_picture.from_file(path)
        window.session.foreign_settings.mention(path)


def edit(window: MainWindow) -> None:
    """Open the shown picture as an artwork, to be painted on."""
    editing = window.session.editing
    if not editing.is_on_canvas and editing.open_shown() is None:
        window.session.messages.notice.emit(_nothing("edit"))


def mask_from_file(window: MainWindow) -> None:
    """Choose a picture file whose lightness becomes the mask."""
    if (path := _ask_picture(window, "Take the mask from a picture")) is not None:
        window.session.placing.as_mask(path)


def upscale_file(window: MainWindow, scale: int) -> None:
    """Choose a picture file to be made `scale` times as large."""
    if (path := _ask_picture(window, f"Upscale a picture {scale}×")) is not None:
        window.session.upscaling.upscale_file(path, scale)


def upscale(window: MainWindow, scale: int) -> None:
    """Make what is on the canvas `scale` times as large, as a new picture."""
    upscaling = window.session.upscaling
    match _on_canvas(window):
        case None:
            window.session.messages.notice.emit(_nothing("upscale"))
        case Content() as content:
            upscaling.upscale_artwork(content, scale)
        case Picture() as picture:
            upscaling.upscale(picture, scale)
        case pixels:
            upscaling.upscale_pixels(pixels, scale)


def refine(window: MainWindow, scale: int) -> None:
    """Draw what is on the canvas once more, `scale` times as large, as a new picture."""
    upscaling = window.session.upscaling
    match _on_canvas(window):
        case None:
            window.session.messages.notice.emit(_nothing("upscale"))
        case Content() as content:
            upscaling.refine_artwork(content, scale)
        case Picture() as picture:
            upscaling.refine(picture, scale)
        case pixels:
            upscaling.refine_pixels(pixels, scale)


def save_copy(window: MainWindow) -> None:
    """Save what is on the canvas, with all it carries, under a name of the artist's."""
    source = _on_canvas(window)
    if source is None:
        window.session.messages.notice.emit(_nothing("save"))
        return
    choice = ask_save(
        window,
        _suggested_name(window, source),
        _export_folder(window),
        window.settings.prompt_writer,
    )
    if choice is not None:
        _export(window, source, choice)


def export(window: MainWindow, picture: Picture | None = None) -> None:
    """Export a picture of the history, or what is on the canvas, as PNG, JPEG, WebP or AVIF."""
    source = picture or _on_canvas(window)
    if source is None:
        window.session.messages.notice.emit(_nothing("save"))
        return
    remembered = window.settings
    settings = ExportSettings(
        folder=_export_folder(window),
        format=_known_format(remembered.export_format),
        quality=remembered.export_quality,
        metadata=_remembered_metadata(remembered),
    )
    choice = ask_export(window, _suggested_name(window, source), settings, _export_source(source))
    if choice is None:
        return
    remembered.export_format = choice.format
    remembered.export_quality = choice.quality
    remembered.export_left_out = [
        name for name in _REMEMBERED if not getattr(choice.metadata, name)
    ]
    remembered.prompt_writer = choice.metadata.writer
    window.session.library.store.prompt_writer = choice.metadata.writer
    _export(window, source, choice)


def show_in_folder(window: MainWindow) -> None:
    """Show the picture's file where the artist keeps files."""
    if window.session.shown.picture is None:
        window.session.messages.notice.emit(_nothing("show in its folder"))
    else:
        show_in_file_manager(window.session.shown.picture.path)


def choose_pictures_folder(window: MainWindow) -> None:
    """Choose where pictures are kept from the next start on."""
    name = QFileDialog.getExistingDirectory(
        window, "Where to keep pictures", str(window.session.library.folder)
    )
    if name and Path(name) != window.session.library.folder:
        window.settings.pictures_folder = name
        window.session.messages.notice.emit(
            Notice(
                f"Pictures are kept in “{name}” from the next start on.",
                "Those already made stay where they are.",
                is_error=False,
            )
        )


def copy(window: MainWindow, *, merged: bool = False) -> None:
    """Copy to the clipboard what the mask covers of what is seen; without a mask the active layer
    or, `merged`, all that is seen. Without an artwork, the picture on show."""
    pixels = window.session.artwork.pixels
    if _artwork_on_canvas(window) is not None:
        _put(window, window.session.clipping.copied(merged=merged))
    elif pixels is None:
        window.session.messages.notice.emit(_nothing("copy"))
    else:
        clipboard.put_picture(pixels)


def cut(window: MainWindow) -> None:
    """Move to the clipboard what the mask covers of the active layer, or all of it."""
    _put(window, window.session.clipping.cut())


def _put(window: MainWindow, clip: Clip | None) -> None:
    if clip is None:
        remedy = "Choose a layer that has something there, or Copy merged for all that is seen."
        window.session.messages.notice.emit(
            Notice("There is nothing to copy here.", remedy, is_error=False)
        )
    else:
        clipboard.put(clip)


def use_settings(window: MainWindow) -> None:
    """Take the shown picture's settings into the prompt panel."""
    if window.session.shown.picture is None:
        window.session.messages.notice.emit(_nothing("take settings from"))
    else:
        window.session.history.use_settings(window.session.shown.picture)


def move_to_trash(window: MainWindow) -> None:
    """Move the shown picture to the trash."""
    if window.session.shown.picture is None:
        window.session.messages.notice.emit(_nothing("move to the trash"))
    else:
        window.session.history.move_to_trash([window.session.shown.picture])


def _ask_picture(window: MainWindow, title: str) -> Path | None:
    patterns = " ".join(f"*{suffix}" for suffix in sorted(PICTURE_SUFFIXES))
    folder = window.settings.open_folder or _pictures_place()
    name, _ = QFileDialog.getOpenFileName(window, title, folder, f"Pictures ({patterns})")
    if not name:
        return None
    window.settings.open_folder = str(Path(name).parent)
    return Path(name)


def _artwork_on_canvas(window: MainWindow) -> Content | None:
    editing = window.session.editing
    if editing.document is None or not editing.is_on_canvas:
        return None
    return editing.document.content


def _on_canvas(window: MainWindow) -> Content | Picture | Pixels | None:
    """The artwork, or the finished picture: of the history, or its pixels if it isn't kept."""
    shown = window.session.shown
    return _artwork_on_canvas(window) or shown.picture or shown.finished_pixels


def _export(window: MainWindow, source: Content | Picture | Pixels, choice: ExportChoice) -> None:
    window.settings.export_folder = str(choice.path.parent)
    window.session.export.write(
        source,
        choice.path,
        format=choice.format,
        quality=choice.quality,
        metadata=choice.metadata,
        overwrite=choice.overwrite,
    )


def _nothing(verb: str) -> Notice:
    return Notice(
        f"There is no finished picture to {verb}.",
        "Make one, or click one in the history.",
        is_error=False,
    )


def _suggested_name(window: MainWindow, source: Content | Picture | Pixels) -> str:
    """The first words of the prompt and the seed, or the artwork's name, without a suffix."""
    document = window.session.editing.document
    if isinstance(source, Content) and document is not None and document.name:
        return safe_name(document.name)
    if not isinstance(source, Picture):
        return "picture"
    words = " ".join(source.settings.prompt.split()[:_NAME_WORDS]) or "picture"
    return safe_name(words if source.seed is None else f"{words} {source.seed}")


def _known_format(name: str) -> PictureFormat:
    try:
        return PictureFormat(name)
    except ValueError:
        return PictureFormat.PNG


def _remembered_metadata(settings: Settings) -> MetadataChoice:
    """As it was the last time; what a camera wrote is asked for anew."""
    told = {name: name not in settings.export_left_out for name in _REMEMBERED}
    return MetadataChoice(**told, writer=settings.prompt_writer)


def _export_source(source: Content | Picture | Pixels) -> ExportSource:
    if not isinstance(source, Picture):
        return ExportSource.PIXELS
    return ExportSource.IMPORT if source.request is None else ExportSource.PICTURE


def _export_folder(window: MainWindow) -> Path:
    return Path(window.settings.export_folder or _pictures_place())


def _pictures_place() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
