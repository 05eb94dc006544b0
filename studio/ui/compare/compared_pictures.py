"""The pictures of a comparison, all seen through one zoom: a grid of them, one alone, or two under
a line."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.library import Picture
from studio.ui import theme
from studio.ui.canvas.picture_image import PictureImage
from studio.ui.compare.arrangement import columns_for, common_frame
from studio.ui.compare.compared_view import ComparedView
from studio.ui.controls.elided_label import ElidedLabel

_GAP_PX: Final = 4


class Mode(StrEnum):
    """How the pictures are set beside each other."""

    GRID = "grid"
    SLIDER = "slider"


class _Place(QWidget):
    """A view and, below it, what it shows."""

    def __init__(self, view: ComparedView, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.view = view
        self._caption = ElidedLabel(caption)
        theme.set_role(self._caption, "quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, theme.SPACE_XS)
        layout.setSpacing(theme.SPACE_XS)
        layout.addWidget(view, 1)
        layout.addWidget(self._caption)


class ComparedPictures(QWidget):
    """Two to four pictures, numbered from 1. What is done to the view of one is done to all.

    Signals:
        zoom_changed(float): device pixels for each pixel of the largest picture.
        arranged(): they are set beside each other in another way.
        menu_wanted(index, place): what can be done with a picture (from 0 on) is asked for there.
    """

    zoom_changed = Signal(float)
    arranged = Signal()
    menu_wanted = Signal(int, QPoint)

    def __init__(self, pictures: Sequence[Picture], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = common_frame(Size(picture.width, picture.height) for picture in pictures)
        self._mode = Mode.GRID
        self._alone: int | None = None
        self._images: list[PictureImage | None] = [None] * len(pictures)
        self._places = [
            self._make_place(caption_of(number, picture))
            for number, picture in enumerate(pictures, 1)
        ]
        self._slider = self._make_place(
            "  |  ".join(caption_of(number, picture) for number, picture in enumerate(pictures, 1))
        )
        self._slider.hide()

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def alone(self) -> int | None:
        """Which picture (from 0 on) has all the room; None while all are seen."""
        return self._alone

    @property
    def views(self) -> list[ComparedView]:
        """The views of the pictures, in order; the one under the line is `slider`."""
        return [place.view for place in self._places]

    @property
    def slider(self) -> ComparedView:
        return self._slider.view

    @property
    def current(self) -> int:
        """The picture that has the keyboard, or the one that is seen alone, or the first."""
        if self._alone is not None:
            return self._alone
        focused = (index for index, view in enumerate(self.views) if view.hasFocus())
        return next(focused, 0)

    # What the artist does

    def set_mode(self, mode: Mode) -> None:
        """Set the pictures beside each other, or the first two under a line."""
        self._mode = mode
        self._alone = None
        self._settle()

    def toggle_alone(self, index: int) -> None:
        """Give all the room to one picture (from 0 on) or, if it has it, to all again."""
        self._mode = Mode.GRID
        self._alone = None if index == self._alone else index
        self._settle()

    def show_all(self) -> None:
        """Give no picture all the room."""
        if self._alone is not None:
            self.toggle_alone(self._alone)

    def fit(self) -> None:
        """Show the whole pictures."""
        self._seen.view.fit()

    def actual_size(self) -> None:
        """One pixel of the largest picture for each device pixel."""
        self._seen.view.actual_size()

    def zoom_in(self) -> None:
        self._seen.view.zoom_in()

    def zoom_out(self) -> None:
        self._seen.view.zoom_out()

    # What they show

    def set_pixels(self, index: int, pixels: Pixels | None) -> None:
        """What picture `index` (from 0 on) looks like; None if that can't be read."""
        view = self._places[index].view
        if pixels is None:
            view.show_gone()
            return
        fitted = Size(pixels.shape[1], pixels.shape[0]).fitted_into(self._frame)
        self._images[index] = PictureImage(pixels, fitted)
        view.show_images(self._images[index])
        if len(self._images) == 2:
            self._slider.view.show_images(*self._images)

    @property
    def _seen(self) -> _Place:
        if self._mode is Mode.SLIDER:
            return self._slider
        return self._places[self._alone or 0]

    def _make_place(self, caption: str) -> _Place:
        view = ComparedView(self._frame, self)
        view.setAccessibleName(f"Picture {caption}")
        place = _Place(view, caption, self)
        view.looked.connect(lambda: self._on_looked(view))
        view.zoom_changed.connect(self._tell_zoom)
        view.enlarged.connect(lambda: self._on_enlarged(place))
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(lambda at: self._on_menu_wanted(place, at))
        return place

    def _on_looked(self, view: ComparedView) -> None:
        look = view.look
        for place in (*self._places, self._slider):
            if place.view is not view:
                place.view.follow(look)

    def _tell_zoom(self) -> None:
        zoom = self._seen.view.zoom
        if zoom is not None:
            self.zoom_changed.emit(zoom)

    def _on_enlarged(self, place: _Place) -> None:
        if place is not self._slider:
            self.toggle_alone(self._places.index(place))

    def _on_menu_wanted(self, place: _Place, at: QPoint) -> None:
        if place is not self._slider:
            index = self._places.index(place)
        else:
            line = place.view.to_widget.map(QPointF(place.view.share * self._frame.width, 0))
            index = int(at.x() > line.x())
        self.menu_wanted.emit(index, place.view.mapToGlobal(at))

    def _settle(self) -> None:
        """Bring everything to its place; the keyboard stays with what is seen."""
        had_focus = self._slider.view.hasFocus() or any(view.hasFocus() for view in self.views)
        current = self.current
        self._slider.setVisible(self._mode is Mode.SLIDER)
        for index, place in enumerate(self._places):
            is_seen = self._mode is Mode.GRID and self._alone in (None, index)
            place.setVisible(is_seen)
        self._arrange()
        if had_focus:
            seen = self._slider if self._mode is Mode.SLIDER else self._places[current]
            seen.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell_zoom()
        self.arranged.emit()

    def _arrange(self) -> None:
        whole = self.rect()
        self._slider.setGeometry(whole)
        if self._alone is not None:
            self._places[self._alone].setGeometry(whole)
            return
        count = len(self._places)
        room = Size(max(1, whole.width()), max(1, whole.height()))
        columns = columns_for(count, self._frame, room)
        rows = -(-count // columns)
        for index, place in enumerate(self._places):
            row, column = divmod(index, columns)
            left, right = (whole.width() * edge // columns for edge in (column, column + 1))
            top, bottom = (whole.height() * edge // rows for edge in (row, row + 1))
            cell = QRect(left, top, right - left, bottom - top)
            place.setGeometry(cell.adjusted(_GAP_PX, _GAP_PX, -_GAP_PX, -_GAP_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()


def caption_of(number: int, picture: Picture) -> str:
    """What stands below a picture: its number, seed and size."""
    size = Size(picture.width, picture.height)
    return f"{number} · seed {picture.record.seed} · {size}"
