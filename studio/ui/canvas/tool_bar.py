"""The tools at the canvas' left edge, and the two colours below them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.canvas.tool_controls import choose_colour
from studio.ui.canvas.tools import TOOLS
from studio.ui.icons import icon
from studio.ui.session import Session, ToolName
from studio.ui.session.painting.tools import Colour

BUTTON_HEIGHT: Final = 26  # all of them fit into the smallest window
# Where a line stands between two kinds of tools: after the hand, painting, masks, selecting.
GROUP_ENDS: Final = (ToolName.HAND, ToolName.ERASER, ToolName.MASK_ERASER, ToolName.OBJECT)


class ToolBar(QWidget):
    """One button for each tool, and the colour swatch."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("ToolBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._buttons: dict[ToolName, QToolButton] = {}
        group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * (theme.SPACE_XS,)))
        layout.setSpacing(0)
        for name, entry in TOOLS.items():
            button = QToolButton(self)
            button.setIcon(icon(entry.icon))
            button.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
            button.setFixedSize(theme.CONTROL_HEIGHT, BUTTON_HEIGHT)
            button.setCheckable(True)
            button.setToolTip(f"{entry.label} ({entry.key})\n{entry.tip}")
            button.setAccessibleName(entry.label)
            button.clicked.connect(lambda _checked, name=name: self._choose(name))
            group.addButton(button)
            layout.addWidget(button)
            if name in GROUP_ENDS:
                layout.addSpacing(theme.SPACE_XS + 2)
            self._buttons[name] = button
        layout.addSpacing(theme.SPACE_S)
        layout.addWidget(ColourSwatch(session, self), alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch()
        self._bindings = Bindings(self)
        self._bindings.add(session.tools.events.active, self._on_active_changed)
        self._on_active_changed(session.tools.active)

    def _choose(self, name: ToolName) -> None:
        self._session.tools.active = name

    def _on_active_changed(self, name: ToolName) -> None:
        self._buttons[name].setChecked(True)


class ColourSwatch(QWidget):
    """Foreground over background; a click on one opens a dialog for it."""

    SIDE: Final = 18
    SHIFT: Final = 9

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = session.tools
        self.setFixedSize(self.SIDE + self.SHIFT + 2, self.SIDE + self.SHIFT + 2)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip("Colours: click to choose, X exchanges them, D makes them black and white")
        self.setAccessibleName("Colours")
        self._bindings = Bindings(self)
        for event in (session.tools.events.foreground, session.tools.events.background):
            self._bindings.add(event, self._on_colour_changed)
        self._on_colour_changed()

    @property
    def _front(self) -> QRect:
        return QRect(0, 0, self.SIDE, self.SIDE)

    @property
    def _back(self) -> QRect:
        return self._front.translated(self.SHIFT, self.SHIFT)

    def choose(self, field: str) -> None:
        """Open a dialog for `foreground` or `background`; the colour follows it at once."""

        def use(colour: QColor) -> None:
            setattr(self._tools, field, (colour.red(), colour.green(), colour.blue()))

        now = QColor(*getattr(self._tools, field))
        choose_colour(f"{field.capitalize()} colour", now, use, self)

    def _on_colour_changed(self, _colour: Colour | None = None) -> None:
        self.setAccessibleDescription(
            "Foreground #{:02x}{:02x}{:02x}, ".format(*self._tools.foreground)
            + "background #{:02x}{:02x}{:02x}".format(*self._tools.background)
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        line = theme.color("accent" if self.hasFocus() else "quiet")
        painter.setPen(QPen(line, 1))
        for place, colour in (
            (self._back, self._tools.background),
            (self._front, self._tools.foreground),
        ):
            painter.setBrush(QColor(*colour))
            painter.drawRect(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose("foreground")
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        place = event.position().toPoint()
        if self._front.contains(place):
            self.choose("foreground")
        elif self._back.contains(place):
            self.choose("background")
