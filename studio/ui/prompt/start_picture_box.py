"""The picture that the next generation starts from, and how far it may go from it."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QVBoxLayout, QWidget

from studio.domain.geometry import Size
from studio.domain.limits import IMAGE_GUIDANCE_SCALE, MAX_IMAGE_GUIDANCE_SCALE
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.controls.fields import plain_label, row
from studio.ui.controls.number_control import NumberControl
from studio.ui.controls.thumbnails import rounded_pixmap
from studio.ui.controls.tool_button import tool_button
from studio.ui.prompt.number_binding import bind_number
from studio.ui.prompt.usual_numbers import strength_control
from studio.ui.session import Session

_SIDE_PX = 48


class StartPictureBox(QFrame):
    """Takes no room while there is no start picture."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("StartPicture")
        self._thumbnail = QLabel()
        self._thumbnail.setFixedSize(_SIDE_PX, _SIDE_PX)
        self._thumbnail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._thumbnail.setAccessibleName("Start picture")
        self._name = ElidedLabel()
        self._size = plain_label(role="small")
        self._remove = tool_button("x", "Remove the start picture")
        self._strength = strength_control(
            "Strength",
            default=0.6,
            tip="How far the picture may go from the start picture: at 1 nothing of it is left",
        )
        self._image_guidance = NumberControl(
            "Fidelity",
            0.0,
            MAX_IMAGE_GUIDANCE_SCALE,
            step=0.1,
            big_step=0.5,
            fine_step=0.05,
            slider_high=5.0,
            decimals=2,
            default=IMAGE_GUIDANCE_SCALE,
            tip="Image guidance: how closely the changed picture keeps to this one",
        )
        self._edit = QCheckBox("Change it as the prompt says")
        self._edit.setAccessibleName("Change this picture as the prompt says")
        self._edit.setToolTip(
            "The model looks at the picture and changes what the prompt tells it to; "
            "otherwise it draws over it"
        )
        self._lay_out()
        self._show_start()
        self._show_edit()

        self._remove.clicked.connect(session.start_picture.forget)
        bind_number(self._strength, session.draft, "strength")
        bind_number(self._image_guidance, session.draft, "image_guidance_scale")
        self._bindings = Bindings(self)
        self._bindings.add(session.artwork.start_changed, self._show_start)
        self._edit.toggled.connect(self._on_edit_toggled)
        self._bindings.add(session.draft.events.edit, self._show_edit)
        self._bindings.add(session.draft.events.model, self._show_edit)

    def _lay_out(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addStretch(1)
        names.addWidget(self._name)
        names.addWidget(self._size)
        names.addStretch(1)
        head = row(self._thumbnail)
        head.addLayout(names, 1)
        head.addWidget(self._remove, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_S - 1] * 4)
        layout.setSpacing(theme.SPACE_S)
        layout.addLayout(head)
        layout.addWidget(self._edit)
        layout.addWidget(self._strength)
        layout.addWidget(self._image_guidance)

    def _show_edit(self) -> None:
        draft = self._session.draft
        can = draft.model.can_edit
        with QSignalBlocker(self._edit):
            self._edit.setChecked(draft.edit)
        self._edit.setVisible(can)
        self._image_guidance.setVisible(draft.edit and draft.model.guides_by_picture)
        # Who changes a picture takes all steps.
        self._strength.setVisible(not (can and draft.edit))

    def _on_edit_toggled(self, wanted: bool) -> None:
        self._session.draft.edit = wanted

    def _show_start(self) -> None:
        start = self._session.artwork.start
        self.setVisible(start is not None)
        if start is None:
            self._thumbnail.clear()
            return
        self._thumbnail.setPixmap(rounded_pixmap(start.pixels, _SIDE_PX, self.devicePixelRatioF()))
        self._name.set_text(start.name or "Start picture")
        self._size.setText(str(Size(start.ref.width, start.ref.height)))
