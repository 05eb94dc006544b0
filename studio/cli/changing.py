"""Arguments for what changes a model for one picture: LoRAs, another VAE, a refiner and such."""

from __future__ import annotations

import argparse
from typing import Any

from studio.domain.adapters import FreeU, LoraUse, Refiner, SkipLayers
from studio.domain.errors import UsageError
from studio.prompting import find_loras


def add_change_arguments(parser: argparse.ArgumentParser) -> None:
    """What of the model is to be another for these pictures."""
    group = parser.add_argument_group("what changes the model")
    group.add_argument(
        "--lora",
        metavar="NAME:WEIGHT",
        action="append",
        default=[],
        help="a LoRA and how much of it, 1 if left out; as often as wanted. As in a prompt, "
        "NAME:TEXT:WEIGHT has another weight for the text encoders, and NAME:WEIGHT:W,W,… weighs "
        "its blocks from input to output",
    )
    group.add_argument("--vae", metavar="NAME", help="another VAE than the model's own")
    group.add_argument(
        "--clip-skip", metavar="N", type=int, help="leave out the text encoder's last N layers"
    )
    group.add_argument(
        "--freeu",
        metavar="B1,B2,S1,S2",
        nargs="?",
        const="",
        help="FreeU: weights of the backbone and of the skip connections, its usual ones if none",
    )
    group.add_argument(
        "--pag-scale", metavar="G", type=float, help="scale of perturbed attention guidance"
    )
    group.add_argument(
        "--skip-layers",
        metavar="SCALE:N,N,…",
        nargs="?",
        const="",
        help="skip-layer guidance of Stable Diffusion 3.5: its scale and layers, counted from "
        "0; 2.8:7,8,9 if none are given",
    )
    group.add_argument(
        "--image-guidance-scale",
        metavar="G",
        type=float,
        help="how closely an InstructPix2Pix model keeps to the picture that it changes (1.5)",
    )
    group.add_argument(
        "--refiner", metavar="NAME:START", help="a model for the last steps, from START (0.8) on"
    )


def changes(arguments: argparse.Namespace) -> dict[str, Any]:
    """Fields of a Request that the command line gave.

    Raises:
        UsageError: one can't be read.
        RequestError: a value is out of range.
    """
    given: dict[str, Any] = {
        "loras": tuple(map(_lora, arguments.lora)) or None,
        "vae": arguments.vae,
        "clip_skip": arguments.clip_skip,
        "freeu": None if arguments.freeu is None else _freeu(arguments.freeu),
        "pag_scale": arguments.pag_scale,
        "skip_layers": None if arguments.skip_layers is None else _skip(arguments.skip_layers),
        "image_guidance_scale": arguments.image_guidance_scale,
        "refiner": None if arguments.refiner is None else _refiner(arguments.refiner),
    }
    return {name: value for name, value in given.items() if value is not None}


def _lora(text: str) -> LoraUse:
    tags = find_loras(f"<lora:{text}>")
    if not tags:
        raise UsageError(
            f"“--lora {text}” can't be read.", "Write the name, a colon and the weight: ink:0.8."
        )
    return tags[0].use


def _freeu(text: str) -> FreeU:
    try:
        numbers = [float(part) for part in text.split(",")] if text else []
    except ValueError:
        numbers = [0.0]
    if len(numbers) not in (0, 4):
        raise UsageError("--freeu takes four numbers: 1.3,1.4,0.9,0.2, or none for its usual ones.")
    return FreeU(*numbers)


def _skip(text: str) -> SkipLayers:
    scale, _, layers = text.partition(":")
    given: dict[str, Any] = {}
    try:
        if scale:
            given["scale"] = float(scale)
        if layers:
            given["layers"] = tuple(int(layer) for layer in layers.split(","))
    except ValueError:
        raise UsageError(
            f"“--skip-layers {text}” can't be read.",
            "Write the scale, a colon and the layers: 2.8:7,8,9.",
        ) from None
    return SkipLayers(**given)


def _refiner(text: str) -> Refiner:
    name, colon, start = text.rpartition(":")
    if not colon:
        return Refiner(text)
    try:
        return Refiner(name, float(start))
    except ValueError:
        return Refiner(text)  # a name with a colon
