"""Parts of a picture painted anew: each working area cut out, drawn, fitted back and blended."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

import numpy as np
import torch
from PIL import Image

from studio.document.fills import continued, extended, filled, mixed
from studio.document.masks import Mask, from_picture
from studio.document.painted_layer import Painting
from studio.document.repaint_masks import Piece, pieces
from studio.document.seams import healed, matched
from studio.domain.errors import RequestError
from studio.domain.events import FinishProgress, ImageReady, PaintedLayer, Pixels
from studio.domain.geometry import Size
from studio.domain.inpaint import Fill, Inpaint
from studio.domain.limits import MAX_IMAGES_PER_PROMPT, MAX_SEED
from studio.domain.request import Request
from studio.engine.branching import Branching
from studio.engine.control import Control
from studio.engine.preview import to_pixels
from studio.engine.refining import last_taker
from studio.engine.schedule import origin
from studio.engine.snapshots import to_snapshot
from studio.engine.tasks.sampling import Part, Sampled, sample
from studio.engine.tasks.tools import Progress, Tools
from studio.engine.upscaling.finishing import finish

_RESIZE: Final = Image.Resampling.LANCZOS
# Below that nobody sees the network's work, above these sizes everybody waits for it.
_ENLARGED_FROM: Final = 1.5
_PASSES: Final = (2048 * 2048, 256 * 256)


class Inpainting:
    """A `TaskRun`. Working areas that are painted aren't painted again."""

    def __init__(self, request: Request, control: Control) -> None:
        self._request = request
        self._control = control
        self._started = 0.0
        self._paintings: list[Painting] = []
        self._areas: list[Sampled] = []
        self._fitted = 0

    def run(self, tools: Tools) -> Iterator[Progress | ImageReady]:
        """Each working area in turn, on what the ones before it left."""
        request, inpaint, start = self._request, self._request.inpaint, self._request.init_image
        if inpaint is None or start is None:
            raise RequestError("There is nothing to paint anew.")
        mask = None
        if inpaint.mask is not None:
            mask = from_picture(tools.picture(inpaint.mask))
        if not self._paintings:
            below = extended(tools.picture(start), inpaint.extend)
            images = range(request.num_images_per_prompt)
            self._paintings = [Painting(below, inpaint.boxes) for _ in images]
            self._started = time.perf_counter()
        for piece in islice(pieces(mask, start.size, inpaint), self._fitted, None):
            if not (yield from self._paint(tools, piece, inpaint)):
                return
        yield self._ready()

    def _paint(
        self, tools: Tools, piece: Piece, inpaint: Inpaint
    ) -> Generator[Progress, None, bool]:
        """One working area; False when `control` said stop."""
        request, number = self._request, self._fitted
        seen = [painting.seen(piece.box) for painting in self._paintings]
        change = _resized(piece.change, request.size, Image.Resampling.BOX)
        if len(self._areas) == number:
            steps, areas = request.steps_taken, len(inpaint.boxes)
            after = (areas - number - 1) * steps
            part = Part(self._started, number * steps, after, open_ended=areas == 1)
            seeded = replace(request, seed=_seed(request, number))
            starts = _starts(seen, change, inpaint, origin(seeded))
            allowed = torch.from_numpy(change[None, None] / np.float32(255))
            branching = Branching(tools, starts, allowed, area=piece.box)
            sampled = yield from sample(branching, seeded, self._control, part)
            if sampled is None:
                return False
            self._areas.append(sampled)
        finisher = last_taker(request, tools.scheduler_config)
        family, latents = tools.family(finisher), self._areas[number].latents
        drawn = to_pixels(family.decode(latents)).cpu().numpy()
        patches = yield from self._enlarged(tools, drawn, piece.box.size)
        if patches is None:
            return False
        held = _held(change, *latents.shape[-2:])
        for painting, patch, before in zip(self._paintings, patches, seen, strict=True):
            fitted = matched(_resized(patch, piece.box.size, _RESIZE), before, held)
            if inpaint.extend:
                fitted = healed(fitted, before, piece.cover == 0)
            painting.add(piece.box, fitted, piece.cover)
        self._fitted += 1
        return True

    def _enlarged(
        self, tools: Tools, drawn: Pixels, size: Size
    ) -> Generator[FinishProgress, None, Pixels | None]:
        """(B, h, w, 3) by the upscaling network, as far as it takes to come near `size`; what was
        very small goes through it twice."""
        for most_pixels in _PASSES:
            height, width = drawn.shape[1:3]
            scale = max(size.width / width, size.height / height)
            if scale <= _ENLARGED_FROM or width * height > most_pixels:
                break
            factor = 2 if scale <= 2 else 4
            enlarged = yield from finish(
                tools.upscaler(self._request.upscaler), drawn, factor, self._control
            )
            if enlarged is None:
                return None
            drawn = enlarged
        return drawn

    def _ready(self) -> ImageReady:
        layers = np.stack([painting.layer for painting in self._paintings])
        # Steps of one working area say nothing without the areas painted before it.
        first, *others = self._areas
        checkpoints = () if others else first.checkpoints
        return ImageReady(
            generation=self._control.generation,
            images=np.stack([painting.flattened() for painting in self._paintings]),
            previews=tuple(frame for area in self._areas for frame in area.previews),
            elapsed_s=time.perf_counter() - self._started,
            snapshots=tuple(map(to_snapshot, checkpoints)),
            painted=PaintedLayer(self._paintings[0].box, layers),
            request=first.request,
            first_step=first.first_step,
        )


def _starts(seen: list[Pixels], change: Mask, inpaint: Inpaint, request: Request) -> torch.Tensor:
    """What to start from, (1 or B, 3, H, W) in [0, 1]: one for all where it is the same."""
    starts = [
        _start(_resized(pixels, request.size, _RESIZE), change, inpaint, request.seed + i)
        for i, pixels in enumerate(seen)
    ]
    if all(np.array_equal(start, starts[0]) for start in starts[1:]):
        starts = starts[:1]
    return torch.from_numpy(np.stack(starts).transpose(0, 3, 1, 2) / np.float32(255))


def _start(pixels: Pixels, change: Mask, inpaint: Inpaint, seed: int) -> Pixels:
    if inpaint.extend and inpaint.fill in (Fill.ORIGINAL, Fill.BORDER):
        # What lies beyond the edge is not in the middle of anything: lines run straight on.
        return mixed(pixels, continued(pixels, change > 0), change)
    return filled(pixels, change, inpaint.fill, seed)


def _resized(pixels: Pixels, size: Size, method: Image.Resampling) -> Pixels:
    if pixels.shape[:2] == (size.height, size.width):
        return pixels
    picture = Image.fromarray(pixels).resize((size.width, size.height), method)
    return np.asarray(picture, np.uint8)


def _held(change: Mask, height: int, width: int) -> Mask:
    """White for each latent (height, width) of which nothing was to change."""
    rows, columns = change.shape[0] // height, change.shape[1] // width
    blocks = change.reshape(height, rows, width, columns).max(axis=(1, 3))
    return np.where(blocks == 0, 255, 0).astype(np.uint8)


def _seed(request: Request, part: int) -> int:
    """Another one for each working area, so that none repeats the noise of its neighbour."""
    return (request.seed + part * MAX_IMAGES_PER_PROMPT) % (MAX_SEED - MAX_IMAGES_PER_PROMPT + 1)
