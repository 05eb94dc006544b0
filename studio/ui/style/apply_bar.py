"""Apply, which becomes Stop while it works, and how the canvas shows what comes of it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.document.restyling import RestyleMethod
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.calm import Calm
from studio.ui.controls.fields import row, say, sentence_label
from studio.ui.controls.progress_button import ProgressButton
from studio.ui.controls.tool_button import tool_button
from studio.ui.icons import icon
from studio.ui.session import Session


class ApplyBar(QWidget):
    """One large button with two meanings; small ones for the trial and for before and after."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._restyling = session.restyling
        self._problem = sentence_label("small")
        self.apply = ProgressButton()
        self.stop_here = QPushButton("Stop here")
        self.stop_here.setToolTip("End it now and keep the picture as it is by then")
        theme.set_role(self.stop_here, "queue")
        self.try_out = tool_button("eye", "Show at once on the canvas what a style would come to")
        self.try_out.setCheckable(True)
        self.discard = tool_button("x", "Take the trial off the canvas", "Escape")
        self.compare = tool_button("square-split-horizontal", "Before and after", "\\")
        self.compare.setToolTip("Before and after, once there is a style on the canvas (\\)")
        self.compare.setCheckable(True)
        for button in (self.try_out, self.discard, self.compare):
            button.setFixedSize(theme.PRIMARY_HEIGHT, theme.PRIMARY_HEIGHT)
            button.setIconSize(QSize(theme.ICON_SIZE + 2, theme.ICON_SIZE + 2))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_XS)
        buttons = row(self.apply, self.stop_here, self.discard, self.try_out, self.compare)
        buttons.setStretch(0, 1)
        buttons.setSpacing(theme.SPACE_XS)
        layout.addWidget(self._problem)
        layout.addLayout(buttons)

        self.apply.clicked.connect(self._on_apply_clicked)
        self.stop_here.clicked.connect(self._restyling.stop_here)
        self.try_out.clicked.connect(self._restyling.set_tries_out)
        self.discard.clicked.connect(self._restyling.discard)
        self.compare.clicked.connect(session.comparison.set_on)
        self._calm = Calm()
        self._bindings = Bindings(self)
        self._bindings.add(self._restyling.wishes_changed, self._show)
        self._bindings.add(self._restyling.progress_changed, self._show)
        self._bindings.add(session.shown.emergence_changed, self._show)
        self._bindings.add(session.artwork.picture_changed, self._show)
        self._bindings.add(session.jobs.progress_changed, self._on_progress_changed)
        self._bindings.add(session.engine.queue_changed, self._show)
        self._bindings.add(session.comparison.changed, self._show)
        self._show()

    def _show(self) -> None:
        restyling = self._restyling
        is_working, method = restyling.is_working, restyling.wishes.method
        role = "stop" if is_working else "primary"
        if self.apply.property("role") != role:
            theme.set_role(self.apply, role)
        problem = "" if is_working else restyling.problem
        self.apply.setEnabled(not problem)
        self.apply.setText("Stop" if is_working else "Apply")
        self.apply.setAccessibleName("Stop" if is_working else "Apply the style")
        tip = "Let go of what is under way" if is_working else "Make it a layer of the artwork"
        self.apply.setToolTip(problem or tip)
        say(self._problem, problem)
        self.stop_here.setVisible(is_working and method is RestyleMethod.OPTIMISED)
        is_instant = method is RestyleMethod.INSTANT
        self.try_out.setVisible(is_instant and not is_working)
        self.try_out.setChecked(restyling.tries_out)
        self.try_out.setIcon(icon("eye" if restyling.tries_out else "eye-off"))
        self.discard.setVisible(restyling.trial.is_on and not is_working)
        self.compare.setChecked(self._session.comparison.is_on)
        self._show_progress()

    def _on_progress_changed(self) -> None:
        if self._calm.lets_through(self._session.jobs.progress):
            self._show_progress()

    def _show_progress(self) -> None:
        progress = self._session.jobs.progress
        if not self._restyling.is_working:
            self.apply.show_progress(None)
        elif not self._restyling.is_running:
            waits = self._session.engine.running is not None
            self.apply.show_progress(0.0, "waiting for its turn" if waits else "")
        elif progress is not None:
            share = progress.step / max(1, progress.total_steps)
            self.apply.show_progress(share, f"{share:.0%}" if progress.step else "")

    def _on_apply_clicked(self) -> None:
        if self._restyling.is_working:
            self._restyling.stop()
        else:
            self._restyling.apply()
