"""Models and what goes with them as entries of one list: words for people, and the search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.fit import amount
from studio.domain.model import FAMILY_TITLES, ModelInfo, ModelTask
from studio.ui.session.models.model_marks import MODEL, Info, ModelMarks, key_of

KIND_TITLES: Final[Mapping[str, str]] = {
    MODEL: "Models",
    AddonKind.LORA: "LoRAs",
    AddonKind.EMBEDDING: "Embeddings",
    AddonKind.VAE: "VAEs",
    AddonKind.CONTROLNET: "ControlNets",
    AddonKind.T2I_ADAPTER: "T2I-adapters",
    AddonKind.IP_ADAPTER: "IP-Adapters",
    AddonKind.IMAGE_ENCODER: "Image encoders",
    AddonKind.TEXT_ENCODER: "Text encoders",
    AddonKind.DIFFUSION_MODEL: "Diffusion models",
    AddonKind.ANNOTATOR: "Annotators",
    AddonKind.SEGMENTER: "Segmenters",
    AddonKind.UPSCALER: "Upscalers",
}
"""The kinds in the order in which they are listed."""

KIND_ICONS: Final[Mapping[str, str]] = {
    MODEL: "images",
    AddonKind.LORA: "sparkles",
    AddonKind.EMBEDDING: "tag",
    AddonKind.VAE: "contrast",
    AddonKind.CONTROLNET: "vector-square",
    AddonKind.T2I_ADAPTER: "frame",
    AddonKind.IP_ADAPTER: "scan-eye",
    AddonKind.IMAGE_ENCODER: "eye",
    AddonKind.TEXT_ENCODER: "feather",
    AddonKind.DIFFUSION_MODEL: "layers",
    AddonKind.ANNOTATOR: "scan-eye",
    AddonKind.SEGMENTER: "lasso",
    AddonKind.UPSCALER: "maximize",
}
_TASK_WORDS: Final[Mapping[str, str]] = {
    ModelTask.INPAINT: "inpainting",
    ModelTask.EDIT: "editing",
    ModelTask.REFINER: "refiner",
}


def kind_of(info: Info) -> str:
    """`MODEL` or the value of an AddonKind."""
    return key_of(info)[0]


def kind_title(info: Info) -> str:
    """What it is, for people: “Model”, “LoRA”, “ControlNet”."""
    return KIND_TITLES[kind_of(info)].removesuffix("s")


def family_title(info: Info) -> str:
    """The family for people; empty where the header doesn't tell."""
    return FAMILY_TITLES.get(info.family, info.family)


def licence_text(licence: str) -> str:
    """A licence's id for people; that it isn't known is said, too."""
    return "licence unknown" if licence in ("", "unknown") else licence


def facts(info: Info) -> list[str]:
    """Family, task, precision and size: only what is known."""
    task = _TASK_WORDS.get(info.task, "") if isinstance(info, ModelInfo) else info.variant
    size = amount(info.size_bytes) if info.size_bytes else ""
    return [part for part in (family_title(info), task, info.precision, size) if part]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to list. Empty `kind` and `family` are all; every one of `words` must occur."""

    words: str = ""
    kind: str = ""
    family: str = ""
    favourites_only: bool = False

    def admits(self, info: Info, marks: ModelMarks) -> bool:
        if self.kind and kind_of(info) != self.kind:
            return False
        # What doesn't say its family may well be of this one.
        if self.family and info.family != self.family and (info.family or _is_model(info)):
            return False
        if self.favourites_only and not marks.is_favourite(info):
            return False
        told = _searched(info)
        return all(word in told for word in self.words.casefold().split())


def chosen(infos: Iterable[Info], wish: Wish, marks: ModelMarks) -> list[Info]:
    """Those that are wished for: favourites first, then by kind, those of unknown family last of
    their kind, each by title."""
    kinds = list(KIND_TITLES)

    def place(info: Info) -> tuple[bool, int, bool, str]:
        unknown = not info.family and not _is_model(info)
        is_other = not marks.is_favourite(info)
        return is_other, kinds.index(kind_of(info)), unknown, info.title.casefold()

    return sorted((info for info in infos if wish.admits(info, marks)), key=place)


def families(infos: Iterable[Info]) -> list[str]:
    """The families that occur, in their usual order."""
    there = {info.family for info in infos if info.family}
    known = [family for family in FAMILY_TITLES if family in there]
    return [*known, *sorted(there - set(known))]


def kinds(infos: Iterable[Info]) -> list[str]:
    """The kinds that occur, in the list's order."""
    there = {kind_of(info) for info in infos}
    return [kind for kind in KIND_TITLES if kind in there]


def _is_model(info: Info) -> bool:
    return isinstance(info, ModelInfo)


def _searched(info: Info) -> str:
    words = info.trigger_words if isinstance(info, AddonInfo) else ()
    return " ".join(
        (info.title, info.name, kind_title(info), info.family, *facts(info), info.licence, *words)
    ).casefold()
