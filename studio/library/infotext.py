"""The text that other programs read: A1111's “parameters”.

Format: prompt, then `Negative prompt: …`, then one line of `key: value` pairs. Source:
modules/infotext_utils.py of AUTOMATIC1111's web UI. Ours to write, never to read back: our own
record is beside it, whole.
"""

from __future__ import annotations

import json

from studio.domain.task import Task
from studio.library.picture import PictureRecord


def infotext(record: PictureRecord, version: str) -> str:
    """The record as A1111 would have written it. NUL, which no text chunk may hold, is left out.

    Empty for an imported picture.
    """
    request = record.request
    if request is None:
        return ""
    settings = {
        "Steps": str(request.num_inference_steps),
        "Sampler": str(request.scheduler),
        "CFG scale": f"{request.guidance_scale:g}",
        "Seed": str(record.seed),
        "Size": f"{request.width}x{request.height}",
        "Model": request.model,
        "Version": f"Pentimento {version}",
    }
    if request.task is Task.UPSCALE:
        # How it was drawn stands in its source, which may not even be a drawn picture.
        for key in ("Steps", "Sampler", "CFG scale", *(() if request.model else ("Seed", "Model"))):
            del settings[key]
    elif request.init_image is not None:
        settings["Denoising strength"] = f"{request.strength:g}"
    if request.upscale > 1:
        settings["Postprocess upscale by"] = str(request.upscale)
        settings["Postprocess upscaler"] = request.upscaler
    lines = [request.prompt]
    if request.negative_prompt:
        lines.append(f"Negative prompt: {request.negative_prompt}")
    lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in settings.items()))
    return "\n".join(lines).replace("\0", "")


def _quoted(value: str) -> str:
    if any(sign in value for sign in ",:\n"):
        return json.dumps(value, ensure_ascii=False)
    return value
