"""The request that the artist is still writing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from psygnal import SignalGroupDescriptor

from studio.domain.adapters import FreeU, LoraUse, Refiner, SkipLayers
from studio.domain.control import Control, Reference
from studio.domain.geometry import Size
from studio.domain.hires import MAX_TILE_PX, MIN_TILE_PX, HiresFix, Tiling
from studio.domain.limits import IMAGE_GUIDANCE_SCALE, MAX_SIDE_PX, MIN_SIDE_PX
from studio.domain.model import ModelInfo, ModelTask
from studio.domain.request import PictureRef, Request
from studio.domain.schedulers import Scheduler
from studio.domain.upscalers import UpscalerName
from studio.ui.session.branch_point import BranchPoint
from studio.ui.session.drafting.guide import Guide
from studio.ui.session.drafting.hires_wish import HiresWish

CHANGES: Final = (
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
)
"""What changes the model or tells it more: names of a Request's fields, and of a Draft's."""
_DICE_BITS = 32


@dataclass
class Draft:
    """The prompt panel's values. `events.<field>` emits the new value, only on a real change.

    With a `branch` the next pictures grow from a step of another one, which decides their size,
    start picture, strength and mask.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    model: ModelInfo
    prompt: str = ""
    negative_prompt: str = ""
    size: Size = field(default_factory=lambda: Size(512, 512))
    num_inference_steps: int = 20
    guidance_scale: float = 5.0
    scheduler: Scheduler = Scheduler.EULER
    seed: int = 0
    keep_seed: bool = False
    count: int = 1
    strength: float = 0.6
    upscale: int = 1
    upscaler: str = UpscalerName.FAST
    loras: tuple[LoraUse, ...] = ()
    vae: str = ""
    clip_skip: int = 0
    freeu: FreeU | None = None
    pag_scale: float = 0.0
    skip_layers: SkipLayers | None = None
    image_guidance_scale: float = IMAGE_GUIDANCE_SCALE
    refiner: Refiner | None = None
    guides: tuple[Guide, ...] = ()
    edit: bool = False
    hires: HiresWish | None = None
    tiling: Tiling | None = None
    branch: BranchPoint | None = None

    @classmethod
    def for_model(cls, model: ModelInfo) -> Draft:
        """An empty draft with the model's own defaults and a rolled seed."""
        draft = cls(model)
        draft.use_model(model)
        draft.roll_seed()
        return draft

    def use_model(self, model: ModelInfo) -> None:
        """Choose a model and take over what it draws best with. Prompts and seed stay."""
        self.model = model
        self.size = model.native_size
        self.num_inference_steps = model.default_steps
        self.guidance_scale = model.default_guidance_scale
        self.scheduler = model.default_scheduler
        self.upscale = model.default_upscale
        self.edit = model.task is ModelTask.EDIT
        self.tiling = None if self.tiling is None else tiles_of(model)

    def resize(self, size: Size) -> None:
        """Take the size nearest to `size` that the model can draw and that can be upscaled."""
        multiple = self.model.size_multiple_px
        low = -(-MIN_SIDE_PX // multiple) * multiple
        high = MAX_SIDE_PX // self.upscale // multiple * multiple
        snapped = size.snapped(multiple)
        self.size = Size(
            min(high, max(low, snapped.width)),
            min(high, max(low, snapped.height)),
        )

    def roll_seed(self) -> None:
        """Draw a new random seed."""
        self.seed = secrets.randbits(_DICE_BITS)

    @property
    def controls(self) -> tuple[Control, ...]:
        return tuple(guide.wish for guide in self.guides if isinstance(guide.wish, Control))

    @property
    def references(self) -> tuple[Reference, ...]:
        return tuple(guide.wish for guide in self.guides if isinstance(guide.wish, Reference))

    @property
    def first_size(self) -> Size:
        """How large the first pass is drawn, a branch as its parent."""
        return self.size if self.branch is None else self.branch.parent.size

    @property
    def second_pass(self) -> HiresFix | None:
        """The second pass at the size that it has now."""
        if self.hires is None:
            return None
        return self.hires.of(self.first_size, self.model.size_multiple_px, self.upscale)

    @property
    def drawn_size(self) -> Size:
        """How large the picture leaves the model, before it is upscaled."""
        return self.first_size if self.second_pass is None else self.second_pass.size

    def requests(self, start: PictureRef | None = None) -> tuple[Request, ...]:
        """`count` requests with consecutive seeds, so that each picture can be made again alone.

        Raises:
            RequestError: a value is out of range.
        """
        first = self.as_request(start)
        if self.branch is not None:
            first = self.branch.grow(first)
        return tuple(replace(first, seed=self.seed + index) for index in range(self.count))

    def as_request(self, start: PictureRef | None = None) -> Request:
        """The first of the requests, as it would be without a branch."""
        edits = self.edit and start is not None and self.model.can_edit
        guides = edits and self.model.guides_by_picture
        return Request(
            prompt=self.prompt.strip(),
            negative_prompt=self.negative_prompt.strip(),
            seed=self.seed,
            model=self.model.name,
            width=self.size.width,
            height=self.size.height,
            num_inference_steps=self.num_inference_steps,
            guidance_scale=self.guidance_scale,
            scheduler=self.scheduler,
            init_image=start,
            strength=self.strength,
            upscale=self.upscale,
            upscaler=self.upscaler,
            loras=self.loras,
            vae=self.vae,
            clip_skip=self.clip_skip,
            freeu=self.freeu,
            pag_scale=self.pag_scale,
            skip_layers=self.skip_layers,
            image_guidance_scale=self.image_guidance_scale if guides else IMAGE_GUIDANCE_SCALE,
            refiner=self.refiner,
            controls=self.controls,
            references=self.references,
            edit=edits,
            hires=self.second_pass,
            tiling=self.tiling,
        )

    def as_part(self) -> Request:
        """`as_request` without what only whole pictures have, for painting a part of one."""
        return replace(self.as_request(), hires=None, tiling=None)

    def restore(self, request: Request, model: ModelInfo) -> None:
        """Take over everything from a request, so that Generate makes the same picture again; of
        one that was ended at a step, the whole."""
        self.model = model
        self.prompt = request.prompt
        self.negative_prompt = request.negative_prompt
        self.size = request.size
        self.num_inference_steps = request.num_inference_steps
        self.guidance_scale = request.guidance_scale
        self.scheduler = request.scheduler
        self.seed = request.seed
        self.keep_seed = True
        self.count = 1
        self.strength = request.strength
        self.upscale = request.upscale
        self.upscaler = request.upscaler
        self.take_changes(request)
        self.edit = request.edit
        self.take_second_pass(request)
        self.tiling = request.tiling
        self.branch = None if request.branch is None else BranchPoint.of(request.branch)

    def take_second_pass(self, request: Request) -> None:
        """Take over whether there is a second pass, and which."""
        multiple, hires = self.model.size_multiple_px, request.hires
        wish = None if hires is None else HiresWish.from_pass(hires, request.size, multiple)
        self.hires = wish

    def take_changes(self, request: Request) -> None:
        """Take over what changes the model, `CHANGES`, and nothing else."""
        self.loras = request.loras
        self.vae = request.vae
        self.clip_skip = request.clip_skip
        self.freeu = request.freeu
        self.pag_scale = request.pag_scale
        self.skip_layers = request.skip_layers
        self.image_guidance_scale = request.image_guidance_scale
        self.refiner = request.refiner
        self.guides = (*map(Guide, request.controls), *map(Guide, request.references))


def tiles_of(model: ModelInfo) -> Tiling:
    """Tiles as large as the pictures that a model draws best; they overlap by an eighth."""
    native = max(model.native_size.width, model.native_size.height)
    side = min(max(native, MIN_TILE_PX), MAX_TILE_PX)
    return Tiling(side, side // 8)
