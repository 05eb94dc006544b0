"""The language of the search field."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.library.query import Field, Filter, Query, Word, parse
from studio.library.query.grammar import MAX_PARTS
from studio.library.query.values import (
    Choice,
    Days,
    Name,
    Range,
    Shape,
    Sides,
    Test,
    Unfinished,
)

# What looks like the language, torn to pieces.
_PIECES = st.sampled_from(
    [
        *Field,
        *'-|":.x<>=0123456789 \t',
        " OR ",
        "OR",
        "today",
        "week",
        "2026-11-",
        "..",
        "cat",
        "雪",
    ]
)
queries = st.lists(_PIECES | st.text(max_size=3), max_size=30).map("".join)


def filters(text: str) -> list[tuple[Field, Test, bool]]:
    query = parse(text)
    assert all(isinstance(part, Filter) for part in query.parts), query
    return [(p.field, p.test, p.negated) for p in query.parts if isinstance(p, Filter)]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", ()),
        ("  \n ", ()),
        ("cat dog", ((Word("cat"),), (Word("dog"),))),
        ("cat -dog", ((Word("cat"),), (Word("dog", negated=True),))),
        ('"a cat" -"in snow"', ((Word("a cat", True),), (Word("in snow", True, True),))),
        ("cat | dog bird", ((Word("cat"), Word("dog")), (Word("bird"),))),
        ("cat OR -dog", ((Word("cat"), Word("dog", negated=True)),)),
        ("cat|dog", ((Word("cat"), Word("dog")),)),
        ("cat or dog", ((Word("cat"),), (Word("or"),), (Word("dog"),))),
        ("| cat OR", ((Word("cat"),),)),
        ("FLOOR ORchid", ((Word("FLOOR"),), (Word("ORchid"),))),
        ('"not closed', ((Word("not closed", True),),)),
        ('"say ""hi"""', ((Word('say "hi"', True),),)),
        ("- -- !! …", ()),
        ("http://a.b", ((Word("http://a.b"),),)),
        ("rating:many", ((Word("rating:many"),),)),
        ('-seed:"no number"', ((Word("seed:no number", True, True),),)),
    ],
)
def test_words_phrases_and_what_joins_them(text: str, groups: object) -> None:
    assert parse(text) == Query(groups)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "field", "test"),
    [
        ("model:dream", Field.MODEL, Name("dream")),
        ('MODEL:"My Model"', Field.MODEL, Name("My Model", exact=True)),
        ("sampler:euler", Field.SCHEDULER, Name("euler")),
        ("board:sea", Field.IN, Name("sea")),
        ("model:", Field.MODEL, Unfinished()),
        ("seed:12", Field.SEED, Range(12, 12)),
        ("seed:>12", Field.SEED, Range(12, None, without_low=True)),
        ("rating:>=3", Field.RATING, Range(3, None)),
        ("rating:<3", Field.RATING, Range(None, 3, without_high=True)),
        ("rating:3..5", Field.RATING, Range(3, 5)),
        ("rating:3..", Field.RATING, Range(3, None)),
        ("rating:..2", Field.RATING, Range(None, 2)),
        ("rating:>", Field.RATING, Unfinished()),
        ("cfg:7.5", Field.GUIDANCE, Range(7.5, 7.5)),
        ("size:512x768", Field.SIZE, Sides(Range(512, 512), Range(768, 768))),
        ("size:512x", Field.SIZE, Sides(Range(512, 512))),
        (
            "size:>=512X512",
            Field.SIZE,
            Sides(Range(512, None), Range(512, None)),
        ),
        ("size:>1024", Field.SIZE, Sides(longest=Range(1024, None, without_low=True))),
        ("size:Land", Field.SIZE, Shape.LANDSCAPE),
        ("size:x", Field.SIZE, Unfinished()),
        ("operation:inp", Field.OPERATION, Choice(("inpaint",))),
        ("op:im", Field.OPERATION, Choice(("image", "import"))),
        ("has:steps", Field.HAS, Choice(("steps",))),
        ("date:2026-11-21", Field.DATE, Days("2026-11-21", "2026-11-21")),
        ("date:2026-1", Field.DATE, Days("2026-1", "2026-1")),
        ("date:>2026-01-01", Field.DATE, Days("2026-01-01", "", without_low=True)),
        ("date:2026-01..today", Field.DATE, Days("2026-01", "today")),
        ("date:Yest", Field.DATE, Days("yest", "yest")),
        ("date:<", Field.DATE, Unfinished()),
        ("parent:5", Field.PARENT, Range(5, 5)),
        ("tag:sea", Field.TAG, Name("sea")),
        ("batch:ab", Field.BATCH, Name("ab")),
    ],
)
def test_fields(text: str, field: Field, test: Test) -> None:
    assert filters(text) == [(field, test, False)]
    assert filters(f"-{text}") == [(field, test, True)]


@pytest.mark.parametrize(
    "text",
    [
        *("seed:1.5", "seed:99999999999999999999", "seed:>3..5", "rating:3....5", "guidance:1e9"),
        *(
            "size:bigger",
            "size:5x6x7",
            "date:2026-13",
            "date:2026-02-30",
            "date:0000",
            "has:nothing",
        ),
        *("date:9999-12..x", "operation:texts", "parent:abc", "date:>..2026", "seed:٣"),
    ],
)
def test_what_cant_be_read_is_a_word(text: str) -> None:
    assert parse(text).parts == (Word(text),)


def test_every_part_keeps_its_place() -> None:
    text = '  -"a cat" | model:"my model"  SEED:7 x'
    parts = parse(text).parts
    places = [text[part.start : part.end] for part in parts]
    assert places == ['-"a cat"', 'model:"my model"', "SEED:7", "x"]
    values = [text[part.value_start : part.end] for part in parts if isinstance(part, Filter)]
    assert values == ['"my model"', "7"]
    query = parse(text)
    assert query.part_at(0) is None
    assert query.part_at(2) == query.part_at(10) == parts[0]
    assert query.part_at(len(text)) == parts[-1]


@settings(deadline=None)
@given(queries)
def test_what_is_printed_means_the_same(text: str) -> None:
    query = parse(text)
    assert parse(str(query)) == query
    assert str(parse(str(query))) == str(query)


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_and_its_parts_stand_in_order(text: str) -> None:
    place = 0
    for part in parse(text).parts:
        assert place <= part.start < part.end <= len(text)
        place = part.end


@pytest.mark.parametrize("piece", ['"', "-", "model:", '-"', "x ", "|", "雪", "rating:>", "OR "])
def test_of_a_text_without_end_only_the_first_parts_count(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert len(parse(text).parts) <= MAX_PARTS
    assert parse("cat " + text).parts[0] == Word("cat")
