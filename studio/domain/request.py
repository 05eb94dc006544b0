"""The Request: everything that decides a picture, and its JSON.

The same request on the same machine gives the same pixels. Its JSON is what the history keeps,
what an exported file carries and what goes to a remote engine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from studio.domain.adapters import FreeU, LoraUse, Refiner, SkipLayers
from studio.domain.branch import MAX_DEPTH, Branch
from studio.domain.checks import check_number
from studio.domain.control import Control, Reference
from studio.domain.errors import RequestError
from studio.domain.geometry import Size
from studio.domain.hires import HiresFix, Tiling, last_steps
from studio.domain.inpaint import Inpaint
from studio.domain.limits import (
    IMAGE_GUIDANCE_SCALE,
    MAX_GUIDANCE_SCALE,
    MAX_IMAGE_GUIDANCE_SCALE,
    MAX_PAG_SCALE,
)
from studio.domain.picture_ref import PictureRef as PictureRef
from studio.domain.request_checks import check_request, too_deep
from studio.domain.schedulers import Scheduler
from studio.domain.stylize import Stylize
from studio.domain.task import Task
from studio.domain.upscalers import UpscalerName

FORMAT_VERSION: Final = 1
_ADDED: Final = frozenset(
    {
        "inpaint",
        "upscaler",
        "stylize",
        "last_step",
        "branch",
        "edit",
        "loras",
        "vae",
        "clip_skip",
        "freeu",
        "pag_scale",
        "skip_layers",
        "image_guidance_scale",
        "refiner",
        "controls",
        "references",
        "hires",
        "tiling",
    }
)
_RECORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], object]]] = {
    "init_image": PictureRef.from_record,
    "inpaint": Inpaint.from_record,
    "stylize": Stylize.from_record,
    "freeu": lambda record: FreeU(**record),
    "skip_layers": lambda record: SkipLayers(**record),
    "refiner": lambda record: Refiner(**record),
    "hires": lambda record: HiresFix(**record),
    "tiling": lambda record: Tiling(**record),
}
_LISTS: Final[Mapping[str, Callable[[Mapping[str, Any]], object]]] = {
    "loras": lambda record: LoraUse(**record),
    "controls": Control.from_record,
    "references": Reference.from_record,
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
    same size, start picture and mask; `num_inference_steps` counts them, too. Steps are counted
    through both passes: the first of the second pass is the one after `first_way`.

    With `edit` the model doesn't draw over the start picture but looks at it and changes it as the
    prompt says; all steps are taken.

    `loras` change the model, beside those that the prompt names as `<lora:name:weight>`. `vae`
    names another autoencoder than the model's own. `clip_skip` is how many of the text encoder's
    last layers are left out, as diffusers counts them. `pag_scale` is the scale of perturbed
    attention guidance (Ahn et al. 2024), 0 is none; `skip_layers` is another guidance like it. A
    model that has a guidance of its own by the picture that it changes gets
    `image_guidance_scale` of that. A `refiner` takes the last steps. `controls` and `references`
    are pictures that the model looks at. `hires` adds a second, larger pass. With `tiling` the
    steps are taken tile by tile, and a start picture that is much smaller goes through the
    `upscaler` first.

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
    edit: bool = False
    loras: tuple[LoraUse, ...] = ()
    vae: str = ""
    clip_skip: int = 0
    freeu: FreeU | None = None
    pag_scale: float = 0.0
    skip_layers: SkipLayers | None = None
    image_guidance_scale: float = IMAGE_GUIDANCE_SCALE
    refiner: Refiner | None = None
    controls: tuple[Control, ...] = ()
    references: tuple[Reference, ...] = ()
    hires: HiresFix | None = None
    tiling: Tiling | None = None

    def __post_init__(self) -> None:
        guidance_scale = check_number("guidance scale", self.guidance_scale, 0, MAX_GUIDANCE_SCALE)
        object.__setattr__(self, "guidance_scale", guidance_scale)
        object.__setattr__(self, "strength", check_number("strength", self.strength, 0.01, 1))
        pag_scale = check_number("scale of perturbed attention", self.pag_scale, 0, MAX_PAG_SCALE)
        object.__setattr__(self, "pag_scale", pag_scale)
        image_guidance_scale = check_number(
            "image guidance scale", self.image_guidance_scale, 0, MAX_IMAGE_GUIDANCE_SCALE
        )
        object.__setattr__(self, "image_guidance_scale", image_guidance_scale)
        for name in _LISTS:
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))
        check_request(self)
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
        return self.size_at(self.steps_taken).times(self.upscale)

    def size_at(self, step: int) -> Size:
        """How large the picture is drawn in `step`: as the pass that it belongs to has it."""
        return self.size if self.hires is None or step <= self.first_way else self.hires.size

    @property
    def task(self) -> Task:
        """What kind of job it is."""
        if self.stylize is not None:
            return Task.STYLIZE
        if self.inpaint is not None:
            return Task.INPAINT
        return Task.UPSCALE if self.num_inference_steps == 0 else Task.GENERATE

    @property
    def first_way(self) -> int:
        """How many steps the first pass takes until no noise is left: with a start picture only the
        last `strength` of all, and at least one."""
        if self.init_image is not None and self.task.needs_model and not self.edit:
            return last_steps(self.num_inference_steps, self.strength)
        return self.num_inference_steps

    @property
    def whole_way(self) -> int:
        """How many steps it takes until no noise is left, in both passes, those of a branch's
        parent included."""
        second = 0 if self.hires is None else self.hires.whole_way(self.num_inference_steps)
        return self.first_way + second

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
        for use in record.get("loras", ()):
            if use["text_strength"] is None:
                del use["text_strength"]
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
        _read_parts(values)
        if isinstance(branch := values.get("branch"), Mapping):
            if not deepest:
                raise too_deep()
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


def _read_parts(values: dict[str, Any]) -> None:
    """Make of the records in `values` what they describe."""
    try:
        for name, read in _RECORDS.items():
            if isinstance(values.get(name), Mapping):
                values[name] = read(values[name])
        for name, read in _LISTS.items():
            if isinstance(values.get(name), list):
                values[name] = tuple(map(read, values[name]))
    except TypeError:
        words = name.replace("_", " ")
        raise RequestError(f"The request's {words} can't be read.") from None
