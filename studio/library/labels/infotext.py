"""The text that other programs read: A1111's “parameters”.

Format: prompt, then `Negative prompt: …`, then one line of `key: value` pairs. Source:
modules/infotext_utils.py of AUTOMATIC1111's web UI, whose parser takes the last line for settings
only when it holds three pairs. Our own record is beside it, whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from studio.domain.limits import IMAGE_GUIDANCE_SCALE
from studio.domain.request import Request
from studio.domain.task import Task
from studio.library.picture import PictureRecord
from studio.library.settings import PictureSettings


def infotext(record: PictureRecord, version: str) -> str:
    """The record as A1111 would have written it. NUL, which no text chunk may hold, is left out.

    Empty for an imported picture.
    """
    request = record.request
    if request is None:
        return ""
    match request.task:
        case Task.STYLIZE:
            pairs = _style_pairs(request)
        case Task.UPSCALE:
            # How it was drawn stands in its source, which may not even be a drawn picture.
            pairs = {"Seed": str(record.seed)} if request.model else {}
            pairs |= _size_pairs(request)
        case _:
            pairs = _drawing_pairs(request, record)
    if request.upscale > 1:
        pairs["Postprocess upscale by"] = str(request.upscale)
        pairs["Postprocess upscaler"] = request.upscaler
    pairs["Version"] = f"Pentimento {version}"
    return _written(_with_tags(request), request.negative_prompt, pairs)


def settings_infotext(settings: PictureSettings) -> str:
    """What is known of any program's picture, in the same form; "" if that is too little."""
    pairs = {
        "Steps": _known(settings.steps),
        "Sampler": settings.sampler,
        "CFG scale": _known(settings.guidance_scale),
        "Seed": _known(settings.seed),
        "Size": f"{settings.width}x{settings.height}" if settings.width else "",
        "Model hash": settings.model_hash,
        "Model": settings.model,
        "Denoising strength": _known(settings.strength),
        "Clip skip": _known(settings.clip_skip),
        "Lora hashes": _hash_list(settings.lora_hashes),
        "Version": settings.program,
    }
    pairs = {key: value for key, value in pairs.items() if value}
    enough = len(pairs) >= 3
    return _written(settings.prompt, settings.negative_prompt, pairs) if enough else ""


def _with_tags(request: Request) -> str:
    """The prompt, followed by the LoRAs beside it as the web UI knows them."""
    return " ".join(filter(None, [request.prompt, *(use.tag for use in request.loras)]))


def _drawing_pairs(request: Request, record: PictureRecord) -> dict[str, str]:
    pairs = {
        "Steps": str(request.num_inference_steps),
        "Sampler": str(request.scheduler),
        "CFG scale": f"{request.guidance_scale:g}",
        "Seed": str(record.seed),
        **_size_pairs(request),
    }
    if request.init_image is not None:
        pairs["Denoising strength"] = f"{request.strength:g}"
    if request.image_guidance_scale != IMAGE_GUIDANCE_SCALE:
        pairs["Image CFG scale"] = f"{request.image_guidance_scale:g}"
    if request.skip_layers is not None:
        pairs["Skip layer guidance"] = f"{request.skip_layers.scale:g}"
    if request.inpaint is not None and request.inpaint.feather_px:
        pairs["Mask blur"] = str(request.inpaint.feather_px)
    if request.clip_skip:
        pairs["Clip skip"] = str(request.clip_skip + 1)  # the web UI counts the last one, too
    pairs["VAE"] = request.vae
    hashes = () if record.making is None else record.making.hashes
    pairs["Model hash"] = next((one.digits for one in hashes if one.kind == "model"), "")
    for kind, key in (("lora", "Lora hashes"), ("embedding", "TI hashes")):
        pairs[key] = _hash_list((one.name, one.digits) for one in hashes if one.kind == kind)
    return pairs


def _hash_list(hashes: Iterable[tuple[str, str]]) -> str:
    """Names and hashes, the names without the signs that would end them."""
    bare = [(name.replace(":", "").replace(",", ""), digits) for name, digits in hashes]
    return ", ".join(f"{name}: {digits}" for name, digits in bare)


def _style_pairs(request: Request) -> dict[str, str]:
    stylize = request.stylize
    if stylize is None:
        return {}
    return {
        "Style transfer": str(stylize.method),
        "Style strength": f"{stylize.strength:g}",
        **_size_pairs(request),
    }


def _size_pairs(request: Request) -> dict[str, str]:
    return {"Size": f"{request.width}x{request.height}", "Model": request.model}


def _written(prompt: str, negative_prompt: str, pairs: dict[str, str]) -> str:
    lines = [prompt]
    if negative_prompt:
        lines.append(f"Negative prompt: {negative_prompt}")
    # An empty value stops the web UI from reading its pair.
    told = (f"{key}: {_quoted(value)}" for key, value in pairs.items() if value)
    return "\n".join((*lines, ", ".join(told))).replace("\0", "")


def _known(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _quoted(value: str) -> str:
    """As the web UI quotes, and wherever its parser would take quotes or spaces for its own."""
    # Before it is quoted: as an escape it would come back when it is read.
    value = value.replace("\0", "")
    if any(sign in value for sign in ',:\n"') or value != value.strip():
        return json.dumps(value, ensure_ascii=False)
    return value
