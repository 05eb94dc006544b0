"""The settings of the tool that selects objects."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from studio.document.selection import METHOD
from studio.engine import ObjectPart
from studio.ui.bindings import Bindings
from studio.ui.controls.wheel import wheel_needs_focus
from studio.ui.session import Session, ToolName


def finds_objects(session: Session) -> bool:
    """Whether the tool in hand selects objects, and there is a choice of how."""
    return session.tools.active is ToolName.OBJECT and bool(session.object_finder.segmenters)


def knows_parts(session: Session) -> bool:
    """Whether the tool in hand selects objects by something that tells parts from wholes."""
    return finds_objects(session) and session.object_finder.segmenter is not None


class ObjectPartBox(QComboBox):
    """Whether a click means a part of a thing, or all of it. The last selection follows."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._tools = session.tools
        self.setAccessibleName("Part or whole")
        self.setToolTip("Which is meant where a click lies on a thing and on a part of it")
        for part in ObjectPart:
            self.addItem(part.value.capitalize(), part)
        wheel_needs_focus(self)
        self.activated.connect(self._on_activated)
        self._bindings = Bindings(self)
        self._bindings.add(self._tools.events.object_part, self._show)
        self._show()

    def _show(self, _event: object = None) -> None:
        self.setCurrentIndex(self.findData(self._tools.object_part))

    def _on_activated(self, _index: int) -> None:
        # Qt gives back a plain string.
        self._tools.object_part = ObjectPart(self.currentData())


class ObjectFinderBox(QComboBox):
    """What finds objects: one of the segmenters on this disk, or colours and edges."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._tools = session.tools
        self._finder = session.object_finder
        self.setAccessibleName("Found by")
        self.setToolTip("What finds objects")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        wheel_needs_focus(self)
        self.activated.connect(self._on_activated)
        self._bindings = Bindings(self)
        self._bindings.add(self._finder.changed, self._show)
        self._show()

    def _show(self) -> None:
        self.clear()
        for segmenter in self._finder.segmenters:
            self.addItem(segmenter.title, segmenter.name)
        self.addItem(METHOD.capitalize(), METHOD)
        in_use = self._finder.segmenter
        self.setCurrentIndex(self.findData(METHOD if in_use is None else in_use.name))

    def _on_activated(self, _index: int) -> None:
        self._tools.object_finder = self.currentData()
