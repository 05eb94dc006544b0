"""Which models are on this disk."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from psygnal import Signal

from studio.catalog.card_reading import read_card
from studio.catalog.cards import ModelCard
from studio.catalog.checksums import Checksums
from studio.catalog.compatibility import goes_with
from studio.catalog.completing import is_completable, parts_for
from studio.catalog.conversion import OnProgress, convert, ignore_progress
from studio.catalog.hashing import BackgroundHashing
from studio.catalog.places import Place, read_places, write_places
from studio.catalog.probe_cache import ProbeCache
from studio.catalog.records import Refusal
from studio.catalog.scan import scan
from studio.catalog.upscalers import FOLDER as UPSCALERS
from studio.catalog.watching import Watcher
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelError, ModelNotFound
from studio.domain.model import ModelInfo
from studio.domain.upscalers import UpscalerInfo
from studio.folders import Folders

_PLACES_FILE: Final = "model-folders.json"
_PROBES_FILE: Final = "models.sqlite3"
_HASHES_FILE: Final = "checksums.sqlite3"
_THUMBNAILS: Final = "model-thumbnails"
_FEW: Final = 12
_SHORT: Final = 12
_FEWEST_DIGITS: Final = 8


class Catalog:
    """The models in the studio's own folders, searched in order, and in folders of other programs.

    Looks at small files and headers only: thousands of times quicker than loading. What it shows is
    replaced as a whole by each look, so any thread may ask at any time.

    Args:
        folders: the studio's own; the last one's models come with the studio.
        places_file: where the folders of other programs are kept; none are kept without it.
        cache: a folder for what was found out about files; without it every look takes its time.
        only_looks: whether what is found out now is not kept there.
    """

    changed = Signal()
    """Other models, addons, places or refusals are here than before. Emitted on the thread that
    noticed: `rescan`'s, `add_place`'s, `remove_place`'s or the one that watches."""

    def __init__(
        self,
        folders: Sequence[Path],
        places_file: Path | None = None,
        cache: Path | None = None,
        *,
        only_looks: bool = False,
    ) -> None:
        self.folders = tuple(folder.absolute() for folder in folders)
        self._places_file = places_file
        self._cache_folder = cache
        self._cache = ProbeCache(cache and cache / _PROBES_FILE, only_looks=only_looks)
        self._checksums = Checksums(cache and cache / _HASHES_FILE)
        self.hashing = BackgroundHashing(self._checksums)
        self._looking = threading.Lock()
        self._watcher: Watcher | None = None
        self._places = read_places(places_file) if places_file else ()
        self._found = scan(self.folders, self._places, self._cache)

    @classmethod
    def of(cls, folders: Folders, *, only_looks: bool = False) -> Catalog:
        """The catalog of this user: the studio's own folders and those of other programs."""
        places_file = folders.config / _PLACES_FILE
        return cls(folders.models, places_file, folders.cache, only_looks=only_looks)

    # What there is

    def models(self) -> tuple[ModelInfo, ...]:
        """Every model that can be used, in the folders' order, then by name."""
        return tuple(self._found.models.values())

    def refused(self) -> tuple[Refusal, ...]:
        """What lies there and can't be used."""
        return self._found.refused

    def find(self, name: str) -> ModelInfo:
        """The model of this name (ModelInfo.name).

        Raises:
            ModelNotFound: there is none; the remedy lists those that there are.
        """
        if (model := self._found.models.get(name)) is not None:
            return model
        for refusal in self._found.refused:
            if name in (refusal.path.name, refusal.path.stem):
                raise ModelNotFound(f"The model “{name}” can't be used.", refusal.reason)
        if (network := self._found.addons.get((AddonKind.DIFFUSION_MODEL, name))) is not None:
            raise _incomplete(network, self._found.addons.values())
        places = " or ".join(str(folder) for folder in self.folders)
        raise ModelNotFound(
            f"There is no model “{name}” on this disk.",
            _there_are(self._found.models) or f"Put a model's folder into {places}.",
        )

    def addons(self, kind: AddonKind | None = None, family: str = "") -> tuple[AddonInfo, ...]:
        """Files that change or complete a model, of one kind or of all, in the folders' order.

        With a `family`, those that go with its models, then those whose family isn't known.
        """
        of_kind = [one for one in self._found.addons.values() if kind in (None, one.kind)]
        if not family:
            return tuple(of_kind)
        known = [one for one in of_kind if goes_with(one, family)]
        return (*known, *(one for one in of_kind if not one.family and one not in known))

    def find_addon(self, kind: AddonKind, name: str) -> AddonInfo:
        """The addon of this kind and name.

        Raises:
            ModelNotFound: there is none; the remedy lists those that there are.
        """
        if (addon := self._found.addons.get((kind, name))) is not None:
            return addon
        known = [one.name for one in self.addons(kind)]
        raise ModelNotFound(
            f"There is no {kind.words} “{name}” on this disk.",
            _there_are(known) or f"Put its file into {self.folders[0]}.",
        )

    def upscalers(self) -> tuple[UpscalerInfo, ...]:
        """Every upscaler that can be used; those that come with the studio are first."""
        return tuple(self._found.upscalers.values())

    def find_upscaler(self, name: str) -> UpscalerInfo:
        """The upscaler of this name (UpscalerInfo.name).

        Raises:
            ModelNotFound: there is none; the remedy lists those that there are.
        """
        if (upscaler := self._found.upscalers.get(name)) is not None:
            return upscaler
        places = " or ".join(str(folder / UPSCALERS) for folder in self.folders)
        raise ModelNotFound(
            f"There is no upscaler “{name}” on this disk.",
            _there_are(self._found.upscalers) or f"Put its safetensors file into {places}.",
        )

    def default(self) -> ModelInfo:
        """The model to begin with, which draws by itself: one of the last folder, where those lie
        that come with the studio, or else the first there is.

        Raises:
            ModelNotFound: there is no such model at all.
        """
        models = [model for model in self.models() if model.draws_alone]
        if not models:
            raise ModelNotFound(
                "There is no model on this disk.", "“pentimento doctor” says where models belong."
            )
        own = self.folders[-1]
        return next((model for model in models if model.path.parent == own), models[0])

    # More about one of them

    def card(self, info: ModelInfo | AddonInfo) -> ModelCard:
        """Everything that is known about a model or addon. Blocking: reads its small files."""
        thumbnails = self._cache_folder and self._cache_folder / _THUMBNAILS
        card = read_card(info, thumbnails)
        return replace(card, hashes=self._checksums.known(info.path))

    def hashes(self, info: ModelInfo | AddonInfo) -> Mapping[str, str]:
        """By which other programs and sites know the file (see Checksums.hashes). Blocking: reads
        all of it the first time.

        Raises:
            ModelError: it is a folder, or can't be read.
        """
        if info.path.is_dir():
            raise ModelError(f"{info.title} is a folder: only single files have such hashes.")
        try:
            return self._checksums.hashes(info.path)
        except OSError as error:
            raise ModelError(f"{info.path.name} can't be read: {error.strerror}.") from error

    def short_hash(self, info: ModelInfo | AddonInfo) -> str:
        """By which the A1111 web UI knows a file in a picture's text: the first digits of a
        LoRA's AutoV3, of another file's sha256. Only what is known already; else "", and for an
        addon it is computed beside the work, to be known from then on."""
        is_lora = isinstance(info, AddonInfo) and info.kind is AddonKind.LORA
        if is_lora and isinstance(info, AddonInfo) and info.written_hash:
            return info.written_hash
        known = self._checksums.known(info.path)
        if isinstance(info, ModelInfo):
            return known.get("AutoV2", "")
        digest = known.get("AutoV3" if is_lora else "sha256", "")[:_SHORT]
        # What nothing would keep would have to be computed for every picture.
        is_kept = self._cache_folder is not None
        if "AutoV2" not in known and is_kept and info.path.is_file():
            self.hashing.add(info.path)
        return digest

    def lora_of_hash(self, short: str) -> AddonInfo | None:
        """The LoRA of which this is the beginning of a hash that is known; None if there is none.
        Reads no file."""
        if len(short) < _FEWEST_DIGITS:
            return None
        loras = self.addons(AddonKind.LORA)
        for addon in loras:
            if addon.written_hash.startswith(short):
                return addon
        hashed = self._checksums.all_known(addon.path for addon in loras)
        for addon in loras:
            known = hashed.get(addon.path, {})
            if any(known.get(name, "").startswith(short) for name in ("AutoV3", "sha256")):
                return addon
        return None

    def convert(self, path: Path, on_progress: OnProgress = ignore_progress) -> Path:
        """Make a safetensors file of a pickle among the studio's own (see conversion.convert).

        Raises:
            ModelError, StorageError: as there.
        """
        return convert(path, self.folders[0], on_progress)

    # Folders of other programs

    def places(self) -> tuple[Place, ...]:
        """The folders of other programs that are used where they lie."""
        return self._found.places

    def add_place(self, path: Path) -> Place:
        """Use what lies in a folder (or one file) of another program from now on. Blocking.

        Raises:
            ModelNotFound: there is no such folder.
            ModelError: it is one of the studio's own, which is looked through anyway.
            StorageError: the list can't be written.
        """
        path = path.expanduser().absolute()
        if not path.exists():
            raise ModelNotFound(f"There is no folder “{path}”.", "Choose one that is there.")
        if any(path.is_relative_to(folder) for folder in self.folders):
            raise ModelError(f"“{path}” is one of the studio's own folders; it is used already.")
        if path not in self._places:
            self._keep_places((*self._places, path))
        return next(place for place in self.places() if place.path == path)

    def remove_place(self, path: Path) -> None:
        """Forget a folder of another program; what lies there stays as it is.

        Raises:
            ModelNotFound: it isn't among the places.
            StorageError: the list can't be written.
        """
        path = path.expanduser().absolute()
        if path not in self._places:
            raise ModelNotFound(
                f"“{path}” is not among the folders that were added.",
                _there_are([str(place) for place in self._places]),
            )
        self._keep_places(tuple(place for place in self._places if place != path))

    def _keep_places(self, places: tuple[Path, ...]) -> None:
        if self._places_file is not None:
            write_places(self._places_file, places)
        self._places = places
        self.rescan()

    # Changes

    def rescan(self) -> None:
        """Look again. Blocking; any thread. Emits `changed` if anything differs."""
        with self._looking:
            found = scan(self.folders, self._places, self._cache)
            differs = not found.same_as(self._found)
            self._found = found
        if differs:
            self.changed.emit()

    def watch(self, interval_s: float = 3.0) -> None:
        """Look again by itself when a folder has changed, on a thread of its own."""
        if self._watcher is None:
            self._watcher = Watcher(self._visited, self.rescan, interval_s)
            self._watcher.start()

    def stop_watching(self) -> None:
        """End what `watch` began; returns when its thread has ended."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None

    def _visited(self) -> Mapping[str, int]:
        """The folders that were visited, and the own ones and places that weren't there."""
        missing = dict.fromkeys(map(str, (*self.folders, *self._places)), 0)
        return {**missing, **self._found.folders}


def _incomplete(network: AddonInfo, addons: Iterable[AddonInfo]) -> ModelNotFound:
    if not is_completable(network):
        return ModelNotFound(
            f"“{network.name}” is the denoising network of a model, which the studio can't use "
            "in this format.",
            "Fetch its safetensors file instead.",
        )
    missing = " and ".join(parts_for(network, addons).missing)
    return ModelNotFound(
        f"“{network.name}” is the denoising network of a model, without {missing}.",
        "Put the safetensors files of these among the models, too.",
    )


def _there_are(names: Sequence[str] | Mapping[str, object]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _FEW} more" if len(listed) > _FEW else ""
    return f"There are: {', '.join(listed[:_FEW])}{more}." if listed else ""
