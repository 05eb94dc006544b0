"""A folder of pictures into the history / a plain walk by Pillow that makes the same thumbnails.

The walk is what one writes who only wants thumbnails: one file after the other is opened, turned
as its camera says, made RGB and small, and saved twice. The import does more: digests, settings,
copies, sidecars and rows, all of it on the disk when it ends. For each pair the same files come
into a new history; the control is the walk done twice. A ratio of a third means three times its
rate. For information: a walk that reduces the picture before anything else, as a careful one does.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageOps

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement, Rounds, time_rounds
from studio.domain.resources import RESOURCES
from studio.library import Store
from studio.library.files.disk import Disk
from studio.library.import_into import import_into
from studio.library.importing import THUMBNAIL_SIDES_PX
from studio.library.reading import FORMATS
from studio.library.thumbnails import Thumbnails

_FILES: Final = 48
# What is in an artist's folders: photos, and what other programs drew.
_KINDS: Final[dict[str, tuple[str, int, int, dict[str, Any]]]] = {
    "photos, JPEG, 12 megapixels": (".jpg", 4000, 3000, {"quality": 90}),
    "drawn by a model, PNG, 1024 px": (".png", 1024, 1024, {"compress_level": 4}),
    "drawn by a model, WebP, 1024 px": (".webp", 1024, 1024, {"quality": 90}),
}


async def run(bench: Bench) -> list[Measurement]:
    return [await _measure(bench, kind) for kind in _KINDS]


async def _measure(bench: Bench, kind: str) -> Measurement:
    folder = bench.home / "import-from" / _KINDS[kind][0][1:]
    if not folder.exists():
        bench.say(f"writing {_FILES} files ({kind})")
        _write_files(folder, kind)
    files = sorted(folder.iterdir())

    async def bring_in(pair: int) -> float:
        return await asyncio.to_thread(_import, files, bench.home / "import-into")

    async def walk(pair: int) -> float:
        return await asyncio.to_thread(_walk, files, bench.home / "import-thumbnails")

    bench.say("warming up")
    for warm_up in (bring_in, walk):
        await warm_up(0)
    rounds = await time_rounds(bring_in, walk, range(bench.wishes.pairs), bench.counter(kind))
    careful_s = min(_careful_walk(files, bench.home / "import-thumbnails") for _ in range(3))
    details = _details(rounds, careful_s)
    return Measurement(f"{_FILES} {kind}", rounds.ratios, rounds.control, details)


def _details(rounds: Rounds, careful_s: float) -> dict[str, float | int]:
    return {
        "times_the_walks_rate": rounds.median_b_s / rounds.median_a_s,
        "times_a_careful_walks_rate": careful_s / rounds.median_a_s,
        "files_per_s": _FILES / rounds.median_a_s,
        "cores": os.cpu_count() or 1,
    }


def _import(files: Sequence[Path], home: Path) -> float:
    store = Store(home / "pictures", home / "data")
    try:
        started = time.perf_counter()
        job = import_into(store, Thumbnails(home / "data" / "thumbnails", Disk()), files)
        for _ in job.run():
            pass
        seconds = time.perf_counter() - started
    finally:
        store.close()
        shutil.rmtree(home)
    if len(job.report.pictures) != len(files):
        raise RuntimeError(f"not all came in: {job.report.refused}")
    return seconds


def _walk(files: Sequence[Path], folder: Path) -> float:
    folder.mkdir(exist_ok=True)
    started = time.perf_counter()
    for path in files:
        with Image.open(path, formats=FORMATS) as opened:
            image = ImageOps.exif_transpose(opened).convert("RGB")
        _save_small(image, path, folder)
    return time.perf_counter() - started


def _careful_walk(files: Sequence[Path], folder: Path) -> float:
    started = time.perf_counter()
    for path in files:
        with Image.open(path, formats=FORMATS) as image:
            image.thumbnail((THUMBNAIL_SIDES_PX[-1],) * 2, Image.Resampling.LANCZOS)
            small = ImageOps.exif_transpose(image).convert("RGB")
        _save_small(small, path, folder)
    return time.perf_counter() - started


def _save_small(image: Image.Image, path: Path, folder: Path) -> None:
    for side_px in reversed(THUMBNAIL_SIDES_PX):
        image.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
        name = f"{path.stem}-{side_px}.jpg"
        image.save(folder / name, quality=92, subsampling="4:4:4")


def _write_files(folder: Path, kind: str) -> None:
    """Pictures that are as hard to compress as real ones: the shipped paintings, with grain."""
    suffix, width, height, options = _KINDS[kind]
    folder.mkdir(parents=True)
    paintings = sorted((RESOURCES / "styles" / "pictures").glob("*.jpg"))
    rng = np.random.default_rng(0)
    for number in range(_FILES):
        with Image.open(paintings[number % len(paintings)], formats=FORMATS) as opened:
            large = opened.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
        grain = rng.normal(0, 4, (height, width, 1)).astype(np.float32)
        pixels = np.clip(np.asarray(large) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03}{suffix}", **options)
