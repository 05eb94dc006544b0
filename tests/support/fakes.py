"""Small fakes at the studio's seams: an engine whose jobs do what the test says."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from studio.catalog import Refusal
from studio.catalog.cards import ModelCard
from studio.catalog.places import Layout, Place
from studio.catalog.upscalers import shipped_upscaler
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound
from studio.domain.events import (
    Event,
    FinishProgress,
    ImageReady,
    JobCancelled,
    JobFailed,
    JobStarted,
    PaintedLayer,
    Pixels,
    StepPreview,
)
from studio.domain.geometry import Box, Size
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.domain.stylize import LossWeights
from studio.domain.upscalers import UpscalerInfo, UpscalerName
from studio.engine import EngineState, EngineStatus
from studio.engine.questions import Answer, Question
from studio.library import Library, Store
from studio.library.files.disk import Disk
from studio.library.style_shelf import StyleShelf
from studio.ui.session import Draft, Session

_LAST = (ImageReady, JobCancelled, JobFailed)


def picture_pixels(width: int = 64, height: int = 48, seed: int = 0) -> Pixels:
    """Colourful (H, W, 3) pixels, different for each seed."""
    random = np.random.default_rng(seed)
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    waves = np.stack(
        [
            np.sin(
                random.uniform(2, 9) * across + random.uniform(2, 9) * down + random.uniform(0, 6)
            )
            for _ in range(3)
        ],
        axis=-1,
    )
    return (waves * 127 + 128).astype(np.uint8)


class MeanColours:
    """Tells how pictures look, as far as their mean colour tells."""

    def describe(self, pictures: Sequence[Pixels]) -> NDArray[np.int8]:
        rows = [pixels.mean(axis=(0, 1))[:3] - 128 for pixels in pictures]
        return np.array(rows or np.empty((0, 3))).astype(np.int8)

    def close(self) -> None:
        pass


class FakeJob:
    """A job whose events are pushed by the test. A JobStarted or last event moves the queue on."""

    def __init__(self, engine: FakeEngine, generation: int, request: Request) -> None:
        self.generation = generation
        self.request = request
        self.was_cancelled = False
        self.stopped_here = False
        self.further_steps = 0
        self.weights: LossWeights | None = None
        self._engine = engine
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    def cancel(self) -> None:
        if not self.was_cancelled:
            self.was_cancelled = True
            self.push(JobCancelled(self.generation))

    def stop_here(self) -> None:
        self.stopped_here = True

    def go_further(self, steps: int) -> None:
        self.further_steps += steps

    def reweigh(self, weights: LossWeights) -> None:
        self.weights = weights

    async def events(self) -> AsyncIterator[Event]:
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, _LAST):
                return

    def push(self, event: Event) -> None:
        """Send one event to the listener."""
        self._engine.before_event(self, event)
        self._events.put_nowait(event)

    def start(self) -> None:
        self.push(JobStarted(self.generation))

    def preview(self, step: int, pixels: Pixels | None = None) -> None:
        """The preview after `step`, by default an eighth of the picture's size."""
        if pixels is None:
            size = self.request.size
            pixels = picture_pixels(max(1, size.width // 8), max(1, size.height // 8), step)
        second = self.request.whole_way - self.request.first_way
        total = self.request.num_inference_steps + second
        self.push(StepPreview(self.generation, step, total, pixels[None], step * 0.125, 0.125))

    def upscaled(self, tile: int, total_tiles: int) -> None:
        """The progress after `tile` of the finish's tiles, each of which took two seconds."""
        pace = 2.0 if tile else 0.0
        self.push(FinishProgress(self.generation, tile, total_tiles, tile * pace, pace))

    def paint(self, value: int) -> None:
        """The start picture's working area painted in one grey, as inpainting ends."""
        inpaint = self.request.inpaint
        assert inpaint is not None
        assert self.request.init_image is not None
        size = inpaint.extend.of(self.request.init_image.size)
        image = np.full((size.height, size.width, 3), value, np.uint8)
        box = inpaint.boxes[0]
        layer = np.full((1, box.height, box.width, 4), value, np.uint8)
        layer[..., 3] = 255
        steps = np.zeros((self.request.num_inference_steps, 1, 8, 8, 3), np.uint8)
        painted = PaintedLayer(box, layer)
        self.push(ImageReady(self.generation, image[None], steps, (), 1.0, painted))

    def restyle(self, value: int, alpha: int = 255) -> None:
        """The start picture all in one grey, as taking on a style ends."""
        picture = self.request.init_image
        assert picture is not None
        image = np.full((picture.height, picture.width, 3), value, np.uint8)
        layer = np.dstack([image, np.full(image.shape[:2], alpha, np.uint8)])
        painted = PaintedLayer(Box.whole(picture.size), layer[None])
        no_steps = np.zeros((0, 1, 8, 8, 3), np.uint8)
        self.push(ImageReady(self.generation, image[None], no_steps, (), 1.0, painted))

    def come_nearer(self, iteration: int, total: int, value: int) -> None:
        """The preview after an iteration of a picture that comes nearer to a style, one grey, with
        losses that fall."""
        picture = self.request.init_image
        assert picture is not None
        pixels = np.full((1, picture.height, picture.width, 3), value, np.uint8)
        fall = np.exp(-np.arange(iteration, dtype=np.float32) / 20)
        losses = np.stack([1 - fall / 2, fall, 1 + fall / 2], axis=1)
        self.push(
            StepPreview(
                self.generation, iteration, total, pixels, iteration * 0.5, 0.5, losses=losses
            )
        )

    def finish(self) -> None:
        """The finished picture, with a preview for each step of its own and no snapshots."""
        branch, last = self.request.branch, self.request.steps_taken
        first = 0 if branch is None else branch.step
        previews = []
        for step in range(first + 1, last + 1):
            size = self.request.size_at(step)
            width, height = max(1, size.width // 8), max(1, size.height // 8)
            previews.append(picture_pixels(width, height, step)[None])
        finished = self.request.finished_size
        image = picture_pixels(finished.width, finished.height, self.request.seed)
        self.push(ImageReady(self.generation, image[None], previews, (), 1.0, first_step=first))


class FakeEngine:
    """An engine that keeps jobs in order and computes nothing. Follows engine.protocol.Engine."""

    status_changed: ClassVar[Signal] = Signal(EngineStatus)
    queue_changed: ClassVar[Signal] = Signal()

    def __init__(self, state: EngineState = EngineState.READY) -> None:
        self.status = EngineStatus(state, "no device")
        self.jobs: list[FakeJob] = []
        self.running: FakeJob | None = None
        self.warmed: list[str] = []
        self.asked: list[tuple[Question[Any], asyncio.Future[Any]]] = []
        self.closed = False
        self._waiting: list[FakeJob] = []
        self._generations = count(1)

    @property
    def waiting(self) -> Sequence[FakeJob]:
        return tuple(self._waiting)

    def submit(self, request: Request) -> FakeJob:
        job = FakeJob(self, next(self._generations), request)
        self.jobs.append(job)
        self._waiting.append(job)
        self.queue_changed.emit()
        return job

    def move(self, job: FakeJob, position: int) -> None:
        if job in self._waiting:
            self._waiting.remove(job)
            self._waiting.insert(position, job)
            self.queue_changed.emit()

    def clear(self) -> None:
        for job in self.waiting:
            job.cancel()

    def ask(self, question: Question[Answer]) -> asyncio.Future[Answer]:
        """The test answers it, in `asked`."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.asked.append((question, future))
        return future

    def warm_up(self, model: str) -> None:
        self.warmed.append(model)

    def close(self) -> None:
        self.clear()
        if self.running is not None:
            self.running.cancel()
        self.closed = True

    def set_status(self, state: EngineState, detail: str = "") -> None:
        """Change the status and say so."""
        self.status = EngineStatus(state, self.status.device, detail=detail)
        self.status_changed.emit(self.status)

    def before_event(self, job: FakeJob, event: Event) -> None:
        """Keep `running` and `waiting` true to what the job is about to say."""
        if isinstance(event, JobStarted):
            self._waiting.remove(job)
            self.running = job
        elif isinstance(event, _LAST):
            if job in self._waiting:
                self._waiting.remove(job)
            if job is self.running:
                self.running = None
        else:
            return
        self.queue_changed.emit()


def a_model(name: str = "tiny", **changes: Any) -> ModelInfo:
    """A model that draws 64 × 64, in four steps, with three example prompts."""
    values: dict[str, Any] = {
        "name": name,
        "title": name.capitalize(),
        "family": "sd",
        "path": Path("/nowhere") / name,
        "size_multiple_px": 8,
        "sizes": (Size(64, 64), Size(96, 64), Size(64, 96)),
        "default_steps": 4,
        "default_guidance_scale": 5.0,
        "default_scheduler": Scheduler.EULER,
        "licence": "Apache-2.0",
        "example_prompts": (
            "a small house under the moon",
            "a red boat on a calm sea",
            "a green hill with one tree",
        ),
    }
    return ModelInfo(**{**values, **changes})


def an_addon(name: str = "moody", **changes: Any) -> AddonInfo:
    """A LoRA for a_model's family with two trigger words."""
    values: dict[str, Any] = {
        "name": name,
        "title": name.capitalize(),
        "kind": AddonKind.LORA,
        "family": "sd",
        "path": Path("/nowhere/loras") / f"{name}.safetensors",
        "size_bytes": 37_000_000,
        "trigger_words": ("moody light", "fog"),
    }
    return AddonInfo(**{**values, **changes})


class FakeCatalog:
    """Models that the test names, without files. Has the methods of catalog.Catalog.

    `told` is what the cards say by the model's name; others say nothing but the title.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(
        self,
        *models: ModelInfo,
        addons: Sequence[AddonInfo] = (),
        refused: Sequence[Refusal] = (),
        folders: Sequence[Path] = (Path("/nowhere"),),
    ) -> None:
        self._models = models or (a_model(), a_model("other", default_steps=7))
        self._addons = tuple(addons)
        self._refused = tuple(refused)
        self._places: tuple[Place, ...] = ()
        self.folders = tuple(folders)
        self.told: dict[str, ModelCard] = {}
        self.scans = 0

    def models(self) -> tuple[ModelInfo, ...]:
        return tuple(self._models)

    def addons(self, kind: AddonKind | None = None, family: str = "") -> tuple[AddonInfo, ...]:
        return tuple(
            addon
            for addon in self._addons
            if kind in (None, addon.kind) and (not family or addon.family in (family, ""))
        )

    def find_addon(self, kind: AddonKind, name: str) -> AddonInfo:
        for addon in self.addons(kind):
            if addon.name == name:
                return addon
        raise ModelNotFound(f"There is no {kind.words} “{name}” on this disk.")

    def refused(self) -> tuple[Refusal, ...]:
        return self._refused

    def places(self) -> tuple[Place, ...]:
        return self._places

    def add_place(self, path: Path) -> Place:
        place = Place(path, Layout.PLAIN, 2, 3, 0, f"“{path.name}” holds 2 models.")
        self._places = (*self._places, place)
        self.changed.emit()
        return place

    def remove_place(self, path: Path) -> None:
        self._places = tuple(place for place in self._places if place.path != path)
        self.changed.emit()

    def card(self, info: ModelInfo | AddonInfo) -> ModelCard:
        return self.told.get(info.name, ModelCard(info.title, licence=info.licence))

    def lora_of_hash(self, short: str) -> AddonInfo | None:
        loras = self.addons(AddonKind.LORA)
        return next((one for one in loras if one.written_hash.startswith(short)), None)

    def hashes(self, info: ModelInfo | AddonInfo) -> dict[str, str]:
        return {"sha256": "5e" * 32, "AutoV2": "5e5e5e5e5e"}

    def convert(self, path: Path, on_progress: Callable[[int, int], None]) -> Path:
        for part in range(3):
            on_progress(part, 2)
        self._refused = tuple(one for one in self._refused if one.path != path)
        return self.folders[0] / "checkpoints" / f"{path.stem}.safetensors"

    def rescan(self) -> None:
        self.scans += 1
        self.changed.emit()

    def watch(self, interval_s: float = 3.0) -> None:
        pass

    def stop_watching(self) -> None:
        pass

    def upscalers(self) -> tuple[UpscalerInfo, ...]:
        return tuple(map(shipped_upscaler, UpscalerName))

    def find(self, name: str) -> ModelInfo:
        for model in self._models:
            if model.name == name:
                return model
        raise ModelNotFound(f"There is no model “{name}” on this disk.")


def make_session(
    folder: Path,
    engine: FakeEngine | None = None,
    catalog: FakeCatalog | None = None,
    shipped_styles: Path | None = None,
) -> Session:
    """A session with a real library below `folder` and, by default, a fake engine and catalog and
    no styles that come with the studio.

    Deleted files move to `folder`/trash. Close `session.library` in the end.
    """
    trash = folder / "trash"
    trash.mkdir(parents=True, exist_ok=True)
    disk = Disk()
    data = folder / "data"
    library = Library(
        Store(folder / "pictures", data, disk),
        data,
        lambda path: shutil.move(path, trash / path.name),
        disk,
    )
    library.styles = StyleShelf(data / "styles", disk, shipped_styles or folder / "no styles")
    catalog = catalog or FakeCatalog()
    draft = Draft.for_model(catalog.models()[0])
    return Session(engine or FakeEngine(), library, catalog, draft, MeanColours)
