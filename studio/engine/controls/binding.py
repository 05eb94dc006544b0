"""A request's controls, bound to its model: their pictures at the size of what is drawn."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from studio.document.fills import extended
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Control
from studio.domain.errors import ModelRefused
from studio.domain.events import Pixels
from studio.domain.geometry import Box
from studio.domain.request import Request
from studio.engine.controls.control import BoundControl
from studio.engine.controls.ways import way_of
from studio.engine.families.family import Family
from studio.engine.families.network_family import NetworkFamily
from studio.engine.tasks.tools import Tools

_HOLE_FROM: Final = 0.5


def bind_controls(
    request: Request,
    family: Family,
    tools: Tools,
    area: Box | None = None,
    start: torch.Tensor | None = None,
    change: torch.Tensor | None = None,
) -> tuple[BoundControl, ...]:
    """The controls of `request`, ready for the steps of `family`. With an `area` that part of the
    start picture is drawn, and controls that are as large as that see the same part of theirs.
    Those that paint places anew see what is drawn upon: `start` and `change`, as `prepare` does.

    Raises:
        StudioError: a network or a picture is gone, or they don't go with the model.
    """
    if not request.controls:
        return ()
    way = way_of(family)
    if way is None or not isinstance(family, NetworkFamily):
        raise ModelRefused(
            f"“{request.model}” is of a family whose controls the studio can't run yet.",
            "Leave the controls out, or choose a model of another family.",
        )
    bound = []
    for control in request.controls:
        network = tools.control_networks.network(control.model, way, family)
        if _paints_anew(tools.control_networks.info(control.model)):
            unit = _with_holes(control, start, change)
        else:
            pixels = _under(tools.picture(control.picture), request, area)
            seen = tools.annotators.seen_by_control(pixels, control.preprocessor, request.size)
            chw = np.ascontiguousarray(seen.transpose(2, 0, 1)[None], np.float32)
            unit = torch.from_numpy(chw / 255)
        picture = unit.to(network.device, network.dtype)
        bound.append(way.bind(network, picture, control, request, family))
    return tuple(bound)


def _paints_anew(info: AddonInfo) -> bool:
    """Whether it is lllyasviel's ControlNet for inpainting, or made as that is."""
    return info.kind is AddonKind.CONTROLNET and (info.family, info.variant) == ("sd", "inpaint")


def _with_holes(
    control: Control, start: torch.Tensor | None, change: torch.Tensor | None
) -> torch.Tensor:
    """The start picture, −1 where it is painted anew."""
    if start is None or change is None:
        raise ModelRefused(
            f"“{control.model}” guides what is painted anew in a picture, and nothing is masked.",
            "Mask what is to change, or choose another control.",
        )
    return torch.where(change > _HOLE_FROM, -torch.ones_like(start), start)


def _under(pixels: Pixels, request: Request, area: Box | None) -> Pixels:
    """What of a control's picture lies where `area` of the start picture lies."""
    start, inpaint = request.init_image, request.inpaint
    if area is None or start is None or inpaint is None:
        return pixels
    if pixels.shape[:2] != (start.height, start.width):
        return pixels
    return extended(pixels, inpaint.extend)[area.slices]
