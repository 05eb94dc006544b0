"""LoRAs with which a model draws in few steps: switched on with all that they ask for."""

from __future__ import annotations

from dataclasses import dataclass

from studio.catalog import Catalog
from studio.catalog.defaults import defaults_for, few_steps_for
from studio.domain.adapters import MAX_LORAS, LoraUse
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.schedulers import Scheduler
from studio.ui.session.drafting.draft import Draft
from studio.ui.session.messages import Messages, Notice


@dataclass(frozen=True, slots=True)
class FewStepLora:
    """A LoRA, and the values that it was made for."""

    addon: AddonInfo
    steps: int
    guidance_scale: float
    scheduler: Scheduler

    def __str__(self) -> str:
        """“6 steps, guidance 1, LCM”."""
        return f"{self.steps} steps, guidance {self.guidance_scale:g}, {self.scheduler}"


@dataclass(frozen=True, slots=True)
class _Before:
    """What stood in the prompt panel, and with which model."""

    model: str
    steps: int
    guidance_scale: float
    scheduler: Scheduler


class FewSteps:
    """Reads and writes the draft; remembers what stood there before."""

    def __init__(self, catalog: Catalog, draft: Draft, messages: Messages) -> None:
        self._catalog = catalog
        self._draft = draft
        self._messages = messages
        self._before: _Before | None = None

    def offers(self) -> tuple[FewStepLora, ...]:
        """Those on this disk that are for the model's family."""
        model = self._draft.model
        found = []
        for addon in self._catalog.addons(AddonKind.LORA, model.family):
            if addon.family != model.family:
                continue
            usual = defaults_for(model.family, "", model.task)
            if (few := few_steps_for(usual, model.family, addon.name)) is not None:
                offer = FewStepLora(addon, few.steps, few.guidance_scale, few.scheduler)
                found.append(offer)
        return tuple(found)

    def is_on(self, offer: FewStepLora) -> bool:
        """Whether it stands beside the prompt."""
        return any(use.name == offer.addon.name for use in self._draft.loras)

    def switch_on(self, offer: FewStepLora) -> None:
        """Put it beside the prompt, alone of its sort, with its steps, guidance and scheduler."""
        draft = self._draft
        is_first = not any(map(self.is_on, self.offers()))
        others = self._others()
        if len(others) == MAX_LORAS:
            said = f"There are {MAX_LORAS} LoRAs already."
            self._messages.notice.emit(Notice(said, "Take one away first."))
            return
        if is_first:
            self._before = _Before(
                draft.model.name, draft.num_inference_steps, draft.guidance_scale, draft.scheduler
            )
        draft.loras = (*others, LoraUse(offer.addon.name))
        draft.num_inference_steps = offer.steps
        draft.guidance_scale = offer.guidance_scale
        draft.scheduler = offer.scheduler

    def switch_off(self) -> None:
        """Take it away; what stood there before comes back, or the model's own values."""
        draft, before = self._draft, self._before
        draft.loras = self._others()
        model = draft.model
        if before is None or before.model != model.name:
            before = _Before(
                model.name,
                model.default_steps,
                model.default_guidance_scale,
                model.default_scheduler,
            )
        draft.num_inference_steps = before.steps
        draft.guidance_scale = before.guidance_scale
        draft.scheduler = before.scheduler
        self._before = None

    def _others(self) -> tuple[LoraUse, ...]:
        mine = {offer.addon.name for offer in self.offers()}
        return tuple(use for use in self._draft.loras if use.name not in mine)
