"""Connections from the model's signals to a widget, cut when Qt deletes the widget."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    # The window's first paint doesn't wait for it.
    from psygnal import SignalInstance


class Bindings:
    """What one widget listens to.

    psygnal holds bound methods weakly, but a widget that Qt deleted with its parent may live on in
    Python, and a call would then touch a deleted object. Keep an instance as an attribute of the
    widget.
    """

    def __init__(self, owner: QObject) -> None:
        self._bound: list[tuple[SignalInstance, WeakMethod[Callable[..., Any]]]] = []
        owner.destroyed.connect(self.clear)

    def add(self, signal: SignalInstance, slot: Callable[..., Any]) -> None:
        """Call `slot`, a bound method of the widget, whenever `signal` is emitted."""
        signal.connect(slot)
        self._bound.append((signal, WeakMethod(slot)))

    def remove(self, signal: SignalInstance, slot: Callable[..., Any]) -> None:
        """No longer call `slot` for `signal`."""
        signal.disconnect(slot)
        self._bound.remove((signal, WeakMethod(slot)))

    def clear(self) -> None:
        """Listen to nothing any more."""
        for signal, weak_slot in self._bound:
            if (slot := weak_slot()) is not None:
                signal.disconnect(slot)
        self._bound.clear()
