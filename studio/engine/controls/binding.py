"""A request's controls, bound to its model: their pictures at the size of what is drawn."""

from __future__ import annotations

import numpy as np
import torch

from studio.document.fills import extended
from studio.domain.errors import ModelRefused
from studio.domain.events import Pixels
from studio.domain.geometry import Box
from studio.domain.request import Request
from studio.engine.controls.control import BoundControl
from studio.engine.controls.ways import way_of
from studio.engine.families.family import Family
from studio.engine.families.network_family import NetworkFamily
from studio.engine.tasks.tools import Tools


def bind_controls(
    request: Request, family: Family, tools: Tools, area: Box | None = None
) -> tuple[BoundControl, ...]:
    """The controls of `request`, ready for the steps of `family`. With an `area` that part of the
    start picture is drawn, and controls that are as large as that see the same part of theirs.

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
        pixels = _under(tools.picture(control.picture), request, area)
        seen = tools.annotators.seen_by_control(pixels, control.preprocessor, request.size)
        unit = np.ascontiguousarray(seen.transpose(2, 0, 1)[None], np.float32) / 255
        picture = torch.from_numpy(unit).to(network.device, network.dtype)
        bound.append(way.bind(network, picture, control, request, family))
    return tuple(bound)


def _under(pixels: Pixels, request: Request, area: Box | None) -> Pixels:
    """What of a control's picture lies where `area` of the start picture lies."""
    start, inpaint = request.init_image, request.inpaint
    if area is None or start is None or inpaint is None:
        return pixels
    if pixels.shape[:2] != (start.height, start.width):
        return pixels
    return extended(pixels, inpaint.extend)[area.slices]
