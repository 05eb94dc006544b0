"""The panels on the right: above each other where there is room, as tabs where there isn't."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

HIGH_ENOUGH_PX: Final = 820
WIDTH: Final = 320
STYLE_SHARE: Final = 0.6
_RIGHT: Final = Qt.DockWidgetArea.RightDockWidgetArea


class RightDocks:
    """Style above History and Layers, which are tabs. In a low window all three are."""

    def __init__(
        self, window: QMainWindow, style: QDockWidget, history: QDockWidget, layers: QDockWidget
    ) -> None:
        self._window = window
        self._style = style
        self._history = history
        self._layers = layers
        self._tabbed_for_room = False

    def stack(self) -> None:
        """Put them where they stand at the first start."""
        for dock in (self._style, self._history, self._layers):
            dock.setFloating(False)
            # Only one that is taken out leaves its group of tabs.
            self._window.removeDockWidget(dock)
            self._window.addDockWidget(_RIGHT, dock)
            dock.show()
        self._tabbed_for_room = self._window.height() < HIGH_ENOUGH_PX
        self._window.tabifyDockWidget(self._history, self._layers)
        if self._tabbed_for_room:
            self._window.tabifyDockWidget(self._layers, self._style)
        else:
            self._share()
        self._history.raise_()

    def settle(self) -> None:
        """After the window has come back as it was left."""
        is_low = self._window.height() < HIGH_ENOUGH_PX
        self._tabbed_for_room = is_low and self._are_tabs
        self.fit()

    def fit(self) -> None:
        """The window has another height: make tabs of what doesn't fit any more, and undo that."""
        if any(dock.isFloating() for dock in (self._style, self._history, self._layers)):
            return
        if any(self._window.dockWidgetArea(dock) != _RIGHT for dock in self._together):
            return
        is_low = self._window.height() < HIGH_ENOUGH_PX
        if is_low and not self._are_tabs:
            self._tabbed_for_room = True
            self._window.tabifyDockWidget(self._layers, self._style)
        elif not is_low and self._tabbed_for_room:
            self._tabbed_for_room = False
            # Only one that is taken out leaves its group of tabs.
            self._window.removeDockWidget(self._style)
            self._window.addDockWidget(_RIGHT, self._style)
            self._style.show()
            self._window.splitDockWidget(self._style, self._history, Qt.Orientation.Vertical)
            self._window.tabifyDockWidget(self._history, self._layers)
            self._share()
            self._history.raise_()

    def raise_layers(self) -> None:
        """Bring the layers to the front, unless they would hide the style pane."""
        # Qt puts the docks of tabs that aren't in front outside the window.
        in_front = self._window.rect().contains(self._style.geometry().center())
        if not (in_front and self._layers in self._window.tabifiedDockWidgets(self._style)):
            self._layers.raise_()

    @property
    def _together(self) -> tuple[QDockWidget, QDockWidget]:
        return self._style, self._history

    @property
    def _are_tabs(self) -> bool:
        return self._history in self._window.tabifiedDockWidgets(self._style)

    def _share(self) -> None:
        high = self._window.height()
        shares = [round(high * STYLE_SHARE), round(high * (1 - STYLE_SHARE))]
        self._window.resizeDocks([*self._together], shares, Qt.Orientation.Vertical)
