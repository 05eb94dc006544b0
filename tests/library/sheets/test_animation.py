"""Films of an emergence: what each frame shows, how long it stays, and that files are whole."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.domain.errors import PictureError, StorageError
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.library.sheets.animation import Film, FilmFormat, export_film, find_ffmpeg

# It takes frames as ffmpeg does and notes its arguments and how many bytes came.
FAKE = """#!{python}
import sys
frames = sys.stdin.buffer.read()
open(sys.argv[-1], "w").write(" ".join(sys.argv[1:]) + f" {{len(frames)}}")
"""
BROKEN = """#!{python}
import sys
sys.stdin.buffer.read(10)
print("Unknown encoder", file=sys.stderr)
sys.exit(1)
"""


def nothing(_done: int, _total: int) -> None:
    pass


def grey(value: int, side: int = 4) -> Pixels:
    return np.full((side, side, 3), value, np.uint8)


def a_film(count: int = 3, **changes: object) -> Film:
    steps = [grey(20 * i % 256) for i in range(count)]
    values: dict[str, object] = {"steps": steps, "finished": grey(255, 16), "size": Size(16, 16)}
    return Film(**{**values, **changes})  # type: ignore[arg-type]


def program(folder: Path, text: str) -> Path:
    path = folder / "ffmpeg"
    path.write_text(text.format(python=sys.executable))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_finished_picture_takes_the_place_of_the_last_step() -> None:
    frames = list(a_film().frames())
    assert [int(frame[0, 0, 0]) for frame in frames] == [0, 20, 255]
    assert all(frame.shape == (16, 16, 3) for frame in frames)


def test_cross_fades_lead_evenly_from_step_to_step() -> None:
    film = a_film(2, cross_fades=True, steps_per_second=6.0)
    values = [int(frame[0, 0, 0]) for frame in film.frames()]
    assert values == [0, 64, 128, 191, 255]
    assert film.frames_per_second == 24


@given(st.integers(1, 30), st.floats(0.5, 30), st.booleans())
def test_it_has_as_many_frames_as_it_says(count: int, pace: float, fades: bool) -> None:
    film = a_film(count, steps_per_second=pace, cross_fades=fades)
    assert sum(1 for _ in film.frames()) == film.frame_count


def test_a_webp_plays_every_step_and_holds_the_last(tmp_path: Path) -> None:
    path = tmp_path / "film.webp"
    told: list[tuple[int, int]] = []
    film = a_film(5, steps_per_second=4.0, hold_s=1.5)
    export_film(film, path, lambda *done: told.append(done), format=FilmFormat.WEBP)
    with Image.open(path, formats=["WEBP"]) as image:
        assert (image.n_frames, image.size) == (5, (16, 16))
        durations, values = [], []
        for number in range(5):
            image.seek(number)
            image.load()
            durations.append(image.info["duration"])
            values.append(image.convert("RGB").getpixel((8, 8))[0])
    assert durations == [250, 250, 250, 250, 1500]
    assert values == pytest.approx([0, 20, 40, 60, 255], abs=4)
    assert told[0] == (0, 5) and told[-1] == (5, 5)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_film_of_one_step_is_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "film.webp"
    export_film(a_film(1), path, nothing, format=FilmFormat.WEBP)
    with Image.open(path, formats=["WEBP"]) as image:
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_what_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    def cancel(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    for film_format in FilmFormat:
        with pytest.raises(KeyboardInterrupt):
            export_film(
                a_film(5),
                tmp_path / "film",
                cancel,
                format=film_format,
                ffmpeg=program(tmp_path, FAKE),
            )
        assert {path.name for path in tmp_path.iterdir()} == {"ffmpeg"}


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "film.webp"
    path.write_bytes(b"mine")
    with pytest.raises(StorageError):
        export_film(a_film(), path, nothing, format=FilmFormat.WEBP)
    assert path.read_bytes() == b"mine"
    export_film(a_film(), path, nothing, format=FilmFormat.WEBP, overwrite=True)
    assert path.read_bytes().startswith(b"RIFF")


def test_ffmpeg_gets_every_frame_and_the_held_ones(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film = a_film(3, steps_per_second=4.0, hold_s=2.0)
    ffmpeg = program(tmp_path, FAKE)
    export_film(film, path, nothing, format=FilmFormat.MP4, ffmpeg=ffmpeg)
    said = path.read_text().split()
    assert int(said[-1]) == (2 + 8) * 16 * 16 * 3
    assert said[said.index("-s") + 1] == "16x16"
    assert said[said.index("-framerate") + 1] == "4"


def test_what_ffmpeg_cant_do_is_said_in_its_words(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film = a_film(3, size=Size(512, 512))
    with pytest.raises(PictureError, match="Unknown encoder") as error:
        export_film(film, path, nothing, format=FilmFormat.MP4, ffmpeg=program(tmp_path, BROKEN))
    assert error.value.remedy == "Choose WebP."
    assert not path.exists()


def test_without_ffmpeg_there_is_no_mp4(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="ffmpeg"):
        export_film(a_film(), tmp_path / "film.mp4", nothing, format=FilmFormat.MP4)


def test_sides_that_no_player_knows_are_refused(tmp_path: Path) -> None:
    film = a_film(2, size=Size(20_000, 2))
    with pytest.raises(PictureError, match="16383"):
        export_film(film, tmp_path / "film.webp", nothing, format=FilmFormat.WEBP)


@pytest.mark.skipif(find_ffmpeg() is None, reason="ffmpeg isn't installed")
def test_the_real_ffmpeg_makes_a_film(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film = a_film(3, size=Size(33, 32), cross_fades=True)
    export_film(film, path, nothing, format=FilmFormat.MP4, ffmpeg=find_ffmpeg())
    assert path.read_bytes()[4:8] == b"ftyp"
