"""XMP written and read: by ourselves, by others, and by those who mean harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.library.labels.xmp import XmpFields, packet, read_packet

_HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    '"http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:darktable="http://darktable.sf.net/" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
)
_TAIL = "</rdf:RDF></x:xmpmeta>"
_DARKTABLE = (
    _HEAD + '<rdf:Description rdf:about="" xmp:Rating="3" darktable:xmp_version="5">'
    "<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>night</rdf:li></rdf:Bag></dc:subject>"
    '<darktable:history><rdf:Seq><rdf:li darktable:operation="exposure"/></rdf:Seq>'
    "</darktable:history></rdf:Description>" + _TAIL
).encode()

_lines = st.text(max_size=60).map(lambda text: " ".join(text.split()))


def test_a_packet_comes_back_as_it_was_written() -> None:
    fields = XmpFields(
        rating=4,
        subjects=("a & b", "<i>snow</i>", "Nacht 🌙"),
        collections=("Best of “2026”",),
        record='{"a":"<b>&amp;\\u0000\\""}',
        source_type="trainedAlgorithmicMedia",
        ai_system="Pentimento",
        ai_system_version="1.0",
        ai_prompt="a fox ]]> \n'quoted' \"twice\"",
        ai_prompt_writer="Ä. Meyer",
        creator_tool="Pentimento 1.0",
        description="two\nlines",
        user_comment="{}",
    )

    assert read_packet(packet(fields)) == fields


@given(st.text(max_size=200), st.lists(_lines, max_size=4))
def test_any_text_makes_a_packet_that_can_be_read(prompt: str, tags: list[str]) -> None:
    read = read_packet(packet(XmpFields(ai_prompt=prompt, subjects=tuple(tags))))

    assert read is not None
    assert set(read.ai_prompt) <= set(prompt) | {"\n"}


def test_what_iptc_says_stands_in_its_own_words() -> None:
    text = packet(XmpFields(source_type="trainedAlgorithmicMedia", ai_system="P")).decode()

    assert 'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"' in text
    assert (
        "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/"
        "trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>"
    ) in text
    assert "<Iptc4xmpExt:AISystemUsed>P</Iptc4xmpExt:AISystemUsed>" in text
    assert "AIPromptWriterName" not in text


def test_another_programs_sidecar_is_read() -> None:
    read = read_packet(_DARKTABLE)

    assert read == XmpFields(rating=3, subjects=("sea", "night"))


def test_another_programs_properties_stay_when_ours_change() -> None:
    once = packet(XmpFields(rating=5, subjects=("day",)), others=_DARKTABLE)
    twice = packet(XmpFields(rating=1), others=once)

    assert read_packet(once) == XmpFields(rating=5, subjects=("day",))
    assert read_packet(twice) == XmpFields(rating=1)
    assert b"exposure" in twice
    assert b"http://darktable.sf.net/" in twice
    assert len(packet(XmpFields(rating=1), others=twice)) == len(twice)


@pytest.mark.parametrize("written", ["-1", "9", "3.0", "nan", "1e308", "three", ""])
def test_a_rating_is_zero_to_five_stars(written: str) -> None:
    content = f'{_HEAD}<rdf:Description rdf:about="" xmp:Rating="{written}"/>{_TAIL}'

    read = read_packet(content.encode())

    assert read is not None
    assert read.rating == {"9": 5, "3.0": 3, "1e308": 5}.get(written, 0)


_LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><lolz>&i;</lolz>"
)
_FILE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"<a>",
        b"\xff\xfe<",
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        _LAUGHS.encode(),
        _FILE.encode(),
        b"<!DOCTYPE html><html/>",
        b"<a>" * 10_000 + b"</a>" * 10_000,
        b"<a>" + b"<b/>" * 100_000 + b"</a>",
        b"<a " + b" ".join(b'a%d="1"' % number for number in range(30_000)) + b"/>",
        b"<a>" + b"x" * (5 << 20) + b"</a>",
        b"<a>\x00</a>",
    ],
)
def test_what_is_hostile_or_broken_says_nothing(content: bytes) -> None:
    assert read_packet(content) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    cut = len(_DARKTABLE) // 2
    for content in (noise, _DARKTABLE[:cut] + noise + _DARKTABLE[cut:]):
        read = read_packet(content)
        assert read is None or isinstance(read, XmpFields)
