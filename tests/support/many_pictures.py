"""Fills a home with a history of many pictures, to look at the studio with.

    python -m tests.support.many_pictures COUNT HOME [--files]

Without `--files` there are rows alone. With it each picture is a small file that carries its own
record; those of one batch show the same.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np

from studio.benchmark.many_pictures import write_rows
from studio.domain.events import Pixels
from studio.folders import Folders
from studio.library.encoding import PictureFormat, encode, pixel_digest
from studio.library.labels.sidecar import record_content, sidecar_path
from studio.library.picture import Picture
from studio.library.query.condition import EVERYTHING
from studio.library.store import Store

_SIDE_PX = 96
_PAGE = 2000


def fill(home: Path, count: int, *, with_files: bool) -> None:
    """Make the history; raises FileExistsError if there is one."""
    folders = Folders.discover({"PENTIMENTO_HOME": str(home)})
    database = folders.data / "history.sqlite3"
    if database.exists():
        raise FileExistsError(database)
    folders.data.mkdir(parents=True, exist_ok=True)
    write_rows(database, count)
    if not with_files:
        return
    store = Store(folders.pictures, folders.data)
    with ProcessPoolExecutor() as processes:
        done = 0
        for written in processes.map(_write_files, _pages(store)):
            _note(store, written)
            done += len(written)
            print(f"\r{done:,} of {count:,}", end="", file=sys.stderr)
    store.close()


def _pages(store: Store) -> Iterator[list[Picture]]:
    before: Picture | None = None
    while page := store.page(before, _PAGE, EVERYTHING):
        before = page[-1]
        yield page


def _write_files(pictures: list[Picture]) -> list[tuple[str, int]]:
    """The new digest of each picture, with its id."""
    written = []
    for batch, members in groupby(pictures, lambda picture: picture.record.batch):
        pixels = colours(batch)
        digest = pixel_digest(pixels)
        for picture in members:
            picture.path.parent.mkdir(parents=True, exist_ok=True)
            record = replace(picture.record, pixel_digest=digest)
            said = record if record.request is not None else None
            picture.path.write_bytes(encode(pixels, PictureFormat.PNG, said))
            if said is None:
                sidecar_path(picture.path).write_bytes(record_content(record))
            written.append((digest, picture.id))
    return written


def colours(batch: str) -> Pixels:
    """A soft pattern, (96, 96, 3), that no other batch has."""
    rng = np.random.default_rng(zlib.crc32(batch.encode()))
    across, down = np.meshgrid(np.linspace(0, 1, _SIDE_PX), np.linspace(0, 1, _SIDE_PX))
    phases, waves = rng.uniform(0, 6, 3), rng.uniform(1, 7, (3, 2))
    planes = [
        np.sin(phase + wave[0] * across + wave[1] * down)
        for phase, wave in zip(phases, waves, strict=True)
    ]
    return (np.stack(planes, -1) * 110 + 128).astype(np.uint8)


def _note(store: Store, written: list[tuple[str, int]]) -> None:
    connections = store._index.connections
    with connections.writing() as connection:
        connection.executemany(
            "UPDATE pictures SET has_steps = 0, steps_bytes = 0, width = ?, height = ?,"
            " pixel_digest = ? WHERE id = ?",
            [(_SIDE_PX, _SIDE_PX, *one) for one in written],
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("home", type=Path)
    parser.add_argument("--files", action="store_true")
    arguments = parser.parse_args()
    fill(arguments.home, arguments.count, with_files=arguments.files)


if __name__ == "__main__":
    main()
