"""The card in the canvas's corner that offers what wasn't saved when the studio last ended."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.icons import icon
from studio.ui.session import Offer, Session

PICTURE_PX: Final = 96
WIDTH: Final = 400


class RecoveryCard(QFrame):
    """Shows the newest offer of `session.recovery`, with its picture; hidden while there is none.

    It asks for nothing: the studio can be used as if it weren't there.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recovery = session.recovery
        self._bindings = Bindings(self)
        self.setObjectName("RecoveryCard")
        self.setAccessibleName("Recovered work")
        self.setFixedWidth(WIDTH)
        self._picture = QLabel(self)
        self._picture.setFixedSize(PICTURE_PX, PICTURE_PX)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._name = ElidedLabel(parent=self)
        self._told = QLabel(self)
        self._told.setTextFormat(Qt.TextFormat.PlainText)
        self._told.setWordWrap(True)
        theme.set_role(self._told, "small")
        self._recover = QPushButton("Recover", self)
        theme.set_role(self._recover, "primary")
        self._recover.clicked.connect(self._on_recover_clicked)
        self._discard = QPushButton("Discard", self)
        self._discard.clicked.connect(self._on_discard_clicked)
        self._later = QToolButton(self)
        self._later.setIcon(icon("x"))
        self._later.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        self._later.setToolTip("Not now: ask again at the next start")
        self._later.setAccessibleName("Not now")
        self._later.clicked.connect(self._on_later_clicked)

        top = QHBoxLayout()
        top.addWidget(self._name, 1)
        top.addWidget(self._later)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SPACE_S)
        buttons.addWidget(self._recover)
        buttons.addWidget(self._discard)
        buttons.addStretch()
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_XS)
        column.addLayout(top)
        column.addWidget(self._told)
        column.addStretch()
        column.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(*[theme.SPACE_M] * 4)
        row.setSpacing(theme.SPACE_M)
        row.addWidget(self._picture)
        row.addLayout(column, 1)

        self._bindings.add(self._recovery.changed, self._on_changed)
        self._on_changed()

    # Slots

    def _on_changed(self) -> None:
        offers = self._recovery.offers
        if offers:
            offer, others = offers[0], len(offers) - 1
            self._name.set_text(f"“{offer.name}” wasn't saved")
            moment = QDateTime.fromSecsSinceEpoch(round(offer.changed_s))
            changed = QLocale().toString(moment, QLocale.FormatType.ShortFormat)
            more = f" · {others} more" if others else ""
            self._told.setText(f"{offer.size} · {changed}{more}")
            self._picture.setPixmap(self._pixmap(offer))
        self.setVisible(bool(offers))

    def _on_recover_clicked(self) -> None:
        self._recovery.recover(self._recovery.offers[0])

    def _on_discard_clicked(self) -> None:
        self._recovery.discard(self._recovery.offers[0])

    def _on_later_clicked(self) -> None:
        self._recovery.put_off()

    def _pixmap(self, offer: Offer) -> QPixmap:
        height, width = offer.picture.shape[:2]
        image = QImage(
            offer.picture.tobytes(),
            width,
            height,
            4 * width,
            QImage.Format.Format_ARGB32_Premultiplied,
        )
        ratio = self.devicePixelRatioF()
        side = round(PICTURE_PX * ratio)
        small = image.scaled(
            side,
            side,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        pixmap = QPixmap(small.size())
        pixmap.fill(Qt.GlobalColor.white)  # as paper: black strokes are seen on a dark card, too
        painter = QPainter(pixmap)
        painter.drawImage(0, 0, small)
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap
