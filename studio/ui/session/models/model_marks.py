"""What the artist noted about models: favourites, defaults, how they lie on the card, hosts that
may be asked. One file."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final

from psygnal import Signal

from studio.domain.addons import AddonInfo
from studio.domain.model import ModelInfo
from studio.domain.placement import EngineWishes, PlacementWishes
from studio.library.files.disk import Disk, storage_errors
from studio.ui.session.models.model_defaults import ModelDefaults

log = logging.getLogger(__name__)

MODEL: Final = "model"
_MAX_BYTES: Final = 4 << 20

Info = ModelInfo | AddonInfo
Key = tuple[str, str]
"""The kind, `MODEL` or an AddonKind's value, and the name."""


def key_of(info: Info) -> Key:
    """By what a model or addon is known from one start to the next."""
    return (str(info.kind) if isinstance(info, AddonInfo) else MODEL), info.name


class ModelMarks:
    """Kept in a JSON file at `path`, read when it is made. `save` writes it.

    Signals:
        changed(): any of it.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(self, path: Path, disk: Disk) -> None:
        self._path = path
        self._disk = disk
        self._favourites: frozenset[Key] = frozenset()
        self._defaults: dict[str, ModelDefaults] = {}
        self._hosts: frozenset[str] = frozenset()
        self._wishes = EngineWishes()
        self._read()

    @property
    def wishes(self) -> EngineWishes:
        """What is wanted of the engine. May be asked on any thread."""
        return self._wishes

    def set_placement(self, name: str, wishes: PlacementWishes | None) -> None:
        """Have the model of this name lie on the card so, or as the studio decides."""
        others = {key: value for key, value in self._wishes.of_models.items() if key != name}
        of_models = others if wishes is None else {**others, name: wishes}
        self._set_wishes(replace(self._wishes, of_models=of_models))

    def set_usual(self, wishes: PlacementWishes) -> None:
        """Have all models lie on the card so that have no wishes of their own. How many stay warm
        is of the machine and so of all."""
        of_models = {
            name: replace(own, keep_warm=wishes.keep_warm)
            for name, own in self._wishes.of_models.items()
        }
        self._set_wishes(replace(self._wishes, usual=wishes, of_models=of_models))

    def set_grid(self, g_per_kwh: float) -> None:
        """Estimate CO2 by this carbon intensity of the electricity, in grams a kilowatt-hour."""
        self._set_wishes(replace(self._wishes, grid_g_per_kwh=g_per_kwh))

    def _set_wishes(self, wishes: EngineWishes) -> None:
        if wishes != self._wishes:
            self._wishes = wishes
            self.changed.emit()

    def is_favourite(self, info: Info) -> bool:
        return key_of(info) in self._favourites

    def set_favourite(self, info: Info, is_favourite: bool) -> None:
        """Give it a star, or take it away."""
        favourites = self._favourites - {key_of(info)}
        if is_favourite:
            favourites |= {key_of(info)}
        if favourites != self._favourites:
            self._favourites = favourites
            self.changed.emit()

    def defaults(self, name: str) -> ModelDefaults | None:
        """What the model of this name begins with; None for its maker's values."""
        return self._defaults.get(name)

    def set_defaults(self, name: str, defaults: ModelDefaults | None) -> None:
        """Have the model of this name begin with these, or with its maker's values."""
        if defaults != self._defaults.get(name):
            self._defaults.pop(name, None)
            if defaults is not None:
                self._defaults[name] = defaults
            self.changed.emit()

    def may_ask(self, host: str) -> bool:
        """Whether the artist has agreed that this host is asked for files."""
        return host in self._hosts

    def allow(self, host: str) -> None:
        """Note that the artist agrees."""
        if host not in self._hosts:
            self._hosts |= {host}
            self.changed.emit()

    def save(self) -> None:
        """Write the file. Blocking.

        Raises:
            StorageError: the disk refused.
        """
        record = {
            "favourites": sorted(self._favourites),
            "defaults": {name: kept.record() for name, kept in sorted(self._defaults.items())},
            "hosts": sorted(self._hosts),
            "engine": self._wishes.to_record(),
        }
        content = json.dumps(record, ensure_ascii=False, indent=1).encode()
        with storage_errors(self._path):
            self._disk.make_folder(self._path.parent)
            self._disk.replace(self._path, content)

    def _read(self) -> None:
        """Whatever can't be read counts as never noted."""
        try:
            if self._path.stat().st_size > _MAX_BYTES:
                return
            record = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return
        except (OSError, ValueError, RecursionError) as error:
            log.warning("%s can't be read: %s", self._path, error)
            return
        if not isinstance(record, dict):
            return
        self._favourites = frozenset(
            (entry[0], entry[1])
            for entry in _list(record.get("favourites"))
            if isinstance(entry, list) and len(entry) == 2 and all(map(_is_text, entry))
        )
        self._hosts = frozenset(filter(_is_text, _list(record.get("hosts"))))
        self._wishes = EngineWishes.from_record(record.get("engine"))
        defaults = record.get("defaults")
        for name, kept in defaults.items() if isinstance(defaults, Mapping) else ():
            if (read := ModelDefaults.from_record(kept)) is not None:
                self._defaults[name] = read


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
