"""How a picture from elsewhere was made, and what of that the prompt panel can take over.

Nothing is taken over until the artist says so, no job begins, and the model changes only where the
artist agreed to it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Final

from psygnal import Signal

from studio.catalog import Catalog
from studio.domain.addons import AddonKind
from studio.domain.errors import StorageError
from studio.domain.geometry import Size
from studio.domain.limits import MAX_PROMPT_CHARS, MAX_SIDE_PX, MIN_SIDE_PX
from studio.domain.model import ModelInfo
from studio.domain.schedulers import Scheduler
from studio.library.dialects import read_settings
from studio.library.dialects.samplers import match_sampler
from studio.library.settings import PictureSettings, loras_in
from studio.prompting import find_loras
from studio.ui.session.background import Background
from studio.ui.session.drafting.draft import Draft
from studio.ui.session.drafting.lora_names import LoraNames
from studio.ui.session.messages import Messages, Notice

_MIN_STRENGTH: Final = 0.01


class Part(StrEnum):
    """What can be taken over on its own."""

    PROMPT = "Prompt"
    NEGATIVE_PROMPT = "Negative prompt"
    MODEL = "Model"
    SAMPLER = "Sampler"
    STEPS = "Steps"
    GUIDANCE = "Guidance"
    SEED = "Seed"
    SIZE = "Size"
    STRENGTH = "Strength"


@dataclass(frozen=True, slots=True)
class OfferedPart:
    """One part: its value as it would be here, and what there is to say about it.

    One that `is_usable` not can't be taken over; the note says why.
    """

    part: Part
    value: str
    note: str = ""
    is_usable: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """What `settings` come to in this studio.

    `model` and `scheduler` are those here that are meant, None where there are none such; `prompt`
    has every LoRA in it as text. `unknown` lists what isn't understood, key and value.
    """

    settings: PictureSettings
    parts: tuple[OfferedPart, ...]
    prompt: str
    model: ModelInfo | None
    scheduler: Scheduler | None
    unknown: tuple[tuple[str, str], ...]


class ForeignSettings:
    """Reads the settings of any program's picture, and fills them into the prompt panel.

    `wanted` says that the artist wants to see the settings of a picture of that name.
    """

    wanted: ClassVar[Signal] = Signal(PictureSettings, str)

    def __init__(
        self, catalog: Catalog, draft: Draft, messages: Messages, background: Background
    ) -> None:
        self._catalog = catalog
        self._draft = draft
        self._messages = messages
        self._background = background

    def look_into(self, path: Path, tell: Callable[[PictureSettings | None], None]) -> None:
        """Read a picture file, then `tell` how it was made, or None if it doesn't say."""
        self._background.start(self._look_into, path, tell)

    def show(self, settings: PictureSettings, name: str) -> None:
        """Show the settings of a picture called `name`, to be taken over or not."""
        if settings.is_empty:
            self._messages.notice.emit(
                Notice(f"“{name}” doesn't say how it was made.", is_error=False)
            )
        else:
            self.wanted.emit(settings, name)

    def mention(self, path: Path) -> None:
        """Tell the artist if a picture file says how it was made, and offer to show it.

        One that doesn't, or can't be read, is passed over in silence.
        """
        self._background.start(self._mention, path)

    def offer(self, settings: PictureSettings) -> Offer:
        """What can be taken over of settings, here and now."""
        model = self._find_model(settings.model)
        match = match_sampler(settings.sampler) if settings.sampler else None
        prompt = self._with_loras(settings)
        return Offer(
            settings,
            tuple(self._parts(settings, prompt, model)),
            prompt,
            model,
            None if match is None else match.scheduler,
            settings.others,
        )

    def take(self, offer: Offer, parts: Collection[Part]) -> None:
        """Fill these parts of an offer into the prompt panel; a part that it doesn't have stays."""
        draft, settings = self._draft, offer.settings
        # The branch decides most of it by itself.
        draft.branch = None
        if Part.MODEL in parts and offer.model is not None and offer.model != draft.model:
            draft.use_model(offer.model)
        if Part.PROMPT in parts and offer.prompt:
            draft.prompt = offer.prompt
        if Part.NEGATIVE_PROMPT in parts:
            draft.negative_prompt = settings.negative_prompt
        if Part.SAMPLER in parts and offer.scheduler is not None:
            draft.scheduler = offer.scheduler
        if Part.STEPS in parts and settings.steps is not None:
            draft.num_inference_steps = settings.steps
        if Part.GUIDANCE in parts and settings.guidance_scale is not None:
            draft.guidance_scale = settings.guidance_scale
        if Part.SEED in parts and settings.seed is not None:
            draft.seed = settings.seed
            draft.keep_seed = True
        if Part.SIZE in parts and (size := _size(settings)) is not None:
            draft.resize(size)
        if Part.STRENGTH in parts and settings.strength is not None:
            draft.strength = max(_MIN_STRENGTH, settings.strength)

    def _parts(
        self, settings: PictureSettings, prompt: str, model: ModelInfo | None
    ) -> list[OfferedPart]:
        parts = []
        if prompt:
            parts.append(OfferedPart(Part.PROMPT, prompt, self._missing_loras(prompt)))
        if settings.negative_prompt or prompt:
            note = "" if settings.negative_prompt else "There is none: the one here goes."
            parts.append(OfferedPart(Part.NEGATIVE_PROMPT, settings.negative_prompt, note))
        if settings.model:
            parts.append(self._model_part(settings, model))
        if settings.sampler:
            parts.append(_sampler_part(settings.sampler))
        for part, value in (
            (Part.STEPS, settings.steps),
            (Part.GUIDANCE, settings.guidance_scale),
            (Part.SEED, settings.seed),
        ):
            if value is not None:
                shown = f"{value:g}" if isinstance(value, float) else str(value)
                parts.append(OfferedPart(part, shown))
        if (size := _size(settings)) is not None:
            drawn = _drawable(size, model or self._draft.model)
            note = "" if drawn == size else f"It was {size}."
            parts.append(OfferedPart(Part.SIZE, str(drawn), note))
        if settings.strength is not None:
            note = "Counts only with a start picture."
            parts.append(OfferedPart(Part.STRENGTH, f"{settings.strength:g}", note))
        return parts

    def _model_part(self, settings: PictureSettings, model: ModelInfo | None) -> OfferedPart:
        if model is not None:
            note = "" if model.title == settings.model else f"Written there as “{settings.model}”."
            return OfferedPart(Part.MODEL, model.title, note)
        written = settings.model + (f" ({settings.model_hash})" if settings.model_hash else "")
        stays = f"the present model, {self._draft.model.title}, stays."
        note = f"No model on this disk that draws by itself is called so: {stays}"
        return OfferedPart(Part.MODEL, written, note, is_usable=False)

    def _find_model(self, name: str) -> ModelInfo | None:
        wanted = _plain(name)
        if not wanted:
            return None
        for model in self._catalog.models():
            if model.draws_alone and wanted in (_plain(model.name), _plain(model.title)):
                return model
        return None

    def _with_loras(self, settings: PictureSettings) -> str:
        """The prompt, with the LoRAs that stood elsewhere named in it, and each by its name here:
        one that isn't here by that name may be by its hash."""
        named = {name for name, _ in loras_in(settings.prompt)}
        tags = [f"<lora:{name}:{weight:g}>" for name, weight in settings.loras if name not in named]
        prompt = " ".join((settings.prompt, *tags)).strip()[:MAX_PROMPT_CHARS]
        return LoraNames(self._catalog, dict(settings.lora_hashes)).in_prompt(prompt)

    def _missing_loras(self, prompt: str) -> str:
        there = self._lora_names()
        missing = [tag.use.name for tag in find_loras(prompt) if tag.use.name.lower() not in there]
        if not missing:
            return ""
        named = ", ".join(f"“{name}”" for name in dict.fromkeys(missing))
        return f"LoRAs that aren't on this disk: {named}. Their tags have to go before it is drawn."

    def _lora_names(self) -> set[str]:
        return {addon.name.lower() for addon in self._catalog.addons(AddonKind.LORA)}

    async def _look_into(self, path: Path, tell: Callable[[PictureSettings | None], None]) -> None:
        try:
            settings = await asyncio.to_thread(read_settings, path)
        except OSError as error:
            raise StorageError(f"“{path.name}” can't be read: {error.strerror}.") from error
        tell(settings)

    async def _mention(self, path: Path) -> None:
        try:
            settings = await asyncio.to_thread(read_settings, path)
        except OSError:
            return
        if settings is None:
            return
        program = f" by {settings.program}" if settings.program else ""
        self._messages.notice.emit(
            Notice(
                f"“{path.name}” tells how it was made{program}.",
                is_error=False,
                action=("Its settings…", lambda: self.show(settings, path.stem)),
            )
        )


def _sampler_part(name: str) -> OfferedPart:
    match = match_sampler(name)
    if match is None:
        note = "The studio has no such sampler: the present one stays."
        return OfferedPart(Part.SAMPLER, name, note, is_usable=False)
    note = "" if match.is_exact else f"The nearest here to “{name}”."
    return OfferedPart(Part.SAMPLER, str(match.scheduler), note)


def _size(settings: PictureSettings) -> Size | None:
    width, height = settings.width, settings.height
    return None if width is None or height is None else Size(width, height)


def _drawable(size: Size, model: ModelInfo) -> Size:
    multiple = model.size_multiple_px
    snapped = size.snapped(multiple)
    low, high = -(-MIN_SIDE_PX // multiple) * multiple, MAX_SIDE_PX // multiple * multiple
    return Size(min(high, max(low, snapped.width)), min(high, max(low, snapped.height)))


def _plain(name: str) -> str:
    """Letters and digits alone: programs write one model's name in many ways."""
    return re.sub(r"[\W_]+", "", name.casefold())
