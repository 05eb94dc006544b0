"""Which models and addons draw a picture, and under which licences: the ledger kept with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from studio.catalog.annotators import ListAddons, annotators_for
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound, StudioError
from studio.domain.making import FileHash, UsedModel
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.prompting import embeddings_in, loras_of

_UNKNOWN = "unknown"


def models_used(
    request: Request,
    find_model: Callable[[str], ModelInfo],
    find_addon: Callable[[AddonKind, str], AddonInfo],
    list_addons: ListAddons,
) -> tuple[UsedModel, ...]:
    """Each model and addon that a request names, those of the picture that it branches from
    included, once; the networks that find depth and poses for its controls as well. What isn't on
    this disk any more is left out."""
    used = []
    for kinds, name in _named(request, list_addons):
        for kind in kinds:
            with suppress(ModelNotFound):
                info = find_model(name) if kind is None else find_addon(kind, name)
                licence = "" if info.licence == _UNKNOWN else info.licence
                used.append(UsedModel(info.title, licence))
                break
    return tuple(dict.fromkeys(used))


def hashes_used(
    request: Request,
    find_model: Callable[[str], ModelInfo],
    list_addons: ListAddons,
    short_hash: Callable[[ModelInfo | AddonInfo], str],
) -> tuple[FileHash, ...]:
    """Of the files that a request names, by the names that it has for them: those that
    `short_hash` knows."""
    prompts = request.prompt, request.negative_prompt
    loras = [lora.name for lora in loras_of(request)]
    known = [addon.name for addon in list_addons(AddonKind.EMBEDDING)]
    embeddings = [name for prompt in prompts for name in embeddings_in(prompt, known)]
    found = []
    if request.task.needs_model:
        with suppress(StudioError):
            found.append(FileHash("model", request.model, short_hash(find_model(request.model))))
    for kind, names in ((AddonKind.LORA, loras), (AddonKind.EMBEDDING, embeddings)):
        there = {addon.name.lower(): addon for addon in list_addons(kind)} if names else {}
        found += [
            FileHash(str(kind), name, short_hash(addon))
            for name in dict.fromkeys(names)
            if (addon := there.get(name.lower())) is not None
        ]
    return tuple(one for one in found if one.digits)


def _named(
    request: Request, list_addons: ListAddons
) -> Iterator[tuple[tuple[AddonKind | None, ...], str]]:
    """The names, each with the kinds that it may be of; None is a model."""
    if request.task.needs_model:
        yield (None,), request.model
    if request.refiner is not None:
        yield (None,), request.refiner.model
    if request.vae:
        yield (AddonKind.VAE,), request.vae
    for lora in loras_of(request):
        yield (AddonKind.LORA,), lora.name
    for control in request.controls:
        yield (AddonKind.CONTROLNET, AddonKind.T2I_ADAPTER), control.model
        with suppress(ModelNotFound):
            for annotator in annotators_for(control.preprocessor, list_addons):
                yield (AddonKind.ANNOTATOR,), annotator.name
    for reference in request.references:
        yield (AddonKind.IP_ADAPTER,), reference.model
    if request.branch is not None:
        yield from _named(request.branch.parent, list_addons)
