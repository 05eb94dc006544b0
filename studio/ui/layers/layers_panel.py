"""The layers pane: blend mode and opacity of the active layer, the list, and buttons below it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from studio.document import BlendMode, Change, Document
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import field_row, plain_label, row
from studio.ui.controls.number_control import NumberControl
from studio.ui.controls.tool_button import tool_button
from studio.ui.controls.wheel import wheel_needs_focus
from studio.ui.layers.layers_model import BLEND_NAMES, LayersModel
from studio.ui.layers.layers_view import LayersView
from studio.ui.session import Session

_EMPTY = "An artwork's layers are listed here.\n\nPress Ctrl+E to edit the picture on the canvas."
_WAITING = "The artwork waits behind this picture.\n\nPress Ctrl+B to go back to it."
_MINIMUM_WIDTH = 220


class LayersPanel(QWidget):
    """Shows the document on the canvas; holds no truth of its own."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._document: Document | None = None
        self.setMinimumWidth(_MINIMUM_WIDTH)
        self.setAutoFillBackground(True)
        self.model = LayersModel(session, self)
        self.view = LayersView(session, self.model)
        self.blend_mode = QComboBox()
        self.blend_mode.setAccessibleName("Blend mode")
        self.blend_mode.setToolTip("How the layer's colours mix with those below")
        for mode, name in BLEND_NAMES.items():
            self.blend_mode.addItem(name, mode)
        wheel_needs_focus(self.blend_mode)
        self.opacity = NumberControl(
            "Opacity", 0, 100, big_step=10, default=100, unit="%", tip="Opacity of the layer"
        )
        layers = session.layers
        self._add = self._button("plus", "Add a layer", "Ctrl+Shift+N", layers.add)
        self._duplicate = self._button("copy-plus", "Duplicate", "Ctrl+J", layers.duplicate)
        self._merge = self._button("merge", "Merge down", "Ctrl+Shift+M", layers.merge_down)
        self._mask = self._button("contrast", "Mask the layer", "", self._on_mask_clicked)
        self._remove = self._button("trash-2", "Remove the layer", "Delete", layers.remove)
        self._empty = plain_label()
        self._empty.setObjectName("EmptyLayers")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._content())
        self.setFocusProxy(self.view)

        self.blend_mode.activated.connect(self._on_blend_mode_chosen)
        self.opacity.value_changed.connect(self._on_opacity_chosen)
        self.opacity.slider.sliderReleased.connect(layers.end_slider)
        self._bindings = Bindings(self)
        self._bindings.add(session.editing.document_changed, self._on_document_changed)
        self._bindings.add(session.editing.on_canvas_changed, self._on_document_changed)
        self._on_document_changed()

    def _content(self) -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_M, theme.SPACE_S)
        layout.setSpacing(theme.SPACE_XS)
        layout.addLayout(field_row("Blend", self.blend_mode))
        layout.addWidget(self.opacity)
        layout.addWidget(self.view, stretch=1)
        buttons = row(self._add, self._duplicate, self._merge, self._mask)
        buttons.addStretch()
        buttons.addWidget(self._remove)
        layout.addLayout(buttons)
        return content

    def _button(
        self, icon_name: str, name: str, shortcut: str, does: Callable[[], None]
    ) -> QToolButton:
        button = tool_button(icon_name, name, shortcut)
        button.clicked.connect(lambda _checked: does())
        return button

    # Slots

    def _on_document_changed(self) -> None:
        document = self._session.layers.document
        if document is not self._document:
            if self._document is not None:
                self._bindings.remove(self._document.edited, self._show_active)
                self._bindings.remove(self._document.changed, self._on_changed)
            self._document = document
            if document is not None:
                self._bindings.add(document.edited, self._show_active)
                self._bindings.add(document.changed, self._on_changed)
        self._empty.setText(_EMPTY if self._session.editing.document is None else _WAITING)
        self._stack.setCurrentIndex(0 if document is None else 1)
        self._show_active()

    def _on_changed(self, change: Change) -> None:
        if change.active:
            self._show_active()

    def _show_active(self) -> None:
        layers = self._session.layers
        active = layers.active
        self.view.show_active()
        for widget in (self.blend_mode, self.opacity, self._duplicate, self._mask, self._remove):
            widget.setEnabled(active is not None)
        self._merge.setEnabled(layers.can_merge_down)
        if active is None or self._document is None:
            return
        self.blend_mode.setCurrentIndex(self.blend_mode.findData(active.blend_mode))
        self.opacity.set_value(round(active.opacity * 100))
        name = "Mask the layer" if active.mask is None else "Remove the layer's mask"
        self._mask.setAccessibleName(name)
        keeps = "only what is masked stays visible" if active.mask is None else "all of it is seen"
        self._mask.setToolTip(f"{name}: {keeps}")

    def _on_blend_mode_chosen(self, _index: int) -> None:
        # Qt gives back a plain string.
        self._session.layers.set_blend_mode(BlendMode(self.blend_mode.currentData()))

    def _on_opacity_chosen(self, percent: float) -> None:
        self._session.layers.set_opacity(percent / 100)

    def _on_mask_clicked(self) -> None:
        layers = self._session.layers
        if layers.active is not None and layers.active.mask is not None:
            layers.remove_mask()
        else:
            layers.mask()
