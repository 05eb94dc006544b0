"""How large the finished picture becomes: as drawn, or upscaled."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QWidget

from studio.domain.geometry import Size
from studio.domain.upscalers import UPSCALES
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import keep_narrow
from studio.ui.controls.wheel import wheel_needs_focus
from studio.ui.session import Draft


class FinishBox(QComboBox):
    """Bound to the draft's `upscale` both ways; each entry names the size that comes out."""

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        for upscale in UPSCALES:
            self.addItem("", upscale)
        keep_narrow(self)
        wheel_needs_focus(self)
        self._name_entries()
        self._show_upscale()

        self.activated.connect(self._on_activated)
        self._bindings = Bindings(self)
        for signal in (draft.events.size, draft.events.hires, draft.events.model):
            self._bindings.add(signal, self._name_entries)
        self._bindings.add(draft.events.upscale, self._show_upscale)

    def _name_entries(self) -> None:
        for index, upscale in enumerate(UPSCALES):
            self.setItemText(index, f"{upscale}×  {self._finished(upscale)}")
        self._tell_result()

    def _show_upscale(self) -> None:
        self.setCurrentIndex(self.findData(self._draft.upscale))
        # How large a second pass may be hangs on it.
        self._name_entries()

    def _tell_result(self) -> None:
        size, upscale = self._draft.drawn_size, self._draft.upscale
        how = "as the model draws it" if upscale == 1 else f"upscaled from {size}"
        passes = f" in two passes, the first {self._draft.size}" if self._draft.hires else ""
        self.setToolTip(f"The finished picture: {size.times(upscale)}, {how}{passes}")

    def _finished(self, upscale: int) -> Size:
        draft = self._draft
        if draft.hires is None:
            return draft.size.times(upscale)
        multiple = draft.model.size_multiple_px
        return draft.hires.of(draft.size, multiple, upscale).size.times(upscale)

    def _on_activated(self, index: int) -> None:
        self._draft.upscale = self.itemData(index)
