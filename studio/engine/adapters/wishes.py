"""What a request wants changed in its model: LoRAs, learned words, another autoencoder, FreeU."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from studio.catalog.compatibility import goes_with
from studio.domain.adapters import FreeU
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound, ModelRefused, RequestError
from studio.domain.model import FAMILY_TITLES, ModelInfo
from studio.domain.request import Request
from studio.engine.adapters.loras import File, Lora
from studio.prompting import embeddings_in, loras_of

Addons = Callable[[AddonKind], Sequence[AddonInfo]]
"""From a kind to the files of it that the catalog knows."""

_UNETS: Final = frozenset({"sd", "sd2", "sdxl"})
_WORDS: Final = {
    AddonKind.LORA: "LoRA",
    AddonKind.EMBEDDING: "embedding",
    AddonKind.VAE: "VAE",
}
_NEAR: Final = 5


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything that makes a model another one than its files say; nothing by default."""

    loras: tuple[Lora, ...] = ()
    embeddings: tuple[AddonInfo, ...] = ()
    vae: AddonInfo | None = None
    freeu: FreeU | None = None

    @classmethod
    def of(cls, request: Request, info: ModelInfo, addons: Addons) -> Wishes:
        """What `request` wants of the model `info`, its prompts' tags included.

        Raises:
            ModelNotFound: a file that it names isn't there; the remedy says what is.
            ModelRefused: one was made for another kind of model.
            RequestError: models of this kind can't do what is asked.
        """
        _check_family(request, info)
        prompts = request.prompt, request.negative_prompt
        known = [addon for addon in addons(AddonKind.EMBEDDING) if _fits(addon, info)]
        named = [embeddings_in(prompt, [addon.name for addon in known]) for prompt in prompts]
        return cls(
            loras=tuple(
                Lora(addon := _find(addons, AddonKind.LORA, use.name, info), File.of(addon), use)
                for use in loras_of(request)
                if use.weight or use.text_strength
            ),
            embeddings=tuple(
                _find(addons, AddonKind.EMBEDDING, name, info)
                for name in dict.fromkeys(name for names in named for name in names)
            ),
            vae=_find(addons, AddonKind.VAE, request.vae, info) if request.vae else None,
            freeu=request.freeu,
        )


NO_WISHES: Final = Wishes()


def _find(addons: Addons, kind: AddonKind, name: str, info: ModelInfo) -> AddonInfo:
    word, there = _WORDS[kind], addons(kind)
    by_name = {addon.name.lower(): addon for addon in there}
    by_name |= {addon.name: addon for addon in there}
    addon = by_name.get(name) or by_name.get(name.lower())
    if addon is None:
        raise ModelNotFound(f"There is no {word} “{name}” on this disk.", _near(name, there, info))
    if not _fits(addon, info):
        raise ModelRefused(
            f"The {word} “{addon.title}” was made for {FAMILY_TITLES[addon.family]}, and "
            f"“{info.title}” is {FAMILY_TITLES[info.family]}.",
            f"Choose another {word}, or another model.",
        )
    return addon


def _fits(addon: AddonInfo, info: ModelInfo) -> bool:
    return addon.family not in FAMILY_TITLES or goes_with(addon, info.family)


def _near(name: str, there: Sequence[AddonInfo], info: ModelInfo) -> str:
    """Which names are like the one that isn't there, or which there are at all."""
    names = {addon.name.lower(): addon.name for addon in there if _fits(addon, info)}
    if not names:
        return "There is none for this model: put its file among the models, or leave it out."
    like = difflib.get_close_matches(name.lower(), names, n=_NEAR, cutoff=0.5)
    like += [key for key in names if name.lower() in key and key not in like]
    if like:
        return f"Did you mean {' or '.join(f'“{names[key]}”' for key in like[:_NEAR])}?"
    more = "…" if len(names) > _NEAR else "."
    return f"There are: {', '.join(list(names.values())[:_NEAR])}{more}"


def _check_family(request: Request, info: ModelInfo) -> None:
    if request.skip_layers is not None and info.family != "sd3":
        raise RequestError(
            f"Skip-layer guidance works with Stable Diffusion 3, and “{info.title}” is "
            f"{FAMILY_TITLES[info.family]}.",
            "Switch it off, or choose another model.",
        )
    if info.family in _UNETS:
        return
    for asked, word in ((request.freeu, "FreeU"), (request.pag_scale, "Perturbed attention")):
        if asked:
            raise RequestError(
                f"{word} works with Stable Diffusion 1, 2 and XL, and “{info.title}” is "
                f"{FAMILY_TITLES[info.family]}.",
                "Switch it off, or choose another model.",
            )
