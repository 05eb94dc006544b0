"""Where the next pictures branch off, and the way back to pictures of their own."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.domain.request import Request
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.controls.fields import row, say, sentence_label
from studio.ui.controls.thumbnails import rounded_pixmap
from studio.ui.controls.tool_button import tool_button
from studio.ui.icons import icon
from studio.ui.session import Session
from studio.ui.session.branch_point import BranchPoint
from studio.ui.session.drafting.draft import CHANGES

_SIDE_PX: Final = 40
_OTHERWISE: Final = "Generate takes the steps after it by the settings here; size and start stay."
_WITHIN: Final = "Generate takes the steps after it by the settings here; its second pass stays."
_THE_SAME: Final = "Nothing differs yet, so the same comes again: change the prompt, guidance…"
_NUMBERS: Final = ("num_inference_steps", "guidance_scale", "scheduler")
_PAINTED: Final = "Paint on the canvas; Generate takes the steps after it from there."


class BranchBox(QFrame):
    """Takes no room while Generate makes pictures that branch from none."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._draft = session.draft
        self.setObjectName("BranchPoint")
        self._thumbnail = QLabel()
        self._thumbnail.setFixedSize(_SIDE_PX, _SIDE_PX)
        self._thumbnail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._thumbnail.setAccessibleName("The step to branch from")
        self._title = ElidedLabel()
        self._of = ElidedLabel()
        theme.set_role(self._of, "small")
        self.leave = tool_button("x", "Don't branch: Generate makes a new picture")
        self._what = sentence_label("small")
        self.use_settings = QPushButton("Use its settings")
        self.use_settings.setToolTip("Take the prompt, seed, guidance and steps it was made with")
        theme.set_role(self.use_settings, "link")
        self._lay_out()

        self.leave.clicked.connect(session.branching.leave_branch)
        self.use_settings.clicked.connect(session.branching.use_settings)
        self._bindings = Bindings(self)
        events = self._draft.events
        for signal in (
            events.branch,
            events.hires,
            events.prompt,
            events.negative_prompt,
            events.num_inference_steps,
            events.guidance_scale,
            events.scheduler,
            events.loras,
            events.vae,
            events.clip_skip,
            events.freeu,
            events.pag_scale,
            events.skip_layers,
            events.image_guidance_scale,
            events.refiner,
            events.guides,
        ):
            self._bindings.add(signal, self._show)
        self._show()

    def _lay_out(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addStretch(1)
        names.addWidget(self._title)
        names.addWidget(self._of)
        names.addStretch(1)
        head = row(self._thumbnail)
        head.addLayout(names, 1)
        head.addWidget(self.leave, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_S - 1] * 4)
        layout.setSpacing(theme.SPACE_S)
        layout.addLayout(head)
        layout.addWidget(self._what)
        layout.addWidget(self.use_settings, 0, Qt.AlignmentFlag.AlignLeft)

    def _show(self) -> None:
        point = self._draft.branch
        self.setVisible(point is not None)
        if point is None:
            self._thumbnail.clear()
            return
        if point.frames:
            self._thumbnail.setPixmap(
                rounded_pixmap(point.frames[-1], _SIDE_PX, self.devicePixelRatioF())
            )
        else:
            self._thumbnail.setPixmap(icon("git-branch").pixmap(theme.ICON_SIZE, theme.ICON_SIZE))
        title = f"Branch from step {point.step}"
        self._title.set_text(title)
        self.setAccessibleName(title)
        prompt = " ".join(point.parent.prompt.split())
        which = f"of “{prompt}”" if prompt else "of a picture without a prompt"
        is_second = point.step > point.parent.first_way
        self._of.set_text(f"in the second pass {which}" if is_second else which)
        differs = self._differs(point.parent)
        say(self._what, self._what_comes(point, differs))
        self.use_settings.setVisible(differs)

    def _what_comes(self, point: BranchPoint, differs: bool) -> str:
        if not self._session.branching.reaches(point):
            return f"Take more steps: with so few there is none after step {point.step}."
        if point.canvas is not None:
            return _PAINTED
        if point.step > point.parent.first_way and differs:
            return _WITHIN
        if differs or point.painted is not None or self._draft.scheduler.draws_noise:
            return _OTHERWISE
        return _THE_SAME

    def _differs(self, parent: Request) -> bool:
        """Whether anything here isn't as the parent has it."""
        draft = self._draft
        texts = draft.prompt.strip(), draft.negative_prompt.strip()
        if draft.second_pass != parent.hires:
            return True
        return texts != (parent.prompt, parent.negative_prompt) or any(
            getattr(draft, name) != getattr(parent, name) for name in (*_NUMBERS, *CHANGES)
        )
