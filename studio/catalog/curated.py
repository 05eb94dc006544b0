"""Models worth downloading, each with what it is, what it permits and what card it needs.

Facts of 2026 as their makers publish them. Sizes and needs are approximate: the server is asked
for the true size before anything is fetched, and the engine decides from the card that is there.
Whether a maker wants the licence accepted first may change; the server has the last word. Nothing
here touches the network.
"""

from __future__ import annotations

from typing import Final

from studio.catalog.curated_addons import ADDONS
from studio.catalog.downloads.destinations import Destination
from studio.catalog.downloads.offer import Need, Offer

_GB: Final = 1_000_000_000
_SD = (Need(4, "fp16"), Need(2, "fp16, parts loaded in turn"))
_SDXL = (
    Need(12, "fp16"),
    Need(8, "fp16, parts loaded in turn"),
    Need(4, "fp16, layers loaded in turn"),
)
_FLUX = (
    Need(36, "bf16"),
    Need(26, "bf16, parts loaded in turn"),
    Need(16, "fp8 or int8, parts loaded in turn"),
    Need(10, "nf4, parts loaded in turn"),
)
_QWEN = (
    Need(64, "bf16"),
    Need(44, "bf16, parts loaded in turn"),
    Need(24, "fp8 or int8, parts loaded in turn"),
    Need(16, "nf4, parts loaded in turn"),
)

_MODELS: Final = (
    Offer(
        "sd15",
        "Stable Diffusion 1.5",
        "Small and quick, with the most LoRAs and ControlNets made for it.",
        Destination.MODEL,
        "sd",
        "stable-diffusion-v1-5/stable-diffusion-v1-5",
        int(2.14 * _GB),
        "creativeml-openrail-m",
        variant="fp16",
        needs=_SD,
    ),
    Offer(
        "sd15-inpaint",
        "Stable Diffusion 1.5 for inpainting",
        "Sees the mask and what lies around it.",
        Destination.MODEL,
        "sd",
        "stable-diffusion-v1-5/stable-diffusion-inpainting",
        int(2.14 * _GB),
        "creativeml-openrail-m",
        variant="fp16",
        needs=_SD,
    ),
    Offer(
        "sdxl",
        "Stable Diffusion XL",
        "Pictures of a megapixel; the base of thousands of fine-tuned models.",
        Destination.MODEL,
        "sdxl",
        "stabilityai/stable-diffusion-xl-base-1.0",
        int(6.94 * _GB),
        "openrail++",
        variant="fp16",
        needs=_SDXL,
    ),
    Offer(
        "sdxl-refiner",
        "Stable Diffusion XL refiner",
        "Takes over Stable Diffusion XL's last steps and adds detail.",
        Destination.MODEL,
        "sdxl",
        "stabilityai/stable-diffusion-xl-refiner-1.0",
        int(6.08 * _GB),
        "openrail++",
        variant="fp16",
        needs=_SDXL,
    ),
    Offer(
        "sdxl-turbo",
        "SDXL Turbo",
        "Pictures of 512 pixels in one to four steps; not for commercial use.",
        Destination.MODEL,
        "sdxl",
        "stabilityai/sdxl-turbo",
        int(6.94 * _GB),
        "sai-nc-community",
        variant="fp16",
        needs=_SDXL,
    ),
    Offer(
        "sdxl-lightning",
        "SDXL Lightning, 4 steps",
        "Pictures of a megapixel in four steps, without guidance.",
        Destination.MODEL,
        "sdxl",
        "ByteDance/SDXL-Lightning:sdxl_lightning_4step.safetensors",
        int(6.94 * _GB),
        "openrail++",
        needs=_SDXL,
    ),
    Offer(
        "sd35-medium",
        "Stable Diffusion 3.5 medium",
        "Follows long prompts and writes short words; licence free up to a revenue.",
        Destination.MODEL,
        "sd3",
        "stabilityai/stable-diffusion-3.5-medium",
        int(16.3 * _GB),
        "stabilityai-ai-community",
        needs=(
            Need(20, "bf16"),
            Need(12, "bf16, parts loaded in turn"),
            Need(8, "nf4, parts loaded in turn"),
        ),
        is_gated=True,
    ),
    Offer(
        "sd35-large",
        "Stable Diffusion 3.5 large",
        "The largest of its family; licence free up to a revenue.",
        Destination.MODEL,
        "sd3",
        "stabilityai/stable-diffusion-3.5-large",
        int(27.6 * _GB),
        "stabilityai-ai-community",
        needs=(
            Need(32, "bf16"),
            Need(20, "bf16, parts loaded in turn"),
            Need(11, "nf4, parts loaded in turn"),
        ),
        is_gated=True,
    ),
    Offer(
        "flux1-schnell",
        "FLUX.1 schnell",
        "Strong pictures in four steps, free for any use.",
        Destination.MODEL,
        "flux",
        "black-forest-labs/FLUX.1-schnell",
        int(33.7 * _GB),
        "apache-2.0",
        needs=_FLUX,
        is_gated=True,
    ),
    Offer(
        "flux1-dev",
        "FLUX.1 dev",
        "Stronger than schnell, in about 28 steps; not for commercial use.",
        Destination.MODEL,
        "flux",
        "black-forest-labs/FLUX.1-dev",
        int(33.7 * _GB),
        "flux-1-dev-non-commercial-license",
        needs=_FLUX,
        is_gated=True,
    ),
    Offer(
        "flux1-fill",
        "FLUX.1 Fill",
        "FLUX.1 for inpainting and outpainting; not for commercial use.",
        Destination.MODEL,
        "flux",
        "black-forest-labs/FLUX.1-Fill-dev",
        int(33.7 * _GB),
        "flux-1-dev-non-commercial-license",
        needs=_FLUX,
        is_gated=True,
    ),
    Offer(
        "flux1-kontext",
        "FLUX.1 Kontext",
        "Changes a picture as the prompt says; not for commercial use.",
        Destination.MODEL,
        "flux",
        "black-forest-labs/FLUX.1-Kontext-dev",
        int(33.7 * _GB),
        "flux-1-dev-non-commercial-license",
        needs=_FLUX,
        is_gated=True,
    ),
    Offer(
        "flux2-klein-4b",
        "FLUX.2 klein 4B",
        "Draws and edits in four steps, free for any use.",
        Destination.MODEL,
        "flux2",
        "black-forest-labs/FLUX.2-klein-4B",
        int(16.0 * _GB),
        "apache-2.0",
        needs=(
            Need(18, "bf16"),
            Need(11, "bf16, parts loaded in turn"),
            Need(7, "nf4, parts loaded in turn"),
        ),
    ),
    Offer(
        "flux2-klein-9b",
        "FLUX.2 klein 9B",
        "Finer than klein 4B, still in four steps; not for commercial use.",
        Destination.MODEL,
        "flux2",
        "black-forest-labs/FLUX.2-klein-9B",
        int(34.7 * _GB),
        "flux-non-commercial-license",
        needs=(
            Need(38, "bf16"),
            Need(21, "bf16, parts loaded in turn"),
            Need(12, "nf4, parts loaded in turn"),
        ),
        is_gated=True,
    ),
    Offer(
        "flux2-dev",
        "FLUX.2 dev",
        "Draws and edits with several pictures at once; very large, not for commercial use.",
        Destination.MODEL,
        "flux2",
        "black-forest-labs/FLUX.2-dev",
        int(113 * _GB),
        "flux-non-commercial-license",
        needs=(
            Need(120, "bf16"),
            Need(70, "bf16, parts loaded in turn"),
            Need(24, "nf4, parts loaded in turn"),
        ),
        is_gated=True,
    ),
    Offer(
        "z-image-turbo",
        "Z-Image Turbo",
        "Lifelike pictures and readable words in eight steps, free for any use.",
        Destination.MODEL,
        "z-image",
        "Tongyi-MAI/Z-Image-Turbo",
        int(32.9 * _GB),
        "apache-2.0",
        needs=(
            Need(24, "bf16"),
            Need(15, "bf16, parts loaded in turn"),
            Need(8, "nf4, parts loaded in turn"),
        ),
    ),
    Offer(
        "qwen-image",
        "Qwen-Image",
        "Whole sentences in pictures, in English and Chinese; free for any use.",
        Destination.MODEL,
        "qwen-image",
        "Qwen/Qwen-Image",
        int(57.7 * _GB),
        "apache-2.0",
        needs=_QWEN,
    ),
    Offer(
        "qwen-image-edit",
        "Qwen-Image-Edit",
        "Changes a picture, or joins up to three, as the prompt says; free for any use.",
        Destination.MODEL,
        "qwen-image",
        "Qwen/Qwen-Image-Edit-2509",
        int(57.7 * _GB),
        "apache-2.0",
        needs=_QWEN,
    ),
)

CURATED: Final[tuple[Offer, ...]] = (*_MODELS, *ADDONS)
"""Whole models first, the small ones of each family before the large; then what goes with them."""


def find_offer(name: str) -> Offer | None:
    """The offer that the command line calls so; upper and lower case are one."""
    return next((offer for offer in CURATED if offer.name == name.lower()), None)
