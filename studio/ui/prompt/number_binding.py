"""A NumberControl that shows and writes one number of the draft."""

from __future__ import annotations

from PySide6.QtCore import QObject

from studio.ui.bindings import Bindings
from studio.ui.controls.number_control import NumberControl
from studio.ui.session import Draft


class _NumberBinding(QObject):
    def __init__(self, control: NumberControl, draft: Draft, field: str) -> None:
        super().__init__(control)
        self._control = control
        self._draft = draft
        self._field = field
        self._kind = type(getattr(draft, field))
        self._on_draft_changed(getattr(draft, field))
        control.value_changed.connect(self._on_value_changed)
        self._bindings = Bindings(self)
        self._bindings.add(getattr(draft.events, field), self._on_draft_changed)

    def _on_value_changed(self, value: float) -> None:
        setattr(self._draft, self._field, self._kind(value))

    def _on_draft_changed(self, value: float) -> None:
        self._control.set_value(value)


def bind_number(control: NumberControl, draft: Draft, field: str) -> None:
    """Keep a control and `draft.<field>`, a whole or a fractional number, the same."""
    _NumberBinding(control, draft, field)
