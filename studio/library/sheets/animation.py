"""How a picture emerged, as a film: an animated WebP, or an MP4 where ffmpeg is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, Final

import numpy as np
from PIL import Image

from studio.domain.errors import PictureError
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.library.files.disk import Disk, storage_errors

FADE_FRAMES_PER_SECOND: Final = 24
WEBP_QUALITY: Final = 88
_MAX_WEBP_SIDE_PX: Final = 16_383
_MAX_MP4_SIDE_PX: Final = 8192

Advance = Callable[[int, int], None]
"""Told how many of how many frames are written; raises to end it."""


class FilmFormat(StrEnum):
    """What a film can be."""

    MP4 = "MP4"
    WEBP = "WebP"


@dataclass(frozen=True, slots=True)
class Film:
    """The steps one after the other, then the finished picture in place of the last one.

    Args:
        steps: uint8 (h, w, 3), first step first, at least one; usually smaller than the picture.
        finished: uint8 (H, W, 3).
        size: that of the frames. An MP4's sides are even: one pixel may be cut off.
        steps_per_second: how quickly they follow one another.
        hold_s: how long the finished picture stays.
        cross_fades: blend each step into the next one.
    """

    steps: Sequence[Pixels] = field(repr=False)
    finished: Pixels = field(repr=False)
    size: Size
    steps_per_second: float = 8.0
    hold_s: float = 2.0
    cross_fades: bool = False

    @property
    def frames_per_step(self) -> int:
        """1, or with cross-fades as many as the eye wants."""
        if not self.cross_fades:
            return 1
        return max(1, round(FADE_FRAMES_PER_SECOND / self.steps_per_second))

    @property
    def frames_per_second(self) -> float:
        return self.steps_per_second * self.frames_per_step

    @property
    def frame_count(self) -> int:
        """How many different frames there are; the last one is held."""
        return (len(self.steps) - 1) * self.frames_per_step + 1

    def frames(self) -> Iterator[Pixels]:
        """Each different frame once, uint8 (H, W, 3) of `size`."""
        still = self._still(0)
        yield still
        for step in range(1, len(self.steps)):
            before, still = still, self._still(step)
            for part in range(1, self.frames_per_step):
                share = part / self.frames_per_step
                mixed = before + share * (still.astype(np.float32) - before)
                yield np.rint(mixed).astype(np.uint8)
            yield still

    def _still(self, step: int) -> Pixels:
        is_last = step == len(self.steps) - 1
        pixels = np.ascontiguousarray((self.finished if is_last else self.steps[step])[..., :3])
        size = self.size.width, self.size.height
        if pixels.shape[1::-1] == size:
            return pixels
        # A step's frame is coarse: a sharper filter would draw edges around its blocks.
        return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def find_ffmpeg() -> Path | None:
    """Where ffmpeg is installed, if it is: it makes an MP4 of a film."""
    found = shutil.which("ffmpeg")
    return None if found is None else Path(found)


def export_film(
    film: Film,
    path: Path,
    advance: Advance,
    *,
    format: FilmFormat,  # noqa: A002 (what people call it)
    ffmpeg: Path | None = None,
    overwrite: bool = False,
    disk: Disk | None = None,
) -> None:
    """Write a film, whole or not at all.

    Args:
        advance: told of each frame; what it raises ends the writing and leaves nothing behind.
        ffmpeg: the program, for an MP4.

    Raises:
        PictureError: the frames are too large, or ffmpeg couldn't do it.
        StorageError: the disk refused, or there is already such a file.
    """
    _check_size(film.size, format)
    disk = disk or Disk()

    def write(stream: IO[bytes]) -> None:
        if format is FilmFormat.WEBP:
            _write_webp(film, stream, advance)
        elif ffmpeg is None:
            raise PictureError("An MP4 needs ffmpeg, which isn't installed.", "Choose WebP.")
        else:
            _write_mp4(film, stream, advance, ffmpeg)

    with storage_errors(path):
        if overwrite:
            disk.replace_with(path, write)
        else:
            disk.write_new_with(path, write)


def _check_size(size: Size, film_format: FilmFormat) -> None:
    most = _MAX_MP4_SIDE_PX if film_format is FilmFormat.MP4 else _MAX_WEBP_SIDE_PX
    if max(size.width, size.height) > most:
        raise PictureError(
            f"The sides of {film_format} films end at {most} pixels.", "Choose a smaller size."
        )


class _Reel(Image.Image):
    """The frames as Pillow takes those of an animated file: each when its turn comes, so that a
    long film needs the memory of one frame."""

    def __init__(self, film: Film, advance: Advance) -> None:
        super().__init__()
        self.n_frames = film.frame_count
        self._frames = enumerate(film.frames())
        self._advance = advance
        self._at = -1
        self.seek(0)

    def seek(self, frame: int) -> None:
        while self._at < frame:
            self._advance(self._at + 1, self.n_frames)
            self._at, pixels = next(self._frames)
            image = Image.fromarray(pixels)
            self.im, self._mode, self._size = image.im, image.mode, image.size

    def tell(self) -> int:
        return self._at


def _write_webp(film: Film, stream: IO[bytes], advance: Advance) -> None:
    each_ms = 1000 / film.frames_per_second
    durations = [each_ms] * (film.frame_count - 1) + [max(each_ms, 1000 * film.hold_s)]
    _Reel(film, advance).save(
        stream,
        "WEBP",
        save_all=True,
        duration=durations if film.frame_count > 1 else 0,
        loop=0,
        quality=WEBP_QUALITY,
        method=2,
    )
    advance(film.frame_count, film.frame_count)


def _write_mp4(film: Film, stream: IO[bytes], advance: Advance, ffmpeg: Path) -> None:
    held = max(1, round(film.hold_s * film.frames_per_second))
    total = film.frame_count - 1 + held
    with tempfile.TemporaryDirectory(prefix="pentimento-") as folder:
        target, said = Path(folder) / "film.mp4", Path(folder) / "said.txt"
        with said.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 (a program that is installed, and our words)
                _command(ffmpeg, film, target), stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        try:
            _feed(process, film, held, lambda done: advance(done, total))
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait() != 0 or not target.exists():
            lines = said.read_text(errors="replace").split("\n")
            last = next(
                (line.strip() for line in reversed(lines) if line.strip()), "no reason given"
            )
            raise PictureError(f"ffmpeg couldn't make the film ({last}).", "Choose WebP.")
        with target.open("rb") as film_file:
            shutil.copyfileobj(film_file, stream)
    advance(total, total)


def _feed(
    process: subprocess.Popen[bytes], film: Film, held: int, advance: Callable[[int], None]
) -> None:
    """Give ffmpeg all frames. It ends early where something is wrong, and says what."""
    pipe = process.stdin
    assert pipe is not None  # noqa: S101
    last = film.frame_count - 1
    try:
        with pipe:
            for number, frame in enumerate(film.frames()):
                for copy in range(held if number == last else 1):
                    advance(number + copy)
                    pipe.write(np.ascontiguousarray(frame).data)
    except BrokenPipeError:
        return


def _command(ffmpeg: Path, film: Film, target: Path) -> list[str]:
    """Raw frames in; H.264 out, in the colours (BT.709) and the form that every player knows."""
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{film.size.width}x{film.size.height}"]
    even = "crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0"
    colours = "scale=out_color_matrix=bt709:out_range=tv"
    tags = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    return [
        *(str(ffmpeg), "-y", "-loglevel", "error"),
        *(*raw, "-framerate", f"{film.frames_per_second:.6g}", "-i", "-"),
        *("-vf", f"{even},{colours},{tags}", "-c:v", "libx264", "-preset", "medium", "-crf", "16"),
        *("-pix_fmt", "yuv420p", "-movflags", "+faststart", str(target)),
    ]
