"""ComfyUI's graphs, followed from a sampler to what the picture was made of."""

import json
from pathlib import Path
from typing import Any

from studio.library.dialects import read_settings
from studio.library.settings import PictureSettings
from tests.support.foreign_pictures import comfyui_png, comfyui_prompt, png, with_exif


def _read(tmp_path: Path, prompt: Any) -> PictureSettings:
    settings = read_settings(comfyui_png(tmp_path / "a.png", prompt))
    assert settings is not None
    return settings


def test_the_default_graph(tmp_path: Path) -> None:
    settings = _read(tmp_path, comfyui_prompt())

    assert settings.program == "ComfyUI"
    assert settings.prompt == "a glass bottle, galaxy"
    assert settings.negative_prompt == "text, watermark"
    assert settings.model == "v1-5-pruned-emaonly"
    assert (settings.seed, settings.steps, settings.guidance_scale) == (156680208700286, 20, 8)
    assert settings.sampler == "dpmpp_2m karras"
    assert (settings.width, settings.height, settings.strength) == (512, 768, None)
    assert settings.others == ()


def test_what_begins_with_a_picture_has_a_strength(tmp_path: Path) -> None:
    prompt = comfyui_prompt(denoise=0.6, latent_image=["10", 0])
    prompt["10"] = {"class_type": "VAEEncode", "inputs": {"pixels": ["11", 0], "vae": ["4", 2]}}
    prompt["11"] = {"class_type": "LoadImage", "inputs": {"image": "/etc/passwd"}}

    assert _read(tmp_path, prompt).strength == 0.6


def test_loras_of_three_kinds_of_nodes(tmp_path: Path) -> None:
    prompt = comfyui_prompt(model=["12", 0])
    prompt["10"] = {
        "class_type": "LoraLoader",
        "inputs": {
            "lora_name": "styles\\ink.safetensors",
            "strength_model": 0.8,
            "strength_clip": 1.0,
            "model": ["4", 0],
            "clip": ["4", 1],
        },
    }
    prompt["11"] = {
        "class_type": "Power Lora Loader (rgthree)",
        "inputs": {
            "lora_1": {"on": True, "lora": "wash.safetensors", "strength": 0.5},
            "lora_2": {"on": False, "lora": "off.safetensors", "strength": 1},
            "model": ["10", 0],
        },
    }
    prompt["12"] = {
        "class_type": "LoraLoaderModelOnly",
        "inputs": {"lora_name": "line.safetensors", "strength_model": 1.5, "model": ["11", 0]},
    }

    settings = _read(tmp_path, prompt)

    assert settings.loras == (("ink", 0.8), ("wash", 0.5), ("line", 1.5))
    assert settings.model == "v1-5-pruned-emaonly"


def test_of_two_passes_the_first_counts(tmp_path: Path) -> None:
    prompt = comfyui_prompt()
    prompt["10"] = {
        "class_type": "LatentUpscale",
        "inputs": {"samples": ["3", 0], "width": 1024, "height": 1536},
    }
    second = dict(prompt["3"]["inputs"], seed=2, steps=14, denoise=0.5, latent_image=["10", 0])
    prompt["11"] = {"class_type": "KSampler", "inputs": second}
    prompt["8"]["inputs"]["samples"] = ["11", 0]

    settings = _read(tmp_path, prompt)

    assert (settings.seed, settings.steps) == (156680208700286, 20)
    assert (settings.width, settings.height, settings.strength) == (512, 768, None)


def test_flux_through_custom_sampling_and_linked_values(tmp_path: Path) -> None:
    prompt = {
        "1": {"class_type": "RandomNoise", "inputs": {"noise_seed": ["2", 0]}},
        "2": {"class_type": "Seed (rgthree)", "inputs": {"seed": 77}},
        "3": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
        "4": {
            "class_type": "BasicScheduler",
            "inputs": {"scheduler": "simple", "steps": 28, "denoise": 1.0, "model": ["8", 0]},
        },
        "5": {
            "class_type": "BasicGuider",
            "inputs": {"model": ["8", 0], "conditioning": ["6", 0]},
        },
        "6": {
            "class_type": "FluxGuidance",
            "inputs": {"guidance": 3.5, "conditioning": ["7", 0]},
        },
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": ["9", 0], "clip": ["10", 0]}},
        "8": {
            "class_type": "UNETLoader",
            "inputs": {"unet_name": "flux1-dev.safetensors", "weight_dtype": "default"},
        },
        "9": {
            "class_type": "StringConcatenate",
            "inputs": {"string_a": "a fox", "string_b": "in the snow", "delimiter": ", "},
        },
        "10": {"class_type": "DualCLIPLoader", "inputs": {"clip_name1": "t5.safetensors"}},
        "11": {
            "class_type": "EmptySD3LatentImage",
            "inputs": {"width": 1024, "height": 768, "batch_size": 1},
        },
        "12": {
            "class_type": "SamplerCustomAdvanced",
            "inputs": {
                "noise": ["1", 0],
                "guider": ["5", 0],
                "sampler": ["3", 0],
                "sigmas": ["4", 0],
                "latent_image": ["11", 0],
            },
        },
        "13": {"class_type": "VAEDecode", "inputs": {"samples": ["12", 0], "vae": ["14", 0]}},
        "14": {"class_type": "VAELoader", "inputs": {"vae_name": "ae.safetensors"}},
        "15": {"class_type": "SaveImage", "inputs": {"images": ["13", 0]}},
    }

    settings = _read(tmp_path, prompt)

    assert settings.prompt == "a fox, in the snow"
    assert (settings.seed, settings.steps, settings.guidance_scale) == (77, 28, 3.5)
    assert (settings.model, settings.sampler) == ("flux1-dev", "euler")
    assert (settings.width, settings.height) == (1024, 768)


def test_controlnet_and_joined_conditionings_are_followed_on_their_own_side(
    tmp_path: Path,
) -> None:
    prompt = comfyui_prompt(positive=["10", 0], negative=["10", 1])
    prompt["10"] = {
        "class_type": "ControlNetApplyAdvanced",
        "inputs": {"positive": ["11", 0], "negative": ["7", 0], "strength": 0.9},
    }
    prompt["11"] = {
        "class_type": "ConditioningCombine",
        "inputs": {"conditioning_1": ["6", 0], "conditioning_2": ["12", 0]},
    }
    prompt["12"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "stars", "clip": ["4", 1]}}

    settings = _read(tmp_path, prompt)

    assert settings.prompt == "a glass bottle, galaxy\nstars"
    assert settings.negative_prompt == "text, watermark"
    assert settings.others == (("Node", "ControlNetApplyAdvanced"),)


def test_a_node_for_all_by_the_names_of_its_inputs(tmp_path: Path) -> None:
    prompt = {
        "1": {
            "class_type": "Efficient Loader",
            "inputs": {
                "ckpt_name": "dream.safetensors",
                "positive": "a boat",
                "negative": "blur",
                "empty_latent_width": 640,
                "empty_latent_height": 448,
            },
        },
        "2": {
            "class_type": "KSampler (Efficient)",
            "inputs": {
                "seed": 3,
                "steps": 12,
                "cfg": 4.5,
                "sampler_name": "euler_ancestral",
                "scheduler": "normal",
                "model": ["1", 0],
                "positive": ["1", 1],
                "negative": ["1", 2],
                "latent_image": ["1", 3],
            },
        },
    }

    settings = _read(tmp_path, prompt)

    assert (settings.prompt, settings.negative_prompt) == ("a boat", "blur")
    assert (settings.model, settings.sampler) == ("dream", "euler_ancestral")
    assert (settings.width, settings.height, settings.steps) == (640, 448, 12)


def test_a_pipe_carries_everything(tmp_path: Path) -> None:
    loader = {
        "ckpt_name": "dream.safetensors",
        "clip_skip": -2,
        "lora_name": "ink.safetensors",
        "lora_model_strength": 0.7,
        "positive": "a boat",
        "negative": "blur",
        "empty_latent_width": 640,
        "empty_latent_height": 448,
    }
    sampler = {"steps": 12, "cfg": 4.5, "sampler_name": "euler", "scheduler": "normal", "seed": 3}
    prompt = {
        "1": {"class_type": "easy fullLoader", "inputs": loader},
        "2": {"class_type": "easy fullkSampler", "inputs": sampler | {"pipe": ["1", 0]}},
    }

    settings = _read(tmp_path, prompt)

    assert (settings.prompt, settings.negative_prompt) == ("a boat", "blur")
    assert (settings.model, settings.loras) == ("dream", (("ink", 0.7),))
    assert (settings.width, settings.height, settings.clip_skip) == (640, 448, 2)


def test_clip_skip_is_counted_from_the_end(tmp_path: Path) -> None:
    prompt = comfyui_prompt()
    prompt["6"]["inputs"]["clip"] = ["10", 0]
    prompt["10"] = {
        "class_type": "CLIPSetLastLayer",
        "inputs": {"stop_at_clip_layer": -2, "clip": ["4", 1]},
    }

    assert _read(tmp_path, prompt).clip_skip == 2


def _workflow() -> dict[str, Any]:
    return {
        "nodes": [
            {
                "id": 3,
                "type": "KSampler",
                "inputs": [
                    {"name": "model", "link": 1},
                    {"name": "positive", "link": 4},
                    {"name": "negative", "link": 6},
                    {"name": "latent_image", "link": 2},
                ],
                "widgets_values": [42, "randomize", 25, 6.5, "euler", "normal", 1],
            },
            {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["sd15.ckpt"]},
            {"id": 5, "type": "EmptyLatentImage", "widgets_values": [512, 640, 1]},
            {"id": 6, "type": "CLIPTextEncode", "widgets_values": ["a lake"]},
            {"id": 7, "type": "CLIPTextEncode", "widgets_values": ["people"]},
            {"id": 9, "type": "KSampler", "mode": 4, "widgets_values": [1]},
        ],
        "links": [
            [1, 4, 0, 3, 0, "MODEL"],
            [2, 5, 0, 3, 3, "LATENT"],
            [4, 6, 0, 3, 1, "CONDITIONING"],
            [6, 7, 0, 3, 2, "CONDITIONING"],
        ],
    }


def test_the_graph_as_it_is_drawn(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", {"workflow": json.dumps(_workflow())})

    settings = read_settings(path)

    assert settings is not None
    assert (settings.prompt, settings.negative_prompt) == ("a lake", "people")
    assert (settings.seed, settings.steps, settings.guidance_scale) == (42, 25, 6.5)
    assert (settings.model, settings.width, settings.height) == ("sd15", 512, 640)


def test_widgets_that_are_named_in_the_file(tmp_path: Path) -> None:
    workflow = _workflow()
    workflow["nodes"][3] |= {
        "type": "SomeonesTextEncode",
        "inputs": [
            {"name": "style", "widget": {"name": "style"}, "link": None},
            {"name": "text", "widget": {"name": "text"}, "link": None},
        ],
        "widgets_values": ["plain", "a named lake"],
    }

    settings = read_settings(png(tmp_path / "a.png", {"workflow": json.dumps(workflow)}))

    assert settings is not None
    assert settings.prompt == "a named lake"


def test_graphs_in_exif(tmp_path: Path) -> None:
    graph = json.dumps(comfyui_prompt())
    webp = with_exif(
        tmp_path / "a.webp", tags={0x0110: f"prompt:{graph}", 0x010F: "workflow:{}"}, form="WEBP"
    )

    settings = read_settings(webp)

    assert settings is not None
    assert settings.prompt == "a glass bottle, galaxy"


def test_a_graph_with_nan_in_it_is_read(tmp_path: Path) -> None:
    prompt = json.dumps(comfyui_prompt()).replace('"denoise": 1', '"denoise": NaN')

    assert _read(tmp_path, prompt).steps == 20


def test_circles_and_dead_links_end(tmp_path: Path) -> None:
    prompt = comfyui_prompt(model=["3", 0], seed=["3", 0], positive=["99", 0], steps=["10", 0])
    prompt["10"] = {"class_type": "A", "inputs": {"value": ["11", 0]}}
    prompt["11"] = {"class_type": "B", "inputs": {"value": ["10", 0]}}

    settings = _read(tmp_path, prompt)

    assert (settings.seed, settings.steps, settings.prompt) == (None, None, "")


def test_a_thousand_nodes_in_a_row_take_no_time(tmp_path: Path) -> None:
    prompt = comfyui_prompt(model=["n0", 0], positive=["n0", 0])
    for number in range(4000):
        links = {f"conditioning_{each}": [f"n{number + 1}", 0] for each in range(200)}
        inputs = {"model": [f"n{number + 1}", 0], "text": [f"n{number + 1}", 0]} | links
        prompt[f"n{number}"] = {"class_type": "LoraLoader", "inputs": inputs}
        if number == 100:
            break

    assert _read(tmp_path, prompt).steps == 20
