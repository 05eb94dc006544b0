"""What changes the model for the next picture, folded until it is wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from studio.domain.adapters import MAX_SKIP_SCALE, FreeU, Refiner, SkipLayers
from studio.domain.addons import AddonKind
from studio.domain.limits import MAX_CLIP_SKIP, MAX_PAG_SCALE
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.choice_menu import choice_menu, fill_choices, menu_row
from studio.ui.controls.collapsible_section import CollapsibleSection
from studio.ui.controls.number_control import NumberControl
from studio.ui.prompt.lora_list import LoraList
from studio.ui.prompt.number_binding import bind_number
from studio.ui.prompt.usual_numbers import guidance_control
from studio.ui.session import Session

_TITLE: Final = "LoRAs and VAE"
_UNETS: Final = frozenset({"sd", "sd2", "sdxl"})
_SKIPS: Final = "sd3"
_OWN: Final = "The model's own"
_NO_REFINER: Final = "None"


class ChangesBox(CollapsibleSection):
    """Bound to the draft both ways. The heading says how many changes there are."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__(_TITLE, content, parent)
        self._session = session
        self._draft = draft = session.draft
        self._changes = session.model_changes
        self.loras = LoraList(session)
        self._vae = choice_menu("Another autoencoder, which draws the finished picture")
        self._clip_skip = NumberControl(
            "Clip skip",
            0,
            MAX_CLIP_SKIP,
            slider_high=4,
            big_step=1,
            tip="How many of the text encoder's last layers are left out; others count one more",
        )
        bind_number(self._clip_skip, draft, "clip_skip")
        self._pag = guidance_control(
            "Structure",
            MAX_PAG_SCALE,
            tip="Perturbed attention guidance: firmer shapes, half as long again for each step",
        )
        bind_number(self._pag, draft, "pag_scale")
        self._skip = guidance_control(
            "Skipped",
            MAX_SKIP_SCALE,
            tip=f"Skip-layer guidance: firmer shapes and bodies; {SkipLayers().scale:g} is usual",
        )
        self._freeu = QCheckBox("FreeU")
        self._freeu.setToolTip("Weighs the parts of the UNet anew: more contrast and structure")
        self._refiner = choice_menu("Another model that takes the last steps")
        self._start = NumberControl(
            "Refine at",
            0,
            100,
            big_step=10,
            default=80,
            unit="%",
            tip="At how much of the way the refiner takes over",
        )
        self._lay_out(content)

        self._vae.activated.connect(self._on_vae_activated)
        self._skip.value_changed.connect(self._on_skip_changed)
        self._freeu.toggled.connect(self._on_freeu_toggled)
        self._refiner.activated.connect(self._on_refiner_changed)
        self._start.value_changed.connect(self._on_refiner_changed)
        events = draft.events
        self._bindings = Bindings(self)
        self._bindings.add(session.models.changed, self._list)
        self._bindings.add(events.model, self._list)
        for signal in (events.vae, events.freeu, events.skip_layers, events.refiner):
            self._bindings.add(signal, self._list)
        for signal in (
            events.loras,
            events.prompt,
            events.negative_prompt,
            events.clip_skip,
            events.pag_scale,
        ):
            self._bindings.add(signal, self._count)
        self._list()
        self.heading.setToolTip("LoRAs, another VAE, and what else changes the model")

    def _lay_out(self, content: QWidget) -> None:
        column = QVBoxLayout(content)
        column.setContentsMargins(0, theme.SPACE_XS, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.loras)
        self._vae_row = menu_row("VAE", self._vae)
        self._refiner_row = menu_row("Refiner", self._refiner)
        parts = (self._vae_row, self._clip_skip, self._pag, self._skip, self._freeu)
        for part in (*parts, self._refiner_row, self._start):
            column.addWidget(part)

    def _list(self) -> None:
        draft = self._draft
        vaes = [(addon.title, addon.name) for addon in self._changes.available(AddonKind.VAE)]
        fill_choices(self._vae, [(_OWN, ""), *vaes], draft.vae)
        self._vae_row.setVisible(bool(vaes or draft.vae))
        refiners = [(model.title, model.name) for model in self._changes.refiners()]
        chosen = "" if draft.refiner is None else draft.refiner.model
        fill_choices(self._refiner, [(_NO_REFINER, ""), *refiners], chosen)
        self._refiner_row.setVisible(bool(refiners or chosen))
        self._start.setVisible(bool(chosen))
        if draft.refiner is not None:
            self._start.set_value(round(100 * draft.refiner.start))
        with QSignalBlocker(self._freeu):
            self._freeu.setChecked(draft.freeu is not None)
        skip = draft.skip_layers
        self._skip.set_value(0.0 if skip is None else skip.scale)
        self._skip.setVisible(draft.model.family == _SKIPS or skip is not None)
        has_unet = draft.model.family in _UNETS
        self._clip_skip.setVisible(has_unet or draft.clip_skip > 0)
        self._pag.setVisible(has_unet or draft.pag_scale > 0)
        self._freeu.setVisible(has_unet or draft.freeu is not None)
        self._count()

    def _count(self) -> None:
        draft = self._draft
        others = (draft.vae, draft.clip_skip, draft.pag_scale, draft.freeu, draft.skip_layers)
        count = len(self._changes.loras()) + sum(map(bool, (*others, draft.refiner)))
        self.set_title(f"{_TITLE} · {count} in use" if count else _TITLE)

    def _on_vae_activated(self) -> None:
        self._draft.vae = self._vae.currentData()

    def _on_skip_changed(self, scale: float) -> None:
        present = self._draft.skip_layers or SkipLayers()
        self._draft.skip_layers = replace(present, scale=scale) if scale else None

    def _on_freeu_toggled(self, checked: bool) -> None:
        self._draft.freeu = FreeU() if checked else None

    def _on_refiner_changed(self) -> None:
        model = self._refiner.currentData()
        self._draft.refiner = Refiner(model, self._start.value() / 100) if model else None
