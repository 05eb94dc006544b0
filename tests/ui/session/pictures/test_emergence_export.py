"""Films and strips of what is on show, in the background."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from studio.domain.geometry import Size
from studio.ui.session import Emergence, Notice, Session
from studio.ui.session.pictures.emergence_export import EmergenceFormat, EmergenceWishes
from tests.support.fakes import picture_pixels
from tests.support.sessions import a_session, until

STEPS = 6


def an_emergence() -> Emergence:
    previews = np.stack([picture_pixels(8, 8, seed) for seed in range(STEPS)])
    return Emergence.of_finished(picture_pixels(64, 48, 9), previews)


async def written(
    session: Session, notices: list[Notice], path: Path, wishes: EmergenceWishes
) -> None:
    session.emergence_export.write(an_emergence(), path, wishes, overwrite=False)
    [task] = session.tasks.running or [None]
    assert task is None or task.is_saving
    await until(lambda: notices)


async def test_a_film_is_written_with_all_steps(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        path = tmp_path / "owl.webp"
        wishes = EmergenceWishes(EmergenceFormat.WEBP, Size(64, 48), cross_fades=False)
        await written(session, notices, path, wishes)
        assert notices[0].sentence == "Saved as “owl.webp”."
        with Image.open(path, formats=["WEBP"]) as image:
            assert (image.size, image.n_frames) == ((64, 48), STEPS)
        assert session.tasks.running == ()


async def test_a_strip_has_the_chosen_steps(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        path = tmp_path / "owl.png"
        wishes = EmergenceWishes(EmergenceFormat.STRIP, Size(64, 48), step_count=3, captions=False)
        await written(session, notices, path, wishes)
        with Image.open(path, formats=["PNG"]) as image:
            assert image.width > 3 * 64
            assert image.height < 64


async def test_what_went_wrong_is_said(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        path = tmp_path / "owl.webp"
        path.write_bytes(b"mine")
        await written(session, notices, path, EmergenceWishes(EmergenceFormat.WEBP, Size(8, 8)))
        assert notices[0].is_error
        assert path.read_bytes() == b"mine"


async def test_a_picture_without_steps_has_nothing_to_export(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, __):
        path = tmp_path / "owl.webp"
        bare = Emergence.of_finished(picture_pixels(), None)
        wishes = EmergenceWishes(EmergenceFormat.WEBP, Size(8, 8))
        session.emergence_export.write(bare, path, wishes, overwrite=False)
        assert session.tasks.running == ()
        assert not path.exists()
