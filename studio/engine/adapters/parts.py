"""The parts of a loaded model that can be changed for one picture, whatever its family."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from studio.engine.families.clip import ClipReader
from studio.engine.families.family import Family

_DENOISERS: Final = ("unet", "transformer")
_READERS: Final = {"text_encoder": "clip", "text_encoder_2": "clip_2"}


def denoiser_of(family: Family) -> Any:
    """The network that takes the steps."""
    return next(part for name in _DENOISERS if (part := getattr(family, name, None)) is not None)


def parts_of(family: Family) -> Iterator[tuple[str, Any]]:
    """The networks that LoRAs may change, by the names that diffusers has for them."""
    for name in _DENOISERS:
        if (part := getattr(family, name, None)) is not None:
            yield name, part
    for name, reader in readers_of(family):
        yield name, reader.text_encoder


def readers_of(family: Family) -> Iterator[tuple[str, ClipReader]]:
    """What reads its prompts with a CLIP, by diffusers' names of their text encoders."""
    for name, attribute in _READERS.items():
        if isinstance(reader := getattr(family, attribute, None), ClipReader):
            yield name, reader


def forget(family: Family) -> None:
    """Nothing that is known of the networks' work holds any more."""
    if (forget_steps := getattr(family, "forget_steps", None)) is not None:
        forget_steps()
    for _, reader in readers_of(family):
        reader.forget()
