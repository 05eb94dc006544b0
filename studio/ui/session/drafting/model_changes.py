"""What changes the model for the next picture: LoRAs above all, in the prompt and beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from studio.catalog import Catalog
from studio.catalog.compatibility import goes_with
from studio.domain.adapters import MAX_LORAS, LoraUse
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.model import FAMILY_TITLES, ModelInfo, ModelTask
from studio.prompting import find_loras
from studio.ui.session.drafting.draft import Draft

_PROMPTS: Final = ("prompt", "negative_prompt")


@dataclass(frozen=True, slots=True)
class LoraEntry:
    """A LoRA of the next picture. `place` is the draft's field in which it stands, `number` its
    place among those there; `info` is None where the catalog has none of that name."""

    use: LoraUse
    place: str
    number: int
    info: AddonInfo | None

    @property
    def is_tag(self) -> bool:
        """Whether it is written in a prompt."""
        return self.place in _PROMPTS


class ModelChanges:
    """Reads and writes the draft; holds nothing itself."""

    def __init__(self, catalog: Catalog, draft: Draft) -> None:
        self._catalog = catalog
        self._draft = draft

    def loras(self) -> tuple[LoraEntry, ...]:
        """Those of the prompts first, in their order, then those beside them."""
        placed = {
            place: [tag.use for tag in find_loras(getattr(self._draft, place))]
            for place in _PROMPTS
        }
        placed["loras"] = list(self._draft.loras)
        if not any(placed.values()):
            return ()
        there = {addon.name.lower(): addon for addon in self._catalog.addons(AddonKind.LORA)}
        return tuple(
            LoraEntry(use, place, number, there.get(use.name.lower()))
            for place, uses in placed.items()
            for number, use in enumerate(uses)
        )

    def trouble(self, entry: LoraEntry) -> str:
        """Why a LoRA can't be used with the model, or empty."""
        if entry.info is None:
            return "It isn't on this disk."
        family = entry.info.family
        if family in FAMILY_TITLES and not goes_with(entry.info, self._draft.model.family):
            return f"It was made for {FAMILY_TITLES[family]}."
        return ""

    def available(self, kind: AddonKind) -> tuple[AddonInfo, ...]:
        """What goes with the model."""
        return self._catalog.addons(kind, self._draft.model.family)

    def refiners(self) -> tuple[ModelInfo, ...]:
        """Models that can take the model's last steps."""
        family = self._draft.model.family
        return tuple(
            model
            for model in self._catalog.models()
            if model.task is ModelTask.REFINER and model.family == family
        )

    @property
    def is_full(self) -> bool:
        return len(self._draft.loras) >= MAX_LORAS

    def add(self, addon: AddonInfo) -> None:
        """Put a LoRA beside the prompt, unless it is there."""
        if not self.is_full and all(use.name != addon.name for use in self._draft.loras):
            self._draft.loras = (*self._draft.loras, LoraUse(addon.name))

    def weigh(self, entry: LoraEntry, weight: float) -> None:
        """Let a LoRA count so much."""
        self._put(entry, replace(entry.use, weight=weight))

    def weigh_text(self, entry: LoraEntry, strength: float | None) -> None:
        """Let a LoRA count so much in the prompt; None is as much as in the picture."""
        self._put(entry, replace(entry.use, text_strength=strength))

    def remove(self, entry: LoraEntry) -> None:
        """Take a LoRA away, out of the prompt if it stands there."""
        self._put(entry, None)

    def _put(self, entry: LoraEntry, use: LoraUse | None) -> None:
        draft = self._draft
        if not entry.is_tag:
            others = list(draft.loras)
            others[entry.number : entry.number + 1] = [] if use is None else [use]
            draft.loras = tuple(others)
            return
        prompt: str = getattr(draft, entry.place)
        tag = find_loras(prompt)[entry.number]
        before, after = prompt[: tag.start], prompt[tag.end :]
        if use is None:
            written = ""
            after = after.removeprefix(" ") if before.endswith(" ") or not before else after
        else:
            written = use.tag
        setattr(draft, entry.place, before + written + after)
