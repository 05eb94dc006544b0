"""What files are, by the names and shapes that the published ones have."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from studio.catalog.kinds import FileKind, Finding, classify
from studio.catalog.probe import Header, TensorInfo
from studio.domain.addons import AddonKind
from studio.domain.errors import ModelRefused
from studio.domain.model import ModelTask
from tests.support import model_files as files
from tests.support.model_files import Shapes, under

TEXT, INPAINT, EDIT, REFINER = ModelTask
CHECKPOINT = FileKind.CHECKPOINT
LORA, EMBEDDING, VAE = AddonKind.LORA, AddonKind.EMBEDDING, AddonKind.VAE
CONTROLNET, T2I, IP = AddonKind.CONTROLNET, AddonKind.T2I_ADAPTER, AddonKind.IP_ADAPTER
IMAGE, ENCODER, BARE = (
    AddonKind.IMAGE_ENCODER,
    AddonKind.TEXT_ENCODER,
    AddonKind.DIFFUSION_MODEL,
)


def header(shapes: Shapes, **metadata: str) -> Header:
    return Header({name: TensorInfo("F16", shape) for name, shape in shapes.items()}, metadata)


def found(shapes: Shapes, name: str = "some file", **metadata: str) -> Finding:
    return classify(header(shapes, **metadata), name)


@pytest.mark.parametrize(
    ("write", "parameters"),
    [
        (files.ldm_unet, 859_520_964),
        (files.sd2_unet, 865_910_724),
        (files.sdxl_unet, 2_567_463_684),
        (files.ldm_vae, 83_653_863),
        (files.clip_text, 123_060_480),
        (files.flux_transformer, 11_901_408_320),
    ],
)
def test_the_shapes_used_here_are_those_of_the_published_models(
    write: Callable[[], Shapes], parameters: int
) -> None:
    assert sum(math.prod(shape) for shape in write().values()) == parameters


@pytest.mark.parametrize(
    ("shapes", "name", "family", "task", "variant", "prediction"),
    [
        (files.sd1(), "v1-5-pruned", "sd", TEXT, "", "epsilon"),
        (files.sd1(9), "sd-v1-5-inpainting", "sd", INPAINT, "", "epsilon"),
        (files.sd1(8), "instruct-pix2pix", "sd", EDIT, "", "epsilon"),
        (files.sd1(), "animagine-vpred", "sd", TEXT, "", "v_prediction"),
        (files.sd2(), "v2-1_768-ema-pruned", "sd2", TEXT, "", "v_prediction"),
        (files.sd2(), "512-base-ema", "sd2", TEXT, "", "epsilon"),
        (files.sd2(), "unnamed", "sd2", TEXT, "", ""),
        (files.sd2(9), "512-inpainting-ema", "sd2", INPAINT, "", "epsilon"),
        (files.sdxl(), "sd_xl_base_1.0", "sdxl", TEXT, "", "epsilon"),
        (files.sdxl(9), "sd_xl_inpaint", "sdxl", INPAINT, "", "epsilon"),
        (files.sdxl(8), "cosxl_edit", "sdxl", EDIT, "", "epsilon"),
        (
            files.sdxl() | {"v_pred": (0,), "ztsnr": (0,)},
            "noobai",
            "sdxl",
            TEXT,
            "",
            "v_prediction",
        ),
        (files.refiner(), "sd_xl_refiner_1.0", "sdxl", REFINER, "", "epsilon"),
        (files.sd3(), "sd3_medium_incl_clips", "sd3", TEXT, "medium", "flow_prediction"),
        (files.sd3(24, True), "sd3.5_medium", "sd3", TEXT, "3.5-medium", "flow_prediction"),
        (files.sd3(38), "sd3.5_large", "sd3", TEXT, "large", "flow_prediction"),
        (files.flux(), "flux1-dev-fp8", "flux", TEXT, "dev", "flow_prediction"),
        (files.flux(guided=False), "flux1-schnell-fp8", "flux", TEXT, "schnell", "flow_prediction"),
    ],
)
def test_whole_models(
    shapes: Shapes, name: str, family: str, task: ModelTask, variant: str, prediction: str
) -> None:
    assert found(shapes, name) == Finding(CHECKPOINT, family, task, variant, prediction)


@pytest.mark.parametrize(
    ("shapes", "name", "family", "task", "variant"),
    [
        (files.flux_transformer(), "flux1-dev", "flux", TEXT, "dev"),
        (files.flux_transformer(guided=False), "flux1-schnell", "flux", TEXT, "schnell"),
        (files.flux_transformer(in_channels=384), "any", "flux", INPAINT, "fill"),
        (files.flux_transformer(), "flux1-kontext-dev", "flux", EDIT, "kontext"),
        (files.flux2_transformer(), "flux2-dev", "flux2", TEXT, "dev"),
        (files.flux2_transformer(False, 3072), "flux2-klein", "flux2", TEXT, "klein"),
        (files.flux2_transformer(False, 3072, 7680), "klein", "flux2", TEXT, "klein-4b"),
        (
            files.flux2_transformer(False, 4096, 12288),
            "flux-2-klein-base-9b",
            "flux2",
            TEXT,
            "klein-9b-base",
        ),
        (files.z_image_transformer(), "z_image_turbo_bf16", "z-image", TEXT, "turbo"),
        (files.z_image_transformer(), "z_image_base", "z-image", TEXT, "base"),
        (files.z_image_transformer(), "z_image_bf16", "z-image", TEXT, "base"),
        (files.z_image_transformer(), "Z-Image-Turbo-Q4_K_M", "z-image", TEXT, "turbo"),
        (files.z_image_transformer(), "somebodys_mix", "z-image", TEXT, "turbo"),
        (files.qwen_image_transformer(2), "qwen_image_fp8", "qwen-image", TEXT, ""),
        (files.qwen_image_transformer(2), "qwen_image_edit_2509", "qwen-image", EDIT, "edit"),
        (under("model.diffusion_model.", files.sd3_transformer()), "sd3", "sd3", TEXT, "medium"),
        (under("model.diffusion_model.", files.flux_transformer()), "a", "flux", TEXT, "dev"),
        (under("diffusion_model.", files.z_image_transformer()), "z", "z-image", TEXT, "turbo"),
        (files.sdxl_unet(), "xl", "sdxl", TEXT, ""),
        (files.ldm_unet(), "unet", "sd", TEXT, ""),
    ],
)
def test_denoising_networks_alone(
    shapes: Shapes, name: str, family: str, task: ModelTask, variant: str
) -> None:
    finding = found(shapes, name)
    assert (finding.kind, finding.family, finding.task) == (BARE, family, task)
    assert finding.variant == variant


def dotted(names: str, width: int, wide: int = 0) -> Shapes:
    return files.peft_lora([(names, width, wide or width)])


@pytest.mark.parametrize(
    ("shapes", "family", "layout"),
    [
        (files.kohya_lora(files.ldm_unet()), "sd", "kohya"),
        (files.kohya_lora(files.sd2_unet()), "sd2", "kohya"),
        (files.kohya_lora(files.sdxl_unet()), "sdxl", "kohya"),
        (files.kohya_lora({}, encoder="lora_te2"), "sdxl", "kohya"),
        (files.kohya_lora({}, encoder="lora_te"), "sd", "kohya"),
        (files.kohya_lora(files.flux_transformer()), "flux", "kohya"),
        (files.kohya_lora(files.flux2_transformer()), "flux2", "kohya"),
        (files.kohya_lora(files.sd3_transformer()), "sd3", "kohya"),
        (
            dotted("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k", 768, 320),
            "sd",
            "peft",
        ),
        (dotted("transformer.single_transformer_blocks.0.attn.to_q", 3072), "flux", "peft"),
        (dotted("transformer.transformer_blocks.0.attn.add_q_proj", 1536), "sd3", "peft"),
        (dotted("transformer.transformer_blocks.0.img_mod.1", 3072, 18432), "qwen-image", "peft"),
        (dotted("diffusion_model.layers.0.attention.to_q", 3840), "z-image", "peft"),
        (
            dotted("transformer.single_transformer_blocks.0.attn.to_qkv_mlp_proj", 6144, 55296),
            "flux2",
            "peft",
        ),
        (dotted("diffusion_model.single_blocks.0.linear1", 6144, 9 * 6144), "flux2", "peft"),
        (
            {"double_blocks.0.processor.qkv_lora1.down.weight": (16, 3072)},
            "flux",
            "xlabs",
        ),
        (
            {
                "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.processor"
                ".to_k_lora.down.weight": (4, 2048)
            },
            "sdxl",
            "diffusers",
        ),
        (
            {
                "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.hada_w1_a": (
                    320,
                    8,
                ),
                "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.hada_w1_b": (
                    8,
                    768,
                ),
            },
            "sd",
            "lycoris-loha",
        ),
        ({"lora_unet_x.lokr_w1": (4, 4), "lora_unet_x.lokr_w2": (80, 192)}, "", "lycoris-lokr"),
    ],
)
def test_loras(shapes: Shapes, family: str, layout: str) -> None:
    assert found(shapes) == Finding(LORA, family, variant=layout)


def test_the_trainers_word_counts_where_tensors_leave_a_loras_family_open() -> None:
    shapes: Shapes = {"lora_unet_x.lokr_w1": (4, 4), "lora_unet_x.lokr_w2": (80, 192)}
    assert found(shapes, ss_base_model_version="sdxl_base_v1-0").family == "sdxl"
    architecture = {"modelspec.architecture": "stable-diffusion-v1/lora"}
    assert found(shapes, **architecture).family == "sd"
    # Where shapes tell, a wrong word in the metadata changes nothing.
    assert found(files.kohya_lora(files.ldm_unet()), ss_base_model_version="flux1").family == "sd"


@pytest.mark.parametrize(
    ("shapes", "name", "kind", "family", "variant"),
    [
        ({"emb_params": (4, 768)}, "easy", EMBEDDING, "sd", "a1111"),
        ({"emb_params": (4, 1024)}, "nfixer", EMBEDDING, "sd2", "a1111"),
        ({"clip_l": (2, 768), "clip_g": (2, 1280)}, "xl", EMBEDDING, "sdxl", "a1111"),
        ({"<cat-toy>": (1, 768)}, "learned", EMBEDDING, "sd", "diffusers"),
        (files.ldm_vae(), "vae-ft-mse-840000-ema-pruned", VAE, "sd", ""),
        (files.ldm_vae(), "sdxl_vae", VAE, "sdxl", ""),
        (files.ldm_vae(), "clearvision", VAE, "", ""),
        (under("first_stage_model.", files.ldm_vae()), "sdxl.vae", VAE, "sdxl", ""),
        (files.ldm_vae(16, quantised=False), "ae", VAE, "flux", ""),
        (files.ldm_vae(16, quantised=False), "sd3_vae", VAE, "sd3", ""),
        (files.ldm_vae(16, quantised=False), "other", VAE, "", ""),
        (files.ldm_vae(32), "flux2-vae", VAE, "flux2", ""),
        (
            {"decoder.middle.0.residual.0.gamma": (384, 1, 1, 1), "encoder.conv1.weight": (96, 3)},
            "qwen_image_vae",
            VAE,
            "qwen-image",
            "",
        ),
        (files.ldm_controlnet(), "control_v11p_sd15_canny", CONTROLNET, "sd", "canny"),
        (files.ldm_controlnet(1024), "control_v11p_sd21_depth", CONTROLNET, "sd2", "depth"),
        (
            {
                "controlnet_cond_embedding.conv_in.weight": (16, 3, 3, 3),
                "add_embedding.linear_1.weight": (1280, 2816),
                "conv_in.weight": (320, 4, 3, 3),
            },
            "diffusers_xl_openpose",
            CONTROLNET,
            "sdxl",
            "pose",
        ),
        (
            {
                "controlnet_cond_embedding.conv_in.weight": (16, 3, 3, 3),
                "add_embedding.linear_1.weight": (1280, 2816),
                "conv_in.weight": (320, 4, 3, 3),
                "task_embedding": (8, 320),
                "control_add_embedding.linear_1.weight": (1280, 2048),
            },
            "xinsir-sdxl",
            CONTROLNET,
            "sdxl",
            "union",
        ),
        (
            {
                "controlnet_x_embedder.weight": (3072, 64),
                "controlnet_blocks.0.weight": (3072, 3072),
            },
            "flux-tile",
            CONTROLNET,
            "flux",
            "tile",
        ),
        (
            {
                "controlnet_x_embedder.weight": (3072, 64),
                "controlnet_blocks.0.weight": (3072, 3072),
                "transformer_blocks.0.img_mod.1.weight": (18432, 3072),
            },
            "qwen-union",
            CONTROLNET,
            "qwen-image",
            "union",
        ),
        (
            {"pos_embed_input.proj.weight": (1, 1), "controlnet_blocks.0.weight": (1536, 1536)},
            "sd3.5_blur",
            CONTROLNET,
            "sd3",
            "tile",
        ),
        (
            {"control_all_x_embedder.2-1.weight": (3840, 64)},
            "Z-Image-Fun-Union",
            CONTROLNET,
            "z-image",
            "union",
        ),
        (
            {
                "controlnet_x_embedder.weight": (3072, 64),
                "controlnet_blocks.0.weight": (3072, 3072),
                "controlnet_mode_embedder.weight": (10, 3072),
            },
            "diffusion_pytorch_model",
            CONTROLNET,
            "flux",
            "union",
        ),
        (
            {
                "pos_embed_input.proj.weight": (2432, 16, 2, 2),
                "controlnet_blocks.0.weight": (2432, 2432),
                "transformer_blocks.0.attn.to_q.weight": (2432, 2432),
            },
            "stable-diffusion-3.5-large-controlnet-depth",
            CONTROLNET,
            "sd3",
            "depth",
        ),
        (files.t2i_adapter(), "t2iadapter_canny_sd15v2", T2I, "sd", "canny"),
        (
            under("adapter.", files.t2i_adapter(768)),
            "t2i-adapter-depth-sdxl",
            T2I,
            "sdxl",
            "depth",
        ),
        (files.ip_adapter(), "ip-adapter_sd15", IP, "sd", "standard"),
        (files.ip_adapter(2048, plus=True), "ip-adapter-plus_sdxl_vit-h", IP, "sdxl", "plus"),
        (files.ip_adapter(768, plus=True), "ip-adapter-plus-face_sd15", IP, "sd", "plus-face"),
        (
            {
                "ip_adapter_proj_model.proj.weight": (16384, 768),
                "double_blocks.0.processor.ip_adapter_double_stream_k_proj.weight": (3072, 4096),
            },
            "ip_adapter",
            IP,
            "flux",
            "standard",
        ),
        (
            {
                "image_proj.proj.weight": (16384, 768),
                "ip_adapter.0.to_k_ip.weight": (3072, 4096),
            },
            "flux-ip-adapter",
            IP,
            "flux",
            "standard",
        ),
        (
            {
                "image_proj.latents": (1, 64, 1280),
                "ip_adapter.0.norm_ip.linear.weight": (4864, 1280),
                "ip_adapter.0.to_k_ip.weight": (2432, 2432),
            },
            "sd3.5-large-ip-adapter",
            IP,
            "sd3",
            "plus",
        ),
        (files.clip_image(1280), "CLIP-ViT-H-14", IMAGE, "", "clip-h"),
        (files.clip_image(1664), "CLIP-ViT-bigG-14", IMAGE, "", "clip-g"),
        (
            files.clip_image(1024) | files.clip_text(),
            "clip-vit-large-patch14",
            IMAGE,
            "",
            "clip-l",
        ),
        (files.clip_image(1024) | files.clip_text(), "ViT-L-14-TEXT", ENCODER, "", "clip-l"),
        (files.clip_text(), "clip_l", ENCODER, "", "clip-l"),
        (files.clip_text(1280, 32), "clip_g", ENCODER, "", "clip-g"),
        (files.open_clip_text(1024, 2), "open", ENCODER, "", "clip-h"),
        (files.t5_encoder(), "t5xxl_fp16", ENCODER, "", "t5-xxl"),
        (files.t5_encoder(words=256384), "umt5", ENCODER, "", "umt5-xxl"),
        (files.language_model(152064, 3584), "q", ENCODER, "qwen-image", "qwen2.5-vl-7b"),
        (files.language_model(151936, 2560, normalised=True), "q", ENCODER, "", "qwen3-4b"),
        (files.language_model(131072, 5120), "m", ENCODER, "flux2", "mistral-small-3"),
        (files.language_model(9, 8, normalised=True), "qwen_3_8b", ENCODER, "flux2", "qwen3-8b"),
        (files.language_model(9, 8), "gemma_3_4b", ENCODER, "", "language-model"),
        (files.esrgan(), "RealESRGAN_x4plus", FileKind.UPSCALER, "", "residual dense"),
        (files.vgg19(), "vgg19-dcbb9e9d", FileKind.STYLE_NETWORK, "", "vgg19"),
    ],
)
def test_what_goes_with_models(
    shapes: Shapes, name: str, kind: FileKind | AddonKind, family: str, variant: str
) -> None:
    finding = found(shapes, name)
    assert (finding.kind, finding.family, finding.variant) == (kind, family, variant)


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ({}, "no weights at all"),
        ({"layer.weight": (4, 4)}, "no model of a kind"),
        ({"distilled_guidance_layer.in_proj.bias": (1,)}, "Chroma"),
        ({"model.diffusion_model.head.modulation": (1,)}, "Wan"),
        ({"diffusion_model.blocks.0.cross_attn.k.lora_A.weight": (4, 5120)}, "LoRA for Wan"),
        (files.sd1(7), "takes 7 channels"),
        (files.flux_transformer(in_channels=128), "Canny or Depth"),
        (files.ldm_unet() | {"cc_projection.weight": (768, 772)}, "Zero123"),
        (files.sdxl() | {"edm_mean": (1,)}, "Playground"),
        (
            {"concept_embeds": (17, 768), "vision_model.vision_model.embeddings.x": (1,)},
            "safety checker",
        ),
    ],
)
def test_what_the_studio_cannot_use_is_named(shapes: Shapes, words: str) -> None:
    with pytest.raises(ModelRefused, match=words) as raised:
        found(shapes, "some file")
    assert raised.value.sentence.startswith("some file")
