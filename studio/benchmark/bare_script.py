"""The process behind `BareProcess`: requests as lines of JSON come in, one line each goes out.

    python -m studio.benchmark.bare_script KIND MODEL REQUEST MODELS_FOLDER...

REQUEST is the first of its kind; all have its scheduler, steps and size.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from studio.benchmark.workload import Workload
from studio.catalog import Catalog
from studio.domain.events import ImageReady, JobFailed, Pixels
from studio.domain.request import Request
from studio.engine import Engine
from studio.folders import Folders
from studio.library import pixel_digest

Work = Callable[[Request], dict[str, Any]]


def pipeline(workload: Workload) -> Work:
    """diffusers' own pipeline: also tells its first step and the digest of the pixels."""
    from studio.benchmark.bare import Bare

    bare = Bare(workload)

    def draw(request: Request) -> dict[str, Any]:
        drawn = bare.draw(request)
        return {
            "seconds": drawn.seconds,
            "first_step_s": drawn.first_step_s,
            "pixel_digest": pixel_digest(drawn.pixels),
        }

    return draw


def loop_and_decode(workload: Workload) -> Work:
    """The denoising loop and the decoding alone."""
    from studio.benchmark.bare import Bare

    bare = Bare(workload)
    return lambda request: {"seconds": bare.loop_and_decode_s(request)}


def window_without_previews(workload: Workload) -> Work:
    """The studio's open window, which shows how far a picture is, but no previews of it."""
    from studio.benchmark.qt_loop import open_loop
    from studio.benchmark.stage import Stage

    loop = open_loop()
    folders = replace(Folders.discover(), models=(workload.model.path.parent,))

    async def opened() -> Stage:
        stage = await Stage.open(folders, previews=False)
        # Its first paint must find the loop running.
        await stage.warmed_up()
        return stage

    stage = loop.run_until_complete(opened())

    def make(request: Request) -> dict[str, Any]:
        return {"seconds": loop.run_until_complete(stage.make(request)).idle_s}

    return make


def full_decodes(workload: Workload) -> Work:
    """The studio's engine with nobody looking: it decodes in full after each step."""
    from studio.benchmark.decoding import create_decoding_engine

    return _engine(create_decoding_engine(workload.model, _no_picture))


KINDS: Final[dict[str, Callable[[Workload], Work]]] = {
    kind.__name__: kind
    for kind in (pipeline, loop_and_decode, window_without_previews, full_decodes)
}


def main(kind: str, model: str, request: str, *folders: str) -> None:
    """Answer until stdin ends."""
    # Ctrl+C in a terminal reaches both processes; the other one ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    info = Catalog(tuple(map(Path, folders))).find(model)
    work = KINDS[kind](Workload(info, Request.from_json(request)))
    for line in sys.stdin:
        print(json.dumps(work(Request.from_json(line))), flush=True)


def _engine(engine: Engine) -> Work:
    async def make(request: Request) -> float:
        started = time.perf_counter()
        async for event in engine.submit(request).events():
            match event:
                case ImageReady():
                    return time.perf_counter() - started
                case JobFailed():
                    raise event.error
        raise RuntimeError("the job was cancelled")

    return lambda request: {"seconds": asyncio.run(make(request))}


def _no_picture(digest: str) -> Pixels:
    raise LookupError(digest)


if __name__ == "__main__":
    main(*sys.argv[1:])
