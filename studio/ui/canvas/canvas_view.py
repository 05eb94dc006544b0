"""The canvas: the picture, in place, while it emerges and when it is finished."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTabletEvent,
)
from PySide6.QtWidgets import QWidget

from studio.document import Area, Change
from studio.domain.errors import PictureError
from studio.domain.geometry import Box, Size
from studio.domain.inpaint import Extents
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.canvas.before_after import BeforeAfter
from studio.ui.canvas.clipboard import place_in
from studio.ui.canvas.document_image import DocumentImage
from studio.ui.canvas.drop_menu import DropMenu, is_artwork
from studio.ui.canvas.drops import DropFilter, picture_in
from studio.ui.canvas.navigation import Navigation
from studio.ui.canvas.overlays import Overlays
from studio.ui.canvas.painting import paint_document, paint_picture, paint_surround
from studio.ui.canvas.picture_image import PictureImage, as_pixels
from studio.ui.canvas.tool_in_hand import ToolInHand
from studio.ui.canvas.zoom_view import ZoomView
from studio.ui.session import MaskView, Session

_BY_KEYBOARD: Final = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class CanvasView(ZoomView):
    """Shows `session.artwork`, or the document that is edited, zoomed and panned as the artist
    likes, and gives the tools what mouse, pen and keys do.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._bindings = Bindings(self)
        self._image: PictureImage | None = None
        self._document: DocumentImage | None = None
        self._shows_focus = False
        self._is_sharp = True
        self._navigation = Navigation(self)
        self._tool = ToolInHand(self, session)
        self._tool.cursor_changed.connect(self._navigation.show_cursor)
        self._tool.finished.connect(self._on_inpainting_changed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setMinimumSize(240, 180)
        self.setAccessibleName("Canvas")

        self._before_after = BeforeAfter(session, self)
        self._overlays = Overlays(session, self)
        self._mask_bar = self._overlays.mask_bar
        self._drops = DropFilter(self)
        self._drops.watch(self)
        self._drops.hovered.connect(self._on_drop_hovered)
        self._drops.dropped.connect(self._on_dropped)

        self._bindings.add(session.artwork.picture_changed, self._on_picture_changed)
        self._bindings.add(session.shown.emergence_changed, self._on_picture_changed)
        self._bindings.add(session.jobs.progress_changed, self._on_progress_changed)
        self._bindings.add(session.editing.document_changed, self._on_document_changed)
        self._bindings.add(session.editing.on_canvas_changed, self._on_picture_changed)
        self._bindings.add(session.inpainting.changed, self._on_inpainting_changed)
        self._bindings.add(session.tools.events.active, self._place_mask_bar)
        self._bindings.add(session.tools.events.mask_view, self._on_mask_view_changed)
        self._bindings.add(session.tools.events.mask_colour, self._on_mask_view_changed)
        self._on_document_changed()
        self._on_picture_changed()
        self._on_progress_changed()

    @property
    def is_sharp(self) -> bool:
        """Whether what was painted last was as fine as it can be; if not, more will come."""
        return self._is_sharp

    @property
    def tool_cursor(self) -> Qt.CursorShape | None:
        """The cursor of the tool in hand; None for the usual one."""
        return self._tool.cursor

    @property
    def picture_size(self) -> Size | None:
        """The size of the document, or of the picture on show, whose first step may be to come."""
        if self._on_canvas is not None:
            return self._on_canvas.document.size
        if self._session.artwork.size is not None:
            return self._session.artwork.size
        return None if self._session.shown.emergence is None else self._session.shown.emergence.size

    def paste(self) -> None:
        """The clipboard's picture becomes a layer of the document, or else the start picture. What
        was copied from a document comes to where it was."""
        if self._on_canvas is None:
            self.paste_as_start()
        elif (picture := self._on_clipboard()) is not None:
            self._add_layer(picture, self._on_canvas.document.size)

    def paste_as_start(self) -> None:
        """The clipboard's picture becomes the start picture of the next generation."""
        picture = self._on_clipboard()
        if isinstance(picture, Path):
            self._session.start_picture.from_file(picture)
        elif picture is not None:
            self._session.start_picture.from_pixels(as_pixels(picture), "pasted picture")

    def take_drops_of(self, window: QWidget) -> None:
        """Also take pictures dropped on other parts of the window, and show that it is possible."""
        self._drops.watch(window)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(800, 600)

    def _on_clipboard(self) -> Path | QImage | None:
        """The picture on the clipboard. None after saying that there is none, and for an artwork,
        which is opened."""
        picture = picture_in(QGuiApplication.clipboard().mimeData())
        if picture is None:
            self._session.messages.tell(
                PictureError(
                    "There is no picture on the clipboard.", "Copy a picture or its file first."
                )
            )
        elif is_artwork(picture) and isinstance(picture, Path):
            self._session.artworks.open(picture)
            return None
        elif isinstance(picture, Path):
            self._session.foreign_settings.mention(picture)
        return picture

    def _add_layer(self, picture: Path | QImage, document: Size) -> None:
        placing, name = self._session.placing, "Pasted"
        middle = self.from_widget.map(QPointF(self.rect().center()))
        if isinstance(picture, Path):
            placing.as_layer(picture, name, (middle.x(), middle.y()))
            return
        pixels = as_pixels(picture, keep_alpha=True)
        place = place_in(picture, document)
        if place is None:
            placing.as_layer(pixels, name, (middle.x(), middle.y()))
        else:
            placing.at(pixels, name, *place)

    # Showing

    def _moved(self) -> None:
        self._place_mask_bar()
        self._before_after.place()

    @property
    def _on_canvas(self) -> DocumentImage | None:
        """The document, if the canvas shows it."""
        return self._document if self._session.editing.is_on_canvas else None

    @property
    def _around(self) -> Extents:
        """What is to be painted beyond the edges, until it is shown as a part of the document."""
        image = self._on_canvas
        if image is None or image.document.size != image.document.content.size:
            return Extents()
        return self._session.inpainting.extend

    # Slots

    def _on_picture_changed(self) -> None:
        artwork = self._session.artwork
        pixels, size = artwork.pixels, artwork.size
        self._image = None if pixels is None or size is None else PictureImage(pixels, size)
        self._overlays.welcome.setVisible(self.picture_size is None)
        self._place()
        self._place_mask_bar()
        # When the view stays the same only the picture is damaged, not what lies around it.
        self.update(self._turn().mapRect(self._target()).toAlignedRect())
        description = "No picture yet" if size is None else f"A picture of {size} pixels"
        if description != self.accessibleDescription():
            self.setAccessibleDescription(description)

    def _on_document_changed(self) -> None:
        if self._document is not None:
            self._bindings.remove(self._document.document.changed, self._on_edited)
            self._document.close()
        document = self._session.editing.document
        self._document = None
        if document is not None:
            self._document = DocumentImage(document, self)
            self._document.mask_outline.moved.connect(self._on_outline_moved)
            self._bindings.add(document.changed, self._on_edited)
        self._on_picture_changed()

    def _on_edited(self, change: Change) -> None:
        if self._on_canvas is None:
            return
        if change.size:
            self._place()
            self.update()
        if change.mask is not None or change.size or change.working_area:
            self._place_mask_bar()
        for box in (change.damage, change.mask):
            if box is not None:
                self._update_box(box)
        if change.working_area:
            self.update()

    def _on_inpainting_changed(self) -> None:
        if not self._tool.is_down:
            self._place()
            self._place_mask_bar()

    def _place_mask_bar(self) -> None:
        """Bring the bar to the mask, except while a tool works on it."""
        if not self._tool.is_down:
            self._mask_bar.place(self.to_widget)

    def _update_box(self, box: Box | Area) -> None:
        place = self.to_widget.mapRect(QRectF(box.x, box.y, box.width, box.height))
        # Scaling smoothly lets a pixel be seen beside itself.
        room = 2 + 2 / self.devicePixelRatioF()
        self.update(place.adjusted(-room, -room, room, room).toAlignedRect())

    def _on_mask_view_changed(self) -> None:
        self.update()

    def _on_outline_moved(self, masked: Area) -> None:
        if self._on_canvas is not None:
            self._update_box(masked)

    def _on_progress_changed(self) -> None:
        self._overlays.progress.show_progress(self._session.jobs.progress)

    def _on_drop_hovered(self, hovered: bool) -> None:
        self._overlays.show_drop_hint(hovered)

    def _on_dropped(self, picture: Path | QImage, at: QPoint) -> None:
        if is_artwork(picture) and isinstance(picture, Path):
            self._session.artworks.open(picture)
            return
        place = None
        if self._on_canvas is not None:
            dropped = self.from_widget.map(QPointF(self.mapFromGlobal(at)))
            place = dropped.x(), dropped.y()
        name = picture.stem if isinstance(picture, Path) else "dropped picture"
        DropMenu(self._session, picture, name, place, self).popup(at)

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        target, turn, damaged = self._target(), self._turn(), event.region()
        paint_surround(painter, target, turn, damaged, self.devicePixelRatioF())
        if self.zoom is not None and damaged.intersects(turn.mapRect(target).toAlignedRect()):
            painter.setClipRegion(damaged)
            painter.setTransform(turn, combine=True)
            if self._on_canvas is not None:
                self._paint_document(painter, damaged.boundingRect(), self._on_canvas)
            else:
                paint_picture(painter, target, self._image, self.zoom, fitted=self.is_fitted)
            painter.resetTransform()
            painter.setClipping(False)
        self._tool.paint_over(painter)
        if self._shows_focus:
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_document(self, painter: QPainter, damaged: QRect, image: DocumentImage) -> None:
        tools, inpainting = self._session.tools, self._session.inpainting
        view = tools.mask_view
        # What is painted in the mask's place is seen without a veil, and judged without a line.
        if inpainting.candidates:
            view = MaskView.HIDDEN
        elif view is MaskView.OVERLAY and (inpainting.is_showing or image.document.overlays):
            view = MaskView.OUTLINE
        self._is_sharp = True
        part = self._turn().inverted()[0].mapRect(QRectF(damaged))
        for place, shown in self._before_after.parts(self._target(), part, image):
            painter.save()
            painter.setClipRect(place, Qt.ClipOperation.IntersectClip)
            self._is_sharp &= paint_document(
                painter,
                self._target(),
                place,
                shown,
                self.zoom or 1.0,
                view,
                tools.mask_colour,
                fitted=self.is_fitted,
            )
            painter.restore()
        if not self._is_sharp:
            QTimer.singleShot(0, self, partial(self.update, damaged))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        self._overlays.arrange()
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and self._mask_bar.claims(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        trial = self._session.restyling.trial
        if self._mask_bar.key_press(event):
            event.accept()
        elif event.key() == Qt.Key.Key_Escape and trial.is_on:
            trial.end()
        elif not self._tool.key_press(event) and not self._navigation.key_press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if not self._navigation.key_release(event):
            super().keyReleaseEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if not self._navigation.mouse_press(event) and not self._tool.mouse_press(event):
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if not self._navigation.mouse_move(event) and not self._tool.mouse_move(event):
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if not self._navigation.mouse_release(event) and not self._tool.mouse_release(event):
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if not self._tool.mouse_double_click(event):
            super().mouseDoubleClickEvent(event)

    def tabletEvent(self, event: QTabletEvent) -> None:  # noqa: N802 - Qt's name
        # What isn't accepted comes again as a mouse event.
        event.setAccepted(not self._navigation.is_holding and self._tool.tablet(event))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._tool.leave()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        self._shows_focus = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        self._shows_focus = False
        self._is_sharp = True
        self._navigation.let_go()
        super().focusOutEvent(event)
        self.update()
