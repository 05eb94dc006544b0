"""What a query means in SQL, held against a plain filter in Python over the same pictures."""

from __future__ import annotations

import math
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.branch import Branch
from studio.domain.geometry import Box
from studio.domain.inpaint import Inpaint
from studio.domain.request import PictureRef, Request
from studio.domain.schedulers import Scheduler
from studio.library.index import rows
from studio.library.index.connections import Connections
from studio.library.picture import ParentRole, Picture, PictureRecord
from studio.library.query import Field, Filter, Part, Query, Word, parse
from studio.library.query.values import (
    Aspect,
    Choice,
    Days,
    Name,
    Range,
    Shape,
    Sides,
    Unfinished,
)
from studio.library.query.words import folded, searchable, words_of
from studio.library.settings import PictureSettings

TODAY: Final = date(2026, 11, 21)
_PROMPTS: Final = (
    "a cat in the snow <lora:ink:0.8>",
    "Crème brûlée, catalogue photo",
    "雪の中の猫",
    "the sea side at dusk",
    "side sea",
    "",
    "Straße 12, 🦊",
)
_MODELS: Final = ("dream-8", "Dream Älpha", "tiny", "")
_TAGS: Final = ("sea", "Sea side", "favourite")
_BOARDS: Final = ("Best", "best of 2026")
_PROJECTS: Final = ("", "Moon", "moonlight")


@dataclass(frozen=True)
class Shelf:
    """The pictures of a history, and what stands beside them."""

    connections: Connections
    pictures: list[Picture]
    boards: dict[int, set[str]]

    def found(self, query: Query) -> set[int]:
        condition = query.condition(TODAY)
        statement = f"SELECT pictures.id FROM pictures WHERE {condition.sql}"  # noqa: S608
        return {row[0] for row in self.connections.rows(statement, condition.values)}

    def expected(self, query: Query) -> set[int]:
        return {picture.id for picture in self.pictures if self._is_meant(query, picture)}

    def _is_meant(self, query: Query, picture: Picture) -> bool:
        for group in query.groups:
            finished = [
                part
                for part in group
                if not (isinstance(part, Filter) and isinstance(part.test, Unfinished))
            ]
            if finished and not any(
                self._holds(part, picture) is not part.negated for part in finished
            ):
                return False
        return True

    def _holds(self, part: Part, picture: Picture) -> bool:
        settings, record = picture.settings, picture.record
        if isinstance(part, Word):
            texts = (settings.prompt, record.title, "\n".join(picture.tags))
            return any(_has_word(part, words_of(text)) for text in texts)
        match part.field:
            case Field.MODEL:
                return _named(part, [settings.model])
            case Field.SCHEDULER:
                return _named(part, [settings.sampler])
            case Field.PROJECT:
                return _named(part, [record.project])
            case Field.LORA:
                return _named(part, [name for name, _ in settings.loras])
            case Field.TAG:
                return _named(part, picture.tags)
            case Field.IN:
                return _named(part, self.boards.get(picture.id, set()))
            case Field.BATCH:
                assert isinstance(part.test, Name)
                text = part.test.text
                return record.batch == text if part.exact else record.batch.startswith(text)
            case Field.SEED:
                return _in_range(part.test, settings.seed)
            case Field.STEPS:
                return _in_range(part.test, settings.steps)
            case Field.GUIDANCE:
                return _in_range(part.test, settings.guidance_scale)
            case Field.RATING:
                return _in_range(part.test, picture.rating)
            case Field.SIZE:
                return _of_size(part.test, picture.width, picture.height)
            case Field.DATE:
                assert isinstance(part.test, Days)
                first, last = part.test.between(TODAY)
                return first <= picture.created.astimezone().date() <= last
            case Field.OPERATION:
                assert isinstance(part.test, Choice)
                return picture.operation in part.test.words
            case Field.HAS:
                assert isinstance(part.test, Choice)
                return any(self._has(Aspect(word), picture) for word in part.test.words)
            case Field.PARENT:
                parents = [p for p in self.pictures if _in_range(part.test, p.id)]
                return any(_is_child(picture, parent) for parent in parents)

    def _has(self, aspect: Aspect, picture: Picture) -> bool:
        match aspect:
            case Aspect.MASK:
                return picture.request is not None and picture.request.inpaint is not None
            case Aspect.STEPS:
                return picture.has_steps
            case Aspect.PARENT:
                return bool(picture.record.parents)
            case Aspect.CHILDREN:
                return any(_is_child(child, picture) for child in self.pictures)
            case Aspect.TAGS:
                return bool(picture.tags)
            case Aspect.SETTINGS:
                settings = picture.settings
                has_any = settings.prompt or settings.model or settings.seed is not None
                return picture.request is not None or bool(has_any)


def _has_word(part: Word, words: list[str]) -> bool:
    wanted = words_of(part.text)
    places = [words[i : i + len(wanted)] for i in range(len(words) - len(wanted) + 1)]
    if part.exact:
        return wanted in places
    return any(p[:-1] == wanted[:-1] and p[-1].startswith(wanted[-1]) for p in places)


def _named(part: Filter, names: object) -> bool:
    assert isinstance(part.test, Name)
    wanted = folded(part.test.text)
    assert isinstance(names, list | tuple | set)
    known = [folded(name) for name in names]
    return any(wanted == name if part.exact else wanted in name for name in known)


def _in_range(test: object, number: float | None) -> bool:
    assert isinstance(test, Range)
    if number is None:
        return False
    low = -math.inf if test.low is None else test.low
    high = math.inf if test.high is None else test.high
    if (test.without_low and number == low) or (test.without_high and number == high):
        return False
    return low <= number <= high


def _of_size(test: object, width: int, height: int) -> bool:
    if isinstance(test, Shape):
        return test is {
            (True, False): Shape.LANDSCAPE,
            (False, True): Shape.PORTRAIT,
        }.get((width > height, width < height), Shape.SQUARE)
    assert isinstance(test, Sides)
    pairs = ((test.width, width), (test.height, height), (test.longest, max(width, height)))
    return all(side is None or _in_range(side, number) for side, number in pairs)


def _is_child(child: Picture, parent: Picture) -> bool:
    for link in child.record.parents:
        if link.role is ParentRole.BRANCH:
            if parent.request is not None and link.digest == parent.request.digest:
                return True
        elif link.digest == parent.pixel_digest:
            return True
    return False


def _random_record(rng: random.Random, number: int, older: list[Picture]) -> PictureRecord:
    request: Request | None = Request(
        prompt=rng.choice(_PROMPTS),
        seed=rng.randrange(5),
        model=rng.choice(_MODELS),
        width=rng.choice((512, 768)),
        height=rng.choice((512, 768)),
        num_inference_steps=rng.choice((10, 20)),
        guidance_scale=rng.choice((5.0, 7.5)),
        scheduler=rng.choice(tuple(Scheduler)),
    )
    assert request is not None
    match rng.randrange(5):
        case 0 if older:
            start = PictureRef(rng.choice(older).pixel_digest, request.width, request.height)
            request = replace(request, init_image=start)
            if rng.randrange(2):
                mask = PictureRef("ab" * 32, request.width, request.height)
                boxes = (Box(0, 0, 256, 256),)
                request = replace(request, inpaint=Inpaint(boxes, mask))
        case 1 if drawn := [p for p in older if p.request is not None and not p.request.branch]:
            parent = rng.choice(drawn).request
            assert parent is not None
            if parent.inpaint is None and parent.init_image is None:
                request = replace(parent, seed=4, branch=Branch(parent, 2))
        case 2:
            request = None
    return PictureRecord(
        request,
        0,
        datetime(2026, 11, 21, 12, tzinfo=UTC) - timedelta(days=rng.choice((0, 1, 5, 40, 400))),
        1.0,
        f"{number:064x}",
        batch=f"{rng.randrange(12):x}",
        project=rng.choice(_PROJECTS),
        title=rng.choice(("", "Catwalk")),
    )


_OTHERS: Final = PictureSettings(program="ComfyUI", prompt="a Cat", model="tiny", seed=3, steps=20)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = tmp_path_factory.mktemp("history")
    rng = random.Random(1)  # noqa: S311
    pictures: list[Picture] = []
    boards: dict[int, set[str]] = {}
    with closing(Connections(folder / "history.sqlite3")) as connections:
        with connections.writing() as connection:
            for name in _BOARDS:
                connection.execute("INSERT INTO collections (name) VALUES (?)", (name,))
            for number in range(1, 121):
                pictures.append(_insert(connection, rng, number, pictures, boards))
        yield Shelf(connections, pictures, boards)


def _insert(
    connection: sqlite3.Connection,
    rng: random.Random,
    number: int,
    pictures: list[Picture],
    boards: dict[int, set[str]],
) -> Picture:
    record = _random_record(rng, number, pictures)
    row = rows.NewRow(
        f"2026-11-21/{number}.png",
        record,
        rng.choice((512, 768, 2048)),
        rng.choice((512, 768)),
        steps_bytes=rng.choice((0, 5)),
        imported=rng.choice((None, _OTHERS)),
    )
    picture = rows.insert(connection, row, Path("/pictures"))
    tags, rating = tuple(rng.sample(_TAGS, rng.randrange(3))), rng.randrange(6)
    connection.execute(
        "UPDATE pictures SET rating = ?, tags = ? WHERE id = ?",
        (rating, "\n".join(tags), picture.id),
    )
    connection.executemany("INSERT INTO tags VALUES (?, ?)", [(tag, picture.id) for tag in tags])
    connection.execute(
        "UPDATE words SET tags = ? WHERE rowid = ?", (searchable("\n".join(tags)), picture.id)
    )
    for board in rng.sample(_BOARDS, rng.randrange(2)):
        connection.execute(
            "INSERT INTO members SELECT id, ? FROM collections WHERE name = ?", (picture.id, board)
        )
        boards.setdefault(picture.id, set()).add(board)
    return replace(picture, rating=rating, tags=tags)


_VALUES: Final = st.sampled_from(
    [
        *("model:dream", 'model:"dream älpha"', "model:ALPHA", 'model:""', "model:8", "lora:in"),
        *('lora:"ink"', "lora:x", "seed:3", "seed:>1", "seed:1..3", "seed:..2", "steps:20"),
        *("guidance:7.5", "guidance:<7.5", "guidance:5..", "rating:0", "rating:>3", "rating:<=2"),
        *("size:512x768", "size:512x", "size:x768", "size:>1024", "size:>=600x600", "size:square"),
        *("size:landscape", "size:portrait", "size:600..800", "date:today", "date:week"),
        *("date:2026-11", "date:2025", "date:>2026-11-16", "date:<2026", "date:2026-10..today"),
        *("date:yesterday", "date:month", "operation:text", "operation:im", "operation:inpaint"),
        *("operation:branch", "operation:import", "has:mask", "has:steps", "has:parent"),
        *("has:children", "has:tags", "has:settings", "has:", "parent:3", "parent:>60", "tag:sea"),
        *('tag:"SEA"', "tag:side", "in:best", 'in:"best"', "in:none", "project:moon"),
        *('project:"Moon"', "batch:1", 'batch:"a"', "scheduler:euler", "scheduler:dpm", "model:"),
        *(
            "cat",
            "ca",
            '"cat"',
            "sea",
            '"sea side"',
            "雪",
            "猫",
            '"中の"',
            "creme",
            "strasse",
            "🦊",
        ),
        *("catw", "fav", "nothing"),
    ]
)
queries = st.lists(
    st.tuples(st.sampled_from(["", "", "-"]), _VALUES, st.sampled_from([" ", " ", " | "])),
    max_size=6,
).map(lambda parts: "".join(sign + value + space for sign, value, space in parts))


@settings(deadline=None)
@given(text=queries)
def test_sql_finds_what_a_plain_filter_finds(shelf: Shelf, text: str) -> None:
    query = parse(text)
    assert shelf.found(query) == shelf.expected(query), text


def test_every_value_of_the_test_finds_something_or_is_meant_to_find_nothing(shelf: Shelf) -> None:
    everything = {picture.id for picture in shelf.pictures}
    idle = []
    for text in _VALUES.elements:  # type: ignore[attr-defined]
        found = shelf.found(parse(text))
        if not found or found == everything:
            idle.append(text)
    assert idle == ['model:""', "lora:x", "has:", "in:none", "model:", "nothing"]


@settings(deadline=None)
@given(text=st.text() | queries.flatmap(lambda text: st.text().map(lambda more: text + more)))
def test_any_text_at_all_runs(shelf: Shelf, text: str) -> None:
    shelf.found(parse(text))


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "cat ",
            "-cat ",
            "cat | ",
            "-cat | ",
            "model:a ",
            "-model:a | ",
            "has:m ",
            "雪",
            '"',
            "-",
        ),
        *(
            "rating:>3 | cat ",
            "a-",
            "AND ",
            "NEAR(",
            "prompt:",
            "^",
            "* ",
            "size:>5 | ",
            "\0",
            "\ud800",
        ),
    ],
)
def test_ten_kilobytes_of_anything_run(shelf: Shelf, piece: str) -> None:
    shelf.found(parse(piece * (10_000 // len(piece))))


@pytest.mark.parametrize(
    "text", ["model:'; DROP TABLE pictures", 'tag:"x\' OR 1"', '") OR ("', "a* b^"]
)
def test_what_is_typed_is_never_sql(shelf: Shelf, text: str) -> None:
    condition = parse(text).condition()
    assert "DROP" not in condition.sql
    assert "OR 1" not in condition.sql
    assert shelf.found(parse(text)) == set()
    assert len(shelf.found(parse(""))) == len(shelf.pictures)


def test_todays_pictures_are_others_tomorrow(shelf: Shelf) -> None:
    query = parse("date:today")
    today, tomorrow = (query.condition(TODAY + timedelta(days)) for days in (0, 1))
    assert today.sql == tomorrow.sql
    assert today.values != tomorrow.values
