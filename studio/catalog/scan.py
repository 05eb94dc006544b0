"""One look at all folders: what there is, in which order, and what is there twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from studio.catalog.completing import is_completable, parts_for, whole_model
from studio.catalog.examining import examine
from studio.catalog.layouts import Candidate, Root, Walk, guess_layout, roots_of
from studio.catalog.places import Place, describe_place
from studio.catalog.probe_cache import ProbeCache
from studio.catalog.records import Entry, Refusal
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.model import ModelInfo
from studio.domain.upscalers import UpscalerInfo

_Key = TypeVar("_Key")
_Info = TypeVar("_Info", ModelInfo, AddonInfo, UpscalerInfo)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found. `folders` are those that were visited, with the time of their change."""

    models: Mapping[str, ModelInfo] = field(default_factory=dict)
    addons: Mapping[tuple[AddonKind, str], AddonInfo] = field(default_factory=dict)
    upscalers: Mapping[str, UpscalerInfo] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()
    places: tuple[Place, ...] = ()
    folders: Mapping[str, int] = field(default_factory=dict)

    def same_as(self, other: Found) -> bool:
        """Whether nothing that is shown differs."""
        return replace(self, folders={}) == replace(other, folders={})


def scan(own: Sequence[Path], places: Sequence[Path], cache: ProbeCache) -> Found:
    """Look through the studio's own folders, then through other programs' places.

    Of two things of one name the first counts, the other is refused; of one file that is reached
    twice, nothing is said.
    """
    look = _Look(cache)
    with cache.open():
        for folder in own:
            look.at([Root(folder)])
        layouts = [guess_layout(place) for place in places]
        seen = [look.at(roots_of(*one)) for one in zip(places, layouts, strict=True)]
    completed = look.complete()
    told = []
    for place, layout, what in zip(places, layouts, seen, strict=True):
        made = len(what.networks & completed)
        counts = (what.models + made, what.addons - made, what.refused)
        told.append(describe_place(place, layout, *counts))
    return look.found(own, tuple(told))


@dataclass(frozen=True, slots=True)
class _Seen:
    """How many things were found somewhere. `networks` are the names of denoising networks, which
    count as addons until they are complete."""

    models: int
    addons: int
    refused: int
    networks: frozenset[str]


class _Look:
    def __init__(self, cache: ProbeCache) -> None:
        self._cache = cache
        self._walk = Walk()
        self._models: dict[str, ModelInfo] = {}
        self._addons: dict[tuple[AddonKind, str], AddonInfo] = {}
        self._upscalers: list[UpscalerInfo] = []
        self._refused: list[Refusal] = []

    def at(self, roots: Iterable[Root]) -> _Seen:
        """Look through these."""
        before, networks = self._counts(), self._networks()
        for root in roots:
            for candidate in self._walk.candidates(root):
                self._add(self._examined(candidate))
        self._refused += (Refusal(one.path, one.reason) for one in self._walk.problems)
        self._walk.problems.clear()
        models, addons, refused = (
            now - then for now, then in zip(self._counts(), before, strict=True)
        )
        return _Seen(models, addons, refused, self._networks() - networks)

    def found(self, own: Sequence[Path], places: tuple[Place, ...]) -> Found:
        upscalers = self._named_upscalers(own)
        return Found(
            self._models,
            self._addons,
            upscalers,
            tuple(self._refused),
            places,
            self._walk.folders,
        )

    def complete(self) -> set[str]:
        """Make models of the denoising networks whose other parts are there. Returns their
        names."""
        completed = set()
        for key, network in list(self._addons.items()):
            if network.kind is not AddonKind.DIFFUSION_MODEL or network.name in self._models:
                continue
            if not is_completable(network):
                continue
            found = parts_for(network, self._addons.values())
            if not found.missing:
                del self._addons[key]
                self._models[network.name] = whole_model(network, found.found)
                completed.add(network.name)
        return completed

    def _networks(self) -> frozenset[str]:
        return frozenset(name for kind, name in self._addons if kind is AddonKind.DIFFUSION_MODEL)

    def _counts(self) -> tuple[int, int, int]:
        return len(self._models), len(self._addons) + len(self._upscalers), len(self._refused)

    def _examined(self, candidate: Candidate) -> Entry | None:
        stamp = f"{candidate.name}|{candidate.in_upscalers}|{candidate.stamp}"
        try:
            return self._cache.look_up(candidate.path, stamp)
        except KeyError:
            entry = examine(candidate)
            self._cache.note(candidate.path, stamp, entry)
            return entry

    def _add(self, entry: Entry | None) -> None:
        match entry:
            case ModelInfo():
                self._keep(entry, entry.name, self._models)
            case AddonInfo():
                self._keep(entry, (entry.kind, entry.name), self._addons)
            case UpscalerInfo():
                self._upscalers.append(entry)
            case Refusal():
                self._refused.append(entry)

    def _keep(self, info: _Info, key: _Key, known: dict[_Key, _Info]) -> None:
        first = known.setdefault(key, info)
        if first is not info and not _is_same_file(first.path, info.path):
            reason = f"Another one of this name comes first: {first.path}. Rename one of the two."
            self._refused.append(Refusal(info.path, reason))

    def _named_upscalers(self, own: Sequence[Path]) -> dict[str, UpscalerInfo]:
        """Those of the last own folder come first: they come with the studio, and no file of the
        same name elsewhere may change what a request means."""
        shipped = own[-1] if own else None
        known: dict[str, UpscalerInfo] = {}
        for upscaler in sorted(
            self._upscalers,
            key=lambda one: shipped is None or not one.path.is_relative_to(shipped),
        ):
            self._keep(upscaler, upscaler.name, known)
        return known


def _is_same_file(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return False
