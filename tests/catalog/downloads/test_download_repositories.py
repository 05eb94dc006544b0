"""Repositories: which files are fetched, where they go, and what a hostile listing can't do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio.catalog import Catalog
from studio.catalog.downloads import Destination, Downloads, Offer, State
from tests.support.download_desk import QUICK, Desk, lora, safetensors
from tests.support.misbehaving_server import (
    MisbehavingServer,
    cut_after,
    html_page,
    other_content,
    redirect,
    status,
    tree_entry,
)

COMMIT = "c0ffee" + "0" * 34
SMALL = safetensors({"weight": (2, 3)})
OTHER = safetensors({"weight": (2, 3)}, fill=2)


def text(record: object) -> bytes:
    return json.dumps(record).encode()


STABLE_DIFFUSION = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.6.0",
    "feature_extractor": ["transformers", "CLIPImageProcessor"],
    "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
    "scheduler": ["diffusers", "PNDMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
    "image_encoder": [None, None],
}
UNET = {"_class_name": "UNet2DConditionModel", "sample_size": 64, "in_channels": 4}
VAE = {
    "_class_name": "AutoencoderKL",
    "latent_channels": 4,
    "block_out_channels": [128, 256, 512, 512],
}


def pipeline(**changes: bytes) -> dict[str, bytes]:
    """A repository as those of Stable Diffusion 1 are, with all that the studio doesn't need."""
    return {
        "README.md": b"---\nlicense: openrail\n---\nDraws.",
        "model_index.json": text(STABLE_DIFFUSION),
        "feature_extractor/preprocessor_config.json": b"{}",
        "safety_checker/model.safetensors": SMALL,
        "scheduler/scheduler_config.json": b"{}",
        "text_encoder/config.json": b"{}",
        "text_encoder/model.safetensors": SMALL,
        "text_encoder/model.fp16.safetensors": OTHER,
        "text_encoder/pytorch_model.bin": b"\x80\x02",
        "tokenizer/merges.txt": b"a b",
        "tokenizer/added_tokens.txt": b"",
        "tokenizer/vocab.json": b"{}",
        "tokenizer/evil.py": b"import os",
        "unet/config.json": text(UNET),
        "unet/diffusion_pytorch_model.safetensors": SMALL,
        "unet/diffusion_pytorch_model.fp16.safetensors": OTHER,
        "unet/diffusion_pytorch_model.non_ema.safetensors": SMALL,
        "unet/diffusion_flax_model.msgpack": b"flax",
        "vae/config.json": text(VAE),
        "vae/diffusion_pytorch_model.safetensors": SMALL,
        "vae/model.onnx": b"onnx",
        "v1-5-pruned.safetensors": SMALL,
        "v1-5-pruned.ckpt": b"\x80\x02",
        **changes,
    }


COMMON = {
    "README.md",
    "model_index.json",
    "feature_extractor/preprocessor_config.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "tokenizer/merges.txt",
    "tokenizer/added_tokens.txt",
    "tokenizer/vocab.json",
    "unet/config.json",
    "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors",
}


def below(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("variant", "weights"),
    [
        (
            "",
            {"text_encoder/model.safetensors", "unet/diffusion_pytorch_model.safetensors"},
        ),
        (
            "fp16",
            {
                "text_encoder/model.fp16.safetensors",
                "unet/diffusion_pytorch_model.fp16.safetensors",
            },
        ),
    ],
)
def test_a_pipeline_comes_as_one_folder(
    desk: Desk, server: MisbehavingServer, models: Path, variant: str, weights: set[str]
) -> None:
    server.repository("org/sd", pipeline())
    ended = desk.fetch("org/sd", variant=variant)
    assert (ended.state, ended.error) == (State.FINISHED, "")
    assert ended.path == models / "sd"
    assert ended.total_bytes == sum(len(pipeline()[name]) for name in COMMON | weights)
    assert below(models / "sd") == COMMON | weights | {"pentimento.json"}
    assert not (models / ".downloads").exists()
    catalog = Catalog([models])
    assert [(model.name, model.licence) for model in catalog.models()] == [("sd", "openrail")]
    told = json.loads((models / "sd" / "pentimento.json").read_text())
    assert told["source_url"] == f"{server.url}/org/sd"
    assert told["commit"] == COMMIT
    assert "title" not in told
    assert told["sha256"].keys() == {name for name in below(models / "sd") if "safetens" in name}


def test_pieces_come_with_their_list(desk: Desk, server: MisbehavingServer, models: Path) -> None:
    pieces = {
        "unet/diffusion_pytorch_model-00001-of-00002.safetensors": SMALL,
        "unet/diffusion_pytorch_model-00002-of-00002.safetensors": safetensors({"bias": (2,)}),
        "unet/diffusion_pytorch_model.fp16-00001-of-00002.safetensors": SMALL,
        "unet/diffusion_pytorch_model.fp16-00002-of-00002.safetensors": SMALL,
    }
    plain, half = list(pieces)[:2], list(pieces)[2:]
    lists = {
        "unet/diffusion_pytorch_model.safetensors.index.json": plain,
        "unet/diffusion_pytorch_model.safetensors.index.fp16.json": half,
    }
    files = pipeline(**pieces) | {
        path: text({"weight_map": {name: Path(name).name for name in names}})
        for path, names in lists.items()
    }
    del files["unet/diffusion_pytorch_model.safetensors"]
    del files["unet/diffusion_pytorch_model.fp16.safetensors"]
    server.repository("org/sd", files)
    assert desk.fetch("org/sd").state is State.FINISHED
    unet = {name for name in below(models / "sd") if name.startswith("unet/")}
    assert unet == {"unet/config.json", next(iter(lists)), *plain}


def test_an_interrupted_folder_is_no_model_until_it_is_whole(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    server.repository("org/sd", pipeline())
    path = f"/org/sd/resolve/{COMMIT}/vae/diffusion_pytorch_model.safetensors"
    server.misbehave(path, *(status(503) for _ in range(QUICK.attempts)))
    downloads = desk.open()
    ended = desk.ended(downloads, downloads.start("org/sd"))
    assert ended.state is State.FAILED
    catalog = Catalog([models])
    assert (catalog.models(), catalog.addons(), catalog.refused()) == ((), (), ())
    assert list(models.iterdir()) == [models / ".downloads"]
    before = len(server.asked)
    again = desk.open()
    (known,) = again.all()
    again.resume(known)
    assert desk.ended(again, known).state is State.FINISHED
    assert [asked.path for asked in server.asked[before:]] == [path], "only what was missing"


def test_the_revision_is_pinned_to_its_commit(desk: Desk, server: MisbehavingServer) -> None:
    server.repository("org/sd", pipeline())
    assert desk.fetch("org/sd").state is State.FINISHED
    paths = {asked.path for asked in server.asked if "/api/" not in asked.path}
    assert all(path.startswith(f"/org/sd/resolve/{COMMIT}/") for path in paths)


def test_a_listing_in_pages(desk: Desk, server: MisbehavingServer, models: Path) -> None:
    files = {"README.md": b"hello", "ink.safetensors": lora()}
    server.repository("org/ink", files)
    tree = f"/api/models/org/ink/tree/{COMMIT}"
    first = [tree_entry("README.md", files["README.md"], is_large=False)]
    rest = [tree_entry("ink.safetensors", files["ink.safetensors"], is_large=True)]
    server.serve("/page2", text(rest), Content_Type="application/json")
    server.serve(tree, text(first), Link=f'<{server.url}/page2>; rel="next"')
    ended = desk.fetch("org/ink")
    assert ended.path == models / "loras" / "ink.safetensors"
    server.serve(tree, text(first), Link='<https://example.org/page2>; rel="next"')
    ended = desk.fetch("org/ink@main:other.safetensors")
    assert "makes no sense" in ended.error


def test_one_file_of_a_repository(desk: Desk, server: MisbehavingServer, models: Path) -> None:
    server.repository("org/many", {"a/one.safetensors": lora(), "a/two.safetensors": lora(8)})
    ended = desk.fetch("org/many:a/two.safetensors")
    assert ended.path == models / "loras" / "two.safetensors"
    ended = desk.fetch("org/many")
    assert "several files" in ended.error
    assert "a/one.safetensors, a/two.safetensors" in ended.error


def test_a_pattern_brings_all_that_match(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    server.repository("org/many", {"one.safetensors": lora(), "two.safetensors": lora(8)})
    ended = desk.fetch("org/many:*.safetensors", destination=Destination.LORA)
    assert (ended.state, ended.path) == (State.FINISHED, models / "loras")
    assert {"one.safetensors", "two.safetensors"} <= below(models / "loras")


def test_an_offer_has_its_own_name_and_title(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    server.repository("org/lcm", {"pytorch_lora_weights.safetensors": lora()})
    offer = Offer(
        "lcm",
        "LCM LoRA",
        "Quick.",
        Destination.LORA,
        "sd",
        "org/lcm:pytorch_lora_weights.safetensors",
        1,
        "openrail++",
        saved_as="lcm.safetensors",
    )
    ended = desk.fetch(offer)
    assert (ended.title, ended.path) == ("LCM LoRA", models / "loras" / "lcm.safetensors")
    told = json.loads((models / "loras" / "lcm.pentimento.json").read_text())
    assert told["title"] == "LCM LoRA"
    assert told["sha256"].keys() == {"lcm.safetensors"}


@pytest.mark.parametrize(
    ("config", "weights", "folder"),
    [
        (
            {"model_type": "depth_anything", "architectures": ["DepthAnythingForDepthEstimation"]},
            {"head.conv3.weight": (1, 8, 1, 1)},
            "annotators",
        ),
        (
            {
                "model_type": "rt_detr",
                "architectures": ["RTDetrForObjectDetection"],
                "id2label": {"0": "person"},
            },
            {"model.enc_score_head.weight": (1, 8)},
            "annotators",
        ),
        (
            {"model_type": "sam", "architectures": ["SamModel"]},
            {"mask_decoder.iou_token.weight": (1, 8)},
            "segmentation",
        ),
    ],
)
def test_what_looks_at_pictures_comes_with_how_it_sees_them(
    desk: Desk,
    server: MisbehavingServer,
    models: Path,
    config: dict[str, object],
    weights: dict[str, tuple[int, ...]],
    folder: str,
) -> None:
    files = {
        "config.json": text(config),
        "preprocessor_config.json": text({"size": {"height": 8, "width": 8}}),
        "model.safetensors": safetensors(weights),
        "pytorch_model.bin": b"\x80\x02",
    }
    server.repository("org/net", files)
    ended = desk.fetch("org/net")
    assert (ended.state, ended.path) == (State.FINISHED, models / folder / "net")
    assert below(models / folder / "net") == files.keys() - {"pytorch_model.bin"} | {
        "pentimento.json"
    }
    assert [info.path for info in Catalog([models]).addons()] == [models / folder / "net"]


def test_a_single_network_comes_with_its_config(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    encoder = safetensors(
        {
            "vision_model.embeddings.class_embedding": (1280,),
            "vision_model.embeddings.patch_embedding.weight": (1280, 3, 14, 14),
            "visual_projection.weight": (1024, 1280),
        }
    )
    config = {"architectures": ["CLIPVisionModelWithProjection"], "hidden_size": 1280}
    server.repository(
        "org/adapter",
        {
            "models/image_encoder/config.json": text(config),
            "models/image_encoder/model.safetensors": encoder,
            "models/image_encoder/pytorch_model.bin": b"\x80\x02",
            "models/ip.safetensors": lora(),
        },
    )
    ended = desk.fetch("org/adapter:models/image_encoder/*", destination=Destination.IMAGE_ENCODER)
    assert (ended.state, ended.error) == (State.FINISHED, "")
    folder = models / "image_encoders" / "image_encoder"
    assert below(folder) == {"config.json", "model.safetensors", "pentimento.json"}


REFUSED: dict[str, tuple[str, dict[str, bytes], str]] = {
    "only a pickle": ("org/x", {"model.ckpt": b"\x80\x02"}, "no weights"),
    "a part only as a pickle": (
        "org/x",
        {
            "model_index.json": text(STABLE_DIFFUSION),
            "unet/config.json": b"{}",
            "unet/diffusion_pytorch_model.bin": b"\x80\x02",
        },
        "only as a pickle",
    ),
    "a pipeline of another kind": (
        "org/x",
        {"model_index.json": text({"_class_name": "WanPipeline"}), "vae/model.safetensors": SMALL},
        "made for WanPipeline",
    ),
    "a pickle by name": ("org/x:model.ckpt", {"model.ckpt": b"\x80\x02"}, "is a pickle"),
    "nothing of that name": ("org/x:b.gguf", {"a.safetensors": SMALL}, "There are: a.safetensors"),
    "an unknown network": (
        "org/x",
        {"config.json": text({"_class_name": "Oracle"}), "model.safetensors": SMALL},
        "of no kind",
    ),
}


@pytest.mark.parametrize(("source", "files", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_repository_without_what_is_needed(
    desk: Desk, server: MisbehavingServer, source: str, files: dict[str, bytes], sentence: str
) -> None:
    server.repository("org/x", files)
    ended = desk.fetch(source)
    assert ended.state is State.FAILED
    assert sentence in ended.error
    assert not any("/resolve/" in asked.path and "bin" in asked.path for asked in server.asked)


def test_code_that_a_pipeline_names_is_refused_and_kept_aside(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    index = STABLE_DIFFUSION | {"unet": ["evil", "Network"]}
    server.repository("org/sd", pipeline(**{"model_index.json": text(index)}))
    ended = desk.fetch("org/sd")
    assert ended.state is State.REFUSED
    assert "isn't trusted" in ended.error
    catalog = Catalog([models])
    assert (catalog.models(), catalog.addons(), catalog.refused()) == ((), (), ())


PATHS = [
    "../evil.safetensors",
    "a/../../evil.safetensors",
    "/etc/evil.safetensors",
    "C:\\evil.safetensors",
    "\\\\host\\share\\evil.safetensors",
    "a//evil.safetensors",
    ".hidden.safetensors",
    "CON.safetensors",
    "a/nul/evil.safetensors",
    "evil\0.safetensors",
    "evil\u202egpj.safetensors",
    "evil\n.safetensors",
    "trailing./evil.safetensors",
    "e\u0301vil.safetensors",
    "x" * 300 + ".safetensors",
    "a/" * 20 + "evil.safetensors",
]


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_no_name_in_a_listing_leads_out_of_the_folder(
    desk: Desk, server: MisbehavingServer, models: Path, tmp_path: Path, path: str
) -> None:
    server.repository("org/x", {})
    for listed, source in ((path, "org/x:*"), (f"unet/{path}", "org/x:unet/*")):
        server.serve_tree("org/x", COMMIT, [tree_entry(listed, lora(), is_large=True)])
        ended = desk.fetch(source)
        assert (ended.state, "unusable name" in ended.error) == (State.FAILED, True), ended
    outside = [p for p in tmp_path.rglob("*evil*") if not p.is_relative_to(models / ".downloads")]
    assert outside == []


def test_no_part_that_a_pipeline_names_leads_out_of_the_folder(
    desk: Desk, server: MisbehavingServer
) -> None:
    for part in ("..", "../..", "/etc", "a\\b"):
        index = text(STABLE_DIFFUSION | {part: ["diffusers", "UNet2DConditionModel"]})
        server.repository("org/x", {"model_index.json": index})
        weights = tree_entry(f"{part}/diffusion_pytorch_model.safetensors", SMALL, is_large=True)
        listed = [tree_entry("model_index.json", index, is_large=False), weights]
        server.serve_tree("org/x", COMMIT, listed)
        ended = desk.fetch("org/x")
        assert (ended.state, "unusable name" in ended.error) == (State.FAILED, True), ended


LISTINGS: dict[str, Any] = {
    "no list": {"files": []},
    "no objects": ["model.safetensors"],
    "no size": [{"type": "file", "path": "a.safetensors", "oid": "0" * 40}],
    "a negative size": [{"type": "file", "path": "a.safetensors", "oid": "0" * 40, "size": -1}],
    "no path": [{"type": "file", "path": None, "oid": "0" * 40, "size": 1}],
    "no sum": [
        {"type": "file", "path": "a.safetensors", "size": 1, "oid": "", "lfs": {"oid": "../../x"}}
    ],
}


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS.keys())
def test_a_listing_that_makes_no_sense(desk: Desk, server: MisbehavingServer, listing: Any) -> None:
    server.repository("org/x", {})
    server.serve_tree("org/x", COMMIT, listing)
    ended = desk.fetch("org/x:a.safetensors")
    assert ended.state is State.FAILED
    assert "makes no sense" in ended.error


def test_a_listing_without_end_is_given_up(desk: Desk, server: MisbehavingServer) -> None:
    server.repository("org/x", {})
    tree = f"/api/models/org/x/tree/{COMMIT}"
    server.serve(tree, b"[]", Link=f'<{server.url}{tree}>; rel="next"')
    ended = desk.fetch("org/x")
    assert "more than" in ended.error


def test_a_listing_that_is_cut_off_is_asked_for_again(
    desk: Desk, server: MisbehavingServer
) -> None:
    server.repository("org/ink", {"ink.safetensors": lora()})
    server.misbehave(f"/api/models/org/ink/tree/{COMMIT}", cut_after(20), status(502))
    assert desk.fetch("org/ink").state is State.FINISHED


@pytest.mark.parametrize(
    ("code", "named", "sentence"),
    [
        (401, "GatedRepo", "accepted its licence"),
        (403, "GatedRepo", "accepted its licence"),
        (401, "RepoNotFound", "isn't there"),
        (401, "", "isn't there"),
        (404, "RepoNotFound", "isn't there"),
        (404, "RevisionNotFound", "no such revision"),
    ],
)
def test_what_the_hub_refuses_is_said_with_the_way_out(
    desk: Desk, server: MisbehavingServer, code: int, named: str, sentence: str
) -> None:
    server.repository("org/secret", {"ink.safetensors": lora()})
    server.misbehave("/api/models/org/secret/revision/main", status(code, X_Error_Code=named))
    ended = desk.fetch("org/secret")
    assert ended.state is State.FAILED
    assert sentence in ended.error
    if named == "GatedRepo":
        assert f"Accept it on {server.url}/org/secret, then log in" in ended.error


def test_a_gated_file_of_a_listed_repository(desk: Desk, server: MisbehavingServer) -> None:
    server.repository("org/secret", pipeline())
    path = f"/org/secret/resolve/{COMMIT}/model_index.json"
    server.misbehave(path, status(401, X_Error_Code="GatedRepo"))
    downloads = desk.open()
    ended = desk.ended(downloads, downloads.start("org/secret"))
    assert "accepted its licence" in ended.error
    downloads.resume(ended)
    assert desk.ended(downloads, ended).state is State.FINISHED


def test_a_page_instead_of_the_listing(desk: Desk, server: MisbehavingServer) -> None:
    server.repository("org/x", {})
    server.misbehave("/api/models/org/x/revision/main", html_page())
    assert "makes no sense" in desk.fetch("org/x").error


@pytest.mark.parametrize("path", ["unet/config.json", "vae/diffusion_pytorch_model.safetensors"])
def test_every_file_is_held_to_the_listing(
    desk: Desk, server: MisbehavingServer, models: Path, path: str
) -> None:
    """Small files have git's checksum, large ones sha256."""
    server.repository("org/sd", pipeline())
    flip = other_content(lambda content: content[:-1] + bytes([content[-1] ^ 1]))
    server.misbehave(f"/org/sd/resolve/{COMMIT}/{path}", flip)
    downloads = desk.open()
    ended = desk.ended(downloads, downloads.start("org/sd"))
    assert ended.state is State.FAILED
    assert "isn't what was announced" in ended.error
    assert not (models / "sd").exists()
    downloads.resume(ended)
    assert desk.ended(downloads, ended).state is State.FINISHED


def test_large_files_are_redirected_to_another_server(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    server.repository("org/ink", {"ink.safetensors": lora()})
    path = f"/org/ink/resolve/{COMMIT}/ink.safetensors"
    with MisbehavingServer() as store:
        target = store.serve("/blob", lora())
        store.misbehave("/blob", cut_after(50_000))
        server.misbehave(path, redirect(f"{target}?signed=secret", 302), redirect(target, 307))
        assert desk.fetch("org/ink").state is State.FINISHED
        assert store.requests_for("/blob")[1].headers["range"] == "bytes=50000-"
    assert (models / "loras" / "ink.safetensors").read_bytes() == lora()


def test_nothing_is_asked_before_it_is_wanted(models: Path) -> None:
    Downloads(models).close()
    assert not models.exists()
