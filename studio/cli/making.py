"""What the commands share that make pictures with a model: arguments, the request, the making."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from studio.catalog import Catalog
from studio.cli.changing import add_change_arguments, changes
from studio.cli.destination import Destination, add_output_arguments
from studio.cli.progress import ProgressBar
from studio.domain.errors import EngineError, PictureError, UsageError
from studio.domain.events import (
    FinishProgress,
    ImageReady,
    JobCancelled,
    JobFailed,
    Pixels,
    StepPreview,
    StepSnapshot,
)
from studio.domain.geometry import Size
from studio.domain.limits import MAX_IMAGES_PER_PROMPT
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine import Job

FindSnapshot = Callable[[str, int], StepSnapshot | None]

_SEEDS: Final = 2**32


def add_making_arguments(parser: argparse.ArgumentParser) -> None:
    """How a model paints, how many pictures, and where they go."""
    parser.add_argument("--negative", metavar="T", help="what not to see in it")
    parser.add_argument("--model", metavar="NAME", help="one of those that “doctor” lists")
    parser.add_argument("--steps", metavar="N", type=int, help="denoising steps")
    parser.add_argument(
        "--guidance-scale", metavar="G", type=float, help="how closely to follow the prompt"
    )
    parser.add_argument(
        "--scheduler", metavar="NAME", help=f"one of: {', '.join(Scheduler).replace('%', '%%')}"
    )
    parser.add_argument("--seed", metavar="S", type=int, help="same seed, same picture")
    parser.add_argument(
        "--count", metavar="N", type=int, default=1, help="so many pictures, from rising seeds"
    )
    add_change_arguments(parser)
    add_output_arguments(parser)


def find_model(arguments: argparse.Namespace, catalog: Catalog) -> ModelInfo:
    """The model that `--model` names, or the default one.

    Raises:
        ModelNotFound: there is none.
    """
    return catalog.find(arguments.model) if arguments.model else catalog.default()


def describe(arguments: argparse.Namespace, model: ModelInfo, size: Size) -> Request:
    """The request that the shared arguments mean for this model: what they leave out is its
    default.

    Raises:
        RequestError: a value is out of range.
    """
    given = {
        "num_inference_steps": arguments.steps,
        "guidance_scale": arguments.guidance_scale,
        "scheduler": arguments.scheduler,
    }
    defaults = Request(
        prompt=arguments.prompt,
        negative_prompt=arguments.negative or "",
        seed=secrets.randbelow(_SEEDS) if arguments.seed is None else arguments.seed,
        model=model.name,
        width=size.width,
        height=size.height,
        num_inference_steps=model.default_steps,
        guidance_scale=model.default_guidance_scale,
        scheduler=model.default_scheduler,
        upscale=model.default_upscale,
    )
    return replace(defaults, **known(given), **changes(arguments))


def known(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that the command line gave."""
    return {name: value for name, value in values.items() if value is not None}


def make(
    arguments: argparse.Namespace,
    request: Request,
    catalog: Catalog,
    pictures: Sequence[Pixels],
    find_snapshot: FindSnapshot = lambda digest, step: None,
) -> int:
    """Make `--count` pictures of `request` from rising seeds, write them, print where they are.

    `pictures` are those that the request names; what isn't among them is looked for where the
    studio keeps such pictures. `find_snapshot` is for `create_engine`.

    Raises:
        StudioError: what a person can mend; pictures finished before it stay.
    """
    from studio.library.encoding import picture_ref

    if not 1 <= arguments.count <= MAX_IMAGES_PER_PROMPT:
        raise UsageError(f"--count goes from 1 to {MAX_IMAGES_PER_PROMPT}.")
    seeds = range(request.seed, request.seed + arguments.count)
    destination = Destination.parse(arguments.out, seeds, overwrite=arguments.overwrite)
    requests = [replace(request, seed=seed) for seed in seeds]
    named = {picture_ref(pixels).digest: pixels for pixels in pictures}
    with ProgressBar(sys.stderr) as bar:
        reports = asyncio.run(
            _make_all(requests, catalog, _finder(named), find_snapshot, destination, bar)
        )
    if arguments.json:
        print(json.dumps(reports[0] if len(reports) == 1 else {"images": reports}))
    else:
        print("\n".join(report["file"] for report in reports))
    return 0


def _finder(named: Mapping[str, Pixels]) -> Callable[[str], Pixels]:
    """From a digest to a picture that a request names."""
    from studio.folders import Folders
    from studio.library.files.disk import Disk
    from studio.library.inputs import Inputs

    inputs = Inputs(Folders.discover().data / "inputs", Disk())

    def find(digest: str) -> Pixels:
        pixels = named.get(digest)
        if pixels is None:
            pixels = inputs.pixels(digest)
        if pixels is None:
            raise PictureError(
                "A picture that this one began with is not on this disk.",
                "Give the start picture with --init, or drop what is missing into the window.",
            )
        return pixels

    return find


async def _make_all(
    requests: Sequence[Request],
    catalog: Catalog,
    find_picture: Callable[[str], Pixels],
    find_snapshot: FindSnapshot,
    destination: Destination,
    bar: ProgressBar,
) -> list[dict[str, Any]]:
    from studio.engine import create_engine

    engine = create_engine(
        catalog.find,
        find_picture,
        catalog.find_upscaler,
        model_folders=catalog.folders,
        previews=False,
        find_snapshot=find_snapshot,
        find_addon=catalog.find_addon,
        list_addons=catalog.addons,
        short_hash=catalog.short_hash,
    )
    model = requests[0].model
    bar.say(f"loading {catalog.find(model).title} …" if model else "loading …")
    try:
        # All are submitted at once: one is written while the next is already being made.
        jobs = [engine.submit(request) for request in requests]
        return [
            await _make(job, position, len(jobs), destination, bar)
            for position, job in enumerate(jobs)
        ]
    finally:
        engine.close()


async def _make(
    job: Job, position: int, count: int, destination: Destination, bar: ProgressBar
) -> dict[str, Any]:
    label = f"{position + 1} of {count}:" if count > 1 else ""
    seconds_per_step = 0.0
    async for event in job.events():
        match event:
            case StepPreview():
                seconds_per_step = event.seconds_per_step
                bar.step(event.step, event.total_steps, seconds_per_step, label)
            case FinishProgress():
                bar.tile(event.tile, event.total_tiles, event.seconds_per_tile, label)
            case ImageReady():
                request = event.request or job.request
                return _write(request, event, seconds_per_step, position, destination)
            case JobFailed():
                raise event.error
            case JobCancelled():
                break
    raise EngineError("The picture was cancelled before it was finished.")


def _write(
    request: Request,
    ready: ImageReady,
    seconds_per_step: float,
    position: int,
    destination: Destination,
) -> dict[str, Any]:
    from studio.library.encoding import encode, pixel_digest
    from studio.library.picture import PictureRecord

    pixels = ready.images[0]
    digest = pixel_digest(pixels)
    record = PictureRecord(
        request, 0, datetime.now(UTC), ready.elapsed_s, digest, making=ready.making
    )
    path = destination.write(position, encode(pixels, destination.image_format, record))
    report = {
        "file": str(path),
        "seed": request.seed,
        "request_digest": request.digest,
        "pixel_digest": digest,
        "seconds": round(ready.elapsed_s, 4),
    }
    if per_step := seconds_per_step or ready.elapsed_s / max(request.num_inference_steps, 1):
        report["steps_per_second"] = round(1 / per_step, 3)
    return report
