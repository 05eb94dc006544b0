"""The models on this disk, as the models window and the prompt panel's menu show them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

from psygnal import Signal

from studio.catalog import Catalog
from studio.catalog.upscalers import as_addon
from studio.domain.adapters import LoraUse
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import RequestError, StudioError
from studio.domain.fit import Fit, FitVerdict, fits
from studio.domain.model import ModelInfo
from studio.domain.placement import PlacementWishes
from studio.domain.upscalers import UpscalerInfo
from studio.engine import Engine, EngineState
from studio.library.files.disk import Disk
from studio.prompting import find_loras
from studio.ui.session.background import Background
from studio.ui.session.drafting.draft import Draft
from studio.ui.session.generation import Generation
from studio.ui.session.messages import Messages
from studio.ui.session.models.model_defaults import ModelDefaults
from studio.ui.session.models.model_marks import Info, ModelMarks
from studio.ui.session.on_loop import OnLoop

LORA_WEIGHT: Final = 0.8
# What a ModelInfo has no word for, with what stands there usually.
_LOOSE: Final[Mapping[str, str | int]] = {"negative_prompt": "", "clip_skip": 0, "vae": ""}
# The engine has seen then whether there is a card.
_LOOKED: Final = frozenset({EngineState.READY, EngineState.BUSY})


def draws_alone(info: Info | None) -> bool:
    """Whether it is a model with which pictures can be begun (ModelInfo.draws_alone)."""
    return isinstance(info, ModelInfo) and info.draws_alone


class Models:
    """Which there are, which is chosen, and what the artist noted about them in `marks`.

    Signals:
        changed(): others are there, or other places or refusals.
        window_wanted(): the artist wants to see all that there are.
        engine_wanted(): the artist wants to see how they are kept and computed.
    """

    changed: ClassVar[Signal] = Signal()
    window_wanted: ClassVar[Signal] = Signal()
    engine_wanted: ClassVar[Signal] = Signal()

    def __init__(
        self,
        catalog: Catalog,
        draft: Draft,
        generation: Generation,
        engine: Engine,
        marks_file: Path,
        disk: Disk,
        messages: Messages,
        background: Background,
    ) -> None:
        self.marks = ModelMarks(marks_file, disk)
        self._catalog = catalog
        self._draft = draft
        self._generation = generation
        self._engine = engine
        self._messages = messages
        self._background = background
        self._news = OnLoop(self.changed.emit)
        catalog.changed.connect(self._news)
        # Its values stay as they were left; this is what a double click goes back to.
        draft.model = self.with_defaults(draft.model)

    def begin(self) -> None:
        """Watch the folders from now on, and hear of what other threads find. In the loop."""
        self._news.begin()
        self._catalog.watch()

    async def close(self) -> None:
        self._catalog.changed.disconnect(self._news)
        self._news.end()
        # A look that is under way comes to its end.
        await asyncio.to_thread(self._catalog.stop_watching)

    # What there is

    def all(self) -> tuple[Info, ...]:
        """Models first, then what goes with them, then upscalers."""
        upscalers = map(as_addon, self._catalog.upscalers())
        return (*self._catalog.models(), *self._catalog.addons(), *upscalers)

    def models(self) -> tuple[ModelInfo, ...]:
        """Those that draw pictures by themselves."""
        return tuple(filter(draws_alone, self._catalog.models()))

    def upscalers(self) -> tuple[UpscalerInfo, ...]:
        """What makes pictures larger."""
        return self._catalog.upscalers()

    def fit(self, info: Info) -> Fit:
        """Whether it fits the card of this machine."""
        status = self._engine.status
        if not status.card_total_bytes and status.state not in _LOOKED:
            return Fit(FitVerdict.UNKNOWN, "Whether it fits your card shows in a moment.")
        wishes = self.marks.wishes.of(info.name)
        return fits(info, status.card_free_bytes, status.card_total_bytes, wishes)

    @property
    def card_bytes(self) -> int:
        """How much memory the graphics card has; 0 without one."""
        return self._engine.status.card_total_bytes

    # What is chosen

    def is_in_use(self, info: Info) -> bool:
        """Whether the prompt panel's model is this one."""
        return isinstance(info, ModelInfo) and info.name == self._draft.model.name

    def use(self, model: ModelInfo) -> None:
        """Draw with it, beginning with what the artist keeps for it or else with its own values.

        Of `_LOOSE` only what stands as usual is filled in, and it goes with the model that brought
        it.
        """
        draft = self._draft
        before, after = self.marks.defaults(draft.model.name), self.marks.defaults(model.name)
        for name, usual in _LOOSE.items():
            if getattr(draft, name) in (usual, getattr(before, name, usual)):
                setattr(draft, name, getattr(after, name, usual))
        self._generation.use_model(self.with_defaults(model))

    def with_defaults(self, model: ModelInfo) -> ModelInfo:
        """The model with what the artist keeps for it in the place of its own values."""
        kept = self.marks.defaults(model.name)
        return model if kept is None else kept.applied_to(model)

    def keep_defaults(self, model: ModelInfo) -> None:
        """Have the model begin with the prompt panel's values from now on."""
        self._set_defaults(model, ModelDefaults.of(self._draft))

    def reset_defaults(self, model: ModelInfo) -> None:
        """Have the model begin with its maker's values again."""
        self._set_defaults(model, None)

    def placement(self, model: ModelInfo) -> PlacementWishes:
        """How the artist wants the model to lie on the card."""
        return self.marks.wishes.of(model.name)

    def place(self, model: ModelInfo, wishes: PlacementWishes) -> None:
        """Have a model lie on the card so from its next picture on; it is loaded anew for that."""
        is_usual = wishes == self.marks.wishes.usual
        self.marks.set_placement(model.name, None if is_usual else wishes)
        self._save()

    def place_all(self, wishes: PlacementWishes) -> None:
        """Have every model lie on the card so from its next picture on, but those with wishes of
        their own."""
        self.marks.set_usual(wishes)
        self._save()

    def place_as_all(self, model: ModelInfo) -> None:
        """Have a model lie on the card as the others do from its next picture on."""
        self.marks.set_placement(model.name, None)
        self._save()

    def set_grid(self, g_per_kwh: float) -> None:
        """Estimate CO2 by this carbon intensity of the electricity from the next picture on."""
        self.marks.set_grid(g_per_kwh)
        self._save()

    def set_favourite(self, info: Info, is_favourite: bool) -> None:
        """Give it a star, or take it away."""
        self.marks.set_favourite(info, is_favourite)
        self._save()

    def allow_host(self, host: str) -> None:
        """Note that the artist agrees to ask this host for files."""
        self.marks.allow(host)
        self._save()

    # What goes into the prompt

    def add_to_prompt(self, addon: AddonInfo) -> None:
        """Put a LoRA's tag or an embedding's word at the end of the prompt, once."""
        match addon.kind:
            case AddonKind.LORA:
                self._add_lora(addon.name)
            case AddonKind.EMBEDDING:
                self.add_words(addon.name)

    def add_words(self, words: str) -> None:
        """Put trigger words at the end of the prompt, unless they stand in it."""
        if re.search(rf"(?<!\w){re.escape(words)}(?!\w)", self._draft.prompt) is None:
            self._append(words, ", ")

    def _add_lora(self, name: str) -> None:
        if any(tag.use.name == name for tag in find_loras(self._draft.prompt)):
            return
        try:
            tag = LoraUse(name, LORA_WEIGHT).tag
        except StudioError as error:
            self._messages.tell(error)
            return
        if tag:
            self._append(tag, " ")
        else:
            sentence = f"“{name}” can't stand in a prompt: its name holds “:”, “<” or “>”."
            self._messages.tell(RequestError(sentence, "Rename its file."))

    def _append(self, text: str, between: str) -> None:
        prompt = self._draft.prompt.rstrip()
        if prompt.endswith(","):
            between = " "
        self._draft.prompt = f"{prompt}{between}{text}" if prompt else text

    def _set_defaults(self, model: ModelInfo, defaults: ModelDefaults | None) -> None:
        self.marks.set_defaults(model.name, defaults)
        self._save()
        if self.is_in_use(model):
            self._draft.model = self.with_defaults(self._catalog.find(model.name))

    def _save(self) -> None:
        self._background.complete(asyncio.to_thread, self.marks.save)
