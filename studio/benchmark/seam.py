"""How visible the border of a place painted anew is, on what the embedded model draws."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from typing import Final

import numpy as np

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement
from studio.document.inpainting import InpaintWishes, inpainting
from studio.document.masks import Mask, to_picture
from studio.document.repaint_masks import cover_of
from studio.document.seams import seam
from studio.domain.events import ImageReady, Pixels
from studio.domain.inpaint import Inpaint, Intent
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.runner import DiffusionRunner
from studio.library.encoding import picture_ref

_DISCS: Final = 16


async def run(bench: Bench) -> list[Measurement]:
    """For each pair a picture, of which a round place is filled without a prompt.

    What the same border measured before is divided out: it may run along an outline. The control
    is the measure itself, on discs that nobody painted. The same place painted with a hard edge
    stands beside it, for comparison.
    """
    workload = bench.like_the_first_minutes() or bench.like_an_artists()
    pictures: dict[str, Pixels] = {}
    runner = DiffusionRunner(lambda name: workload.model, pictures.__getitem__, previews=False)
    values, control, hard_edged = [], [], []
    count = bench.counter(str(workload))
    for number, request in enumerate(bench.requests(workload)):
        count(number)
        picture = _made(runner, replace(request, upscale=4))
        mask = _round(picture.shape[1], picture.shape[0], number)
        soft = _filled(workload.model, request, pictures, picture, mask, InpaintWishes(Intent.FILL))
        hard = replace(soft, inpaint=replace(_inpaint(soft), grow_px=0, feather_px=0))
        cover, across_px = _cover(mask, soft), _inpaint(soft).feather_px + 1
        discs = [_round(picture.shape[1], picture.shape[0], other) for other in range(_DISCS)]
        unpainted = [seam(picture, _cover(disc, soft), across_px) for disc in discs]
        values.append(seam(_made(runner, soft), cover, across_px) / seam(picture, cover, across_px))
        control.append(statistics.geometric_mean(unpainted))
        sharp = _cover(mask, hard)
        hard_edged.append(seam(_made(runner, hard), sharp) / seam(picture, sharp))
    details = {"with a hard edge": statistics.median(hard_edged)}
    return [Measurement(str(workload), values, control, details)]


def _filled(
    model: ModelInfo,
    request: Request,
    pictures: dict[str, Pixels],
    picture: Pixels,
    mask: Mask,
    wishes: InpaintWishes,
) -> Request:
    refs = []
    for pixels in (picture, to_picture(mask)):
        ref = picture_ref(pixels)
        pictures[ref.digest] = pixels
        refs.append(ref)
    return inpainting(replace(request, prompt=""), model, refs[0], mask, refs[1], wishes)


def _made(runner: DiffusionRunner, request: Request) -> Pixels:
    *_, last = runner.run(request, Control())
    if not isinstance(last, ImageReady):
        raise AssertionError(f"a job that nobody cancelled ended with {last}")
    picture: Pixels = last.images[0]
    return picture


def _inpaint(request: Request) -> Inpaint:
    if request.inpaint is None:
        raise AssertionError("the request is one to inpaint")
    return request.inpaint


def _cover(mask: Mask, request: Request) -> Mask:
    return cover_of(mask, _inpaint(request).grow_px, _inpaint(request).feather_px)


def _round(width: int, height: int, number: int) -> Mask:
    """A disc of two fifths of the sides' length, somewhere else for each number."""
    angle = number * 2.4  # the golden angle: evenly spread, however many there are
    x, y = width * (0.5 + 0.15 * math.cos(angle)), height * (0.5 + 0.15 * math.sin(angle))
    rows, columns = np.mgrid[:height, :width]
    inside = np.hypot((columns - x) / width, (rows - y) / height) < 1 / 5
    return np.where(inside, 255, 0).astype(np.uint8)
