"""InvokeAI, NovelAI, Fooocus, Draw Things and SwarmUI: each in the layouts of several versions."""

import json
from pathlib import Path
from typing import Any

import pytest

from studio.library.dialects import read_settings
from studio.library.labels.xmp import XmpFields, packet
from studio.library.settings import PictureSettings
from tests.support.foreign_pictures import (
    png,
    png_with_xmp,
    stealth_png,
    unicode_comment,
    with_exif,
)


def _of_png(tmp_path: Path, **texts: Any) -> PictureSettings:
    written = {
        key.replace("_dash_", "-"): text if isinstance(text, str) else json.dumps(text)
        for key, text in texts.items()
    }
    settings = read_settings(png(tmp_path / "a.png", written))
    assert settings is not None
    return settings


def test_invokeai_3(tmp_path: Path) -> None:
    settings = _of_png(
        tmp_path,
        invokeai_metadata={
            "generation_mode": "sdxl_txt2img",
            "positive_prompt": "oil painting++",
            "negative_prompt": "photo",
            "width": 1024,
            "height": 768,
            "seed": 3293022630,
            "cfg_scale": 8.0,
            "steps": 35,
            "scheduler": "dpmpp_2m_k",
            "clip_skip": 1,
            "model": {"model_name": "juggernautXL", "base_model": "sdxl", "model_type": "main"},
            "loras": [{"lora": {"model_name": "ink", "base_model": "sdxl"}, "weight": 0.75}],
            "strength": None,
        },
    )

    assert settings.program == "InvokeAI"
    assert (settings.prompt, settings.negative_prompt) == ("oil painting++", "photo")
    assert (settings.model, settings.loras) == ("juggernautXL", (("ink", 0.75),))
    assert (settings.seed, settings.steps, settings.guidance_scale) == (3293022630, 35, 8)
    assert (settings.sampler, settings.clip_skip) == ("dpmpp_2m_k", 2)
    assert settings.strength is None


def test_invokeai_5(tmp_path: Path) -> None:
    settings = _of_png(
        tmp_path,
        invokeai_metadata={
            "app_version": "5.6.0",
            "generation_mode": "flux_txt2img",
            "positive_prompt": "a lighthouse",
            "width": 1024,
            "height": 1024,
            "seed": 11,
            "steps": 30,
            "guidance": 4,
            "model": {"key": "0f", "hash": "blake3:AB12", "name": "FLUX Dev", "base": "flux"},
            "loras": [{"model": {"name": "wash", "base": "flux"}, "weight": 1}],
        },
    )

    assert (settings.model, settings.model_hash) == ("FLUX Dev", "ab12")
    assert (settings.guidance_scale, settings.loras) == (4, (("wash", 1.0),))


def test_invokeai_2(tmp_path: Path) -> None:
    settings = _of_png(
        tmp_path,
        sd_dash_metadata={
            "model": "stable diffusion",
            "model_weights": "deliberate_v08",
            "model_hash": "56d1442a",
            "app_version": "2.3.0",
            "image": {
                "prompt": [{"prompt": "a woman at night [rendering, skinny]", "weight": 1.0}],
                "steps": 50,
                "cfg_scale": 5,
                "seed": 2980747362,
                "width": 512,
                "height": 768,
                "sampler": "k_lms",
                "type": "txt2img",
            },
        },
        Dream='"ignored" -s 1',
    )

    assert (settings.prompt, settings.negative_prompt) == ("a woman at night", "rendering, skinny")
    assert (settings.model, settings.sampler, settings.steps) == ("deliberate_v08", "k_lms", 50)


def test_invokeai_1(tmp_path: Path) -> None:
    dream = (
        '"a "small" house [blur] [people]" -s 50 -S 2980747362 -W 512 -H 768 -C 5.0 -A k_lms -f 0.4'
    )
    settings = _of_png(tmp_path, Dream=dream)

    assert (settings.prompt, settings.negative_prompt) == ('a "small" house', "blur, people")
    assert (settings.seed, settings.steps, settings.guidance_scale) == (2980747362, 50, 5)
    assert (settings.width, settings.height, settings.strength) == (512, 768, 0.4)


_NAI_COMMENT = {
    "prompt": "1girl, {snow}",
    "steps": 28,
    "height": 1216,
    "width": 832,
    "scale": 5.0,
    "seed": 3816166865,
    "noise_schedule": "karras",
    "sampler": "k_euler_ancestral",
    "uc": "lowres",
    "request_type": "PromptGenerateRequest",
    "signed_hash": "c2lnbmVk",
}


def test_novelai_3(tmp_path: Path) -> None:
    settings = _of_png(
        tmp_path,
        Title="AI generated image",
        Description="1girl, {snow}",
        Software="NovelAI",
        Source="Stable Diffusion XL C1E1DE52",
        Comment=_NAI_COMMENT,
    )

    assert settings.program == "NovelAI"
    assert (settings.prompt, settings.negative_prompt) == ("1girl, {snow}", "lowres")
    assert (settings.model, settings.model_hash) == ("Stable Diffusion XL", "c1e1de52")
    assert settings.sampler == "k_euler_ancestral karras"
    assert (settings.width, settings.height, settings.seed) == (832, 1216, 3816166865)


def test_novelai_4_has_characters(tmp_path: Path) -> None:
    caption = {
        "base_caption": "2girls, snow",
        "char_captions": [{"char_caption": "red hair", "centers": []}, {"char_caption": "blue"}],
    }
    comment = _NAI_COMMENT | {
        "v4_prompt": {"caption": caption},
        "v4_negative_prompt": {"caption": {"base_caption": "blur", "char_captions": []}},
    }
    settings = _of_png(
        tmp_path, Software="NovelAI", Source="NovelAI Diffusion V4 4F49EC75", Comment=comment
    )

    assert settings.prompt == "2girls, snow\nred hair\nblue"
    assert settings.negative_prompt == "blur"


def test_novelai_1_keeps_its_prompt_in_the_description(tmp_path: Path) -> None:
    comment = {"steps": 50, "sampler": "k_euler", "seed": 5, "strength": 0.4, "scale": 10.0}
    settings = _of_png(
        tmp_path,
        Software="NovelAI",
        Source="Stable Diffusion 1D44365E",
        Description="cat, space",
        Comment=comment | {"uc": "text"},
    )

    assert (settings.prompt, settings.strength) == ("cat, space", 0.4)


@pytest.mark.parametrize("signature", [b"stealth_pngcomp", b"stealth_pnginfo"])
def test_novelai_hidden_in_alpha(tmp_path: Path, signature: bytes) -> None:
    hidden = json.dumps(
        {
            "Description": "1girl",
            "Software": "NovelAI",
            "Source": "NovelAI Diffusion V3",
            "Comment": json.dumps(_NAI_COMMENT),
        }
    )

    settings = read_settings(stealth_png(tmp_path / "a.png", hidden, signature))

    assert settings is not None
    assert (settings.program, settings.steps, settings.prompt) == ("NovelAI", 28, "1girl, {snow}")


@pytest.mark.parametrize("signature", [b"stealth_rgbinfo", b"stealth_rgbcomp"])
def test_a1111_hidden_in_the_colours(tmp_path: Path, signature: bytes) -> None:
    text = "a fox\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 64x64"

    settings = read_settings(stealth_png(tmp_path / "a.png", text, signature))

    assert settings is not None
    assert (settings.prompt, settings.seed) == ("a fox", 5)


def test_novelai_in_a_webp(tmp_path: Path) -> None:
    path = with_exif(
        tmp_path / "a.webp",
        unicode_comment(json.dumps(_NAI_COMMENT | {"prompt": ""})),
        {0x0131: "NovelAI", 0x010E: "1girl, from EXIF"},
        "WEBP",
    )

    settings = read_settings(path)

    assert settings is not None
    assert (settings.program, settings.prompt) == ("NovelAI", "1girl, from EXIF")


_FOOOCUS = {
    "adm_guidance": "(1.5, 0.8, 0.3)",
    "base_model": "juggernautXL_v8Rundiffusion",
    "base_model_hash": "aeb7e9e689",
    "clip_skip": 2,
    "full_prompt": ["cinematic still a goldfish", "a goldfish, sharp"],
    "guidance_scale": 4,
    "loras": [["sd_xl_offset.safetensors", 0.1, "4852686128"]],
    "metadata_scheme": "fooocus",
    "negative_prompt": "",
    "performance": "Speed",
    "prompt": "a smiling goldfish",
    "resolution": "(768, 1280)",
    "sampler": "dpmpp_2m_sde_gpu",
    "scheduler": "karras",
    "seed": "6952411511246973023",
    "sharpness": 2,
    "steps": 30,
    "version": "Fooocus v2.4.3",
}


def test_fooocus_2(tmp_path: Path) -> None:
    settings = _of_png(tmp_path, parameters=_FOOOCUS, fooocus_scheme="fooocus")

    assert (settings.program, settings.prompt) == ("Fooocus", "a smiling goldfish")
    assert (settings.model, settings.model_hash) == ("juggernautXL_v8Rundiffusion", "aeb7e9e689")
    assert (settings.width, settings.height, settings.seed) == (768, 1280, 6952411511246973023)
    assert settings.sampler == "dpmpp_2m_sde_gpu karras"
    assert settings.loras == (("sd_xl_offset", 0.1),)
    assert ("performance", "Speed") in settings.others


def test_fooocus_with_loras_of_its_own_keys(tmp_path: Path) -> None:
    values = {key: value for key, value in _FOOOCUS.items() if key != "loras"}
    settings = _of_png(tmp_path, parameters=values | {"lora_combined_1": "ink.safetensors : 0.6"})

    assert settings.loras == (("ink", 0.6),)


def test_fooocus_in_the_scheme_of_a1111(tmp_path: Path) -> None:
    text = (
        "a fish\nNegative prompt: bad\nSteps: 30, Sampler: DPM++ 2M SDE Karras, Seed: 9, "
        "Size: 768x1280, CFG scale: 4, Sharpness: 2, Version: Fooocus v2.4.3"
    )
    settings = _of_png(tmp_path, parameters=text, fooocus_scheme="a1111")

    assert (settings.program, settings.seed) == ("Fooocus", 9)


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_fooocus_in_exif(tmp_path: Path, form: str) -> None:
    path = with_exif(
        tmp_path / "a", tags={0x9286: json.dumps(_FOOOCUS), 0x927C: "fooocus"}, form=form
    )

    settings = read_settings(path)

    assert settings is not None
    assert (settings.program, settings.steps) == ("Fooocus", 30)


_DRAW_THINGS = {
    "c": "a red bridge",
    "uc": "fog",
    "model": "sd_xl_base_1.0_f16.ckpt",
    "sampler": "DPM++ 2M Karras",
    "scale": 7.5,
    "seed": 1234567,
    "seed_mode": "Scale Alike",
    "size": "1024x768",
    "steps": 24,
    "strength": 1,
    "lora": [{"model": "ink_lora_f16.ckpt", "weight": 0.6}],
    "v2": {"loras": [], "clipSkip": 2, "guidanceScale": 7.5, "width": 1024},
}


def _draw_things_xmp() -> str:
    comment = json.dumps(_DRAW_THINGS).replace('"', "&quot;")
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
        '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:exif="http://ns.adobe.com/exif/1.0/"><xmp:CreatorTool>Draw Things</xmp:CreatorTool>'
        '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">a red bridge&#xA;-fog&#xA;Steps: 24,'
        " Sampler: DPM++ 2M Karras, Guidance Scale: 7.5</rdf:li></rdf:Alt></dc:description>"
        f'<exif:UserComment><rdf:Alt><rdf:li xml:lang="x-default">{comment}</rdf:li></rdf:Alt>'
        "</exif:UserComment></rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def test_draw_things_in_xmp_and_in_exif(tmp_path: Path) -> None:
    from_xmp = read_settings(png_with_xmp(tmp_path / "a.png", _draw_things_xmp()))
    from_exif = read_settings(
        with_exif(tmp_path / "a.jpg", b"ASCII\0\0\0" + json.dumps(_DRAW_THINGS).encode())
    )

    assert from_xmp is not None
    assert from_xmp.program == "Draw Things"
    assert (from_xmp.prompt, from_xmp.negative_prompt) == ("a red bridge", "fog")
    assert (from_xmp.model, from_xmp.loras) == ("sd_xl_base_1.0_f16", (("ink_lora_f16", 0.6),))
    assert (from_xmp.width, from_xmp.height, from_xmp.strength) == (1024, 768, None)
    assert (from_xmp.seed, from_xmp.guidance_scale, from_xmp.clip_skip) == (1234567, 7.5, 2)
    assert from_exif == from_xmp


def test_draw_things_without_its_json_is_read_from_its_text(tmp_path: Path) -> None:
    described = (
        "a red bridge,\nat dawn\n-fog, rain\nSteps: 24, Sampler: DPM++ 2M Karras, Guidance Scale: "
        "7.5, Seed: 99, Size: 1024x768, Model: sd_xl_base_1.0_f16.ckpt, Strength: 1.0"
    )
    xmp = packet(XmpFields(creator_tool="Draw Things", description=described)).decode()

    settings = read_settings(png_with_xmp(tmp_path / "a.png", xmp))

    assert settings is not None
    assert (settings.prompt, settings.negative_prompt) == ("a red bridge,\nat dawn", "fog, rain")
    assert (settings.seed, settings.guidance_scale, settings.width) == (99, 7.5, 1024)
    assert (settings.model, settings.strength) == ("sd_xl_base_1.0_f16", None)


_SWARM = {
    "sui_image_params": {
        "prompt": "a photo of a cat",
        "negativeprompt": "dog",
        "model": "OfficialStableDiffusion/sd_xl_base_1.0",
        "seed": 2042464333,
        "steps": 20,
        "cfgscale": 7.0,
        "width": 1024,
        "height": 768,
        "sampler": "dpmpp_2m",
        "scheduler": "karras",
        "loras": ["styles/ink", "wash"],
        "loraweights": ["0.65", "1"],
        "swarm_version": "0.9.3.1",
    },
    "sui_extra_data": {"date": "2025-01-25", "generation_time": "4.84 sec"},
    "sui_models": [
        {"name": "sd_xl_base_1.0.safetensors", "param": "model", "hash": "0xD7A9"},
    ],
}


def test_swarm_in_png_and_jpeg(tmp_path: Path) -> None:
    settings = _of_png(tmp_path, parameters=_SWARM)
    from_exif = read_settings(with_exif(tmp_path / "a.jpg", unicode_comment(json.dumps(_SWARM))))

    assert settings.program == "SwarmUI"
    assert (settings.model, settings.model_hash) == ("sd_xl_base_1.0", "d7a9")
    assert settings.loras == (("ink", 0.65), ("wash", 1.0))
    assert settings.sampler == "dpmpp_2m karras"
    assert from_exif == settings


def test_older_swarm_names_its_backends_sampler(tmp_path: Path) -> None:
    values = {
        "prompt": "a",
        "seed": 1,
        "steps": 5,
        "comfyuisampler": "euler_ancestral",
        "loras": "a,b",
        "loraweights": "0.5,0.25",
    }
    settings = _of_png(tmp_path, parameters={"sui_image_params": values})

    assert settings.sampler == "euler_ancestral"
    assert settings.loras == (("a", 0.5), ("b", 0.25))


def test_a_picture_that_says_nothing(tmp_path: Path) -> None:
    assert read_settings(png(tmp_path / "a.png", {"Software": "GIMP", "Comment": "hello"})) is None
    assert read_settings(with_exif(tmp_path / "a.jpg", b"ASCII\0\0\0made by me")) is None
