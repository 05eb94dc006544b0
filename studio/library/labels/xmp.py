"""XMP: what a picture file, or a sidecar beside it, says in the words that photo programs share.

Sources: ISO 16684-1 (XMP), IPTC Photo Metadata Standard 2025.1 (the four properties about AI and
DigitalSourceType). Reads with limits and without any document type, so there are no entities to
expand; properties may stand as attributes or as elements, as other programs write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement
from xml.parsers import expat

from studio.library.settings import clean_name, clean_text, number

MAX_PACKET_BYTES: Final = 4 << 20
MAX_SUBJECTS: Final = 1_000
_MAX_DEPTH: Final = 32
_MAX_PARTS: Final = 20_000
_MAX_TEXT_CHARS: Final = 1 << 20

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XMP: Final = "http://ns.adobe.com/xap/1.0/"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_EXIF: Final = "http://ns.adobe.com/exif/1.0/"
_IPTC: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_OURS: Final = "urn:pentimento:1.0"
_SOURCE_TYPES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
for _prefix, _uri in {
    "x": "adobe:ns:meta/",
    "rdf": _RDF,
    "xmp": _XMP,
    "dc": _DC,
    "exif": _EXIF,
    "Iptc4xmpExt": _IPTC,
    "pentimento": _OURS,
}.items():
    ElementTree.register_namespace(_prefix, _uri)

_TEXTS: Final = {
    "record": f"{{{_OURS}}}record",
    "source_type": f"{{{_IPTC}}}DigitalSourceType",
    "ai_system": f"{{{_IPTC}}}AISystemUsed",
    "ai_system_version": f"{{{_IPTC}}}AISystemVersionUsed",
    "ai_prompt": f"{{{_IPTC}}}AIPromptInformation",
    "ai_prompt_writer": f"{{{_IPTC}}}AIPromptWriterName",
    "creator_tool": f"{{{_XMP}}}CreatorTool",
    "description": f"{{{_DC}}}description",
    "user_comment": f"{{{_EXIF}}}UserComment",
}
_BAGS: Final = {"subjects": f"{{{_DC}}}subject", "collections": f"{{{_OURS}}}collections"}
_RATING: Final = f"{{{_XMP}}}Rating"
_LANGUAGES: Final = frozenset({_TEXTS["description"], _TEXTS["user_comment"]})
_ITEM: Final = f"{{{_RDF}}}li"
_NO_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class XmpFields:
    """The properties that the studio knows; what isn't said is "", () or 0.

    `rating` is 0 to 5 stars, `subjects` are dc:subject (tags), `record` is the JSON of our own
    record. `source_type` is the last word of IPTC's DigitalSourceType. `ai_…` are IPTC's four
    properties about AI. `creator_tool`, `description` and `user_comment` are where other programs
    put their settings.
    """

    rating: int = 0
    subjects: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    record: str = ""
    source_type: str = ""
    ai_system: str = ""
    ai_system_version: str = ""
    ai_prompt: str = ""
    ai_prompt_writer: str = ""
    creator_tool: str = ""
    description: str = ""
    user_comment: str = ""


def packet(fields: XmpFields, others: bytes = b"") -> bytes:
    """An XMP packet in UTF-8 for a picture file, or a whole sidecar.

    Args:
        fields: what it says; properties that are empty here don't stand in it.
        others: a packet whose properties that the studio doesn't know are kept, such as another
            program's sidecar. One that can't be read is left out: ask `read_packet` before.
    """
    root = _tree(others) if others else None
    known = {*_TEXTS.values(), *_BAGS.values(), _RATING}
    if root is None:
        root = Element("{adobe:ns:meta/}xmpmeta")
    rdf = _rdf(root)
    for description in rdf.findall(f"{{{_RDF}}}Description"):
        for name in known & description.attrib.keys():
            del description.attrib[name]
        for child in [child for child in description if child.tag in known]:
            description.remove(child)
        if not len(description) and description.attrib.keys() <= {f"{{{_RDF}}}about"}:
            rdf.remove(description)
    _describe(SubElement(rdf, f"{{{_RDF}}}Description", {f"{{{_RDF}}}about": ""}), fields)
    body = ElementTree.tostring(root, "unicode")
    head = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    return f'{head}\n{body}\n<?xpacket end="w"?>'.encode()


def read_packet(content: bytes) -> XmpFields | None:
    """What a packet or sidecar says, cleaned and shortened; None if it is no XMP that can be read.

    Never raises.
    """
    root = _tree(content)
    if root is None:
        return None
    found: dict[str, list[str]] = {}
    for name, value in _properties(root):
        found.setdefault(name, []).append(value)
    texts = {field: (found.get(name) or [""])[0] for field, name in _TEXTS.items()}
    texts = {field: clean_text(text, _MAX_TEXT_CHARS) for field, text in texts.items()}
    texts["source_type"] = texts["source_type"].rpartition("/")[2]
    rating = number((found.get(_RATING) or [""])[0].strip())
    return XmpFields(
        rating=round(min(5, max(0, rating or 0))),
        subjects=_names(found.get(_BAGS["subjects"], [])),
        collections=_names(found.get(_BAGS["collections"], [])),
        **texts,
    )


def _names(values: list[str]) -> tuple[str, ...]:
    names = (clean_name(value) for value in values[:MAX_SUBJECTS])
    return tuple(dict.fromkeys(filter(None, names)))


def _describe(description: Element, fields: XmpFields) -> None:
    if fields.rating:
        SubElement(description, _RATING).text = str(fields.rating)
    for field, name in _TEXTS.items():
        if not (text := getattr(fields, field)):
            continue
        place = SubElement(description, name)
        if name in _LANGUAGES:
            place = SubElement(SubElement(place, f"{{{_RDF}}}Alt"), _ITEM)
            place.set("{http://www.w3.org/XML/1998/namespace}lang", "x-default")
        place.text = _xml_text(_SOURCE_TYPES + text if field == "source_type" else text)
    for field, name in _BAGS.items():
        if values := getattr(fields, field):
            bag = SubElement(SubElement(description, name), f"{{{_RDF}}}Bag")
            for value in values:
                SubElement(bag, _ITEM).text = _xml_text(value)


def _xml_text(text: str) -> str:
    """Without what no XML document may hold, not even escaped."""
    return _NO_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _rdf(root: Element) -> Element:
    """Where the descriptions stand: the root itself, or within it; made if there is none."""
    if root.tag == f"{{{_RDF}}}RDF":
        return root
    found = root.find(f"{{{_RDF}}}RDF")
    return SubElement(root, f"{{{_RDF}}}RDF") if found is None else found


def _properties(root: Element) -> Iterator[tuple[str, str]]:
    """Name and text of every property of the picture itself; one for each item of a list."""
    for description in _rdf(root).findall(f"{{{_RDF}}}Description"):
        yield from description.attrib.items()
        for child in description:
            items = list(child.iter(_ITEM))
            for place in items or [child]:
                yield child.tag, place.text or place.get(f"{{{_RDF}}}resource") or ""


def _tree(content: bytes) -> Element | None:
    """The document, once it is known to be small, flat and without a document type."""
    content = content.strip(b"\0 \t\r\n")
    if not content or len(content) > MAX_PACKET_BYTES:
        return None
    depth = parts = 0

    def _open(_name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, parts
        depth += 1
        parts += 1 + len(attributes)
        if depth > _MAX_DEPTH or parts > _MAX_PARTS:
            raise _RefusedXml

    def _close(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def _refuse(*_: object) -> None:
        raise _RefusedXml

    parser = expat.ParserCreate()
    parser.StartElementHandler = _open
    parser.EndElementHandler = _close
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(content, True)
        # What this warns of, entities and depth, was refused a line above.
        return ElementTree.fromstring(content)  # noqa: S314
    except (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError):
        return None


class _RefusedXml(ValueError):
    """Nested too deep, of too many parts, or with a document type."""
