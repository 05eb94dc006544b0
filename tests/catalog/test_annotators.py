"""Networks that find depth, poses, people and things: found by their config and their header."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio.catalog import Catalog
from studio.catalog.annotators import annotators_for, offer_for
from studio.catalog.curated import find_offer
from studio.catalog.downloads.destinations import Destination, folder_for
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Preprocessor
from studio.domain.errors import ModelNotFound
from tests.support.model_files import Shapes, write_safetensors

PERSON = {"0": "person", "1": "bicycle"}
POINTS = {str(number): f"point {number}" for number in range(17)}
# By `model_type`: what else the published config says, and tensors that its weights have.
PUBLISHED: dict[str, tuple[dict[str, Any], Shapes]] = {
    "depth_anything": (
        {"architectures": ["DepthAnythingForDepthEstimation"], "fusion_hidden_size": 64},
        {
            "backbone.embeddings.patch_embeddings.projection.weight": (384, 3, 14, 14),
            "neck.fusion_stage.layers.0.projection.weight": (64, 64, 1, 1),
            "head.conv3.weight": (1, 32, 1, 1),
        },
    ),
    "dpt": (
        {"architectures": ["DPTForDepthEstimation"]},
        {
            "dpt.embeddings.patch_embeddings.projection.weight": (1024, 3, 16, 16),
            "head.head.4.weight": (1, 32, 1, 1),
        },
    ),
    "zoedepth": (
        {"architectures": ["ZoeDepthForDepthEstimation"]},
        {
            "backbone.embeddings.patch_embeddings.projection.weight": (1024, 3, 16, 16),
            "metric_head.conv2.weight": (256, 256, 1, 1),
        },
    ),
    "vitpose": (
        {"architectures": ["VitPoseForPoseEstimation"], "id2label": POINTS},
        {
            "backbone.embeddings.position_embeddings": (1, 193, 768),
            "head.conv.weight": (17, 768, 3, 3),
        },
    ),
    "rt_detr": (
        {"architectures": ["RTDetrForObjectDetection"], "id2label": PERSON},
        {
            "model.backbone.model.embedder.embedder.0.convolution.weight": (32, 3, 3, 3),
            "model.enc_score_head.weight": (80, 256),
        },
    ),
    "sam": (
        {"architectures": ["SamModel"]},
        {
            "vision_encoder.patch_embed.projection.weight": (768, 3, 16, 16),
            "mask_decoder.iou_token.weight": (1, 256),
        },
    ),
    "sam2_video": (
        {"architectures": ["Sam2VideoModel"]},
        {
            "vision_encoder.backbone.patch_embed.projection.weight": (96, 3, 7, 7),
            "mask_decoder.iou_token.weight": (1, 256),
            "memory_attention.layer_norm.weight": (256,),
        },
    ),
}
VARIANTS = {
    "depth_anything": "depth",
    "dpt": "depth",
    "zoedepth": "depth",
    "vitpose": "pose",
    "rt_detr": "people",
    "sam": "sam",
    "sam2_video": "sam2",
}


def write_folder(folder: Path, model_type: str, /, **config: Any) -> Path:
    """A folder in transformers' layout, with weights that are a hole."""
    published, shapes = PUBLISHED[model_type]
    write_safetensors(folder / "model.safetensors", shapes, "F32")
    text = json.dumps({"model_type": model_type, **published, **config})
    (folder / "config.json").write_text(text, encoding="utf-8")
    return folder


def kind_of(variant: str) -> AddonKind:
    return AddonKind.SEGMENTER if variant in {"sam", "sam2"} else AddonKind.ANNOTATOR


@pytest.mark.parametrize("model_type", PUBLISHED)
def test_each_is_known_where_downloads_put_it(tmp_path: Path, model_type: str) -> None:
    variant = VARIANTS[model_type]
    kind = kind_of(variant)
    place = folder_for(tmp_path, Destination(kind), is_folder=True)
    folder = write_folder(place / "net", model_type)
    catalog = Catalog([tmp_path])
    (info,) = catalog.addons()
    assert (info.kind, info.variant, info.family) == (kind, variant, "")
    assert (info.name, info.path, info.precision) == ("net", folder, "fp32")
    assert info.parameters > 0
    assert info.size_bytes == (folder / "model.safetensors").stat().st_size
    assert catalog.refused() == ()


def test_the_folders_of_downloads() -> None:
    models = Path("/models")
    annotators = folder_for(models, Destination.ANNOTATOR, is_folder=True)
    assert annotators == models / "annotators"
    assert folder_for(models, Destination.SEGMENTER, is_folder=True) == models / "segmentation"


@pytest.mark.parametrize("inner", ["models/annotators", "models/segmentation"])
@pytest.mark.parametrize("sign", ["models/Stable-diffusion", "models/vae"])
def test_other_programs_folders_can_hold_them(tmp_path: Path, sign: str, inner: str) -> None:
    base = tmp_path / "program"
    (base / sign).mkdir(parents=True)
    (base / "models/checkpoints").mkdir()
    write_folder(base / inner / "net", "depth_anything")
    catalog = Catalog([tmp_path / "own"])
    catalog.add_place(base)
    assert [info.variant for info in catalog.addons(AddonKind.ANNOTATOR)] == ["depth"]


def test_the_cache_of_hugging_face_names_them_after_their_repository(tmp_path: Path) -> None:
    for model_type in PUBLISHED:
        repository = tmp_path / f"hub/models--someone--{model_type}-hf"
        write_folder(repository / "snapshots" / f"{1:040x}", model_type)
        (repository / "refs").mkdir()
        (repository / "refs/main").write_text(f"{1:040x}", encoding="ascii")
    catalog = Catalog([tmp_path / "own"])
    catalog.add_place(tmp_path / "hub")
    found = {info.name: info.variant for info in catalog.addons()}
    assert found == {f"{name}-hf": variant for name, variant in VARIANTS.items()}


def test_they_go_with_every_family_and_come_first(tmp_path: Path) -> None:
    write_folder(tmp_path / "annotators/depth", "dpt")
    unclear = {"lora_unet_x.lokr_w1": (4, 4), "lora_unet_x.lokr_w2": (8, 8)}
    write_safetensors(tmp_path / "a.safetensors", unclear)
    catalog = Catalog([tmp_path])
    for family in ("sd", "flux", "qwen-image"):
        assert [info.name for info in catalog.addons(family=family)] == ["depth", "a"]


@pytest.mark.parametrize(
    ("model_type", "config", "reason"),
    [
        ("vitpose", {"id2label": {"0": "nose"}}, "17 of COCO"),
        ("vitpose", {"id2label": 17}, "17 of COCO"),
        ("rt_detr", {"id2label": {"0": "bicycle"}}, "no people"),
        ("dpt", {"backbone": "someone/resnet"}, "elsewhere on the net"),
        ("dpt", {"model_type": ["dpt"]}, "no model of a kind"),
        ("dpt", {"model_type": "sam"}, "no model of a kind"),
        ("sam", {"model_type": "vitpose"}, "no model of a kind"),
    ],
)
def test_what_is_made_for_something_else_is_refused(
    tmp_path: Path, model_type: str, config: dict[str, Any], reason: str
) -> None:
    write_folder(tmp_path / "annotators/net", model_type, **config)
    catalog = Catalog([tmp_path])
    assert catalog.addons() == ()
    (refusal,) = catalog.refused()
    assert reason in refusal.reason


def an_annotator(name: str, variant: str) -> AddonInfo:
    return AddonInfo(name, name, AddonKind.ANNOTATOR, "", Path(name), variant)


def test_the_first_by_name_is_taken() -> None:
    there = [an_annotator(*one) for one in (("b", "pose"), ("C", "depth"), ("d", "depth"))]
    assert annotators_for(Preprocessor.DEPTH, lambda kind: there) == (there[1],)
    assert annotators_for(Preprocessor.POSE, lambda kind: there) == (there[0],)
    people = an_annotator("a", "people")
    assert annotators_for(Preprocessor.POSE, lambda kind: [*there, people]) == (there[0], people)
    assert annotators_for(Preprocessor.CANNY, lambda kind: there) == ()


@pytest.mark.parametrize("preprocessor", [Preprocessor.DEPTH, Preprocessor.POSE])
def test_what_is_missing_can_be_fetched(preprocessor: Preprocessor) -> None:
    offer = find_offer(offer_for(preprocessor))
    assert offer is not None
    assert offer.destination is Destination.ANNOTATOR
    with pytest.raises(ModelNotFound) as raised:
        annotators_for(preprocessor, lambda kind: ())
    named = offer.title.partition(" (")[0]
    assert f"Fetch {named} in the Models window" in raised.value.remedy


@pytest.mark.parametrize("name", ["image_encoder.patch_embed.proj.weight", "pretrained.cls_token"])
def test_their_makers_own_layouts_are_told_apart(tmp_path: Path, name: str) -> None:
    write_safetensors(tmp_path / "net.safetensors", {name: (1, 1)})
    (refusal,) = Catalog([tmp_path]).refused()
    assert "transformers' layout" in refusal.reason
