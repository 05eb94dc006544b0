"""How a picture emerged leaves the studio: as a film, or as a strip of steps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from studio.domain.geometry import Size
from studio.library import PictureFormat, export_pixels
from studio.library.sheets.animation import Film, FilmFormat, export_film, find_ffmpeg
from studio.library.sheets.step_strip import chosen_steps, step_strip
from studio.ui.session.emergence import Emergence
from studio.ui.session.long_tasks import LongTask
from studio.ui.session.pictures.exporting import Exporting


class EmergenceFormat(StrEnum):
    """What an emergence can become."""

    MP4 = "MP4"
    WEBP = "WebP"
    STRIP = "PNG"

    @property
    def suffix(self) -> str:
        return f".{self.lower()}"


@dataclass(frozen=True, slots=True)
class EmergenceWishes:
    """How it should be written; `size` is that of a frame, or of each step of a strip.

    The first three are for films, the others for a strip.
    """

    format: EmergenceFormat
    size: Size
    steps_per_second: float = 8.0
    hold_s: float = 2.0
    cross_fades: bool = False
    step_count: int = 8
    captions: bool = True


class EmergenceExport:
    """Writes the steps of a finished picture to a file of the artist's choice."""

    def __init__(self, exporting: Exporting) -> None:
        self._exporting = exporting

    def write(
        self, emergence: Emergence, path: Path, wishes: EmergenceWishes, *, overwrite: bool
    ) -> None:
        """Write it, with a bar that shows how far it is; `overwrite` replaces what is there."""
        if emergence.image is None or not emergence.has_frames:
            return
        # Frames and picture never change, so a thread may read them.
        film = Film(
            emergence.frames(emergence.newest_step) or emergence.known_frames,
            emergence.image,
            wishes.size,
            wishes.steps_per_second,
            wishes.hold_s,
            wishes.cross_fades,
        )
        write = _write_strip if wishes.format is EmergenceFormat.STRIP else _write_film
        self._exporting.begin(path, partial(write, film, path, wishes, overwrite=overwrite))


def _write_film(
    film: Film, path: Path, wishes: EmergenceWishes, task: LongTask, *, overwrite: bool
) -> None:
    export_film(
        film,
        path,
        task.advance,
        format=FilmFormat(wishes.format),
        ffmpeg=find_ffmpeg(),
        overwrite=overwrite,
    )


def _write_strip(
    film: Film, path: Path, wishes: EmergenceWishes, task: LongTask, *, overwrite: bool
) -> None:
    numbers = chosen_steps(len(film.steps), wishes.step_count)
    pixels = step_strip(film.steps, film.finished, numbers, film.size, captions=wishes.captions)
    task.check()
    export_pixels(pixels, path, record=None, format=PictureFormat.PNG, overwrite=overwrite)
