"""The prompt panel: everything that decides the next picture, and the button that makes it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from studio.domain.limits import (
    MAX_GUIDANCE_SCALE,
    MAX_IMAGES_PER_PROMPT,
    MAX_PROMPT_CHARS,
    MAX_STEPS,
)
from studio.domain.schedulers import Scheduler
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.choice_menu import choice_menu
from studio.ui.controls.collapsible_section import CollapsibleSection
from studio.ui.controls.fields import field_row, say, sentence_label
from studio.ui.controls.number_control import NumberControl
from studio.ui.controls.text_field import TextField, prompt_field
from studio.ui.prompt.branch_box import BranchBox
from studio.ui.prompt.changes_box import ChangesBox
from studio.ui.prompt.finish_box import FinishBox
from studio.ui.prompt.generate_bar import GenerateBar
from studio.ui.prompt.guides_box import GuidesBox
from studio.ui.prompt.model_box import ModelBox
from studio.ui.prompt.number_binding import bind_number
from studio.ui.prompt.placement_line import PlacementLine
from studio.ui.prompt.prompt_recall import PromptRecall
from studio.ui.prompt.prompt_recall_list import PromptListButton
from studio.ui.prompt.queue_view import QueueView
from studio.ui.prompt.second_pass_box import SecondPassBox
from studio.ui.prompt.seed_control import SeedControl
from studio.ui.prompt.size_control import SizeControl
from studio.ui.prompt.start_picture_box import StartPictureBox
from studio.ui.prompt.text_binding import bind_text
from studio.ui.prompt.usual_numbers import guidance_control
from studio.ui.session import Session

MINIMUM_WIDTH: Final = 260
_TOO_LONG = f"A prompt ends at {MAX_PROMPT_CHARS:,} characters. Shorten it."
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PromptPanel(QWidget):
    """Bound to the session's draft both ways; holds no value of its own.

    `prompt` is the prompt's field, where the window shows one already.
    """

    def __init__(
        self, session: Session, prompt: TextField | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._draft = session.draft
        self.setMinimumWidth(MINIMUM_WIDTH)
        # Opaque: what is repainted here, be it the blinking cursor, lets all behind it be.
        self.setAutoFillBackground(True)
        self._prompt = prompt or prompt_field()
        self._make_texts()
        self._make_settings()
        self._generate_bar = GenerateBar(session)
        self._queue = QueueView(session)
        self._lay_out()
        self.setFocusProxy(self._prompt)

        self._prompt.submitted.connect(session.generation.generate)
        self._negative.submitted.connect(session.generation.generate)
        self._scheduler.activated.connect(self._on_scheduler_activated)
        events = self._draft.events
        self._bindings = Bindings(self)
        self._bindings.add(events.prompt, self._on_text_changed)
        self._bindings.add(events.negative_prompt, self._on_text_changed)
        self._bindings.add(events.scheduler, self._on_scheduler_changed)
        self._bindings.add(events.model, self._on_model_changed)
        self._bindings.add(events.branch, self._on_branch_changed)
        self._on_text_changed()
        self._on_model_changed()
        self._on_scheduler_changed()
        self._on_branch_changed()

    def _make_texts(self) -> None:
        bind_text(self._prompt, self._draft, "prompt")
        recall = PromptRecall(self._prompt, self._session)
        self.prompt_list = PromptListButton(self._prompt, recall, self._session)
        self._negative = TextField(fewest_lines=2)
        self._negative.setPlaceholderText("What should not be in it?")
        self._negative.setAccessibleName("Leave out")
        self._negative.setToolTip("The negative prompt: what should not be in the picture")
        bind_text(self._negative, self._draft, "negative_prompt")
        self._leave_out = CollapsibleSection("Leave out", self._negative)
        self._leave_out.heading.setToolTip("Say what should not be in the picture")
        self._too_long = sentence_label("error")

    def _make_settings(self) -> None:
        draft = self._draft
        self._start = StartPictureBox(self._session)
        self._branch = BranchBox(self._session)
        self._model = ModelBox(self._session)
        self._changes = ChangesBox(self._session)
        self.guides = GuidesBox(self._session)
        self._size = SizeControl(draft)
        self._finish = FinishBox(draft)
        self._second_pass = SecondPassBox(self._session)
        self._steps = NumberControl(
            "Steps",
            1,
            MAX_STEPS,
            slider_high=60,
            big_step=5,
            tip="How many denoising steps lead to the picture",
        )
        bind_number(self._steps, draft, "num_inference_steps")
        self._guidance = guidance_control(
            "Guidance",
            MAX_GUIDANCE_SCALE,
            slider_high=15.0,
            tip="Guidance scale: how closely the picture follows the prompt",
        )
        bind_number(self._guidance, draft, "guidance_scale")
        self._seed = SeedControl(draft)
        self._scheduler = choice_menu("How each denoising step is taken")
        self._scheduler.addItems(list(Scheduler))
        self._count = NumberControl(
            "Pictures",
            1,
            MAX_IMAGES_PER_PROMPT,
            slider_high=8,
            big_step=4,
            tip="How many pictures Generate makes, with seeds one after the other",
        )
        bind_number(self._count, draft, "count")

    def _lay_out(self) -> None:
        advanced = QWidget()
        folded = QVBoxLayout(advanced)
        folded.setContentsMargins(0, theme.SPACE_XS, 0, 0)
        folded.setSpacing(theme.SPACE_S)
        folded.addLayout(field_row("Scheduler", self._scheduler))
        folded.addWidget(self._count)
        self._advanced = CollapsibleSection("Advanced", advanced)
        self._advanced.heading.setToolTip("Scheduler and number of pictures")

        content = QWidget()
        form = QVBoxLayout(content)
        form.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_M)
        form.setSpacing(theme.SPACE_S)
        above: tuple[QWidget, ...] = (
            self._prompt,
            self._too_long,
            self._leave_out,
            self._branch,
            self._start,
        )
        for part in above:
            form.addWidget(part)
        form.addSpacing(theme.SPACE_S)
        form.addLayout(field_row("Model", self._model))
        form.addWidget(PlacementLine(self._session))
        form.addWidget(self._size)
        form.addLayout(field_row("Finish", self._finish))
        below: tuple[QWidget, ...] = (
            self._steps,
            self._guidance,
            self._seed,
            self.guides,
            self._second_pass,
            self._changes,
            self._advanced,
        )
        for part in below:
            form.addWidget(part)
        form.addStretch(1)

        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)

        # The button is in view however low the window is.
        footer = QFrame()
        footer.setObjectName("PromptFooter")
        bottom = QVBoxLayout(footer)
        bottom.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_M)
        bottom.setSpacing(theme.SPACE_S)
        bottom.addWidget(self._generate_bar)
        bottom.addWidget(self._queue)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, 1)
        layout.addWidget(footer)

    def focus_prompt(self) -> None:
        """Put the cursor into the prompt."""
        self._prompt.setFocus()

    def _on_text_changed(self) -> None:
        draft = self._draft
        longest = max(len(draft.prompt), len(draft.negative_prompt))
        say(self._too_long, _TOO_LONG if longest > MAX_PROMPT_CHARS else "")
        if draft.negative_prompt and not self._negative.hasFocus():
            self._leave_out.set_open(True)

    def _on_model_changed(self) -> None:
        model = self._draft.model
        self._steps.set_default(model.default_steps)
        self._guidance.set_default(model.default_guidance_scale)

    def _on_branch_changed(self) -> None:
        # The picture that it branches from decides these.
        is_free = self._draft.branch is None
        self._size.setEnabled(is_free)
        self._start.setEnabled(is_free)

    def _on_scheduler_changed(self) -> None:
        self._scheduler.setCurrentText(self._draft.scheduler)

    def _on_scheduler_activated(self, index: int) -> None:
        self._draft.scheduler = list(Scheduler)[index]

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if control and event.key() in _ENTER_KEYS:
            self._session.generation.generate()
        else:
            super().keyPressEvent(event)
