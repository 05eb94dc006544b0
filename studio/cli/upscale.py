"""`pentimento upscale`: any picture file twice or four times as large."""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeGuard

from studio.catalog import Catalog
from studio.cli.destination import Destination, add_output_arguments
from studio.cli.progress import ProgressBar
from studio.domain.errors import OutOfMemory, PictureError, RequestError
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.domain.request import PictureRef, Request
from studio.domain.task import Task
from studio.domain.upscalers import UPSCALES, UpscalerInfo, UpscalerName
from studio.folders import Folders
from studio.library.encoding import PictureFormat, check_side, encode, pixel_digest
from studio.library.labels.metadata import read_record
from studio.library.picture import PictureRecord
from studio.library.reading import read_picture
from studio.library.upscaling import upscale_request

_MAX_PIXELS: Final = 400_000_000


def add_command(commands: Any) -> None:
    parser = commands.add_parser("upscale", help="make a picture file larger and crisper")
    parser.add_argument(
        "--image", metavar="IMAGE", type=Path, required=True, help="the picture, of any size"
    )
    parser.add_argument(
        "--scale", type=int, choices=UPSCALES[1:], default=4, help="how many times larger"
    )
    parser.add_argument(
        "--model",
        metavar="NAME",
        default=str(UpscalerName.FAST),
        help=f"{UpscalerName.FINE} is ten times slower and draws finer lines; “doctor” lists more",
    )
    add_output_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Upscale the picture, write it and print where it is.

    Raises:
        StudioError: what a person can mend; nothing was written.
    """
    scale = arguments.scale
    info = Catalog.of(Folders.discover()).find_upscaler(arguments.model)
    pixels = read_picture(arguments.image, keep_alpha=True)
    destination = _destination(arguments)
    _check_result(pixels, scale, destination.image_format)
    started = time.perf_counter()
    with ProgressBar(sys.stderr) as bar:
        large = _upscale(pixels, scale, info, bar)
    seconds = time.perf_counter() - started
    record = _record(arguments.image, pixels, large, scale, info.name, seconds)
    path = destination.write(0, encode(large, destination.image_format, record))
    height, width = large.shape[:2]
    if arguments.json:
        report = {"file": str(path), "width": width, "height": height, "model": info.name}
        print(json.dumps({**report, "seconds": round(seconds, 4)}))
    else:
        print(path)
    return 0


def _destination(arguments: argparse.Namespace) -> Destination:
    out = arguments.out
    if Path(out).is_dir() or out.endswith(("/", "\\")):
        out = str(Path(out) / f"{arguments.image.stem}-{arguments.scale}x.png")
    return Destination.parse(out, range(1), overwrite=arguments.overwrite)


def _check_result(pixels: Pixels, scale: int, image_format: PictureFormat) -> None:
    """Say what can't end well before the work is done."""
    height, width, channels = pixels.shape
    size = Size(width, height).times(scale)
    if size.pixels > _MAX_PIXELS:
        raise PictureError(
            f"The result would be {size}, more than {_MAX_PIXELS // 1_000_000} million pixels.",
            "Use --scale 2, or a smaller picture.",
        )
    check_side(size.width, size.height, image_format)
    if channels == 4 and image_format is PictureFormat.JPEG:
        raise PictureError(
            "The picture is transparent in places, which a JPEG can't be.", "Use .png or .webp."
        )


def _upscale(pixels: Pixels, scale: int, info: UpscalerInfo, bar: ProgressBar) -> Pixels:
    bar.say(f"loading {info.name} …")
    from studio.engine.devices import is_out_of_memory, pick_device
    from studio.engine.upscaling.loading import load_upscaler

    upscaler = load_upscaler(info, pick_device())
    try:
        upscaling = upscaler.begin(pixels, scale)
        bar.tile(0, len(upscaling), 0.0)
        started = time.perf_counter()
        for done in upscaling:
            bar.tile(done, len(upscaling), (time.perf_counter() - started) / done)
        return upscaling.result
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    raise OutOfMemory(
        "There isn't enough memory for so large a picture.",
        "Use --scale 2, a smaller picture, or close other programs.",
    )


def _record(
    image: Path, pixels: Pixels, large: Pixels, scale: int, upscaler: str, elapsed_s: float
) -> PictureRecord | None:
    """What the larger picture's file says; None where it is larger than requests may ask for.

    Of a picture that the studio drew and nobody touched, it is the request that draws the larger
    one at once: that makes the very same picture. Of any other, it names the picture by its pixels.
    """
    record = read_record(image)
    digest = pixel_digest(pixels)
    with suppress(RequestError):
        if record is not None and record.pixel_digest == digest and _is_drawn(record.request):
            request = replace(record.request, upscale=scale, upscaler=upscaler)
            return replace(record, request=request, pixel_digest=pixel_digest(large))
        height, width = pixels.shape[:2]
        picture = PictureRef(digest, width, height)
        request = upscale_request(picture, scale, upscaler, record)
        return PictureRecord(request, 0, datetime.now(UTC), elapsed_s, pixel_digest(large))
    return None


def _is_drawn(request: Request | None) -> TypeGuard[Request]:
    """Whether it makes a picture as large as the model draws it."""
    return request is not None and request.task is Task.GENERATE and request.upscale == 1
