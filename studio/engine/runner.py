"""Runs jobs on one device: lends each task its model, and mends running out of memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from studio.catalog.upscalers import shipped_upscaler
from studio.domain.errors import OutOfMemory, RequestError
from studio.domain.events import ImageReady
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.domain.task import Task
from studio.domain.upscalers import UpscalerInfo
from studio.engine import loading
from studio.engine.addons import no_addon
from studio.engine.control import Control
from studio.engine.controls.networks import ControlNetworks, FindAddon
from studio.engine.devices import Device, is_out_of_memory, pick_device
from studio.engine.families.family import Family
from studio.engine.tasks.generate import Generation
from studio.engine.tasks.inpaint import Inpainting
from studio.engine.tasks.stylize import Stylization
from studio.engine.tasks.tools import FindPicture, FindSnapshot, Progress, TaskRun, Tools
from studio.engine.tasks.upscale import Upscale
from studio.engine.upscaling.loading import load_upscaler
from studio.engine.upscaling.upscaler import FRUGAL_TILE_PX, TILE_PX, Upscaler
from studio.style.features import FeatureExtractor
from studio.style.features.loading import load_extractor
from studio.style.instant import Instant

logger = logging.getLogger(__name__)

FindModel = Callable[[str], ModelInfo]
LoadFamily = Callable[[ModelInfo, Device], Family]
FindUpscaler = Callable[[str], UpscalerInfo]
LoadUpscaler = Callable[[UpscalerInfo, Device], Upscaler]

_TASKS: Final[Mapping[Task, Callable[[Request, Control], TaskRun]]] = {
    Task.GENERATE: Generation,
    Task.INPAINT: Inpainting,
    Task.STYLIZE: Stylization,
    Task.UPSCALE: Upscale,
}


class DiffusionRunner:
    """Runs jobs on one device and keeps the model of the last one.

    Args:
        find_model: from a request's model name to what the catalog knows; raises ModelNotFound.
        find_picture: from a digest to the pixels of a start picture, uint8 (H, W, 3).
        find_upscaler: the same for a request's upscaler; those that come with the studio when left
            out.
        model_folders: where the artist's models lie, a VGG-19 for style transfer among them.
        previews: draw one after each step. They change no pixel of the picture.
        find_snapshot: from a request's digest and a step to what was kept of it, if anything was.
        find_addon: from the kind and name of a LoRA, control and the like to what the catalog
            knows; raises ModelNotFound.
        device: where to compute; the best of this machine when left out.
        load_family: reads a model from the disk.
        load_upscaler: reads an upscaler from the disk.
    """

    def __init__(
        self,
        find_model: FindModel,
        find_picture: FindPicture,
        find_upscaler: FindUpscaler = shipped_upscaler,
        *,
        model_folders: Sequence[Path] = (),
        previews: bool = True,
        find_snapshot: FindSnapshot = lambda digest, step: None,
        find_addon: FindAddon = no_addon,
        device: Device | None = None,
        load_family: LoadFamily = loading.load,
        load_upscaler: LoadUpscaler = load_upscaler,
    ) -> None:
        self._find_model = find_model
        self._find_picture = find_picture
        self._find_upscaler = find_upscaler
        self._model_folders = model_folders
        self._previews = previews
        self._find_snapshot = find_snapshot
        self._find_addon = find_addon
        self._device = device or pick_device()
        self._load_family = load_family
        self._load_upscaler = load_upscaler
        self._control_networks = ControlNetworks(find_addon, self._device)
        self._family: Family | None = None
        self._info: ModelInfo | None = None
        self._upscaler: Upscaler | None = None
        self._upscaler_info: UpscalerInfo | None = None
        self._instant_style: Instant | None = None
        self._features: FeatureExtractor | None = None

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
        self._family = self._info = self._upscaler = self._upscaler_info = None
        self._instant_style = self._features = None
        self._control_networks.release()
        self._device.release_memory()

    def run(self, request: Request, control: Control) -> Iterator[Progress | ImageReady]:
        """Do the job that `request` is; ends without an ImageReady when `control` says stop.

        Out of memory: everything is released and the rest of the job is tried once more with the
        model at its most frugal. What was denoised isn't denoised again.

        Raises:
            StudioError: what a person can mend.
        """
        task = _TASKS[request.task](request, control)
        for frugal in (False, True):
            try:
                yield from task.run(self._tools(request, frugal))
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

    def _tools(self, request: Request, frugal: bool) -> Tools:
        made_frugal: Family | None = None

        def family(wanted: Request) -> Family:
            nonlocal made_frugal
            _check_size(wanted, self._find_model(wanted.model))
            loaded = self._loaded(wanted.model)
            if frugal and loaded is not made_frugal:
                loaded.set_frugal(True)
                made_frugal = loaded
            return loaded

        def scheduler_config(model: str) -> Mapping[str, Any]:
            if self._family is not None and self.is_loaded(model):
                return self._family.scheduler_config
            return loading.scheduler_config(self._find_model(model))

        def upscaler(name: str) -> Upscaler:
            info = self._find_upscaler(name)
            if self._upscaler is None or info != self._upscaler_info:
                self._upscaler = self._load_upscaler(info, self._device)
                self._upscaler_info = info
            self._upscaler.tile_px = FRUGAL_TILE_PX if frugal else TILE_PX
            return self._upscaler

        def instant_style() -> Instant:
            if self._instant_style is None:
                self._instant_style = Instant(self._device.torch_device)
            return self._instant_style

        def features() -> FeatureExtractor:
            if self._features is None:
                device = self._device.torch_device
                self._features = load_extractor(self._model_folders, device)
            return self._features

        return Tools(
            device=self._device,
            find_picture=self._find_picture,
            family=family,
            scheduler_config=scheduler_config,
            upscaler=upscaler,
            instant_style=instant_style,
            features=features,
            previews=self._previews,
            find_snapshot=self._find_snapshot,
            find_addon=self._find_addon,
            control_networks=self._control_networks,
        )

    def _loaded(self, model: str) -> Family:
        info = self._find_model(model)
        if self._family is None or info != self._info:
            self.release()
            self._family = self._load_family(info, self._device)
            self._info = info
        return self._family


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
    if request.task is Task.UPSCALE:
        return OutOfMemory(
            f"There isn't enough memory on {device.name} to upscale {request.size}, even in small "
            "tiles and with everything else released.",
            "Close other programs, or upscale it less.",
        )
    wishes = ["a smaller size"]
    if request.num_images_per_prompt > 1:
        wishes.insert(0, "fewer pictures at a time")
    return OutOfMemory(
        f"There isn't enough memory on {device.name} for {request.num_images_per_prompt} × "
        f"{request.size}, even in slices and with everything else released.",
        f"Choose {' or '.join(wishes)}, or close other programs.",
    )
