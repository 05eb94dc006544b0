"""What the runner lends a task, and what it asks of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from studio.domain.errors import RequestError
from studio.domain.events import FinishProgress, ImageReady, Pixels, StepPreview, StepSnapshot
from studio.domain.geometry import Size
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.engine.annotators.annotators import Annotators
from studio.engine.controls.networks import ControlNetworks, FindAddon
from studio.engine.devices import Device
from studio.engine.families.family import Family
from studio.engine.references.adapters import ReferenceAdapters
from studio.engine.upscaling.upscaler import Upscaler
from studio.style.features import FeatureExtractor
from studio.style.instant import Instant

FindPicture = Callable[[str], Pixels]
FindSnapshot = Callable[[str, int], StepSnapshot | None]
Progress = StepPreview | FinishProgress


@dataclass(frozen=True, slots=True)
class Tools:
    """What one attempt at a job works with.

    `find_picture` gives the pixels (H, W, 3) of a digest, `find_snapshot` what was kept of a step
    of the request with a digest, `find_addon` what the catalog knows of a LoRA, control and the
    like. `family` gives the model of a request as that wants it, for which
    the one before makes room, and `scheduler_config` what a model's scheduler_config.json says.
    `upscaler` gives the network of a name that enlarges, `instant_style` the method of that name
    and `features` the network by which styles are compared, each loaded when it is asked for, which
    is once. `control_networks`, `annotators` and `reference_adapters` stay loaded. Without
    `previews` none is drawn.
    """

    device: Device
    find_picture: FindPicture
    family: Callable[[Request], Family]
    scheduler_config: Callable[[str], Mapping[str, Any]]
    upscaler: Callable[[str], Upscaler]
    instant_style: Callable[[], Instant]
    features: Callable[[], FeatureExtractor]
    previews: bool
    find_snapshot: FindSnapshot
    find_addon: FindAddon
    control_networks: ControlNetworks
    annotators: Annotators
    reference_adapters: ReferenceAdapters

    def picture(self, ref: PictureRef) -> Pixels:
        """The pixels (H, W, 3) that a request names.

        Raises:
            StudioError: they are gone, or of another size than the request says.
        """
        return self._pixels(ref)[..., :3]

    def painted(self, ref: PictureRef) -> Pixels:
        """The pixels (H, W, 4) with straight alpha that were painted over a step.

        Raises:
            StudioError: as `picture`.
        """
        pixels = self._pixels(ref)
        if pixels.shape[2] == 4:
            return pixels
        opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
        return np.concatenate([pixels, opaque], axis=2)

    def _pixels(self, ref: PictureRef) -> Pixels:
        pixels = self.find_picture(ref.digest)
        if (size := Size(pixels.shape[1], pixels.shape[0])) != ref.size:
            raise RequestError(f"A picture of {ref.size} was expected, and it is {size}.")
        return pixels


class TaskRun(Protocol):
    """One job while it runs, made from its request and its control.

    Out of memory, the runner calls `run` once more with frugal tools: what the first attempt
    finished, the second takes over.
    """

    def run(self, tools: Tools) -> Iterator[Progress | ImageReady]:
        """Ends without an ImageReady when the control says stop.

        Raises:
            StudioError: what a person can mend.
        """
