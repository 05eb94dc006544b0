"""Runs jobs on one device: lends each task its model, and mends running out of memory."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from studio.catalog.upscalers import shipped_upscaler
from studio.domain.addons import AddonInfo
from studio.domain.errors import OutOfMemory, RequestError
from studio.domain.events import ImageReady, Pixels
from studio.domain.making import FileHash, Making
from studio.domain.model import ModelInfo
from studio.domain.placement import EngineWishes, Quantization
from studio.domain.request import Request
from studio.domain.task import Task
from studio.domain.upscalers import UpscalerInfo
from studio.engine import loading
from studio.engine.adapters import Adapting
from studio.engine.addons import no_addon
from studio.engine.annotators.annotators import Annotators
from studio.engine.control import Control
from studio.engine.controls.networks import ControlNetworks, FindAddon
from studio.engine.devices import Device, is_out_of_memory, pick_device
from studio.engine.families.family import Family
from studio.engine.fast import CUDA_GRAPHS
from studio.engine.fast.caching import begin_job
from studio.engine.fast.graphs import graphed_on_cuda
from studio.engine.ledger import hashes_used, models_used
from studio.engine.placement import DeviceFacts
from studio.engine.placement.facts import device_facts, model_facts
from studio.engine.questions import Answer, Question, SeenByControl
from studio.engine.references.adapters import ListAddons, ReferenceAdapters
from studio.engine.replay import hasten_by
from studio.engine.segmenting import Segmenting
from studio.engine.segmenting.segmenters import Segmenters
from studio.engine.tasks.generate import Generation
from studio.engine.tasks.inpaint import Inpainting
from studio.engine.tasks.stylize import Stylization
from studio.engine.tasks.tools import FindPicture, FindSnapshot, Progress, TaskRun, Tools
from studio.engine.tasks.upscale import Upscale
from studio.engine.upscaling.loading import load_upscaler
from studio.engine.upscaling.upscaler import FRUGAL_TILE_PX, TILE_PX, Upscaler
from studio.engine.warm_models import LoadFamily, WarmModels
from studio.readout import EnergyMeter, Sensor, open_sensor
from studio.style.features import FeatureExtractor
from studio.style.features.loading import load_extractor
from studio.style.instant import Instant

logger = logging.getLogger(__name__)

FindModel = Callable[[str], ModelInfo]
FindUpscaler = Callable[[str], UpscalerInfo]
ShortHash = Callable[[ModelInfo | AddonInfo], str]
LoadUpscaler = Callable[[UpscalerInfo, Device], Upscaler]

_TASKS: Final[Mapping[Task, Callable[[Request, Control], TaskRun]]] = {
    Task.GENERATE: Generation,
    Task.INPAINT: Inpainting,
    Task.STYLIZE: Stylization,
    Task.UPSCALE: Upscale,
}


class DiffusionRunner:
    """Runs jobs on one device and keeps the models of the last ones while they fit.

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
        list_addons: all that it knows of one kind.
        short_hash: by which other programs know a file, as far as that is known; else empty.
        wishes: what the artist wants of the engine, asked before each job.
        sensor: by which the energy of pictures is measured; this machine's own when left out.
        device: where to compute; the best of this machine when left out.
        measure: tells what a device has.
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
        list_addons: ListAddons = lambda kind: (),
        short_hash: ShortHash = lambda info: "",
        wishes: Callable[[], EngineWishes] = EngineWishes,
        sensor: Sensor | None = None,
        device: Device | None = None,
        measure: Callable[[Device], DeviceFacts] = device_facts,
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
        self._list_addons = list_addons
        self._short_hash = short_hash
        self._device = device or pick_device()
        self._load_upscaler = load_upscaler
        self._control_networks = ControlNetworks(find_addon, self._device)
        self._annotators = Annotators(list_addons, self._device)
        self._adapting = Adapting(list_addons, self._device)
        self._reference_adapters = ReferenceAdapters(find_addon, list_addons, self._device)
        self._wishes = wishes
        self._measure = measure
        self._meter = EnergyMeter(sensor or open_sensor())
        self._models = WarmModels(
            self._device, load_family, lambda model: wishes().of(model), measure, model_facts
        )
        self._upscaler: Upscaler | None = None
        self._upscaler_info: UpscalerInfo | None = None
        self._instant_style: Instant | None = None
        self._features: FeatureExtractor | None = None
        self._segmenters = Segmenters(find_addon, self._device)
        self._answers: Mapping[type[Question[Any]], Callable[[Any], Any]] = {
            SeenByControl: self._seen_by_control,
            Segmenting: self._segmenters.answer,
        }

    @property
    def device(self) -> str:
        """The device's name for people."""
        return self._device.name

    @property
    def device_kind(self) -> str:
        """Torch's word for the device."""
        return self._device.torch_device.type

    def memory_bytes(self) -> int:
        """What the studio takes on the device now."""
        return self._device.memory_bytes()

    def card_bytes(self) -> tuple[int, int]:
        """How much of a graphics card models may take now, and all it has; 0 without one."""
        if self._device.torch_device.type != "cuda":
            return 0, 0
        facts = self._measure(self._device)
        return facts.free_bytes, facts.total_bytes

    @property
    def placement(self) -> str:
        """How the model used last lies on the device, in a sentence; empty without one."""
        newest = self._models.newest
        return "" if newest is None else newest.placement.sentence

    def is_loaded(self, model: str) -> bool:
        return self._models.find(model) is not None

    def load(self, model: str) -> None:
        """Load a model unless it is there; those used longest ago make room first.

        Raises:
            ModelError: it isn't there, unsafe, damaged or of a kind the studio can't run.
            OutOfMemory: it is too large for the device.
        """
        try:
            self._models.use(self._find_model(model))
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
        """Let go of the models and all that hangs on them, and give the memory back."""
        self._upscaler = self._upscaler_info = None
        self._instant_style = self._features = None
        self._control_networks.release()
        self._annotators.release()
        self._reference_adapters.release()
        self._segmenters.release()
        self._models.release()
        self._device.release_memory()

    def answer(self, question: Question[Answer]) -> Answer:
        """What a network says to a question. Out of memory, everything is released and it is asked
        once more, unless a job is under way.

        Raises:
            StudioError: what a person can mend.
        """
        ask = self._answers[type(question)]
        for is_last in (question.between_steps, True):
            try:
                answer: Answer = ask(question)
                return answer
            except Exception as error:
                # Leaving the handler frees the frames, and with them what they hold on the device.
                if not is_out_of_memory(error):
                    raise
            if is_last:
                break
            self.release()
        raise OutOfMemory(
            f"There isn't enough memory on {self._device.name} to look at the picture.",
            "Close other programs, or take a smaller picture.",
        )

    def _seen_by_control(self, question: SeenByControl) -> Pixels:
        return self._annotators.seen_by_control(
            question.pixels, question.preprocessor, question.size
        )

    def run(self, request: Request, control: Control) -> Iterator[Progress | ImageReady]:
        """Do the job that `request` is; ends without an ImageReady when `control` says stop.

        Out of memory: everything is released and the rest of the job is tried once more with the
        model at its most frugal, then with less and less of it on the device. What was denoised
        isn't denoised again.

        Raises:
            StudioError: what a person can mend.
        """
        task = _TASKS[request.task](request, control)
        self._hashes(request)  # to be known when it is done, where they aren't yet
        begin_job()
        self._meter.start()
        for frugal in itertools.chain([False], itertools.repeat(True)):
            try:
                for event in task.run(self._tools(request, frugal)):
                    if isinstance(event, ImageReady):
                        event = self._told(event, request, frugal)
                    yield event
                return
            except Exception as error:
                # Leaving the handler frees the frames, and with them what they hold on the device.
                if not is_out_of_memory(error):
                    raise
                # As text: who keeps the record must not keep the frames that the error hangs on.
                logger.warning("out of memory on %s: %s", self._device.name, str(error))
            finally:
                if frugal and (newest := self._models.newest) is not None:
                    self._reference_adapters.take_off()
                    newest.family.set_frugal(False)
            self.release()
            if frugal and not self._lower(request):
                break
        raise _out_of_memory(request, self._device)

    def _lower(self, request: Request) -> bool:
        """Whether the model of `request` can be placed in a more frugal way; it will be."""
        return request.task.needs_model and self._models.lower(self._find_model(request.model))

    def _told(self, ready: ImageReady, request: Request, frugal: bool) -> ImageReady:
        """`ready` with how its pictures were computed, and what they took."""
        joules = self._meter.stop()
        newest = self._models.newest
        making = Making(
            device=self._device.name,
            energy_j=None if joules is None else joules / len(ready.images),
            energy_of="" if joules is None else self._meter.of,
            grid_g_per_kwh=None if joules is None else self._wishes().grid_g_per_kwh,
            models=models_used(request, self._find_model, self._find_addon, self._list_addons),
            hashes=self._hashes(request),
        )
        if newest is not None:
            placement = newest.placement
            quantized = placement.quantization is not Quantization.NONE
            making = replace(
                making,
                precision=placement.precision,
                quantization=placement.quantization if quantized else "",
                ways=(*placement.ways, *(["frugal"] if frugal else [])),
            )
        return replace(ready, making=making)

    def _hashes(self, request: Request) -> tuple[FileHash, ...]:
        return hashes_used(request, self._find_model, self._list_addons, self._short_hash)

    def _tools(self, request: Request, frugal: bool) -> Tools:
        made_frugal: Family | None = None

        def family(wanted: Request) -> Family:
            nonlocal made_frugal
            _check_size(wanted, self._find_model(wanted.model))
            info = self._find_model(wanted.model)
            changes = self._adapting.wishes(wanted, info)
            if self._models.find(info.name) is None:
                # What wears an adapter would stay in memory when it has to make room.
                self._reference_adapters.take_off()
            loaded = self._models.use(info)
            newest = self._models.newest
            graphs = newest is not None and CUDA_GRAPHS in newest.placement.fast
            hasten_by(graphed_on_cuda if graphs else None)
            if frugal and loaded is not made_frugal:
                loaded.set_frugal(True)
                made_frugal = loaded
            self._adapting.adapt(loaded, info, changes)
            return loaded

        def scheduler_config(model: str) -> Mapping[str, Any]:
            if (warm := self._models.find(model)) is not None:
                return warm.family.scheduler_config
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
            annotators=self._annotators,
            reference_adapters=self._reference_adapters,
        )


def _check_size(request: Request, info: ModelInfo) -> None:
    multiple = info.size_multiple_px
    for size in {request.size, request.size_at(request.steps_taken)}:
        if (fitting := size.snapped(multiple)) != size:
            raise RequestError(
                f"“{info.title}” draws sides that are multiples of {multiple} pixels, not {size}.",
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
