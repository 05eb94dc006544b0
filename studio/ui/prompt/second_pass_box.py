"""Pictures larger than the model draws at once: a second pass, and tiles."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from studio.domain.hires import LATENT
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.choice_menu import choice_menu, fill_choices, menu_row
from studio.ui.controls.collapsible_section import CollapsibleSection
from studio.ui.controls.number_control import NumberControl
from studio.ui.prompt.usual_numbers import strength_control
from studio.ui.session import Session
from studio.ui.session.drafting.draft import tiles_of
from studio.ui.session.drafting.hires_wish import HiresWish

_TITLE: Final = "Second pass and tiles"
_OFF: Final = 0.0
_SCALES: Final = (1.5, 2.0)
_CUSTOM: Final = -1.0


class SecondPassBox(CollapsibleSection):
    """Bound to the draft's `hires` and `tiling` both ways; the heading says what is on."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__(_TITLE, content, parent)
        self._session = session
        self._draft = session.draft
        self._is_custom = False
        self.scales = choice_menu("Enlarge the picture and draw it again, for finer detail")
        for scale in (_OFF, *_SCALES, _CUSTOM):
            self.scales.addItem("", scale)
        self.scale = NumberControl(
            "Scale",
            1.0,
            8.0,
            step=0.25,
            big_step=0.5,
            fine_step=0.05,
            slider_high=4.0,
            decimals=2,
            default=2.0,
            tip="How many times as large the second pass draws it",
        )
        self.strength = strength_control(
            "Redraw",
            default=0.5,
            tip="How far the second pass may go from the first: at 1 nothing of it is left",
        )
        self.upscaler = choice_menu("What enlarges the picture between the passes")
        self._upscaler_row = menu_row("Enlarge", self.upscaler)
        self.tiles = QCheckBox("Draw large pictures in tiles")
        self._lay_out(content)
        self.heading.setToolTip("For pictures larger than the model draws at once")

        self.scales.activated.connect(self._on_scale_chosen)
        self.scale.value_changed.connect(self._on_scale_changed)
        self.strength.value_changed.connect(self._on_strength_changed)
        self.upscaler.activated.connect(self._on_upscaler_chosen)
        self.tiles.toggled.connect(self._on_tiles_toggled)
        events = session.draft.events
        self._bindings = Bindings(self)
        for signal in (events.hires, events.tiling, events.size, events.upscale, events.model):
            self._bindings.add(signal, self._show)
        self._bindings.add(session.models.changed, self._show)
        self._show()

    def _lay_out(self, content: QWidget) -> None:
        column = QVBoxLayout(content)
        column.setContentsMargins(0, theme.SPACE_XS, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(menu_row("Pass", self.scales))
        self.scales.setAccessibleName("Second pass")
        for part in (self.scale, self.strength, self._upscaler_row, self.tiles):
            column.addWidget(part)

    def _show(self) -> None:
        wish = self._draft.hires
        self._is_custom = wish is not None and (self._is_custom or wish.scale not in _SCALES)
        self._name_scales()
        chosen = _OFF if wish is None else _CUSTOM if self._is_custom else wish.scale
        self.scales.setCurrentIndex(self.scales.findData(chosen))
        self.scale.setVisible(self._is_custom)
        for part in (self.strength, self._upscaler_row):
            part.setVisible(wish is not None)
        if wish is not None:
            self.scale.set_value(wish.scale)
            self.strength.set_value(wish.strength)
            networks = [(each.title, each.name) for each in self._session.models.upscalers()]
            fill_choices(self.upscaler, [("As latents", LATENT), *networks], wish.upscaler)
        tiling = self._draft.tiling
        with QSignalBlocker(self.tiles):
            self.tiles.setChecked(tiling is not None)
        side = (tiling or tiles_of(self._draft.model)).tile_px
        self.tiles.setToolTip(
            f"The model sees {side} × {side} pixels at a time, as it learned them; slower, "
            "and needs less memory"
        )
        on = [] if wish is None else [f"{wish.scale:g}×"]
        on += [] if tiling is None else ["tiles"]
        self.set_title(f"{_TITLE} · {', '.join(on)}" if on else _TITLE)

    def _name_scales(self) -> None:
        draft = self._draft
        for index, scale in enumerate((_OFF, *_SCALES)):
            name = "Off"
            if scale:
                wish = HiresWish(scale)
                drawn = wish.of(draft.size, draft.model.size_multiple_px, draft.upscale).size
                name = f"{scale:g}×  {drawn}"
            self.scales.setItemText(index, name)
        custom = f"Custom  {draft.drawn_size}" if self._is_custom else "Custom"
        self.scales.setItemText(self.scales.count() - 1, custom)

    # Slots

    def _on_scale_chosen(self, index: int) -> None:
        scale = self.scales.itemData(index)
        self._is_custom = scale == _CUSTOM
        wish = self._draft.hires or HiresWish()
        if scale == _OFF:
            self._draft.hires = None
        elif scale == _CUSTOM:
            self._draft.hires = wish
            self._show()
            self.scale.setFocus()
        else:
            self._draft.hires = replace(wish, scale=scale)

    def _change(self, **values: float | str) -> None:
        if self._draft.hires is not None:
            self._draft.hires = replace(self._draft.hires, **values)  # type: ignore[arg-type]

    def _on_scale_changed(self, scale: float) -> None:
        self._change(scale=scale)

    def _on_strength_changed(self, strength: float) -> None:
        self._change(strength=strength)

    def _on_upscaler_chosen(self) -> None:
        self._change(upscaler=self.upscaler.currentData())

    def _on_tiles_toggled(self, wanted: bool) -> None:
        self._draft.tiling = tiles_of(self._draft.model) if wanted else None
