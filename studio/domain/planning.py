"""The decision: from what a device has free and what a model needs to where its parts lie.

A pure function over plain numbers. What changes no pixel comes first: a model that doesn't fit is
offloaded before anything is decoded in tiles, and it is never quantised unless the artist asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from studio.domain.engine_options import missing_for
from studio.domain.model import ModelInfo
from studio.domain.placement import (
    Attention,
    Offload,
    PlacementWishes,
    Precision,
    Quantization,
)
from studio.domain.working_memory import decoding_bytes, denoising_bytes

GIB: Final = 2**30
DENOISER: Final = "denoiser"
AUTOENCODER: Final = "autoencoder"
# For the kernels' workspaces, for what fragments, and for the desktop that is drawn on it, too.
_SPARE_BYTES: Final = 600 << 20
_SPARE_SHARE: Final = 0.04
# Large transformers leave float16's range; their weights are published in bfloat16.
_BF16_FAMILIES: Final = frozenset({"sd3", "flux", "flux2", "z-image", "qwen-image"})
_BF16_CAPABILITY: Final = (8, 0)
_FP8_CAPABILITY: Final = (8, 9)
# With their scales. Of the layers, embeddings and norms stay as they are: a few per cent.
_QUANTIZED_BYTES: Final[Mapping[Quantization, float]] = {
    Quantization.FP8: 1.02,
    Quantization.INT8: 1.04,
    Quantization.NF4: 0.58,
}
# What is on the device at a time: two blocks of some twenty to sixty, or one layer.
_GROUP_SHARE: Final = 0.1
_LAYER_SHARE: Final = 0.02
# Of published models, in case that headers tell nothing: most of the parameters denoise.
_USUAL_SHARES: Final = {DENOISER: 0.75, "text_encoder": 0.2, AUTOENCODER: 0.05}
_LADDER: Final = tuple(Offload)


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What was measured of a device; bytes. `kind` is torch's ("cuda", "mps", "cpu").

    `free_bytes` is what a new model could take, `host_free_bytes` the same of the machine's own
    memory. `capability` is an NVIDIA card's (8, 9); `packages` are importable modules by name.
    """

    kind: str
    name: str
    total_bytes: int
    free_bytes: int
    host_free_bytes: int = 0
    capability: tuple[int, int] = (0, 0)
    packages: frozenset[str] = frozenset()

    @property
    def has_memory_of_its_own(self) -> bool:
        return self.kind == "cuda"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a model's headers tell before it is loaded.

    `parts` are numbers of parameters, by `DENOISER`, `AUTOENCODER` or a text encoder's own name.
    `pixels` is how many a picture of its native size has. `stored_bytes` is the denoiser's size on
    the disk where that is quantised already (GGUF), else 0.
    """

    title: str
    family: str
    parts: Mapping[str, int]
    pixels: int
    stored_bytes: int = 0

    @classmethod
    def of(cls, info: ModelInfo, parts: Mapping[str, int] | None = None) -> ModelFacts:
        """Of a model with these parts; estimated from its size where nobody has counted them."""
        if not parts:
            number_bytes = 4 if info.precision == "fp32" else 2
            count = info.parameters or info.size_bytes // number_bytes
            parts = {name: int(count * share) for name, share in _USUAL_SHARES.items()}
        size = info.native_size
        stored = info.size_bytes if info.precision.startswith("gguf") else 0
        return cls(info.title, info.family, parts, size.width * size.height, stored)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a model's parts lie and how they compute, and in one sentence why.

    `needs_bytes` is the most that is on the device at a time, `whole_bytes` all parts together;
    both estimates. `fits` is False where even the most frugal way needs more than there is.
    """

    precision: Precision
    autoencoder_precision: Precision
    offload: Offload
    quantization: Quantization
    attention: Attention
    tiles: bool
    fast: tuple[str, ...]
    needs_bytes: int
    whole_bytes: int
    fits: bool
    sentence: str

    @property
    def ways(self) -> tuple[str, ...]:
        """What of it may show in pixels, beside precision and quantisation."""
        attention = () if self.attention is Attention.NATIVE else (f"attention-{self.attention}",)
        return (*(("tiles",) if self.tiles else ()), *attention, *self.fast)


def plan(
    device: DeviceFacts,
    model: ModelFacts,
    wishes: PlacementWishes = PlacementWishes(),  # noqa: B008 - frozen
) -> Placement:
    """Decide. Wishes are followed as far as the device can; the sentence says where it can't."""
    notes: list[str] = []
    precision = wishes.precision or _usual_precision(device, model)
    if (missing := missing_for(precision, device.kind, device.packages)) is not None:
        precision = Precision.FP32
        notes.append(missing.sentence)
    quantization = _quantization(device, model, wishes, notes)
    attention = _attention(device, wishes, notes)
    weights = _weights(model, precision, quantization)
    work = denoising_bytes(model.family, model.pixels, precision.bytes)
    room = room_bytes(device.free_bytes, device.total_bytes)
    autoencoder, tiles = _autoencoder(device, model, precision, weights, room)
    if wishes.tiles is not None:
        tiles = wishes.tiles
    weights[AUTOENCODER] = model.parts.get(AUTOENCODER, 0) * autoencoder.bytes
    decoding = decoding_bytes(model.family, model.pixels, autoencoder.bytes, tiles)
    needs = {offload: _needs(offload, weights, work, decoding) for offload in Offload}
    offload = wishes.offload if wishes.offload is not None else _first_fitting(needs, room)
    if not device.has_memory_of_its_own:
        if (missing := missing_for(offload, device.kind, device.packages)) is not None:
            notes.append(missing.sentence)
        offload = Offload.NONE
    placement = Placement(
        precision=precision,
        autoencoder_precision=autoencoder,
        offload=offload,
        quantization=quantization,
        attention=attention,
        tiles=tiles,
        fast=wishes.fast,
        needs_bytes=needs[offload],
        whole_bytes=needs[Offload.NONE],
        fits=needs[offload] <= room,
        sentence="",
    )
    if offload is not Offload.NONE and 0 < device.host_free_bytes < sum(weights.values()):
        notes.append("The machine's own memory is short as well: loading will be slow.")
    return replace(placement, sentence=" ".join([_reason(placement, device), *notes]))


def room_bytes(free_bytes: int, total_bytes: int) -> int:
    """What of a device's free memory models and pictures may take; may be less than none."""
    return free_bytes - max(_SPARE_BYTES, int(_SPARE_SHARE * total_bytes))


def frugaler(placement: Placement, device: DeviceFacts, model: ModelFacts) -> Placement | None:
    """The next way that takes less of the device, after this one ran out of memory; None if there
    is none."""
    if not device.has_memory_of_its_own or placement.offload is _LADDER[-1]:
        return None
    lower = _LADDER[_LADDER.index(placement.offload) + 1]
    wishes = PlacementWishes(
        precision=placement.precision,
        offload=lower,
        attention=placement.attention,
        tiles=placement.tiles or None,
        quantization=placement.quantization,
        fast=placement.fast,
    )
    return plan(device, model, wishes)


def _usual_precision(device: DeviceFacts, model: ModelFacts) -> Precision:
    if device.kind == "cpu":
        return Precision.FP32
    return Precision.BF16 if model.family in _BF16_FAMILIES else Precision.FP16


def _quantization(
    device: DeviceFacts, model: ModelFacts, wishes: PlacementWishes, notes: list[str]
) -> Quantization:
    if model.stored_bytes:
        return Quantization.GGUF
    wished = wishes.quantization
    missing = missing_for(wished, device.kind, device.packages)
    # A package that isn't installed is told, with its remedy, by who would import it.
    if missing is not None and not missing.package:
        notes.append(missing.sentence)
        return Quantization.NONE
    return wished


def _attention(device: DeviceFacts, wishes: PlacementWishes, notes: list[str]) -> Attention:
    wished = wishes.attention or Attention.NATIVE
    missing = missing_for(wished, device.kind, device.packages)
    if missing is None:
        return wished
    notes.append(missing.sentence)
    return Attention.NATIVE


def _weights(
    model: ModelFacts, precision: Precision, quantization: Quantization
) -> dict[str, float]:
    """Bytes of each part on the device."""
    weights = {name: float(count * precision.bytes) for name, count in model.parts.items()}
    if quantization is Quantization.GGUF and model.stored_bytes:
        weights[DENOISER] = model.stored_bytes
    elif quantization in _QUANTIZED_BYTES:
        weights[DENOISER] = model.parts.get(DENOISER, 0) * _QUANTIZED_BYTES[quantization]
    return weights


def _autoencoder(
    device: DeviceFacts,
    model: ModelFacts,
    precision: Precision,
    weights: Mapping[str, float],
    room: int,
) -> tuple[Precision, bool]:
    """The precision that pictures are decoded in, and whether in tiles.

    SDXL's autoencoder leaves float16's range, so diffusers decodes it in fp32; bf16 is the frugal
    way, with less exact colours.
    """
    choices = [precision]
    if model.family == "sdxl" and precision is Precision.FP16:
        choices = [Precision.FP32]
        if device.capability >= _BF16_CAPABILITY:
            choices.append(Precision.BF16)
    for choice in choices:
        own = weights.get(AUTOENCODER, 0) / precision.bytes * choice.bytes
        if own + decoding_bytes(model.family, model.pixels, choice.bytes, tiles=False) <= room:
            return choice, False
    return choices[-1], True


def _needs(offload: Offload, weights: Mapping[str, float], work: int, decoding: int) -> int:
    busy = {DENOISER: work, AUTOENCODER: decoding}
    match offload:
        case Offload.NONE:
            return int(sum(weights.values()) + max(busy.values()))
        case Offload.MODEL:
            return int(max(size + busy.get(name, 0) for name, size in weights.items()))
    share = _GROUP_SHARE if offload is Offload.GROUP else _LAYER_SHARE
    return int(max(size * share + busy.get(name, 0) for name, size in weights.items()))


def _first_fitting(needs: Mapping[Offload, int], room: int) -> Offload:
    return next((offload for offload in _LADDER if needs[offload] <= room), _LADDER[-1])


def _reason(placement: Placement, device: DeviceFacts) -> str:
    whole, needs = _gib(placement.whole_bytes), _gib(placement.needs_bytes)
    free = f"{_gib(device.free_bytes)} of {_gib(device.total_bytes)} GiB are free"
    match placement.offload:
        case Offload.NONE if placement.fits:
            how = f"Kept whole in memory: needs {needs} of {_gib(device.total_bytes)} GiB"
        case Offload.NONE:
            how = f"Kept whole in memory, though it needs {needs} GiB and {free}"
        case Offload.MODEL:
            how = f"Its parts take turns on the card: whole it needs {whole} GiB, and {free}"
        case Offload.GROUP:
            how = f"Goes through the card block by block: whole it needs {whole} GiB, and {free}"
        case _:
            how = f"Goes through the card layer by layer: whole it needs {whole} GiB, and {free}"
    numbers: str = placement.precision
    if placement.quantization is not Quantization.NONE:
        numbers = f"{placement.quantization} weights, {numbers}"
    elif placement.autoencoder_precision is not placement.precision:
        numbers += f", decoded in {placement.autoencoder_precision}"
    if placement.tiles:
        numbers += ", in tiles"
    sentence = f"{how}; {numbers}."
    if not placement.fits and placement.offload is _LADDER[-1]:
        sentence += " Even so it may not fit: a quantised model takes less."
    return sentence


def _gib(count: float) -> str:
    return f"{count / GIB:.1f}"
