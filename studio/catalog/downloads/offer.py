"""Something that can be downloaded, with what a person wants to know before."""

from __future__ import annotations

from dataclasses import dataclass

from studio.catalog.downloads.destinations import Destination


@dataclass(frozen=True, slots=True)
class Need:
    """A card on which it runs: `memory_gib` of it, and `how` (“bf16”, “fp16, model offload”…)."""

    memory_gib: float
    how: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to download.

    `name` is what the command line calls it, `title` is for people, `summary` one sentence.
    `source` is read by `read_source`; `variant` picks the precision where there are several.
    `family` is one of FAMILY_TITLES or empty. `size_bytes` is what is fetched, approximately.
    `licence` is an id. `needs` is ordered from the largest card to the smallest; empty for what
    runs on anything. `is_gated`: the maker wants the licence accepted on the page first.
    `saved_as` is the file's or folder's name here, where the repository's says too little.
    """

    name: str
    title: str
    summary: str
    destination: Destination
    family: str
    source: str
    size_bytes: int
    licence: str
    variant: str = ""
    needs: tuple[Need, ...] = ()
    is_gated: bool = False
    saved_as: str = ""
