"""What the window remembers between two starts, in one INI file of the config folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QByteArray, QSettings

FILE_NAME: Final = "window.ini"
RECENT_ARTWORKS: Final = 10


class Settings:
    """Typed access to the remembered values. A value that can't be read counts as never set."""

    def __init__(self, config: Path) -> None:
        config.mkdir(parents=True, exist_ok=True)
        self._store = QSettings(str(config / FILE_NAME), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """ "dark", "light", or "desktop" to follow the desktop."""
        return self._text("look/theme", "dark")

    @theme.setter
    def theme(self, name: str) -> None:
        self._store.setValue("look/theme", name)

    @property
    def request(self) -> str:
        """The prompt panel's values as a Request's JSON, empty when there are none."""
        return self._text("prompt/request", "")

    @request.setter
    def request(self, record: str) -> None:
        self._store.setValue("prompt/request", record)

    @property
    def keep_seed(self) -> bool:
        return self._text("prompt/keep_seed", "false") == "true"

    @keep_seed.setter
    def keep_seed(self, wanted: bool) -> None:
        self._store.setValue("prompt/keep_seed", "true" if wanted else "false")

    @property
    def geometry(self) -> QByteArray:
        return self._bytes("window/geometry")

    @geometry.setter
    def geometry(self, state: QByteArray) -> None:
        self._store.setValue("window/geometry", state)

    @property
    def layout(self) -> QByteArray:
        """Where the panels stand."""
        return self._bytes("window/layout")

    @layout.setter
    def layout(self, state: QByteArray) -> None:
        self._store.setValue("window/layout", state)

    @property
    def export_folder(self) -> str:
        return self._text("export/folder", "")

    @export_folder.setter
    def export_folder(self, folder: str) -> None:
        self._store.setValue("export/folder", folder)

    @property
    def export_format(self) -> str:
        return self._text("export/format", "PNG")

    @export_format.setter
    def export_format(self, name: str) -> None:
        self._store.setValue("export/format", name)

    @property
    def export_quality(self) -> int:
        """Quality of JPEG, WebP and AVIF, 1 to 100."""
        text = self._text("export/quality", "92")
        return int(text) if text.isdecimal() and 1 <= int(text) <= 100 else 92

    @export_quality.setter
    def export_quality(self, quality: int) -> None:
        self._store.setValue("export/quality", str(quality))

    @property
    def export_left_out(self) -> tuple[str, ...]:
        """The parts of a MetadataChoice that exported files don't tell."""
        return tuple(self._text("export/left_out", "").split())

    @export_left_out.setter
    def export_left_out(self, names: Iterable[str]) -> None:
        self._store.setValue("export/left_out", " ".join(names))

    @property
    def prompt_writer(self) -> str:
        """Who is named in files as the one who wrote the prompts; empty for nobody."""
        return self._text("export/prompt_writer", "")

    @prompt_writer.setter
    def prompt_writer(self, name: str) -> None:
        self._store.setValue("export/prompt_writer", name)

    @property
    def steps_budget_gb(self) -> int:
        """How many gigabytes the steps of all pictures may take; 0 for the usual."""
        text = self._text("library/steps_budget_gb", "0")
        return int(text) if text.isdecimal() and len(text) < 7 else 0

    @steps_budget_gb.setter
    def steps_budget_gb(self, gigabytes: int) -> None:
        self._store.setValue("library/steps_budget_gb", str(gigabytes))

    @property
    def pictures_folder(self) -> str:
        """Where new pictures go, empty for the desktop's pictures folder. Read at the start."""
        return self._text("library/pictures_folder", "")

    @pictures_folder.setter
    def pictures_folder(self, folder: str) -> None:
        self._store.setValue("library/pictures_folder", folder)

    @property
    def open_folder(self) -> str:
        """Where the artist last opened a picture from."""
        return self._text("open/folder", "")

    @open_folder.setter
    def open_folder(self, folder: str) -> None:
        self._store.setValue("open/folder", folder)

    @property
    def artwork_folder(self) -> str:
        """Where the artist last opened or saved an artwork."""
        return self._text("artworks/folder", "")

    @artwork_folder.setter
    def artwork_folder(self, folder: str) -> None:
        self._store.setValue("artworks/folder", folder)

    @property
    def recent_artworks(self) -> tuple[Path, ...]:
        """Those opened or saved last, the newest first."""
        lines = self._text("artworks/recent", "").split("\n")
        return tuple(Path(line) for line in lines if line)[:RECENT_ARTWORKS]

    def remember_artwork(self, path: Path) -> None:
        """Put an artwork first among the recent ones."""
        recent = [path, *(other for other in self.recent_artworks if other != path)]
        named = [str(each) for each in recent if "\n" not in str(each)]
        self._store.setValue("artworks/recent", "\n".join(named[:RECENT_ARTWORKS]))

    @property
    def tools(self) -> str:
        """The tools' settings as JSON, empty when there are none."""
        return self._text("canvas/tools", "")

    @tools.setter
    def tools(self, record: str) -> None:
        self._store.setValue("canvas/tools", record)

    @property
    def style(self) -> str:
        """The style pane's method, strengths and colours as JSON, empty when there are none."""
        return self._text("style/wishes", "")

    @style.setter
    def style(self, record: str) -> None:
        self._store.setValue("style/wishes", record)

    @property
    def contact_sheet(self) -> str:
        """How contact sheets are laid out, as JSON, empty when there was none."""
        return self._text("export/contact_sheet", "")

    @contact_sheet.setter
    def contact_sheet(self, record: str) -> None:
        self._store.setValue("export/contact_sheet", record)

    @property
    def gallery(self) -> str:
        """How the history is shown as JSON, empty when there is nothing."""
        return self._text("history/gallery", "")

    @gallery.setter
    def gallery(self, record: str) -> None:
        self._store.setValue("history/gallery", record)

    @property
    def models_geometry(self) -> QByteArray:
        """Where the window of models stood."""
        return self._bytes("models/geometry")

    @models_geometry.setter
    def models_geometry(self, state: QByteArray) -> None:
        self._store.setValue("models/geometry", state)

    @property
    def models_splitter(self) -> QByteArray:
        """How much room the list of models has beside the page of the chosen one."""
        return self._bytes("models/splitter")

    @models_splitter.setter
    def models_splitter(self, state: QByteArray) -> None:
        self._store.setValue("models/splitter", state)

    @property
    def models_as_cards(self) -> bool:
        """Whether models are shown as cards rather than rows."""
        return self._text("models/as_cards", "false") == "true"

    @models_as_cards.setter
    def models_as_cards(self, wanted: bool) -> None:
        self._store.setValue("models/as_cards", "true" if wanted else "false")

    def sync(self) -> None:
        """Write everything to the disk now."""
        self._store.sync()

    def _text(self, key: str, default: str) -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()


def as_record(text: str) -> dict[str, Any]:
    """The JSON object that a value was kept as; an empty one for what can't be read."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}
