"""The chosen styles one below the other, each with its weight, its scale and a way out."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.domain.stylize import MAX_SCALE, MIN_SCALE
from studio.library.style_shelf import StyleEntry
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.controls.fields import row
from studio.ui.controls.number_control import NumberControl
from studio.ui.controls.tool_button import tool_button
from studio.ui.session import Session
from studio.ui.session.style_orders import StyleChoice
from studio.ui.style.shelf_delegate import paint_thumbnail
from studio.ui.style.thumbnails import StyleThumbnails

_SIDE_PX: Final = 28


class StyleMix(QWidget):
    """As many rows as styles are chosen; a style's weight is there while it isn't alone."""

    def __init__(
        self, session: Session, thumbnails: StyleThumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._thumbnails = thumbnails
        self._rows: list[StyleRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE_S)
        self._bindings = Bindings(self)
        self._bindings.add(session.restyling.wishes_changed, self._show)
        self._bindings.add(session.styles.side_changed, self._show)
        self._show()

    @property
    def rows(self) -> tuple[StyleRow, ...]:
        return tuple(self._rows)

    def _show(self) -> None:
        chosen = self._session.styles.chosen
        # A row that is being dragged in stays the same.
        if [row.entry for row in self._rows] != [choice.entry for choice in chosen]:
            for old in self._rows:
                self._column.removeWidget(old)
                old.hide()
                old.deleteLater()
            self._rows = [
                StyleRow(self._session, self._thumbnails, index, choice.entry)
                for index, choice in enumerate(chosen)
            ]
            for new in self._rows:
                self._column.addWidget(new)
        for shown, choice in zip(self._rows, chosen, strict=True):
            shown.show_choice(choice, is_alone=len(chosen) == 1)
        self.setVisible(bool(chosen))


class StyleRow(QWidget):
    """One chosen style."""

    def __init__(
        self, session: Session, thumbnails: StyleThumbnails, index: int, entry: StyleEntry
    ) -> None:
        super().__init__()
        self.entry = entry
        styles = session.styles
        self.weight = NumberControl(
            "Weight", 1, 100, big_step=10, default=100, unit="%",
            tip="How much of this style, beside the others",
        )  # fmt: skip
        self.weight.value_changed.connect(lambda share: styles.change(index, weight=share / 100))
        self.scale = NumberControl(
            "Scale", MIN_SCALE, MAX_SCALE, step=0.25, big_step=1, fine_step=0.05, decimals=2,
            default=1, unit="×", tip="How large its brush strokes are",
        )  # fmt: skip
        self.scale.value_changed.connect(lambda scale: styles.change(index, scale=scale))
        self.remove = tool_button("x", f"Take out {entry.name}")
        self.remove.clicked.connect(lambda _checked: styles.blend(entry))
        name = ElidedLabel(entry.name)
        head = row(_Thumbnail(thumbnails, entry), name, self.remove)
        head.setStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_XS)
        layout.addLayout(head)
        layout.addWidget(self.weight)
        layout.addWidget(self.scale)

    def show_choice(self, choice: StyleChoice, *, is_alone: bool) -> None:
        """Show weight and scale as they are."""
        self.weight.set_value(round(choice.weight * 100))
        self.weight.setVisible(not is_alone)
        self.scale.set_value(choice.scale)
        # What a net has learnt by heart has the size that it has.
        self.scale.setVisible(not choice.entry.painted)


class _Thumbnail(QWidget):
    def __init__(self, thumbnails: StyleThumbnails, entry: StyleEntry) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._entry = entry
        self.setFixedSize(_SIDE_PX, _SIDE_PX)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        thumbnails.arrived.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_thumbnail(painter, self.rect().toRectF(), self._thumbnails.get(self._entry))
