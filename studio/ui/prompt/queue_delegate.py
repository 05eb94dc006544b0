"""One job of the queue in one line: what it is about at the left, its seed or size at the right."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.ui import theme
from studio.ui.icons import icon
from studio.ui.prompt.queue_model import JOB_ROLE, QueueModel, detail

_ICON_PX = 12


class QueueDelegate(QStyledItemDelegate):
    """A small triangle marks the job that runs."""

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(0, theme.CONTROL_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        model = index.model()
        assert isinstance(model, QueueModel)  # noqa: S101 - the only model it is given
        job = index.data(JOB_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("line"))
            painter.drawRoundedRect(option.rect, theme.RADIUS, theme.RADIUS)
        inside = option.rect.adjusted(theme.SPACE_S, 0, -theme.SPACE_S, 0)

        mark = QRect(inside.left(), 0, _ICON_PX, _ICON_PX)
        mark.moveCenter(mark.center().transposed().transposed())
        mark.moveTop(inside.center().y() - _ICON_PX // 2)
        if model.is_running(job):
            icon("play").paint(painter, mark)
        else:
            place = index.row() - (1 if model.is_running(model.index(0).data(JOB_ROLE)) else 0) + 1
            painter.setFont(theme.font(theme.SMALL_PX))
            painter.setPen(theme.color("quiet"))
            painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, str(place))
        painter.setFont(theme.font(theme.SMALL_PX))
        painter.setPen(theme.color("quiet"))
        said = detail(job.request).removeprefix("seed ")
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, said)
        said_width = painter.fontMetrics().horizontalAdvance(said)

        painter.setFont(theme.font())
        painter.setPen(theme.color("text"))
        words = inside.adjusted(_ICON_PX + theme.SPACE_S, 0, -said_width - theme.SPACE_S, 0)
        text = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, words.width()
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()
