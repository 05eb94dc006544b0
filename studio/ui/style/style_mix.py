"""The chosen styles one below the other, each with its weight, its scale and a way out."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from studio.document.restyling import RestyleMethod
from studio.domain.stylize import MAX_SCALE, MIN_SCALE
from studio.library.style_shelf import StyleEntry
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_tooltip
from studio.ui.controls.number_control import NumberControl
from studio.ui.controls.tool_button import tool_button
from studio.ui.session import Session
from studio.ui.session.styling.style_orders import StyleChoice
from studio.ui.style.shelf_delegate import paint_thumbnail
from studio.ui.style.thumbnails import StyleThumbnails

_SIDE_PX: Final = 44


class StyleMix(QWidget):
    """As many rows as styles are chosen; of one that is alone there is only the scale, and for the
    diffusion method nothing."""

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
        restyling = self._session.restyling
        is_diffusion = restyling.wishes.method is RestyleMethod.DIFFUSION
        is_alone = len(chosen) == 1
        for shown, choice in zip(self._rows, chosen, strict=True):
            shown.show_choice(choice, is_alone=is_alone, has_scale=not is_diffusion)
        if is_diffusion:
            self.setVisible(len(chosen) > 1 and restyling.guiding.sees_styles)
        else:
            self.setVisible(bool(chosen))


class StyleRow(QWidget):
    """One chosen style."""

    def __init__(
        self, session: Session, thumbnails: StyleThumbnails, index: int, entry: StyleEntry
    ) -> None:
        super().__init__()
        self.entry = entry
        styles, name = session.styles, f"“{entry.name}”"
        self.weight = NumberControl(
            "Weight", 1, 100, big_step=10, default=100, unit="%",
            tip=plain_tooltip(f"How much of {name}, beside the others"),
        )  # fmt: skip
        self.weight.value_changed.connect(lambda share: styles.change(index, weight=share / 100))
        self.scale = NumberControl(
            "Scale", MIN_SCALE, MAX_SCALE, step=0.25, big_step=1, fine_step=0.05, decimals=2,
            default=1, unit="×", tip=plain_tooltip(f"How large the brush strokes of {name} are"),
        )  # fmt: skip
        self.scale.value_changed.connect(lambda scale: styles.change(index, scale=scale))
        self._thumbnail = _Thumbnail(thumbnails, entry)
        self.remove = tool_button("x", f"Take out {name}")
        self.remove.clicked.connect(lambda _checked: styles.blend(entry))
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(theme.SPACE_S)
        layout.setVerticalSpacing(theme.SPACE_XS)
        layout.setColumnStretch(1, 1)
        layout.addWidget(self._thumbnail, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.weight, 0, 1)
        layout.addWidget(self.scale, 1, 1)
        layout.addWidget(self.remove, 0, 2)

    def show_choice(self, choice: StyleChoice, *, is_alone: bool, has_scale: bool) -> None:
        """Show weight and scale as they are. What is alone is seen in the well already; a diffusion
        model sees a picture without a scale."""
        for part in (self._thumbnail, self.weight, self.remove):
            part.setVisible(not is_alone)
        self.scale.setVisible(has_scale)
        self.weight.set_value(round(choice.weight * 100))
        self.scale.set_value(choice.scale)


class _Thumbnail(QWidget):
    def __init__(self, thumbnails: StyleThumbnails, entry: StyleEntry) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._entry = entry
        self.setFixedSize(_SIDE_PX, _SIDE_PX)
        self.setToolTip(plain_tooltip(entry.name))
        thumbnails.arrived.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_thumbnail(painter, self.rect().toRectF(), self._thumbnails.get(self._entry))
