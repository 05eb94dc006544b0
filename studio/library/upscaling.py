"""The request that upscales a picture which is already there."""

from __future__ import annotations

from dataclasses import replace

from studio.domain.request import PictureRef, Request
from studio.library.picture import PictureRecord


def upscale_request(
    picture: PictureRef, scale: int, upscaler: str, record: PictureRecord | None
) -> Request:
    """To make `picture` 2 or 4 times as large by the upscaler of this name.

    From its `record`, if the studio made it, the request takes over what it shows and who drew it:
    for whoever searches the history or reads the file, as it decides nothing here.

    Raises:
        RequestError: the result would be larger than what the studio opens.
    """
    request = Request(
        prompt="",
        seed=0,
        model="",
        width=picture.width,
        height=picture.height,
        num_inference_steps=0,
        init_image=picture,
        upscale=scale,
        upscaler=upscaler,
    )
    if record is None or record.request is None:
        return request
    return replace(
        request,
        prompt=record.request.prompt,
        negative_prompt=record.request.negative_prompt,
        seed=record.request.seed + record.index,
        model=record.request.model,
    )
