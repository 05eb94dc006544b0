"""How models are kept and computed on this machine, and what the artist may decide about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.domain.engine_options import CUDA, installed_packages
from studio.domain.fit import amount
from studio.domain.model import ModelInfo
from studio.domain.placement import MOST_WARM, PlacementWishes
from studio.engine import EngineStatus
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_label, row, say, sentence_label
from studio.ui.controls.number_control import NumberControl
from studio.ui.engine.fast_list import FastList
from studio.ui.engine.few_steps_list import FewStepsList
from studio.ui.engine.wish_menus import WishMenus
from studio.ui.session import Session

_WIDTH: Final = 520
# Of a screen's height: its bars and the window's frame take some of the rest.
_HIGHEST: Final = 0.9
_WHEN: Final = "All of it counts from the next picture on. Nothing restarts."


class EngineDialog(QDialog):
    """Not modal: `show()` it and work on. It is deleted when it is closed."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Engine")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._packages = installed_packages()
        self._kind_shown = ""
        self.device = sentence_label("")
        self.placement = sentence_label("quiet")
        self.own = sentence_label("quiet")
        self.drop_own = QPushButton("Use these for it")
        self.drop_own.clicked.connect(self._on_own_dropped)
        self.warm = NumberControl(
            "Warm",
            1,
            MOST_WARM,
            default=PlacementWishes().keep_warm,
            tip="How many models stay loaded while they fit: to switch back takes no time",
        )
        self.warm.value_changed.connect(self._on_warm_changed)
        self.menus = WishMenus()
        self.menus.chosen.connect(session.models.place_all)
        self.fast = FastList()
        self.fast.chosen.connect(self._on_fast_chosen)
        self.fast.trial_wanted.connect(session.mode_trials.measure)
        self.few_steps = FewStepsList(session)
        self.reset = QPushButton("Reset to automatic")
        self.reset.clicked.connect(lambda: session.models.place_all(PlacementWishes()))
        self._close = QPushButton("Close")
        self._close.setDefault(True)
        self._close.clicked.connect(self.close)
        self._lay_out()
        self._bindings = Bindings(self)
        self._bindings.add(session.models.marks.changed, self._show)
        self._bindings.add(session.models.changed, self._show)
        self._bindings.add(session.mode_trials.changed, self._show)
        self._bindings.add(session.draft.events.model, self._show_own)
        self._bindings.add(session.engine.status_changed, self._on_status_changed)
        self._show()

    def _lay_out(self) -> None:
        content = _Content()
        self._column = column = QVBoxLayout(content)
        column.setContentsMargins(*[theme.SPACE_XL] * 4)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.device)
        column.addWidget(self.placement)
        own = row(self.own, self.drop_own)
        own.setStretch(0, 1)
        column.addLayout(own)
        column.addSpacing(theme.SPACE_S)
        warm = row(self.warm, plain_label("models stay loaded", "quiet"))
        warm.setStretch(0, 1)
        column.addLayout(warm)
        column.addWidget(self.menus)
        column.addSpacing(theme.SPACE_S)
        column.addWidget(self.fast)
        column.addSpacing(theme.SPACE_XS)
        column.addWidget(self.few_steps)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        foot = QWidget()
        foot.setObjectName("PaneFooter")
        buttons = row(plain_label(_WHEN, "small"), self.reset, self._close)
        buttons.setContentsMargins(theme.SPACE_XL, theme.SPACE_M, theme.SPACE_XL, theme.SPACE_M)
        buttons.setStretch(0, 1)
        foot.setLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, 1)
        layout.addWidget(foot)
        self._foot = foot

    def _fit(self) -> None:
        """As high as what is in it, as far as the screen has room."""
        width = max(_WIDTH, self.minimumSizeHint().width())
        height = self._column.totalHeightForWidth(width) + self._foot.sizeHint().height()
        room = self.screen().availableGeometry().height()
        self.resize(width, min(height, round(_HIGHEST * room)))

    def _show(self) -> None:
        """Stand as the artist's wishes do."""
        wishes = self._session.models.marks.wishes.usual
        self.warm.set_value(wishes.keep_warm)
        self.menus.show_wishes(wishes)
        self.reset.setEnabled(wishes != PlacementWishes())
        trials = self._session.mode_trials
        families = {model.family for model in self._session.models.models()}
        kind = self._session.engine.status.device_kind
        self.fast.show_state(wishes.fast, kind, families, trials.differences(), trials.measuring)
        self._show_own()
        self._on_status_changed(self._session.engine.status)

    def _show_own(self, _model: ModelInfo | None = None) -> None:
        model = self._session.draft.model
        has_own = model.name in self._session.models.marks.wishes.of_models
        said = f"“{model.title}” has choices of its own (in Models), which count for it instead."
        say(self.own, said if has_own else "")
        self.drop_own.setVisible(has_own)

    def _on_status_changed(self, status: EngineStatus) -> None:
        say(self.device, device_in_words(status))
        say(self.placement, status.placement)
        if status.device_kind and status.device_kind != self._kind_shown:
            self._kind_shown = status.device_kind
            self.menus.show_device(status.device_kind, self._packages)
            self._show()

    def _on_own_dropped(self) -> None:
        self._session.models.place_as_all(self._session.draft.model)

    def _on_warm_changed(self, count: float) -> None:
        models = self._session.models
        models.place_all(replace(models.marks.wishes.usual, keep_warm=round(count)))

    def _on_fast_chosen(self, names: tuple[str, ...]) -> None:
        models = self._session.models
        models.place_all(replace(models.marks.wishes.usual, fast=names))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        if not event.spontaneous():
            self._fit()
        super().showEvent(event)


class _Content(QWidget):
    """As high as its sentences are at the width that the view has, not at the narrowest."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        least, layout, view = super().minimumSizeHint(), self.layout(), self.parentWidget()
        if layout is None or view is None:
            return least
        return QSize(least.width(), layout.totalHeightForWidth(max(view.width(), least.width())))


def device_in_words(status: EngineStatus) -> str:
    """The device and its memory, in one line."""
    if not status.device_kind:
        return "What the pictures are made on shows in a moment."
    if status.device_kind == CUDA:
        free, total = amount(status.card_free_bytes), amount(status.card_total_bytes)
        return f"{status.device}, {free} of {total} free for models"
    return (
        f"{status.device}: there is no graphics card that the studio can use, so what needs one is "
        "greyed out."
    )
