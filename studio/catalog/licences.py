"""The ledger of licences that models come under: what each permits, in plain sentences of our own.

They sum up what the licence's text says as we read it; the text itself is what holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Licence:
    """`id` is the usual one in small letters; `permits` are sentences for people."""

    id: str
    title: str
    permits: tuple[str, ...]
    link: str = ""


_PICTURES_ARE_YOURS: Final = "The pictures are yours, also to sell."
_USES: Final = "Not for the harmful uses that its text lists (harassment, deceit, medical advice…)."
_SHARE: Final = "The model and changed versions of it may be shared"
_RAIL: Final = (
    _PICTURES_ARE_YOURS,
    f"{_SHARE}, also sold, if the same limits of use go with them.",
    _USES,
)
_FREE: Final = (_PICTURES_ARE_YOURS, f"{_SHARE}, also sold, with the licence's text.")
_CC: Final = "https://creativecommons.org/licenses/"
_LICENCES: Final = (
    Licence(
        "creativeml-openrail-m",
        "CreativeML Open RAIL-M",
        _RAIL,
        "https://huggingface.co/spaces/CompVis/stable-diffusion-license",
    ),
    Licence(
        "openrail++",
        "CreativeML Open RAIL++-M",
        _RAIL,
        "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md",
    ),
    Licence("openrail", "Open RAIL", _RAIL, "https://www.licenses.ai"),
    Licence(
        "stabilityai-ai-community",
        "Stability AI Community License",
        (
            _PICTURES_ARE_YOURS,
            "Free for people and companies with less than one million US dollars a year; others "
            "need a licence of Stability AI.",
            f"{_SHARE} under the same licence, saying “Powered by Stability AI”.",
            "Not for what Stability's rules of acceptable use forbid.",
        ),
        "https://stability.ai/license",
    ),
    Licence(
        "sai-nc-community",
        "Stability AI Non-Commercial Research License",
        (
            "For research and other uses that earn nothing.",
            f"{_SHARE} for such uses, under the same licence.",
        ),
        "https://huggingface.co/stabilityai/sdxl-turbo/blob/main/LICENSE.md",
    ),
    Licence(
        "flux-1-dev-non-commercial-license",
        "FLUX.1 [dev] Non-Commercial License",
        (
            "The model itself is for uses that earn nothing; a business needs a licence of Black "
            "Forest Labs.",
            "Pictures may be used as one likes, also to sell, but not to train a model that "
            "competes with it.",
            f"{_SHARE} for such uses, under the same licence.",
        ),
        "https://huggingface.co/black-forest-labs/FLUX.1-dev/blob/main/LICENSE.md",
    ),
    Licence(
        "flux-2-dev-non-commercial-license",
        "FLUX.2 [dev] Non-Commercial License",
        (
            "The model itself is for uses that earn nothing; a business needs a licence of Black "
            "Forest Labs.",
            "Read its text for what holds for the pictures.",
        ),
    ),
    Licence(
        "apache-2.0",
        "Apache License 2.0",
        (*_FREE, "Changes must be named."),
        "https://www.apache.org/licenses/LICENSE-2.0",
    ),
    Licence("mit", "MIT License", _FREE, "https://opensource.org/license/mit"),
    Licence("bsd-3-clause", "BSD 3-Clause", _FREE, "https://opensource.org/license/bsd-3-clause"),
    Licence(
        "gpl-3.0",
        "GNU General Public License 3",
        (_PICTURES_ARE_YOURS, f"{_SHARE} under the same licence."),
        "https://www.gnu.org/licenses/gpl-3.0.html",
    ),
    Licence(
        "agpl-3.0",
        "GNU Affero General Public License 3",
        (
            _PICTURES_ARE_YOURS,
            f"{_SHARE} under the same licence; so must what is offered over a network.",
        ),
        "https://www.gnu.org/licenses/agpl-3.0.html",
    ),
    Licence(
        "cc0-1.0",
        "CC0 1.0 (public domain)",
        ("Anything, without any condition.",),
        "https://creativecommons.org/publicdomain/zero/1.0/",
    ),
    Licence(
        "cc-by-4.0",
        "Creative Commons Attribution 4.0",
        ("Anything, also for money, if the maker is named.",),
        f"{_CC}by/4.0/",
    ),
    Licence(
        "cc-by-sa-4.0",
        "Creative Commons Attribution-ShareAlike 4.0",
        ("Anything, also for money, if the maker is named.", f"{_SHARE} under the same licence."),
        f"{_CC}by-sa/4.0/",
    ),
    Licence(
        "cc-by-nc-4.0",
        "Creative Commons Attribution-NonCommercial 4.0",
        ("Only for uses that earn nothing, if the maker is named.",),
        f"{_CC}by-nc/4.0/",
    ),
    Licence(
        "cc-by-nc-sa-4.0",
        "Creative Commons Attribution-NonCommercial-ShareAlike 4.0",
        (
            "Only for uses that earn nothing, if the maker is named.",
            f"{_SHARE} under the same licence.",
        ),
        f"{_CC}by-nc-sa/4.0/",
    ),
    Licence(
        "cc-by-nc-nd-4.0",
        "Creative Commons Attribution-NonCommercial-NoDerivatives 4.0",
        (
            "Only for uses that earn nothing, if the maker is named.",
            "The model may be shared as it is, but no changed version of it.",
        ),
        f"{_CC}by-nc-nd/4.0/",
    ),
    Licence(
        "fair-ai-public-license-1.0-sd",
        "Fair AI Public License 1.0-SD",
        (_PICTURES_ARE_YOURS, f"{_SHARE}, openly and under the same licence.", _USES),
        "https://freedevproject.org/faipl-1.0-sd/",
    ),
)
_NOTHING_KNOWN: Final = Licence(
    UNKNOWN,
    "unknown",
    (
        "Its licence isn't known: ask its maker, or look at the page it came from.",
        "A changed version of a model is bound by that model's licence as well.",
    ),
)
_BY_ID: Final[Mapping[str, Licence]] = {licence.id: licence for licence in _LICENCES}
# Other ways to write them, as letters and digits only.
_ALIASES: Final[Mapping[str, str]] = {
    "openrailm": "creativeml-openrail-m",
    "creativemlopenrailmlicense": "creativeml-openrail-m",
    "openrailplusplus": "openrail++",
    "openrailplusplusm": "openrail++",
    "openrailm++": "openrail++",
    "creativemlopenrail++m": "openrail++",
    "creativemlopenrail++mlicense": "openrail++",
    "stabilityaicommunitylicense": "stabilityai-ai-community",
    "stabilityaicommunity": "stabilityai-ai-community",
    "stabilitycommunity": "stabilityai-ai-community",
    "flux1devnoncommerciallicense": "flux-1-dev-non-commercial-license",
    "flux1devnoncommercial": "flux-1-dev-non-commercial-license",
    "fluxdevnoncommerciallicense": "flux-1-dev-non-commercial-license",
    "flux2devnoncommercial": "flux-2-dev-non-commercial-license",
    "apachelicense20": "apache-2.0",
    "apache2": "apache-2.0",
    "mitlicense": "mit",
    "cc0": "cc0-1.0",
    "fairaipubliclicense10sd": "fair-ai-public-license-1.0-sd",
}


def find_licence(text: str) -> Licence:
    """The licence that a text names, however it is written; one that isn't known keeps its words.

    A text of several names counts as the first that is known.
    """
    for candidate in (text, *re.split(r"[,;\n]| or ", text)):
        key = _key(candidate)
        if (known := _BY_KEY.get(key) or _BY_ID.get(_ALIASES.get(key, ""))) is not None:
            return known
    named = text.strip()[:100]
    if named.lower() in ("", UNKNOWN, "other", "none", "n/a"):
        return _NOTHING_KNOWN
    return Licence(named, named, ("The studio doesn't know this licence: read its text.",))


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", text.lower())


_BY_KEY: Final[Mapping[str, Licence]] = {
    _key(name): licence for licence in _LICENCES for name in (licence.id, licence.title)
}
