"""A runner that finds the steps it was told to keep, on the tiny model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound
from studio.domain.events import ImageReady, Pixels, StepPreview, StepSnapshot
from studio.domain.geometry import Box
from studio.domain.inpaint import Inpaint
from studio.domain.model import ModelInfo
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.devices import pick_device
from studio.engine.families.family import Family
from studio.engine.runner import DiffusionRunner
from studio.library.encoding import pixel_digest
from tests.support.samples import noise

STEPS = 5
START = noise(3, 32, 24)
MASK = np.zeros((24, 32), np.uint8)
MASK[6:20, 8:24] = np.linspace(60, 255, 16).astype(np.uint8)

Wish = Callable[[StepPreview, Control], None]
"""What the artist does when a preview is told."""


class RememberingStudio:
    """`families` are the models there are, by name, `addons` what else there is; `kept` are
    snapshots by digest and step."""

    def __init__(
        self, model: ModelInfo, families: dict[str, Family], addons: Iterable[AddonInfo] = ()
    ) -> None:
        self.families = families
        self.addons = list(addons)
        self.kept: dict[tuple[str, int], StepSnapshot] = {}
        self.pictures: dict[str, Pixels] = {}
        self.told: list[int] = []
        self.totals: list[int] = []
        self.runner = DiffusionRunner(
            lambda name: ModelInfo(**{**_fields(model), "name": name}),
            self.pictures.__getitem__,
            device=pick_device({"PENTIMENTO_DEVICE": "cpu"}),
            load_family=lambda info, device: families[info.name],
            find_snapshot=lambda digest, step: self.kept.get((digest, step)),
            find_addon=self.find_addon,
            list_addons=self.of_kind,
        )

    def find_addon(self, kind: AddonKind, name: str) -> AddonInfo:
        for info in self.of_kind(kind):
            if info.name == name:
                return info
        raise ModelNotFound(f"There is no {kind} “{name}”.")

    def of_kind(self, kind: AddonKind) -> list[AddonInfo]:
        return [info for info in self.addons if info.kind is kind]

    def adopt(self, pixels: Pixels) -> PictureRef:
        digest = pixel_digest(pixels)
        self.pictures[digest] = pixels
        return PictureRef(digest, pixels.shape[1], pixels.shape[0])

    def request(self, task: str = "text", **changes: Any) -> Request:
        """From text, an image, or under a mask with grey in it ("inpaint")."""
        values: dict[str, Any] = {
            "prompt": "a cat",
            "negative_prompt": "rain",
            "seed": 5,
            "model": "tiny",
            "width": 32,
            "height": 24,
            "num_inference_steps": STEPS,
            "guidance_scale": 4.0,
            "strength": 0.85,
        }
        if task != "text":
            values["init_image"] = self.adopt(START)
        if task == "inpaint":
            mask = self.adopt(np.repeat(MASK[..., None], 3, axis=2))
            values["inpaint"] = Inpaint((Box(0, 0, 32, 24),), mask)
        return Request(**{**values, **changes})

    def finish(self, request: Request, wish: Wish | None = None, *, keep: bool = False) -> Any:
        """The ImageReady of a job; its steps are found from then on if they are to be kept."""
        control, ready = Control(1), None
        self.told, self.totals = [], []
        for event in self.runner.run(request, control):
            if isinstance(event, StepPreview):
                self.told.append(event.step)
                self.totals.append(event.total_steps)
                if wish is not None:
                    wish(event, control)
            if isinstance(event, ImageReady):
                ready = event
        assert ready is not None
        if keep:
            self.keep(ready.request or request, ready)
        return ready

    def keep(self, request: Request, ready: ImageReady) -> None:
        for snapshot in ready.snapshots:
            self.kept[request.digest, snapshot.step] = snapshot

    def forget(self) -> None:
        self.kept.clear()


def same_snapshot(a: StepSnapshot, b: StepSnapshot) -> bool:
    return (
        (a.step, a.state) == (b.step, b.state)
        and a.tensors.keys() == b.tensors.keys()
        and all(np.array_equal(a.tensors[name], b.tensors[name]) for name in a.tensors)
    )


def _fields(model: ModelInfo) -> dict[str, Any]:
    return {name: getattr(model, name) for name in model.__dataclass_fields__}
