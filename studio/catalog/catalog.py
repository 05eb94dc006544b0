"""Which models are on this disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from psygnal import Signal

from studio.catalog.diffusers_folders import read_model
from studio.catalog.pipelines import INDEX
from studio.catalog.places import Place
from studio.catalog.probe import read_header
from studio.catalog.upscalers import FOLDER, read_upscaler, upscaler_files
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.model import ModelInfo
from studio.domain.upscalers import UpscalerInfo
from studio.folders import Folders

_MAX_ENTRIES: Final = 5_000
_PICKLES: Final = frozenset({".ckpt", ".pt", ".pth", ".bin", ".pkl"})
_Info = TypeVar("_Info", ModelInfo, UpscalerInfo)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that lies among the models and can't be used, and why, in a sentence or two."""

    path: Path
    reason: str


class Catalog:
    """The models in some folders, searched in order; each subfolder may be a model.

    Looks at small files and headers only: thousands of times quicker than loading.
    """

    changed = Signal()
    """Other models are here than before, or other refusals. Emitted on `rescan`'s thread."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folder.absolute() for folder in folders)
        self._models, self._upscalers, self._refused = self._scan()

    @classmethod
    def of(cls, folders: Folders) -> Catalog:
        """The catalog of this user: the studio's own folders and those of other programs."""
        return cls(folders.models)

    def models(self) -> tuple[ModelInfo, ...]:
        """Every model that can be used, in the folders' order, then by name."""
        return tuple(self._models.values())

    def refused(self) -> tuple[Refusal, ...]:
        """What lies there and can't be used."""
        return self._refused

    def find(self, name: str) -> ModelInfo:
        """The model of this name (ModelInfo.name).

        Raises:
            ModelNotFound: there is none; the remedy lists those that there are.
        """
        if (model := self._models.get(name)) is not None:
            return model
        for refusal in self._refused:
            if refusal.path.name == name:
                raise ModelNotFound(f"The model “{name}” can't be used.", refusal.reason)
        known = ", ".join(self._models)
        places = " or ".join(str(folder) for folder in self.folders)
        raise ModelNotFound(
            f"There is no model “{name}” on this disk.",
            f"There are: {known}." if known else f"Put a model's folder into {places}.",
        )

    def upscalers(self) -> tuple[UpscalerInfo, ...]:
        """Every upscaler that can be used; those that come with the studio are first."""
        return tuple(self._upscalers.values())

    def find_upscaler(self, name: str) -> UpscalerInfo:
        """The upscaler of this name (UpscalerInfo.name).

        Raises:
            ModelNotFound: there is none; the remedy lists those that there are.
        """
        if (upscaler := self._upscalers.get(name)) is not None:
            return upscaler
        known = ", ".join(self._upscalers)
        places = " or ".join(str(folder / FOLDER) for folder in self.folders)
        raise ModelNotFound(
            f"There is no upscaler “{name}” on this disk.",
            f"There are: {known}." if known else f"Put its safetensors file into {places}.",
        )

    def addons(self, kind: AddonKind | None = None, family: str = "") -> tuple[AddonInfo, ...]:
        """Files that change or complete a model, of one kind or of all, by name.

        With a `family`, those that go with its models, then those whose family isn't known.
        """
        return ()

    def find_addon(self, kind: AddonKind, name: str) -> AddonInfo:
        """The addon of this kind and name.

        Raises:
            ModelNotFound: there is none; the remedy lists those that there are.
        """
        raise ModelNotFound(f"There is no {kind} “{name}” on this disk.")

    def places(self) -> tuple[Place, ...]:
        """The folders of other programs that are used where they lie."""
        return ()

    def default(self) -> ModelInfo:
        """The model to begin with: one of the last folder, where those lie that come with the
        studio, or else the first there is.

        Raises:
            ModelNotFound: there is no model at all.
        """
        models = self.models()
        if not models:
            raise ModelNotFound(
                "There is no model on this disk.", "“pentimento doctor” says where models belong."
            )
        own = self.folders[-1]
        return next((model for model in models if model.path.parent == own), models[0])

    def rescan(self) -> None:
        """Look again; call it where `changed` may be emitted."""
        found = self._scan()
        if found != (self._models, self._upscalers, self._refused):
            self._models, self._upscalers, self._refused = found
            self.changed.emit()

    def _scan(
        self,
    ) -> tuple[dict[str, ModelInfo], dict[str, UpscalerInfo], tuple[Refusal, ...]]:
        models: dict[str, ModelInfo] = {}
        upscalers: dict[str, UpscalerInfo] = {}
        refused = []
        for path in self._candidates():
            try:
                _add(_examine(path), models)
            except ModelRefused as error:
                refused.append(Refusal(path, str(error)))
        for path in upscaler_files(self.folders):
            try:
                _add(read_upscaler(path), upscalers)
            except ModelRefused as error:
                refused.append(Refusal(path, str(error)))
        return models, upscalers, tuple(refused)

    def _candidates(self) -> Iterator[Path]:
        for folder in self.folders:
            try:
                entries = sorted(folder.iterdir())[:_MAX_ENTRIES]
            except OSError:
                continue  # a folder that isn't there holds no models
            for path in entries:
                is_weights = path.suffix in _PICKLES or path.suffix == ".safetensors"
                if (path / INDEX).is_file() or (is_weights and path.is_file()):
                    yield path


def _add(found: _Info, known: dict[str, _Info]) -> None:
    if found.name in known:
        raise ModelRefused(
            f"Another one of this name comes first: {known[found.name].path}.",
            "Rename one of the two.",
        )
    known[found.name] = found


def _examine(path: Path) -> ModelInfo:
    if path.is_dir():
        return read_model(path)
    if path.suffix in _PICKLES:
        raise ModelRefused(
            f"{path.name} is a pickle, which can run any program when it is opened.",
            "Fetch the model as a safetensors folder instead.",
        )
    read_header(path)
    raise ModelRefused(
        f"{path.name} is a whole model in one file, which the studio can't open yet.",
        "Fetch it as a folder with a model_index.json.",
    )
