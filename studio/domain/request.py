"""The Request: everything that decides a picture, and its JSON.

The same request on the same machine gives the same pixels. Its JSON is what the history keeps,
what an exported file carries and what goes to a remote engine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from studio.domain.branch import MAX_DEPTH, Branch
from studio.domain.checks import check_number, check_whole, shown
from studio.domain.errors import RequestError
from studio.domain.geometry import Size
from studio.domain.inpaint import Inpaint
from studio.domain.picture_ref import PictureRef as PictureRef
from studio.domain.schedulers import Scheduler
from studio.domain.stylize import Stylize
from studio.domain.task import Task
from studio.domain.upscalers import MAX_FINISHED_PIXELS, UPSCALES, UpscalerName

FORMAT_VERSION: Final = 1
MAX_PROMPT_CHARS: Final = 20_000
MAX_STEPS: Final = 200
MAX_GUIDANCE_SCALE: Final = 50.0
MAX_SEED: Final = 2**63 - 1
MAX_SIDE_PX: Final = 8192
MIN_SIDE_PX: Final = 16
MAX_IMAGES_PER_PROMPT: Final = 64
_ADDED: Final = ("inpaint", "upscaler", "stylize", "last_step", "branch")

_KEPT_BY_BRANCHES: Final = {
    "size": "size",
    "init_image": "start picture",
    "strength": "strength",
    "inpaint": "mask",
    "num_images_per_prompt": "count",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One job for the engine.

    `width` and `height` are the pixels that the model draws; the finished picture is `upscale`
    (1, 2 or 4) times as wide and high. `num_inference_steps`, `guidance_scale`, `strength` and
    `num_images_per_prompt` mean what they mean in diffusers. Image `i` of a batch draws its noise
    from `seed + i`. `strength` (above 0, up to 1) counts only with an `init_image`.

    With `inpaint` the finished picture is the start picture, painted anew in places; `width` and
    `height` are then what the model draws of each working area, and `upscale` is 1.

    With no steps at all (`num_inference_steps` 0) the start picture is upscaled as it is: `width`
    and `height` are its own, and neither prompt nor model decides anything. `upscaler` names the
    network that upscales.

    With a `last_step` (1 is the first) no step after it is taken: the picture is what the model
    imagines by then. With a `branch` the first steps are those of another request, which has the
    same size, start picture and mask; `num_inference_steps` counts them, too.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    prompt: str
    seed: int
    model: str
    width: int
    height: int
    negative_prompt: str = ""
    num_inference_steps: int = 20
    guidance_scale: float = 5.0
    scheduler: Scheduler = Scheduler.EULER
    num_images_per_prompt: int = 1
    init_image: PictureRef | None = None
    strength: float = 0.6
    upscale: int = 1
    inpaint: Inpaint | None = None
    upscaler: str = UpscalerName.FAST
    stylize: Stylize | None = None
    last_step: int | None = None
    branch: Branch | None = None

    def __post_init__(self) -> None:
        for name in ("prompt", "negative_prompt", "model", "upscaler"):
            _check_text(name.replace("_", " "), getattr(self, name))
        check_whole("seed", self.seed, 0, MAX_SEED - MAX_IMAGES_PER_PROMPT)
        check_whole("images", self.num_images_per_prompt, 1, MAX_IMAGES_PER_PROMPT)
        _check_pictures(self)
        is_drawn = self.init_image is None or self.inpaint is not None
        fewest = 1 if is_drawn and self.stylize is None else 0
        check_whole("steps", self.num_inference_steps, fewest, MAX_STEPS)
        _check_upscale(self)
        match self.task:
            case Task.UPSCALE:
                _check_upscaled_picture(self)
            case Task.STYLIZE:
                _check_stylized_picture(self)
            case _:
                _check_sides(self)
        guidance_scale = check_number("guidance scale", self.guidance_scale, 0, MAX_GUIDANCE_SCALE)
        object.__setattr__(self, "guidance_scale", guidance_scale)
        object.__setattr__(self, "strength", check_number("strength", self.strength, 0.01, 1))
        _check_way(self)
        try:
            object.__setattr__(self, "scheduler", Scheduler(self.scheduler))
        except ValueError:
            known = ", ".join(Scheduler)
            raise RequestError(
                f"There is no scheduler named “{self.scheduler}”.", f"Choose one of: {known}."
            ) from None

    @property
    def size(self) -> Size:
        return Size(self.width, self.height)

    @property
    def finished_size(self) -> Size:
        """The size of the picture in the history, after upscaling or extending."""
        if self.inpaint is not None and self.init_image is not None:
            return self.inpaint.extend.of(self.init_image.size)
        return self.size.times(self.upscale)

    @property
    def task(self) -> Task:
        """What kind of job it is."""
        if self.stylize is not None:
            return Task.STYLIZE
        if self.inpaint is not None:
            return Task.INPAINT
        return Task.UPSCALE if self.num_inference_steps == 0 else Task.GENERATE

    @property
    def whole_way(self) -> int:
        """How many steps it takes until no noise is left, those of a branch's parent included: with
        a start picture only the last `strength` of all, and at least one."""
        steps = self.num_inference_steps
        if self.init_image is not None and self.task.needs_model:
            return max(1, min(int(steps * self.strength), steps))
        return steps

    @property
    def steps_taken(self) -> int:
        """How many steps of the whole way are taken."""
        way = self.whole_way
        return way if self.last_step is None else min(self.last_step, way)

    @property
    def digest(self) -> str:
        """sha256 (hex) of the canonical JSON: two requests that differ anywhere differ here."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces, UTF-8 text, the format's version inside."""
        return json.dumps(self._record(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def _record(self) -> dict[str, Any]:
        if self.branch is None:
            record = {"version": FORMAT_VERSION, **asdict(self)}
        else:
            record = {"version": FORMAT_VERSION, **asdict(replace(self, branch=None))}
            painted = self.branch.painted
            record["branch"] = {
                # As it would stand alone, so that its digest can be told from here.
                "parent": self.branch.parent._record(),
                "step": self.branch.step,
                "painted": None if painted is None else asdict(painted),
            }
        # Absent where unused: what was written before these fields were there keeps its digest.
        for field in fields(self):
            if field.name in _ADDED and record[field.name] == field.default:
                del record[field.name]
        return record

    @classmethod
    def from_json(cls, text: str) -> Request:
        """Read what `to_json` wrote. Keys that this version doesn't know are passed over.

        Raises:
            RequestError: not JSON, from a newer format, a key is missing, or a value is impossible.
        """
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            raise RequestError("This isn't a request of the studio: it is not JSON.") from None
        return cls._from_record(record, MAX_DEPTH)

    @classmethod
    def _from_record(cls, record: object, deepest: int) -> Request:
        if not isinstance(record, dict):
            raise RequestError("This isn't a request of the studio: it is no JSON object.")
        version = record.get("version")
        if not isinstance(version, int) or version > FORMAT_VERSION:
            raise RequestError(
                "This request was written by a newer version of Pentimento.", "Update the studio."
            )
        values = {field.name: record[field.name] for field in fields(cls) if field.name in record}
        if isinstance(values.get("init_image"), Mapping):
            values["init_image"] = PictureRef.from_record(values["init_image"])
        if isinstance(values.get("inpaint"), Mapping):
            values["inpaint"] = Inpaint.from_record(values["inpaint"])
        if isinstance(values.get("stylize"), Mapping):
            values["stylize"] = Stylize.from_record(values["stylize"])
        if isinstance(branch := values.get("branch"), Mapping):
            if not deepest:
                raise _too_deep()
            painted = branch.get("painted")
            values["branch"] = Branch(
                cls._from_record(branch.get("parent"), deepest - 1),
                branch.get("step", -1),
                PictureRef.from_record(painted) if isinstance(painted, Mapping) else painted,
            )
        try:
            return cls(**values)
        except TypeError as error:
            raise RequestError(f"The request is incomplete: {error}.") from None


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
    if last_step is not None:
        check_whole("last step", last_step, 1, MAX_STEPS)
    if branch is None:
        return
    if not isinstance(branch, Branch) or not isinstance(branch.parent, Request):
        raise RequestError("The branch isn't described by a request and a step.")
    if branch.depth > MAX_DEPTH:
        raise _too_deep()
    parent, painted = branch.parent, branch.painted
    for name, words in _KEPT_BY_BRANCHES.items():
        if getattr(parent, name) != getattr(request, name):
            raise RequestError(f"A branch keeps the {words} of the picture it grows from.")
    if request.num_images_per_prompt != 1:
        raise RequestError("A branch grows from one picture and gives one.")
    if request.inpaint is not None and len(request.inpaint.boxes) > 1:
        raise RequestError("What was painted in several working areas has no steps to go on from.")
    # After the last step there is no noise left to go on from.
    check_whole(
        "step to branch from", branch.step, 0, min(parent.steps_taken, parent.whole_way - 1)
    )
    if branch.step >= request.whole_way:
        raise RequestError(
            f"After step {branch.step} there is none left to take.",
            "Choose an earlier step, or take more steps.",
        )
    if last_step is not None and last_step <= branch.step:
        raise RequestError("The last step must come after the one to branch from.")
    if painted is not None and painted.size != request.size:
        raise RequestError(
            f"What was painted is {painted.size} and the picture {request.size}; both must be "
            "equally large."
        )


def _too_deep() -> RequestError:
    return RequestError(
        f"More than {MAX_DEPTH} branches grow from one another here.",
        "Start from the picture itself.",
    )


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
