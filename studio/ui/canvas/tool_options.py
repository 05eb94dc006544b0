"""The settings of the tool in hand, in the bar below the canvas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.canvas.object_controls import (
    ObjectFinderBox,
    ObjectPartBox,
    finds_objects,
    knows_parts,
)
from studio.ui.canvas.tool_controls import (
    BRUSH_SETTINGS,
    SPACING,
    BrushNumber,
    ContiguousBox,
    MaskColourButton,
    MaskViewBox,
    PressureBox,
    TargetButton,
    ToleranceNumber,
)
from studio.ui.controls.fields import field_row
from studio.ui.controls.tool_button import tool_button
from studio.ui.session import Session, ToolName, Tools

PAINTING: Final = (ToolName.BRUSH, ToolName.ERASER, ToolName.BUCKET)
SIMILAR_COLOURS: Final = (ToolName.WAND, ToolName.BUCKET)
MASK_TOOLS: Final = (
    ToolName.MASK_BRUSH,
    ToolName.MASK_ERASER,
    ToolName.RECTANGLE,
    ToolName.ELLIPSE,
    ToolName.LASSO,
    ToolName.POLYGON,
    ToolName.WAND,
    ToolName.OBJECT,
)
POPUP_WIDTH: Final = 300
_LEAVING: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


def uses_brush(tools: Tools) -> bool:
    """Whether the tool in hand paints with a brush."""
    return tools.brush is not None


def uses_tolerance(tools: Tools) -> bool:
    """Whether the tool in hand looks for similar colours."""
    return tools.active in SIMILAR_COLOURS


def chooses_target(session: Session) -> bool:
    """Whether the tool in hand paints, and there are a layer and its own mask to paint on."""
    return session.tools.active in PAINTING and session.layers.has_mask


def uses_mask(tools: Tools) -> bool:
    """Whether the tool in hand works on the mask."""
    return tools.active in MASK_TOOLS


class ToolOptions(QWidget):
    """As many of the tool's settings as there is room for, the most used first; the button at
    their end opens all of them. Empty for tools that have none.

    Return and Escape in a number give the keyboard back to the canvas.
    """

    def __init__(self, session: Session, canvas: QWidget) -> None:
        super().__init__()
        self._session = session
        tools = session.tools
        self._canvas = canvas
        self.setAccessibleName("Tool options")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        brush = [
            BrushNumber(tools, setting, compact=True)
            for setting in BRUSH_SETTINGS
            if setting is not SPACING
        ]
        mask = [MaskViewBox(tools), MaskColourButton(tools)]
        self._groups: tuple[tuple[Callable[[], bool], Sequence[QWidget]], ...] = (
            (partial(chooses_target, session), [TargetButton(session.layers)]),
            (partial(uses_brush, tools), brush[:1]),
            (
                partial(uses_tolerance, tools),
                [ToleranceNumber(tools, compact=True), ContiguousBox(tools)],
            ),
            (partial(knows_parts, session), [ObjectPartBox(session)]),
            (partial(uses_mask, tools), mask),
            (partial(finds_objects, session), [ObjectFinderBox(session)]),
            (partial(uses_brush, tools), brush[1:]),
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_M)
        # What is shown follows the width, never the other way round.
        layout.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        for _, widgets in self._groups:
            for widget in widgets:
                layout.addWidget(widget)
                for child in (widget, *widget.findChildren(QWidget)):
                    child.installEventFilter(self)
        self._more = tool_button("sliders-horizontal", "All options of this tool")
        self._more.clicked.connect(self.open_popup)
        layout.addWidget(self._more)
        layout.addStretch()
        self._bindings = Bindings(self)
        self._bindings.add(tools.events.active, self._on_choice_changed)
        self._bindings.add(session.layers.target_changed, self._on_choice_changed)
        self._bindings.add(session.object_finder.changed, self._on_choice_changed)
        self._on_choice_changed()

    @property
    def has_options(self) -> bool:
        """Whether the tool in hand has settings at all."""
        return any(wanted() for wanted, _ in self._groups)

    def open_popup(self) -> OptionsPopup:
        """Show all settings of the tool above the bar."""
        popup = OptionsPopup(self._session, self)
        popup.adjustSize()
        popup.move(self._more.mapToGlobal(QPoint(0, -popup.height() - theme.SPACE_XS)))
        popup.show()
        return popup

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(self._more.width(), theme.CONTROL_HEIGHT)

    def _fit(self) -> None:
        """Show what there is room for."""
        room = self.width() - self._more.width()
        for wanted, widgets in self._groups:
            for widget in widgets:
                shown = wanted()
                if shown:
                    # Nothing less used takes the place of what didn't fit.
                    needed = widget.sizeHint().width() + theme.SPACE_M
                    shown, room = needed <= room, room - needed
                widget.setVisible(shown)
        self._more.setVisible(self.has_options)

    def _on_choice_changed(self, _event: object = None) -> None:
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        is_press = event.type() == QEvent.Type.KeyPress
        if is_press and isinstance(event, QKeyEvent) and event.key() in _LEAVING:
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
            return event.key() == Qt.Key.Key_Escape
        return super().eventFilter(watched, event)


class OptionsPopup(QFrame):
    """All settings of the tool in hand; a click elsewhere closes it."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        tools = session.tools
        self.setObjectName("OptionsPopup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Options of this tool")
        self.setFixedWidth(POPUP_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * (theme.SPACE_M,)))
        layout.setSpacing(theme.SPACE_S)
        if chooses_target(session):
            layout.addWidget(TargetButton(session.layers))
        if uses_brush(tools):
            for setting in BRUSH_SETTINGS:
                layout.addWidget(BrushNumber(tools, setting))
            layout.addWidget(PressureBox(tools, "pressure_size", "Pen pressure changes the size"))
            layout.addWidget(
                PressureBox(tools, "pressure_opacity", "Pen pressure changes the opacity")
            )
        if uses_tolerance(tools):
            layout.addWidget(ToleranceNumber(tools))
            layout.addWidget(ContiguousBox(tools))
        if knows_parts(session):
            layout.addLayout(field_row("Select", ObjectPartBox(session)))
        if finds_objects(session):
            layout.addLayout(field_row("Found by", ObjectFinderBox(session)))
        if uses_mask(tools):
            layout.addLayout(field_row("Mask", MaskViewBox(tools), MaskColourButton(tools)))
