"""The family tree of a picture on the screen: pan, zoom, click, and arrow keys along its edges."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from studio.domain.geometry import Size
from studio.library import Library, Picture
from studio.ui import theme
from studio.ui.canvas.zoom_view import FIT_MARGIN, ZoomView
from studio.ui.controls.fields import plain_tooltip
from studio.ui.history.thumbnails import Thumbnails
from studio.ui.lineage.layout import NODE_PX, Link
from studio.ui.lineage.tree import Tree
from studio.ui.lineage.tree_painter import TreePainter, label_of, node_words

_ARROWS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_ENTER_KEYS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_LARGEST_ZOOM: Final = 3.0


class LineageView(ZoomView):
    """Says what the artist wants of pictures and edges; does nothing to them itself.

    A click on a picture, Enter, or an arrow key is `show_wanted`. A double click on a picture is
    `restore_wanted`, on an edge `rerun_wanted`: make its child anew. `current` is the picture that
    has the keyboard.
    """

    show_wanted = Signal(Picture)
    restore_wanted = Signal(Picture)
    rerun_wanted = Signal(Picture)
    menu_wanted = Signal(Picture, QPoint)
    current_changed = Signal()

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = Thumbnails(library, self)
        self._thumbnails.arrived.connect(self._on_arrived)
        self._painter = TreePainter(self._thumbnails)
        self._tree: Tree | None = None
        self._current: int | None = None
        self._shown: int | None = None
        self._chosen: Link | None = None
        self._pressed_at: QPointF | None = None
        self._grabbed_at: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Lineage")

    @property
    def picture_size(self) -> Size | None:
        """The tree and, if that is smaller, what is around it: a single picture isn't enlarged."""
        if self._tree is None:
            return None
        layout = self._tree.layout
        return Size(
            max(1, round(layout.width), self.width() - 2 * FIT_MARGIN),
            max(1, round(layout.height), self.height() - 2 * FIT_MARGIN),
        )

    @property
    def tree(self) -> Tree | None:
        return self._tree

    @property
    def current(self) -> Picture | None:
        """The picture that has the keyboard."""
        if self._tree is None or self._current is None:
            return None
        return self._tree.lineage.pictures.get(self._current)

    # What it shows

    def show_tree(self, tree: Tree) -> None:
        """Show a tree; what had the keyboard stays where it is on the screen."""
        anchor = self._current
        before = None if anchor is None else self._middle_of(anchor)
        self._tree = tree
        self._chosen = None
        if self._current not in tree.lineage.pictures:
            self._current = tree.lineage.root
        self._place()
        after = None if anchor is None else self._middle_of(anchor)
        if before is not None and after is not None and not self.is_fitted:
            self.pan(before.x() - after.x(), before.y() - after.y())
        self.update()
        self._tell_current()

    def mark_shown(self, picture: Picture | None) -> None:
        """Put the ring around the picture that is on the canvas."""
        self._shown = None if picture is None else picture.id
        self.update()

    def choose(self, picture_id: int) -> None:
        """Give a picture the keyboard, and bring it into sight."""
        self._current = picture_id
        self._bring_into_sight(picture_id)
        self.update()
        self._tell_current()

    def place_of(self, picture_id: int) -> QRectF | None:
        """Where a picture lies in the widget."""
        if self._tree is None or picture_id not in self._tree.layout.places:
            return None
        x, y = self._tree.layout.places[picture_id]
        origin = self._origin()
        return self.to_widget.mapRect(QRectF(x + origin.x(), y + origin.y(), NODE_PX, NODE_PX))

    def label_of_edge(self, link: Link) -> QPointF | None:
        """Where the right end of an edge's label lies in the widget."""
        label = None if self._tree is None else self._tree.label_of(link)
        return None if label is None else self.to_widget.map(QPointF(*label) + self._origin())

    def _origin(self) -> QPointF:
        """Where the tree begins on the paper, in whose middle it lies."""
        size = self.picture_size
        if self._tree is None or size is None:
            return QPointF()
        layout = self._tree.layout
        return QPointF((size.width - layout.width) / 2, (size.height - layout.height) / 2)

    def _middle_of(self, picture_id: int) -> QPointF | None:
        place = self.place_of(picture_id)
        return None if place is None else place.center()

    def _bring_into_sight(self, picture_id: int) -> None:
        place = self.place_of(picture_id)
        if place is None:
            return
        margin = theme.SPACE_XL
        room = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        dx = max(room.left() - place.left(), 0) + min(room.right() - place.right(), 0)
        dy = max(room.top() - place.top(), 0) + min(room.bottom() - place.bottom(), 0)
        if dx or dy:
            self.pan(dx, dy)

    def _tell_current(self) -> None:
        picture = self.current
        self.setAccessibleDescription("" if picture is None else node_words(picture))
        self.current_changed.emit()

    def _at(self, position: QPointF) -> QPointF:
        """A point of the widget in the layout's units."""
        return self.from_widget.map(position) - self._origin()

    def _node_at(self, position: QPointF) -> Picture | None:
        if self._tree is None:
            return None
        at = self._at(position)
        node = self._tree.node_at(at.x(), at.y())
        return None if node is None else self._tree.lineage.pictures[node]

    def _link_at(self, position: QPointF) -> Link | None:
        if self._tree is None or self._node_at(position) is not None:
            return None
        at = self._at(position)
        return self._tree.link_at(at.x(), at.y(), 9 / min(1.0, self.scale or 1.0))

    def _on_arrived(self, picture_id: int) -> None:
        place = self.place_of(picture_id)
        if place is not None:
            self.update(place.toAlignedRect().adjusted(-1, -1, 1, 1))

    # What the artist does

    def actual_size(self) -> None:
        """Pictures as large as they are laid out, whatever the desktop's scaling."""
        self.set_zoom(self.devicePixelRatioF())

    def zoom_by(self, factor: float, at: QPointF) -> None:
        """Zoom about a point of the widget; thumbnails are never made very large."""
        if (zoom := self.zoom) is not None:
            factor = min(factor, _LARGEST_ZOOM * self.devicePixelRatioF() / zoom)
            super().zoom_by(factor, at)

    def _step(self, dx: int, dy: int) -> None:
        if self._tree is None or self._current is None:
            return
        there = self._tree.towards(self._current, dx, dy)
        if there is not None:
            self.choose(there)
            self.show_wanted.emit(self._tree.lineage.pictures[there])

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("surround"))
        if self._tree is not None and self.zoom is not None:
            painter.save()
            painter.setClipRegion(event.region())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            origin = self._origin()
            painter.setTransform(self.to_widget, combine=True)
            painter.translate(origin)
            self._thumbnails.set_side(round(NODE_PX * self.zoom))
            seen = self.from_widget.mapRect(QRectF(event.rect())).translated(-origin)
            self._painter.paint(
                painter,
                self._tree,
                seen,
                self.scale,
                chosen=self._chosen,
                current=self._current if self.hasFocus() else None,
                shown=self._shown,
            )
            painter.restore()
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tooltip(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _tooltip(self, position: QPointF) -> str:
        if self._tree is None:
            return ""
        if (picture := self._node_at(position)) is not None:
            return plain_tooltip(node_words(picture))
        if (link := self._link_at(position)) is not None:
            operation, changes = label_of(self._tree, link)
            told = f"{operation}\n{changes}" if changes else operation
            return plain_tooltip(f"{told}\nA double click makes it anew.")
        return ""

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed_at = self._grabbed_at = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._grabbed_at is not None and self._pressed_at is not None:
            far = (event.position() - self._pressed_at).manhattanLength()
            if self.cursor().shape() == Qt.CursorShape.ClosedHandCursor or (
                far >= QApplication.startDragDistance()
            ):
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                moved = event.position() - self._grabbed_at
                self._grabbed_at = event.position()
                self.pan(moved.x(), moved.y())
            return
        chosen = self._link_at(event.position())
        if chosen != self._chosen:
            self._chosen = chosen
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        was_dragged = self.cursor().shape() == Qt.CursorShape.ClosedHandCursor
        self._pressed_at = self._grabbed_at = None
        self.unsetCursor()
        picture = self._node_at(event.position())
        if not was_dragged and picture is not None and event.button() == Qt.MouseButton.LeftButton:
            self.choose(picture.id)
            self.show_wanted.emit(picture)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() != Qt.MouseButton.LeftButton or self._tree is None:
            return
        if (picture := self._node_at(event.position())) is not None:
            self.restore_wanted.emit(picture)
        elif (link := self._link_at(event.position())) is not None:
            self.rerun_wanted.emit(self._tree.lineage.pictures[link[1]])

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        at_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        picture = self._node_at(QPointF(event.pos())) if at_mouse else self.current
        if picture is None and self._tree is not None and at_mouse:
            link = self._link_at(QPointF(event.pos()))
            picture = None if link is None else self._tree.lineage.pictures[link[1]]
        if picture is None:
            return
        self.choose(picture.id)
        middle = self._middle_of(picture.id)
        place = event.globalPos()
        if not at_mouse and middle is not None:
            place = self.mapToGlobal(middle.toPoint())
        self.menu_wanted.emit(picture, place)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key, picture = Qt.Key(event.key()), self.current
        if key in _ARROWS and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._step(*_ARROWS[key])
        elif key in _ENTER_KEYS and picture is not None:
            self.show_wanted.emit(picture)
        elif key == Qt.Key.Key_Home and self._tree is not None:
            self.choose(self._tree.lineage.root)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.update()
