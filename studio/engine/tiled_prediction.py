"""A model that sees a large picture tile by tile.

Every tile's prediction is made for itself, and where tiles overlap the predictions are averaged
(Bar-Tal et al. 2023, “MultiDiffusion: Fusing Diffusion Paths for Controlled Image Generation”),
each counting less towards the tile's edge, so that no seam is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import torch

from studio.domain.geometry import Box
from studio.domain.request import Request
from studio.engine.conditioning import SOMETIME, Conditioning, Moment
from studio.engine.families.family import Family, Predict

_LEAST_WEIGHT: Final = 1e-3


def tiled_predictor(
    family: Family, request: Request, conditioning: Conditioning, latents: torch.Tensor
) -> Predict:
    """What predicts for latents like these (B, C, h, w): the family's own predictor, or one that
    works in tiles if `request.tiling` says so and the picture is larger than a tile."""
    tiling = request.tiling
    if tiling is None or max(request.width, request.height) <= tiling.tile_px:
        return family.predictor(request, conditioning)
    height, width = latents.shape[-2:]
    scale = request.width // width
    # Transformers see latents two by two.
    side, overlap = max(2, tiling.tile_px // scale // 2 * 2), tiling.overlap_px // scale
    boxes = tiles(width, height, side, overlap)
    predicts = [
        family.predictor(
            replace(request, width=box.width * scale, height=box.height * scale, branch=None),
            conditioning.within(box, width, height),
        )
        for box in boxes
    ]
    weights = weights_of(boxes, width, height, overlap).to(latents)

    def predict(
        model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment = SOMETIME
    ) -> torch.Tensor:
        whole = torch.zeros_like(model_input[:, : latents.shape[1]])
        for box, weight, predict_tile in zip(boxes, weights, predicts, strict=True):
            seen = model_input[..., box.slices[0], box.slices[1]].contiguous()
            tile = predict_tile(seen, timestep, moment)
            whole[..., box.slices[0], box.slices[1]] += weight[box.slices] * tile
        return whole

    return predict


def tiles(width: int, height: int, side: int, overlap: int) -> list[Box]:
    """Boxes of `side`, or of the whole where that is less, that cover `width` × `height` and
    overlap by at least `overlap`, row by row. They are spread evenly, and all are equally large."""
    return [
        Box(x, y, min(side, width), min(side, height))
        for y in _starts(height, side, overlap)
        for x in _starts(width, side, overlap)
    ]


def weights_of(boxes: Sequence[Box], width: int, height: int, overlap: int) -> torch.Tensor:
    """How much each tile counts at each place, (tiles, height, width): they add up to 1, and fade
    over `overlap` towards the edges that another tile lies beyond."""
    weights = torch.zeros(len(boxes), height, width)
    for weight, box in zip(weights, boxes, strict=True):
        down = _fade(box.y, box.height, height, overlap)
        across = _fade(box.x, box.width, width, overlap)
        weight[box.slices] = down[:, None] * across
    return weights / weights.sum(dim=0)


def _starts(length: int, side: int, overlap: int) -> list[int]:
    if length <= side:
        return [0]
    count = -(-(length - overlap) // (side - overlap))
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def _fade(start: int, side: int, length: int, overlap: int) -> torch.Tensor:
    fade = torch.ones(side)
    ramp = (torch.arange(overlap) + 1) / (overlap + 1)
    if start > 0:
        fade[:overlap] = torch.minimum(fade[:overlap], ramp)
    if start + side < length:
        fade[side - overlap :] = torch.minimum(fade[side - overlap :], ramp.flip(0))
    return fade.clamp(min=_LEAST_WEIGHT)
