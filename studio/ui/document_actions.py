"""Menu entries that follow the document: what can't be done now is disabled."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction

from studio.document import EditLog
from studio.ui.bindings import Bindings
from studio.ui.icons import icon
from studio.ui.session import Session


class DocumentActions(QObject):
    """Entries that need a document on the canvas."""

    def __init__(self, session: Session, actions: Sequence[QAction], parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._actions = actions
        self._bindings = Bindings(self)
        self._bindings.add(session.editing.document_changed, self._on_changed)
        self._bindings.add(session.editing.on_canvas_changed, self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        for action in self._actions:
            action.setEnabled(self._session.layers.document is not None)


class UndoActions(QObject):
    """Undo and Redo with the name of the step that they concern."""

    def __init__(self, session: Session, undo: QAction, redo: QAction, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._undo = undo
        self._redo = redo
        self._log: EditLog | None = None
        self._bindings = Bindings(self)
        self._bindings.add(session.editing.document_changed, self._on_document_changed)
        self._bindings.add(session.editing.on_canvas_changed, self._on_document_changed)
        self._on_document_changed()

    def _on_document_changed(self) -> None:
        document = self._session.layers.document
        log = None if document is None else document.log
        if log is not self._log:
            if self._log is not None:
                self._bindings.remove(self._log.changed, self._show)
            self._log = log
            if log is not None:
                self._bindings.add(log.changed, self._show)
        self._show()

    def _show(self) -> None:
        log = self._log
        for action, verb, name in (
            (self._undo, "Undo", None if log is None else log.undo_name),
            (self._redo, "Redo", None if log is None else log.redo_name),
        ):
            # A layer's name may hold the sign that marks a menu entry's key.
            action.setText(verb if name is None else f"{verb} {name.replace('&', '&&')}")
            action.setEnabled(name is not None)


class ReturnAction(QObject):
    """“Back to the artwork”, while one waits behind the picture on show."""

    def __init__(self, session: Session, action: QAction, parent: QObject) -> None:
        super().__init__(parent)
        self._editing = session.editing
        self._action = action
        self._bindings = Bindings(self)
        self._bindings.add(session.editing.document_changed, self._on_changed)
        self._bindings.add(session.editing.on_canvas_changed, self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        waits = self._editing.document is not None and not self._editing.is_on_canvas
        self._action.setEnabled(waits)


class CompareAction(QAction):
    """“Before and after”, checked while the canvas shows both."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__("Before and after", parent, checkable=True)
        self._comparison = session.comparison
        self.setIcon(icon("square-split-horizontal"))
        self.setShortcut("\\")
        self.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.toggled.connect(session.comparison.set_on)
        self._bindings = Bindings(self)
        self._bindings.add(session.comparison.changed, self._on_changed)

    def _on_changed(self) -> None:
        self.setChecked(self._comparison.is_on)
