"""From the click to the finished file of the first picture, upscaling and writing included."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement

_UPSCALE: Final = 4


async def run(bench: Bench) -> list[Measurement]:
    workload = bench.like_the_first_minutes() or bench.like_an_artists()
    stage, bare = await bench.stage(), bench.bare("loop_and_decode", workload)
    bench.say(f"warming up ({workload})")
    # As the studio does it while the artist writes: the model is loaded, the upscaler isn't.
    await stage.make(workload.request)
    finished_ms, drawing_ms = [], []
    tell = bench.counter(str(workload))
    for done, request in enumerate(bench.requests(workload)):
        tell(done)
        drawing_ms.append((await bare.do(request))["seconds"] * 1000)
        streamed = await stage.make(replace(request, upscale=_UPSCALE))
        finished_ms.append(streamed.recorded_s * 1000)
    details = {
        "finished_size": str(workload.request.size.times(_UPSCALE)),
        "first_ms": finished_ms[0],
        "median_ms": median(finished_ms),
        "median_of_drawing_alone_ms": median(drawing_ms),
    }
    return [Measurement(str(workload), finished_ms, drawing_ms, details)]
