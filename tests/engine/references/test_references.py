"""IP-Adapters: the same bits as the bare pipeline, and a model that is afterwards as before."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Reference, ReferenceKind
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.events import Pixels
from studio.domain.model import ModelInfo
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.families.sd import StableDiffusion
from studio.engine.references.image_encoder import load_image_encoder
from studio.engine.runner import DiffusionRunner
from studio.library.encoding import pixel_digest
from tests.engine.test_runner import CPU
from tests.support.samples import noise

WIDTH, PROJECTED, TOKENS = 16, 12, 4


def write_encoder(folder: Path) -> AddonInfo:
    torch.manual_seed(5)
    config = CLIPVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        patch_size=8,
        image_size=16,
        projection_dim=PROJECTED,
    )
    CLIPVisionModelWithProjection(config).save_pretrained(folder)
    return AddonInfo(folder.name, folder.name, AddonKind.IMAGE_ENCODER, "", folder)


def write_adapter(path: Path, family: StableDiffusion, seed: int) -> AddonInfo:
    torch.manual_seed(seed)
    cross = family.unet.config.cross_attention_dim
    tensors = {
        "image_proj.proj.weight": torch.randn(TOKENS * cross, PROJECTED),
        "image_proj.proj.bias": torch.randn(TOKENS * cross),
        "image_proj.norm.weight": torch.ones(cross),
        "image_proj.norm.bias": torch.zeros(cross),
    }
    for i, (name, module) in enumerate(
        (name, module)
        for name, module in family.unet.named_modules()
        if name.endswith("attn2") and hasattr(module, "to_k")
    ):
        width = module.to_k.weight.shape[0]
        tensors[f"ip_adapter.{2 * i + 1}.to_k_ip.weight"] = torch.randn(width, cross)
        tensors[f"ip_adapter.{2 * i + 1}.to_v_ip.weight"] = torch.randn(width, cross)
        assert name
    save_file(tensors, path)
    return AddonInfo(path.stem, path.stem, AddonKind.IP_ADAPTER, "sd", path)


class Studio:
    """A runner on the tiny model with two IP-Adapters and an image encoder."""

    def __init__(self, model: ModelInfo, family: Any, folder: Path) -> None:
        self.family = family
        self.pictures: dict[str, Pixels] = {}
        self.addons = [
            write_adapter(folder / "plain.safetensors", family, 1),
            write_adapter(folder / "other.safetensors", family, 2),
            write_encoder(folder / "eyes"),
        ]
        self.runner = DiffusionRunner(
            lambda name: model,
            self.pictures.__getitem__,
            device=CPU,
            load_family=lambda info, device: family,
            find_addon=self.find,
            list_addons=self.of_kind,
        )

    def find(self, kind: AddonKind, name: str) -> AddonInfo:
        for info in self.of_kind(kind):
            if info.name == name:
                return info
        raise ModelNotFound(f"There is no {kind} “{name}”.")

    def of_kind(self, kind: AddonKind) -> list[AddonInfo]:
        return [info for info in self.addons if info.kind is kind]

    def adopt(self, pixels: Pixels) -> PictureRef:
        digest = pixel_digest(pixels)
        self.pictures[digest] = pixels
        return PictureRef(digest, pixels.shape[1], pixels.shape[0])

    def reference(self, model: str, seed: int = 3, **wishes: Any) -> Reference:
        return Reference(model, self.adopt(noise(seed, 40, 24)), **wishes)

    def request(self, *references: Reference, **changes: Any) -> Request:
        values: dict[str, Any] = {"num_inference_steps": 3, "guidance_scale": 4.0, **changes}
        return Request("a cat", 5, "tiny", 32, 32, references=references, **values)

    def pixels(self, request: Request) -> Pixels:
        *_, ready = self.runner.run(request, Control(1))
        images: Pixels = ready.images
        return images


@pytest.fixture
def studio(tiny_model: ModelInfo, tiny_family: StableDiffusion, tmp_path: Path) -> Any:
    studio = Studio(tiny_model, tiny_family, tmp_path)
    yield studio
    studio.runner.release()


def theirs(studio: Studio, request: Request, scales: list[Any]) -> Pixels:
    """What the bare pipeline makes of it."""
    family = studio.family
    encoder = load_image_encoder(studio.addons[2].path, CPU)
    embeds = []
    for reference in request.references:
        something, nothing = encoder.see(studio.pictures[reference.picture.digest], whole=True)
        both = [nothing[None], something[None]] if request.guidance_scale > 1 else [something[None]]
        embeds.append(torch.cat(both))
    before = dict(family.unet.attn_processors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        pipeline = diffusers.StableDiffusionPipeline(
            vae=family.vae,
            text_encoder=family.text_encoder,
            tokenizer=family.tokenizer,
            unet=family.unet,
            scheduler=diffusers.EulerDiscreteScheduler.from_config(dict(family.scheduler_config)),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.set_progress_bar_config(disable=True)
        names = [f"{reference.model}.safetensors" for reference in request.references]
        folder = str(studio.addons[0].path.parent)
        pipeline.load_ip_adapter(
            [folder] * len(names),
            subfolder=[""] * len(names),
            weight_name=names,
            image_encoder_folder=None,
            low_cpu_mem_usage=False,
        )
        pipeline.set_ip_adapter_scale(scales)
        count = request.num_images_per_prompt
        pictures = pipeline(
            request.prompt,
            width=32,
            height=32,
            num_inference_steps=request.num_inference_steps,
            guidance_scale=request.guidance_scale,
            num_images_per_prompt=count,
            generator=[torch.Generator().manual_seed(request.seed + i) for i in range(count)],
            ip_adapter_image_embeds=embeds,
        ).images
    family.unet.encoder_hid_proj = None
    family.unet.config.encoder_hid_dim_type = None
    family.unet.set_attn_processor(before)
    family.forget_steps()
    return np.stack(pictures)


@pytest.mark.parametrize("guidance_scale", [1.0, 4.0])
def test_same_bits_as_the_bare_pipeline(studio: Studio, guidance_scale: float) -> None:
    request = studio.request(
        studio.reference("plain", strength=0.7),
        guidance_scale=guidance_scale,
        num_images_per_prompt=2,
    )
    assert np.array_equal(studio.pixels(request), theirs_after_release(studio, request, [0.7]))


def test_same_bits_with_two_references(studio: Studio) -> None:
    request = studio.request(
        studio.reference("plain", strength=0.3), studio.reference("other", 8, strength=1.0)
    )
    assert np.array_equal(studio.pixels(request), theirs_after_release(studio, request, [0.3, 1.0]))


def theirs_after_release(studio: Studio, request: Request, scales: list[Any]) -> Pixels:
    studio.runner.release()
    return theirs(studio, request, scales)


def test_afterwards_the_model_is_as_before(studio: Studio) -> None:
    plain = studio.pixels(studio.request())
    seen = studio.pixels(studio.request(studio.reference("plain")))
    assert not np.array_equal(seen, plain)
    assert np.array_equal(studio.pixels(studio.request()), plain)
    assert np.array_equal(studio.pixels(studio.request(studio.reference("plain"))), seen)


def test_style_and_composition_are_heeded_in_different_places(studio: Studio) -> None:
    made = {
        kind: studio.pixels(studio.request(studio.reference("plain", kind=kind)))
        for kind in (ReferenceKind.WHOLE, ReferenceKind.STYLE, ReferenceKind.COMPOSITION)
    }
    assert not np.array_equal(made[ReferenceKind.WHOLE], made[ReferenceKind.STYLE])
    plain = studio.pixels(studio.request())
    # The tiny model has no third block below, where composition is decided.
    assert np.array_equal(made[ReferenceKind.COMPOSITION], plain)


def test_pictures_are_seen_as_clip_sees_them(studio: Studio) -> None:
    pixels = noise(3, 40, 24)
    processor = CLIPImageProcessor(
        size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16}
    )
    expected = processor(pixels, return_tensors="np")["pixel_values"]
    encoder = load_image_encoder(studio.addons[2].path, CPU)
    assert np.allclose(encoder._prepared(pixels), expected, atol=2e-2)


def test_an_encoder_in_one_file_is_the_same(studio: Studio, tmp_path: Path) -> None:
    folder = studio.addons[2].path
    network = CLIPVisionModelWithProjection.from_pretrained(folder)
    path = tmp_path / "eyes.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, path)
    one, other = load_image_encoder(folder, CPU), load_image_encoder(path, CPU)
    assert one.network.config.num_hidden_layers == other.network.config.num_hidden_layers
    assert one.projected_width == other.projected_width


def test_without_a_fitting_encoder_it_says_so(studio: Studio) -> None:
    studio.addons.pop()
    with pytest.raises(ModelNotFound, match="needs an image encoder of width 12"):
        studio.pixels(studio.request(studio.reference("plain")))


def test_a_file_of_another_kind_is_refused(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "lora.safetensors"
    save_file({"image_proj.proj.weight": torch.zeros(1)}, path)
    studio.addons.append(AddonInfo("lora", "Lora", AddonKind.IP_ADAPTER, "sd", path))
    with pytest.raises(ModelRefused, match="no IP-Adapter"):
        studio.pixels(studio.request(studio.reference("lora")))
    assert studio.pixels(replace(studio.request(), references=())).shape == (1, 32, 32, 3)
