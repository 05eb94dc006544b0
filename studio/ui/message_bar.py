"""The bar above the canvas that tells what went wrong, or right, and what to do next."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.icons import icon
from studio.ui.session import Notice, Session

DETAILS_HEIGHT: Final = 140
NARROW: Final = 560
INFORMATION_MS: Final = 6000


class MessageBar(QFrame):
    """Shows notices, the newest first. Errors stay until they are dismissed; what only informs
    goes by itself.

    Args:
        only_in_front: show only what is told while its window has the keyboard. So it is in a
            window beside the studio's own, which shows everything.
    """

    def __init__(
        self, session: Session, parent: QWidget | None = None, *, only_in_front: bool = False
    ) -> None:
        super().__init__(parent)
        self._only_in_front = only_in_front
        self._bindings = Bindings(self)
        self._notices: list[Notice] = []
        self.setObjectName("MessageBar")
        self.setAccessibleName("Message")
        # What it lies over is the picture.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

        self._icon = QLabel(self)
        self._sentence = QLabel(self)
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence.setWordWrap(True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._more = QLabel(self)
        theme.set_role(self._more, "small")
        self._action = QPushButton(self)
        self._action.clicked.connect(self._on_action_clicked)
        self._details_button = QPushButton("Details", self)
        self._details_button.setCheckable(True)
        self._details_button.toggled.connect(self._on_details_toggled)
        theme.set_role(self._details_button, "link")
        self._dismiss = QToolButton(self)
        self._dismiss.setIcon(icon("x"))
        self._dismiss.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        self._dismiss.setToolTip("Dismiss (Escape)")
        self._dismiss.setAccessibleName("Dismiss")
        self._dismiss.clicked.connect(self.dismiss)
        self._details = QPlainTextEdit(self)
        self._details.setReadOnly(True)
        self._details.setFixedHeight(DETAILS_HEIGHT)
        self._details.setAccessibleName("Details")

        said = QHBoxLayout()
        said.setSpacing(theme.SPACE_S)
        said.addWidget(self._icon)
        said.addWidget(self._sentence, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SPACE_S)
        buttons.addStretch()
        for widget in (self._more, self._details_button, self._action, self._dismiss):
            buttons.addWidget(widget)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(theme.SPACE_S)
        self._row.addLayout(said, 1)
        self._row.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_S, theme.SPACE_XS)
        column.addLayout(self._row)
        column.addWidget(self._details)
        self._leaving = QTimer(self, singleShot=True, interval=INFORMATION_MS)
        self._leaving.timeout.connect(self.dismiss)
        self.hide()

        self._bindings.add(session.messages.notice, self._on_notice)

    # What the artist does

    def dismiss(self) -> None:
        """Let go of the notice on show; the one before it appears again, if there is one."""
        if self._notices:
            self._notices.pop()
        self._show_newest()

    # Slots

    def _on_notice(self, notice: Notice) -> None:
        if self._only_in_front and not self.isActiveWindow():
            return
        self._notices = [old for old in self._notices if old.is_error and old != notice]
        self._notices.append(notice)
        self._show_newest()
        self._announce(notice)

    def _on_action_clicked(self) -> None:
        action = self._notices[-1].action
        self.dismiss()
        if action is not None:
            _, do = action
            do()

    def _on_details_toggled(self, shown: bool) -> None:
        self._details.setVisible(shown)

    # Showing

    def _show_newest(self) -> None:
        self._leaving.stop()
        self.setVisible(bool(self._notices))
        if not self._notices:
            return
        notice = self._notices[-1]
        if not notice.is_error:
            self._leaving.start()
        kind = "error" if notice.is_error else "information"
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        picture = icon("circle-alert", "danger") if notice.is_error else icon("info", "quiet")
        self._icon.setPixmap(
            picture.pixmap(QSize(theme.ICON_SIZE, theme.ICON_SIZE), self.devicePixelRatioF())
        )
        self._icon.setAccessibleName(kind)
        self._sentence.setText(f"{notice.sentence} {notice.remedy}".strip())
        others = len(self._notices) - 1
        self._more.setText(f"{others} more" if others else "")
        self._action.setVisible(notice.action is not None)
        if notice.action is not None:
            self._action.setText(notice.action[0])
        self._details_button.setVisible(bool(notice.details))
        self._details_button.setChecked(False)
        self._details.setPlainText(notice.details)
        self._details.hide()

    def _announce(self, notice: Notice) -> None:
        announcement = QAccessibleAnnouncementEvent(self, self._sentence.text())
        if notice.is_error:
            announcement.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(announcement)

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW
        self._row.setDirection(
            QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)
