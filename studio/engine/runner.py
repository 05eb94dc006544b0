"""From a request to its events: load, prepare, denoise, decode, upscale; previews on the way."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image, ImageOps

from studio.domain.errors import OutOfMemory, RequestError
from studio.domain.events import FinishProgress, ImageReady, Pixels, StepPreview
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.engine import loading
from studio.engine.control import Control
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import Device, is_out_of_memory, pick_device
from studio.engine.families.family import Family
from studio.engine.preview import make_previewer, no_preview, to_pixels
from studio.engine.snapshots import Checkpoint, to_snapshot
from studio.engine.upscaling.finishing import finish
from studio.engine.upscaling.upscaler import Upscaler

logger = logging.getLogger(__name__)

FindModel = Callable[[str], ModelInfo]
FindPicture = Callable[[str], Pixels]
LoadFamily = Callable[[ModelInfo, Device], Family]
LoadUpscaler = Callable[[Device], Upscaler]
Progress = StepPreview | FinishProgress


class DiffusionRunner:
    """Runs jobs on one device and keeps the model of the last one.

    Args:
        find_model: from a request's model name to what the catalog knows; raises ModelNotFound.
        find_picture: from a digest to the pixels of a start picture, uint8 (H, W, 3).
        previews: draw one after each step. They change no pixel of the picture.
        device: where to compute; the best of this machine when left out.
        load_family: reads a model from the disk.
        load_upscaler: reads the upscaler, when the first request asks for it.
    """

    def __init__(
        self,
        find_model: FindModel,
        find_picture: FindPicture,
        *,
        previews: bool = True,
        device: Device | None = None,
        load_family: LoadFamily = loading.load,
        load_upscaler: LoadUpscaler = Upscaler.load,
    ) -> None:
        self._find_model = find_model
        self._find_picture = find_picture
        self._previews = previews
        self._device = device or pick_device()
        self._load_family = load_family
        self._load_upscaler = load_upscaler
        self._family: Family | None = None
        self._info: ModelInfo | None = None
        self._upscaler: Upscaler | None = None

    @property
    def device(self) -> str:
        """The device's name for people."""
        return self._device.name

    def memory_bytes(self) -> int:
        """What the studio takes on the device now."""
        return self._device.memory_bytes()

    def is_loaded(self, model: str) -> bool:
        return self._info is not None and self._info.name == model

    def load(self, model: str) -> None:
        """Load a model unless it is there; the one before it makes room first.

        Raises:
            ModelError: it isn't there, unsafe, damaged or of a kind the studio can't run.
            OutOfMemory: it is too large for the device.
        """
        try:
            self._loaded(model)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            full = True
        else:
            full = False
        if full:
            self.release()
            raise OutOfMemory(
                f"The model doesn't fit into the memory of {self._device.name}.",
                "Close other programs, or choose a smaller model.",
            )

    def release(self) -> None:
        """Let go of the model and all that hangs on it, and give the memory back."""
        self._family = self._info = self._upscaler = None
        self._device.release_memory()

    def run(self, request: Request, control: Control) -> Iterator[Progress | ImageReady]:
        """Make the pictures of `request`; ends without an ImageReady when `control` says stop.

        Out of memory: everything is released and the rest of the job is tried once more with the
        model at its most frugal. What was denoised isn't denoised again.

        Raises:
            StudioError: what a person can mend.
        """
        _check_size(request, self._find_model(request.model))
        attempt = _Attempt(request, control)
        for frugal in (False, True):
            try:
                yield from self._attempt(attempt, frugal)
                return
            except Exception as error:
                # Leaving the handler frees the frames, and with them what they hold on the device.
                if not is_out_of_memory(error):
                    raise
                logger.warning("out of memory on %s: %s", self._device.name, error)
            finally:
                if frugal and self._family is not None:
                    self._family.set_frugal(False)
            self.release()
        raise _out_of_memory(request, self._device)

    def _attempt(self, attempt: _Attempt, frugal: bool) -> Iterator[Progress | ImageReady]:
        family = self._loaded(attempt.request.model)
        if frugal:
            family.set_frugal(True)
        if attempt.latents is None:
            yield from self._denoise(attempt, family)
        if attempt.latents is not None:
            pictures = to_pixels(family.decode(attempt.latents)).cpu().numpy()
            finished = yield from self._finished(attempt, pictures)
            if finished is not None:
                yield _ready(attempt, finished)

    def _denoise(self, attempt: _Attempt, family: Family) -> Iterator[StepPreview]:
        """The steps; afterwards `attempt.latents` is there unless the job was cancelled."""
        request, control = attempt.request, attempt.control
        init_pixels = self._init_pixels(request)
        attempt.started = time.perf_counter()
        job = prepare(family, request, init_pixels)
        attempt.checkpoints = [job.checkpoint()]
        draw = family.preview if self._previews else no_preview
        previewer = make_previewer(draw, self._device.torch_device)
        loop_started = time.perf_counter()
        steps = denoise(job)
        while not control.cancelled:
            step = next(steps, None)
            if step is None:
                attempt.previews = previewer.all()
                attempt.latents = job.latents
                return
            attempt.checkpoints.append(step.checkpoint)
            if (newest := previewer.offer(step.number, step.denoised())) is not None:
                number, pixels = newest
                now = time.perf_counter()
                yield StepPreview(
                    generation=control.generation,
                    step=number,
                    total_steps=step.total,
                    pixels=pixels,
                    elapsed_s=now - attempt.started,
                    seconds_per_step=(now - loop_started) / number,
                )

    def _finished(
        self, attempt: _Attempt, pictures: Pixels
    ) -> Generator[FinishProgress, None, Pixels | None]:
        """(B, H, W, 3) as large as the request says; None when the job was cancelled meanwhile."""
        request = attempt.request
        if request.upscale == 1:
            return pictures
        self._upscaler = self._upscaler or self._load_upscaler(self._device)
        return (yield from finish(self._upscaler, pictures, request.upscale, attempt.control))

    def _loaded(self, model: str) -> Family:
        info = self._find_model(model)
        if self._family is None or info != self._info:
            self.release()
            self._family = self._load_family(info, self._device)
            self._info = info
        return self._family

    def _init_pixels(self, request: Request) -> torch.Tensor | None:
        """The start picture, (1, 3, H, W) in [0, 1]: scaled to cover the size, cut at its edges."""
        if request.init_image is None:
            return None
        picture = Image.fromarray(self._find_picture(request.init_image.digest))
        if picture.size != (request.width, request.height):
            size = (request.width, request.height)
            picture = ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
        array = np.asarray(picture, dtype=np.float32) / 255.0
        return torch.from_numpy(array.transpose(2, 0, 1)[None])


@dataclass
class _Attempt:
    """A job while it runs: what outlives running out of memory."""

    request: Request
    control: Control
    started: float = 0.0
    checkpoints: list[Checkpoint] = field(default_factory=list)
    previews: Pixels = field(default_factory=lambda: np.empty((0, 0, 0, 0, 3), np.uint8))
    latents: torch.Tensor | None = None


def _ready(attempt: _Attempt, images: Pixels) -> ImageReady:
    return ImageReady(
        generation=attempt.control.generation,
        images=images,
        previews=attempt.previews,
        elapsed_s=time.perf_counter() - attempt.started,
        snapshots=tuple(map(to_snapshot, attempt.checkpoints)),
    )


def _check_size(request: Request, info: ModelInfo) -> None:
    multiple = info.size_multiple_px
    fitting = request.size.snapped(multiple)
    if fitting != request.size:
        raise RequestError(
            f"“{info.title}” draws sides that are multiples of {multiple} pixels, "
            f"not {request.size}.",
            f"Try {fitting}.",
        )


def _out_of_memory(request: Request, device: Device) -> OutOfMemory:
    wishes = ["a smaller size"]
    if request.num_images_per_prompt > 1:
        wishes.insert(0, "fewer pictures at a time")
    return OutOfMemory(
        f"There isn't enough memory on {device.name} for {request.num_images_per_prompt} × "
        f"{request.size}, even in slices and with everything else released.",
        f"Choose {' or '.join(wishes)}, or close other programs.",
    )
