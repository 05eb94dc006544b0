"""Which models and licences are kept with a picture."""

from __future__ import annotations

from dataclasses import replace

from studio.domain.adapters import LoraUse, Refiner
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.branch import Branch
from studio.domain.control import Control, Preprocessor
from studio.domain.errors import ModelNotFound
from studio.domain.making import FileHash, UsedModel
from studio.domain.model import ModelInfo
from studio.domain.picture_ref import PictureRef
from studio.engine.ledger import hashes_used, models_used
from tests.support.fakes import a_model, an_addon
from tests.support.samples import a_request

MODELS = {
    "tiny": a_model(licence="mit"),
    "other": a_model("other", licence="unknown"),
}
ADDONS = {
    (AddonKind.LORA, "moody"): an_addon(licence="openrail"),
    (AddonKind.LORA, "fog"): an_addon("fog"),
    (AddonKind.VAE, "vae"): an_addon("vae", kind=AddonKind.VAE, licence="mit"),
}


def find_model(name: str) -> ModelInfo:
    if name not in MODELS:
        raise ModelNotFound("It isn't here.")
    return MODELS[name]


def find_addon(kind: AddonKind, name: str) -> AddonInfo:
    if (kind, name) not in ADDONS:
        raise ModelNotFound("It isn't here.")
    return ADDONS[kind, name]


def list_addons(kind: AddonKind) -> list[AddonInfo]:
    return [addon for addon in ADDONS.values() if addon.kind is kind]


def test_all_that_a_request_names_is_told_once() -> None:
    request = replace(
        a_request("a fox <lora:moody:1>"),
        negative_prompt="rain <lora:fog:0.8>",
        model="tiny",
        loras=(LoraUse("moody", 0.5),),
        vae="vae",
        refiner=Refiner("other"),
    )
    assert models_used(request, find_model, find_addon, list_addons) == (
        UsedModel("Tiny", "mit"),
        UsedModel("Other", ""),
        UsedModel("Vae", "mit"),
        UsedModel("Moody", "openrail"),
        UsedModel("Fog", ""),
    )


def test_what_found_depth_or_poses_for_a_control_is_told() -> None:
    ref = PictureRef("0" * 64, 64, 64)
    depth = annotator("depths", "depth", "apache-2.0")
    networks = [annotator("other", "depth"), depth, annotator("poses", "pose", "mit")]
    networks.append(annotator("people", "people", "apache-2.0"))
    by_name = {info.name: info for info in networks}
    request = replace(
        a_request(),
        model="tiny",
        controls=(
            Control("gone", ref, Preprocessor.DEPTH),
            Control("gone", ref, Preprocessor.POSE),
            Control("gone", ref, Preprocessor.CANNY),
        ),
    )
    told = models_used(
        request, find_model, lambda kind, name: found(by_name, name), lambda _: networks
    )
    assert told == (
        UsedModel("Tiny", "mit"),
        UsedModel("Depths", "apache-2.0"),
        UsedModel("Poses", "mit"),
        UsedModel("People", "apache-2.0"),
    )
    assert models_used(request, find_model, find_addon, lambda _: []) == told[:1]


def annotator(name: str, variant: str, licence: str = "unknown") -> AddonInfo:
    info = an_addon(name, kind=AddonKind.ANNOTATOR, licence=licence)
    return replace(info, variant=variant)


def found(by_name: dict[str, AddonInfo], name: str) -> AddonInfo:
    if name not in by_name:
        raise ModelNotFound("It isn't here.")
    return by_name[name]


def test_a_branch_has_its_parents_models_too() -> None:
    parent = replace(a_request(), model="other")
    request = replace(a_request(), model="tiny", branch=Branch(parent, 2))
    titles = [used.title for used in models_used(request, find_model, find_addon, list_addons)]
    assert titles == ["Tiny", "Other"]


def test_what_is_gone_is_left_out() -> None:
    request = replace(a_request("<lora:gone:1>"), model="gone")
    assert models_used(request, find_model, find_addon, list_addons) == ()


def test_hashes_are_by_the_names_that_the_prompt_has_for_the_files() -> None:
    neg = an_addon("neg", kind=AddonKind.EMBEDDING)
    digits = {"tiny": "5e" * 5, "moody": "a1" * 6, "fog": "", "neg": "b2" * 6}
    request = replace(
        a_request("a fox <lora:FOG:0.8> <lora:MOODY:0.5>", negative_prompt="NEG, rain <lora:gone>"),
        model="tiny",
        loras=(LoraUse("moody", 0.5),),
    )
    found = hashes_used(
        request,
        find_model,
        lambda kind: [addon for addon in (*ADDONS.values(), neg) if addon.kind is kind],
        lambda info: digits[info.name],
    )
    assert found == (
        FileHash("model", "tiny", "5e" * 5),
        FileHash("lora", "moody", "a1" * 6),
        FileHash("lora", "MOODY", "a1" * 6),
        FileHash("embedding", "neg", "b2" * 6),
    )
    assert not hashes_used(
        replace(request, model="gone"), find_model, lambda kind: (), lambda info: "0" * 12
    )
