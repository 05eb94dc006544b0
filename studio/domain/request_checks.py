"""What makes a request impossible; each check says it in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from studio.domain.adapters import MAX_LORAS, FreeU, LoraUse, Refiner, SkipLayers
from studio.domain.branch import MAX_DEPTH, Branch
from studio.domain.checks import check_whole, shown
from studio.domain.control import MAX_CONTROLS, MAX_REFERENCES, Control, Reference
from studio.domain.errors import RequestError
from studio.domain.hires import HiresFix, Tiling
from studio.domain.inpaint import Inpaint
from studio.domain.limits import (
    MAX_CLIP_SKIP,
    MAX_IMAGES_PER_PROMPT,
    MAX_PROMPT_CHARS,
    MAX_SEED,
    MAX_SIDE_PX,
    MAX_STEPS,
    MAX_STEPS_OF_BOTH,
    MIN_SIDE_PX,
)
from studio.domain.picture_ref import PictureRef
from studio.domain.stylize import Stylize
from studio.domain.task import Task
from studio.domain.upscalers import MAX_FINISHED_PIXELS, UPSCALES

if TYPE_CHECKING:
    from studio.domain.request import Request

_PARTS: Final = {
    "freeu": (FreeU, "FreeU"),
    "skip_layers": (SkipLayers, "skip-layer guidance"),
    "refiner": (Refiner, "refiner"),
    "hires": (HiresFix, "second pass"),
    "tiling": (Tiling, "tiling"),
}
_LISTS: Final = {
    "loras": (LoraUse, MAX_LORAS, "LoRAs"),
    "controls": (Control, MAX_CONTROLS, "controls"),
    "references": (Reference, MAX_REFERENCES, "references"),
}


def check_request(request: Request) -> None:
    """Refuse a request whose values are impossible, alone or together.

    Raises:
        RequestError: the first that is.
    """
    for name in ("prompt", "negative_prompt", "model", "upscaler", "vae"):
        _check_text(name.replace("_", " "), getattr(request, name))
    check_whole("seed", request.seed, 0, MAX_SEED - MAX_IMAGES_PER_PROMPT)
    check_whole("images", request.num_images_per_prompt, 1, MAX_IMAGES_PER_PROMPT)
    _check_pictures(request)
    _check_model_wishes(request)
    is_drawn = request.init_image is None or request.inpaint is not None
    fewest = 1 if is_drawn and request.stylize is None else 0
    check_whole("steps", request.num_inference_steps, fewest, MAX_STEPS)
    if request.last_step is not None:
        check_whole("last step", request.last_step, 1, MAX_STEPS_OF_BOTH)
    _check_upscale(request)
    match request.task:
        case Task.UPSCALE:
            _check_upscaled_picture(request)
        case Task.STYLIZE:
            _check_stylized_picture(request)
        case _:
            _check_sides(request)
    _check_way(request)


def too_deep() -> RequestError:
    """What is said of a chain of branches that is longer than any artist's."""
    return RequestError(
        f"More than {MAX_DEPTH} branches grow from one another here.",
        "Start from the picture itself.",
    )


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise RequestError(f"The {name} must be text.")
    if len(value) > MAX_PROMPT_CHARS:
        raise RequestError(
            f"The {name} is longer than {MAX_PROMPT_CHARS} characters.", "Shorten it."
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise RequestError(f"The {name} holds half a character.", "Type it again.") from None


def _check_pictures(request: Request) -> None:
    start, inpaint = request.init_image, request.inpaint
    if start is not None and not isinstance(start, PictureRef):
        raise RequestError("The start picture isn't described as digest, width and height.")
    if inpaint is None:
        return
    if not isinstance(inpaint, Inpaint):
        raise RequestError("What to paint anew isn't described by boxes and a mask.")
    if start is None:
        raise RequestError("Only a picture can be painted anew in places.", "Name one.")
    inpaint.check_picture(start.size)


def _check_upscale(request: Request) -> None:
    upscale = request.upscale
    if type(upscale) is not int or upscale not in UPSCALES:
        known = ", ".join(map(str, UPSCALES))
        raise RequestError(f"The upscaling must be one of {known}, not {shown(upscale)}.")
    if request.inpaint is not None and upscale != 1:
        raise RequestError("A picture painted anew in places keeps its scale: 1.")


def _check_way(request: Request) -> None:
    last_step, branch = request.last_step, request.branch
    if last_step is None and branch is None:
        return
    if not request.task.needs_model:
        raise RequestError("Only what a model draws has steps to keep or to branch from.")
    if branch is None:
        return
    if not isinstance(branch, Branch) or not isinstance(branch.parent, type(request)):
        raise RequestError("The branch isn't described by a request and a step.")
    if branch.depth > MAX_DEPTH:
        raise too_deep()
    parent, painted = branch.parent, branch.painted
    for name, words in branch.kept.items():
        if getattr(parent, name) != getattr(request, name):
            raise RequestError(f"A branch keeps the {words} of the picture it grows from.")
    if request.num_images_per_prompt != 1:
        raise RequestError("A branch grows from one picture and gives one.")
    if request.inpaint is not None and len(request.inpaint.boxes) > 1:
        raise RequestError("What was painted in several working areas has no steps to go on from.")
    # After the last step there is no noise left to go on from, but there may be a second pass.
    last = parent.whole_way if parent.hires is None and request.hires else parent.whole_way - 1
    check_whole("step to branch from", branch.step, 0, min(parent.steps_taken, last))
    way = request.whole_way if branch.step >= parent.first_way else request.first_way
    if branch.step >= way:
        raise RequestError(
            f"After step {branch.step} there is none left to take.",
            "Choose an earlier step, or take more steps.",
        )
    if last_step is not None and last_step <= branch.step:
        raise RequestError("The last step must come after the one to branch from.")
    if painted is not None and painted.size != (drawn := parent.size_at(branch.step)):
        raise RequestError(
            f"What was painted is {painted.size} and the picture {drawn}; both must be equally "
            "large."
        )


def _check_model_wishes(request: Request) -> None:
    check_whole("clip skip", request.clip_skip, 0, MAX_CLIP_SKIP)
    for name, (kind, words) in _PARTS.items():
        value = getattr(request, name)
        if value is not None and not isinstance(value, kind):
            raise RequestError(f"The {words} can't be read.")
    for name, (kind, most, words) in _LISTS.items():
        values = getattr(request, name)
        if not isinstance(values, tuple) or not all(isinstance(each, kind) for each in values):
            raise RequestError(f"The {words} can't be read.")
        if len(values) > most:
            raise RequestError(f"There can be at most {most} {words}, not {len(values)}.")
    if not isinstance(request.edit, bool):
        raise RequestError("Whether the picture is to be changed must be yes or no.")
    if request.edit and (request.init_image is None or request.task is not Task.GENERATE):
        raise RequestError("Only a picture can be changed as the prompt says.", "Name one.")
    if request.hires is not None and request.task is not Task.GENERATE:
        raise RequestError("Only what is drawn whole has a second pass.")


def _check_sides(request: Request) -> None:
    check_whole("width", request.width, MIN_SIDE_PX, MAX_SIDE_PX)
    check_whole("height", request.height, MIN_SIDE_PX, MAX_SIDE_PX)
    upscale, finished = request.upscale, request.finished_size
    if max(finished.width, finished.height) > MAX_SIDE_PX:
        raise RequestError(
            f"{'The' if upscale == 1 else f'At {upscale} × the'} finished picture would be "
            f"{finished}, and its sides end at {MAX_SIDE_PX} pixels.",
            "Choose a smaller size, or upscale or extend less.",
        )


def _check_stylized_picture(request: Request) -> None:
    stylize, picture = request.stylize, request.init_image
    if not isinstance(stylize, Stylize) or request.inpaint is not None:
        raise RequestError("The style isn't described by styles and a method.")
    if picture is None:
        raise RequestError("Only a picture can take on a style.", "Name one.")
    if request.size != picture.size or request.upscale != 1 or request.num_inference_steps != 0:
        raise RequestError("In another style a picture keeps its size, and there are no steps.")
    if request.num_images_per_prompt != 1:
        raise RequestError("In another style there is one picture of each.")
    if picture.size.pixels > MAX_FINISHED_PIXELS:
        raise RequestError(
            f"The picture is {picture.size}, more than "
            f"{MAX_FINISHED_PIXELS // 1_000_000} million pixels.",
            "Make it smaller first.",
        )
    stylize.check_picture(picture.size)


def _check_upscaled_picture(request: Request) -> None:
    check_whole("width", request.width, 1, 65_535)
    check_whole("height", request.height, 1, 65_535)
    if request.upscale == 1 or request.num_images_per_prompt != 1:
        raise RequestError("Without steps there is one picture, upscaled 2 or 4 times.")
    if request.init_image is None or request.size != request.init_image.size:
        raise RequestError("Without steps the width and height must be the start picture's.")
    finished = request.finished_size
    if finished.pixels > MAX_FINISHED_PIXELS:
        raise RequestError(
            f"At {request.upscale} × the picture would be {finished}, more than "
            f"{MAX_FINISHED_PIXELS // 1_000_000} million pixels.",
            "Upscale it 2 ×, or make it smaller first."
            if request.upscale > 2
            else "Make it smaller first.",
        )
