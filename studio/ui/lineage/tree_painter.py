"""Paints a family tree: what is in sight, with as much detail as can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPen

from studio.library import Picture
from studio.library.lineage.lineage_words import changes_between, operation_words
from studio.library.picture import ParentRole
from studio.ui import theme
from studio.ui.controls.thumbnails import CORNER_PX
from studio.ui.history.thumbnails import Thumbnails
from studio.ui.icons import icon
from studio.ui.lineage.layout import COLUMN_PX, NODE_PX, Link
from studio.ui.lineage.tree import Segment, Tree

# Widget pixels for each of the layout's: what is smaller than this isn't painted.
_PICTURES_FROM: Final = 0.16
_CURVES_FROM: Final = 0.2
_LABELS_FROM: Final = 0.55
_LABEL_PX: Final = 0.7 * (COLUMN_PX - NODE_PX)
_MOST_PASSING: Final = 200
_RING_PX: Final = 2
_GAP_PX: Final = 3


class TreePainter:
    """Paints with a painter whose units are the layout's; `scale` is the widget's units for one."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        self._thumbnails = thumbnails
        self._labels: dict[Link, tuple[str, str]] = {}
        self._of: Tree | None = None

    def paint(
        self,
        painter: QPainter,
        tree: Tree,
        seen: QRectF,
        scale: float,
        *,
        chosen: Link | None,
        current: int | None,
        shown: int | None,
    ) -> None:
        """Paint what of `tree` lies in `seen`.

        `chosen` is the edge below the mouse, `current` the picture that has the keyboard, `shown`
        the one on the canvas.
        """
        if tree is not self._of:
            self._of = tree
            self._labels.clear()
        box = seen.left(), seen.top(), seen.right(), seen.bottom()
        segments = _told_apart(list(tree.segments_in(*box)), seen)
        self._paint_edges(painter, tree, segments, scale, chosen)
        if scale >= _LABELS_FROM:
            for segment in segments:
                if segment.label is not None and seen.top() <= segment.label[1] <= seen.bottom():
                    self._paint_label(painter, tree, segment, segment.link == chosen)
        nodes = list(tree.nodes_in(*box))
        if scale < _PICTURES_FROM:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("quiet"))
            painter.drawRects(
                [QRectF(*tree.layout.places[each], NODE_PX, NODE_PX) for each in nodes]
            )
        else:
            for each in nodes:
                self._paint_node(painter, tree, each)
        for marked, token, pen_px in ((current, "text", 1.0), (shown, "accent", float(_RING_PX))):
            if marked is not None and marked in tree.layout.places:
                place = QRectF(*tree.layout.places[marked], NODE_PX, NODE_PX)
                grown = (_GAP_PX + pen_px) / min(scale, 1.0)
                painter.setPen(QPen(theme.color(token), pen_px / min(scale, 1.0)))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(
                    place.adjusted(-grown, -grown, grown, grown), CORNER_PX * 2, CORNER_PX * 2
                )

    def _paint_edges(
        self,
        painter: QPainter,
        tree: Tree,
        segments: Sequence[Segment],
        scale: float,
        chosen: Link | None,
    ) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        width = 1.5 / min(scale, 1.0)
        if scale < _CURVES_FROM:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QPen(theme.color("disabled"), 0))  # the thinnest there is
            painter.drawLines([QLineF(*each.start, *each.end) for each in segments])
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            return
        others = [segment for segment in segments if segment.link != chosen]
        _paint_curves(painter, tree, others, QPen(theme.color("on_surround", 0.7), width))
        its = [segment for segment in segments if segment.link == chosen]
        _paint_curves(painter, tree, its, QPen(theme.color("text"), 2 * width))

    def _paint_node(self, painter: QPainter, tree: Tree, each: int) -> None:
        picture = tree.lineage.pictures[each]
        room = QRectF(*tree.layout.places[each], NODE_PX, NODE_PX)
        size = QSizeF(picture.width, picture.height).scaled(
            room.size(), Qt.AspectRatioMode.KeepAspectRatio
        )
        place = QRectF(QPointF(), size)
        place.moveCenter(room.center())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(room, CORNER_PX, CORNER_PX)
        thumbnail = self._thumbnails.get(picture)
        if thumbnail is None:
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(place, CORNER_PX, CORNER_PX)
        elif thumbnail.isNull():
            side = theme.SPACE_XL
            mark = QRectF(0, 0, side, side)
            mark.moveCenter(room.center())
            icon("image-off", "quiet").paint(painter, mark.toAlignedRect())
        else:
            painter.drawPixmap(place, thumbnail, QRectF(thumbnail.rect()))

    def _paint_label(
        self, painter: QPainter, tree: Tree, segment: Segment, is_chosen: bool
    ) -> None:
        operation, changes = self._label(tree, segment.link)
        small, bold = theme.font(theme.SMALL_PX), theme.font(theme.SMALL_PX, semibold=True)
        lines = [(operation, bold, "text")]
        if changes:
            lines.append((changes, small, "text" if is_chosen else "on_surround"))
        fitted = []
        for text, font, token in lines:
            metrics = QFontMetricsF(font)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, _LABEL_PX)
            fitted.append((shown, font, token, metrics.horizontalAdvance(shown)))
        line_px = QFontMetricsF(small).height()
        width = max(advance for *_, advance in fitted) + 2 * theme.SPACE_XS
        box = QRectF(0, 0, width, line_px * len(fitted) + 2)
        right, height = segment.label or segment.end
        box.moveCenter(QPointF(right - _LABEL_PX / 2, height))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("surround"))
        painter.drawRoundedRect(box, CORNER_PX, CORNER_PX)
        for row, (text, font, token, _) in enumerate(fitted):
            painter.setFont(font)
            painter.setPen(theme.color(token))
            line = QRectF(box.left(), box.top() + 1 + row * line_px, box.width(), line_px)
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)

    def _label(self, tree: Tree, link: Link) -> tuple[str, str]:
        if link not in self._labels:
            self._labels[link] = label_of(tree, link)
        return self._labels[link]


def _paint_curves(painter: QPainter, tree: Tree, segments: list[Segment], pen: QPen) -> None:
    """With dashed lines to what was only looked at."""
    for is_lent in (False, True):
        pen.setStyle(Qt.PenStyle.DashLine if is_lent else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        # One by one: a path of hundreds of curves takes ten times as long.
        for segment in segments:
            if tree.is_lent(segment.link) is is_lent:
                painter.drawPath(_curve(segment))


def _curve(segment: Segment) -> QPainterPath:
    start, end = QPointF(*segment.start), QPointF(*segment.end)
    first, second = (start.x() + (end.x() - start.x()) * far for far in segment.handles)
    path = QPainterPath(start)
    path.cubicTo(QPointF(first, start.y()), QPointF(second, end.y()), end)
    return path


def _told_apart(segments: list[Segment], seen: QRectF) -> list[Segment]:
    """Those that begin and end in sight, and of those that only pass as many as an eye can tell
    apart: a picture may have thousands of children above and below."""

    def is_in_sight(segment: Segment) -> bool:
        heights = segment.start[1], segment.end[1]
        return seen.top() <= min(heights) and max(heights) <= seen.bottom()

    passing = [segment for segment in segments if not is_in_sight(segment)]
    if len(passing) <= _MOST_PASSING:
        return segments
    some = passing[:: len(passing) // _MOST_PASSING + 1]
    with_label = [each for each in passing if each.label and seen.contains(QPointF(*each.label))]
    return [*filter(is_in_sight, segments), *dict.fromkeys((*some, *with_label))]


def label_of(tree: Tree, link: Link) -> tuple[str, str]:
    """What was done along an edge, and what changed."""
    parent, child = (tree.lineage.pictures[each] for each in link)
    roles = [edge.role for edge in tree.edges[link]]
    if ParentRole.START in roles:
        # What lay on the canvas is what was begun with: saying it once is enough.
        roles = [role for role in roles if role is not ParentRole.CANVAS]
    operation = ", ".join(operation_words(child, role) for role in roles)
    changes = dict.fromkeys(
        change for role in roles for change in changes_between(parent, child, role)
    )
    return operation, ", ".join(changes)


def node_words(picture: Picture) -> str:
    """A picture as a screen reader or a tooltip tells of it."""
    settings = picture.settings
    parts = [settings.prompt or "No prompt", settings.model]
    if settings.seed is not None:
        parts.append(f"seed {settings.seed}")
    parts.append(f"{picture.width} × {picture.height} px")
    return "\n".join(part for part in parts if part)
