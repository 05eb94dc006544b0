"""The decision of where a model's parts lie: a table, and laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.placement import Attention, Offload, PlacementWishes, Precision, Quantization
from studio.domain.planning import DeviceFacts, ModelFacts, Placement, frugaler, plan

GIB = 2**30
MODELS = {
    "sd": ModelFacts("SD 1.5", "sd", {"text_encoder": 123_060_480, "denoiser": 859_520_964,
                                      "autoencoder": 83_653_863}, 512 * 512),
    "sdxl": ModelFacts("SDXL", "sdxl", {"text_encoder": 123_060_480, "text_encoder_2": 694_659_840,
                                        "denoiser": 2_567_463_684, "autoencoder": 83_653_863},
                       1024 * 1024),
    "flux": ModelFacts("FLUX", "flux", {"text_encoder": 123_060_480,
                                        "text_encoder_2": 4_762_310_656,
                                        "denoiser": 11_901_408_320, "autoencoder": 83_819_683},
                       1024 * 1024),
}  # fmt: skip


def card(
    free_gib: float, total_gib: float | None = None, capability: tuple[int, int] = (8, 9)
) -> DeviceFacts:
    total = int((total_gib or free_gib + 1) * GIB)
    return DeviceFacts("cuda", "A card", total, int(free_gib * GIB), 64 * GIB, capability)


CPU = DeviceFacts("cpu", "CPU, 2 threads", 24 * GIB, 20 * GIB, 20 * GIB)


@pytest.mark.parametrize(
    ("model", "device", "precision", "autoencoder", "offload", "tiles", "fits"),
    [
        ("sd", card(7), "fp16", "fp16", "none", False, True),
        ("sd", card(2.8), "fp16", "fp16", "model", False, True),
        ("sdxl", card(22), "fp16", "fp32", "none", False, True),
        ("sdxl", card(9), "fp16", "fp32", "model", False, True),
        ("sdxl", card(3), "fp16", "bf16", "group", False, True),
        ("sdxl", card(3, capability=(7, 5)), "fp16", "fp32", "group", True, True),
        ("flux", card(47), "bf16", "bf16", "none", False, True),
        ("flux", card(31), "bf16", "bf16", "model", False, True),
        ("flux", card(22), "bf16", "bf16", "group", False, True),
        ("flux", card(7), "bf16", "bf16", "group", False, True),
        ("flux", card(1.9), "bf16", "bf16", "sequential", True, True),
        ("sd", CPU, "fp32", "fp32", "none", False, True),
        ("flux", CPU, "fp32", "fp32", "none", False, False),
    ],
)  # fmt: skip
def test_what_is_chosen(
    model: str,
    device: DeviceFacts,
    precision: str,
    autoencoder: str,
    offload: str,
    tiles: bool,
    fits: bool,
) -> None:
    placement = plan(device, MODELS[model])
    chosen = (
        placement.precision, placement.autoencoder_precision, placement.offload, placement.tiles,
        placement.fits,
    )  # fmt: skip
    assert chosen == (precision, autoencoder, offload, tiles, fits), placement.sentence


@pytest.mark.parametrize(
    ("model", "device", "sentence"),
    [
        ("sd", card(22), "Kept whole in memory: needs 2.4 of 23.0 GiB; fp16."),
        (
            "flux",
            card(22),
            "Goes through the card block by block: whole it needs 32.9 GiB, and 22.0 of 23.0 GiB"
            " are free; bf16.",
        ),
    ],
)
def test_the_sentence_says_what_and_why(model: str, device: DeviceFacts, sentence: str) -> None:
    assert plan(device, MODELS[model]).sentence == sentence


def test_wishes_are_followed() -> None:
    wishes = PlacementWishes(
        precision=Precision.FP32,
        offload=Offload.SEQUENTIAL,
        tiles=True,
        quantization=Quantization.NF4,
        fast=("channels-last",),
    )
    placement = plan(card(22), MODELS["sd"], wishes)
    assert placement.precision is Precision.FP32
    assert placement.offload is Offload.SEQUENTIAL
    assert placement.quantization is Quantization.NF4
    assert placement.tiles
    assert placement.ways == ("tiles", "channels-last")


@pytest.mark.parametrize(
    ("device", "wishes", "note"),
    [
        (CPU, PlacementWishes(precision=Precision.FP16), "A CPU computes fp32 faster than fp16."),
        (CPU, PlacementWishes(offload=Offload.MODEL), "There is no other memory to offload to."),
        (CPU, PlacementWishes(quantization=Quantization.NF4), "nf4 needs an NVIDIA card."),
        (
            card(22),
            PlacementWishes(attention=Attention.SAGE),
            "Sage attention needs the package sageattention.",
        ),
        (
            card(22),
            PlacementWishes(quantization=Quantization.GGUF),
            "Only a file that is GGUF already can be used as GGUF.",
        ),
    ],
)
def test_a_wish_that_cannot_be_followed_is_named(
    device: DeviceFacts, wishes: PlacementWishes, note: str
) -> None:
    assert plan(device, MODELS["sd"], wishes).sentence.endswith(note)


def test_an_installed_kernel_is_used() -> None:
    device = DeviceFacts("cuda", "A card", 24 * GIB, 22 * GIB, packages=frozenset({"flash_attn"}))
    placement = plan(device, MODELS["sd"], PlacementWishes(attention=Attention.FLASH))
    assert placement.attention is Attention.FLASH
    assert placement.ways == ("attention-flash",)


def test_quantised_it_fits_where_it_did_not() -> None:
    whole = plan(card(22), MODELS["flux"])
    smaller = plan(card(22), MODELS["flux"], PlacementWishes(quantization=Quantization.NF4))
    assert whole.offload is Offload.GROUP
    assert smaller.offload is Offload.NONE
    assert smaller.whole_bytes < whole.whole_bytes / 1.5


def test_frugaler_goes_down_the_ladder_to_its_end() -> None:
    device, model = card(22), MODELS["sd"]
    placement: Placement | None = plan(device, model)
    seen = []
    while placement is not None:
        seen.append(placement.offload)
        placement = frugaler(placement, device, model)
    assert seen == list(Offload)
    assert frugaler(plan(CPU, model), CPU, model) is None


@given(
    model=st.sampled_from(sorted(MODELS)),
    free=st.floats(0.5, 90),
    more=st.floats(0, 40),
    capability=st.sampled_from([(7, 5), (8, 0), (9, 0)]),
)
def test_more_memory_never_leads_to_a_slower_way(
    model: str, free: float, more: float, capability: tuple[int, int]
) -> None:
    little = plan(card(free, 128, capability), MODELS[model])
    much = plan(card(free + more, 128, capability), MODELS[model])
    ladder = list(Offload)
    assert ladder.index(much.offload) <= ladder.index(little.offload)
    assert little.needs_bytes <= little.whole_bytes


@given(
    st.builds(
        PlacementWishes,
        precision=st.none() | st.sampled_from(Precision),
        offload=st.none() | st.sampled_from(Offload),
        attention=st.none() | st.sampled_from(Attention),
        tiles=st.none() | st.booleans(),
        quantization=st.sampled_from(Quantization),
        fast=st.lists(st.text(max_size=5), max_size=3).map(tuple),
        keep_warm=st.integers(1, 8),
    )
)
def test_wishes_survive_their_record(wishes: PlacementWishes) -> None:
    assert PlacementWishes.from_record(wishes.to_record()) == wishes


@pytest.mark.parametrize(
    "record", [None, 3, [], {"precision": "fp99", "keep_warm": True, "tiles": "yes", "fast": 4}]
)
def test_unreadable_wishes_count_as_none(record: object) -> None:
    assert PlacementWishes.from_record(record) == PlacementWishes()
