"""One download: how far it is, and what can be done about it."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout, QWidget

from studio.catalog.downloads import Download, State
from studio.domain.fit import amount
from studio.ui import theme
from studio.ui.controls.durations import duration_text
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.controls.fields import row, say, sentence_label
from studio.ui.controls.tool_button import tool_button
from studio.ui.history.file_manager import show_in_file_manager
from studio.ui.session import Session

_PARTS: Final = 1000
_LONGEST_LEFT_S: Final = 100 * 3600


def progress_text(download: Download) -> str:
    """What a person wants to know: “3.1 of 6.9 GB · 12 MB/s · 5 min 05 s left”."""
    if download.state is not State.DOWNLOADING:
        parts = [download.sentence or str(download.state).capitalize()]
        if download.can_resume and download.total_bytes:
            parts.append(f"{amount(download.done_bytes)} of {amount(download.total_bytes)}")
        return " · ".join(parts)
    parts = [amount(download.done_bytes)]
    if download.total_bytes:
        parts = [f"{amount(download.done_bytes)} of {amount(download.total_bytes)}"]
    if download.rate_bytes_s >= 1:
        parts.append(f"{amount(round(download.rate_bytes_s))}/s")
    if download.seconds_left is not None and download.seconds_left < _LONGEST_LEFT_S:
        parts.append(f"{duration_text(download.seconds_left)} left")
    return " · ".join(parts)


class DownloadRow(QFrame):
    """Shows the newest snapshot that it was given."""

    def __init__(self, session: Session, download: Download, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._download = download
        self.setObjectName("DownloadRow")
        self.title = ElidedLabel()
        self.says = ElidedLabel()
        theme.set_role(self.says, "small")
        self.error = sentence_label("error")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, _PARTS)
        self.pause = tool_button("pause", "Pause")
        self.resume = tool_button("play", "Go on")
        self.show_file = tool_button("folder-open", "Show in the file manager")
        self.cancel = tool_button("x", "Cancel, and remove what was fetched")
        heading = row(self.title, self.pause, self.resume, self.show_file, self.cancel)
        heading.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_S, theme.SPACE_S)
        layout.setSpacing(theme.SPACE_XS)
        layout.addLayout(heading)
        layout.addWidget(self.bar)
        layout.addWidget(self.says)
        layout.addWidget(self.error)
        downloads = session.model_downloads
        self.pause.clicked.connect(lambda: downloads.pause(self._download))
        self.resume.clicked.connect(lambda: downloads.resume(self._download))
        self.cancel.clicked.connect(lambda: downloads.cancel(self._download))
        self.show_file.clicked.connect(self._on_show_file)
        self.show_download(download)

    @property
    def download(self) -> Download:
        return self._download

    def show_download(self, download: Download) -> None:
        """Show how it is now."""
        self._download = download
        self.setAccessibleName(f"Download of {download.title}")
        if self.title.text() != download.title:
            self.title.set_text(download.title)
        self.says.set_text(progress_text(download))
        self.says.setVisible(not download.error)
        say(self.error, download.error)
        is_known = bool(download.total_bytes) or not download.is_under_way
        # A bar of no length is one that goes to and fro.
        self.bar.setMaximum(_PARTS if is_known else 0)
        self.bar.setValue(round(download.fraction * _PARTS))
        self.bar.setVisible(download.state not in (State.FINISHED, State.REFUSED))
        self.pause.setVisible(download.is_under_way)
        self.resume.setVisible(download.can_resume)
        self.show_file.setVisible(download.path is not None)
        is_over = download.state is State.FINISHED
        name = "Take it off this list" if is_over else "Cancel, and remove what was fetched"
        self.cancel.setToolTip(name)
        self.cancel.setAccessibleName(name)

    def _on_show_file(self) -> None:
        if self._download.path is not None:
            show_in_file_manager(self._download.path)
