"""What may be meant where the cursor is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.library.query import HINTS, Completion, Field, Filter, parse
from studio.library.store import Store
from tests.support.samples import a_request, noise


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("history")
    store = Store(folder / "pictures", folder / "data")
    for seed, model in enumerate(("dream 8", "tiny", "tiny", "Dream “9”", "tiny", 'a "b"')):
        prompt = "a <lora:ink:1> cat" if seed else "a cat"
        store.record(noise(seed), a_request(prompt, seed, model=model), project="Moon")
    yield store
    store.close()


def labels(store: Store, text: str) -> list[str]:
    """What is offered where “^” stands, or at the end."""
    place = text.find("^") if "^" in text else len(text)
    return [found.label for found in store.complete(text.replace("^", ""), place)]


def test_fields_by_how_they_begin_and_by_their_other_names(store: Store) -> None:
    assert labels(store, "mo") == ["model:"]
    assert labels(store, "S") == ["seed:", "size:", "steps:", "scheduler:", "rating:"]
    assert labels(store, "cat -col") == ["in:"]
    assert labels(store, "st^ cat") == ["steps:", "rating:"]
    assert labels(store, "zebra") == []
    assert labels(store, '"mo') == []
    every = store.complete("", 0)
    assert [found.label for found in every] == [f"{field}:" for field in Field]
    assert [found.hint for found in every] == list(HINTS.values())


def test_values_most_used_first(store: Store) -> None:
    assert labels(store, "model:") == ["tiny", 'a "b"', "dream 8", "Dream “9”"]
    assert labels(store, "model:DREAM") == ["dream 8", "Dream “9”"]
    assert labels(store, 'model:"dream 8') == ["dream 8"]
    assert labels(store, "model:8") == ["dream 8"]
    assert labels(store, "lora:") == ["ink"]
    assert labels(store, "project:m") == ["Moon"]
    assert labels(store, "operation:") == ["text"]
    assert labels(store, "steps:") == ["20"]
    assert labels(store, "guidance:") == ["5"]
    assert labels(store, "has:s") == ["steps", "settings", "mask", "tags"]
    assert labels(store, "size:") == ["64x48", "landscape", "portrait", "square"]
    assert labels(store, "date:we") == ["week"]
    assert labels(store, "tag:") == labels(store, "in:") == labels(store, "seed:") == []
    assert store.complete("model:ti", 8)[0].count == 3


@pytest.mark.parametrize(
    ("text", "chosen", "becomes"),
    [
        ("mo^", "model:", "model:^"),
        ("-mo^ cat", "model:", "-model:^ cat"),
        ("cat model:ti^", "tiny", 'cat model:"tiny" ^'),
        ("model:t^i cat", "tiny", 'model:"tiny" ^cat'),
        ('model:"dr^ cat', "dream 8", 'model:"dream 8" ^'),
        ("model:^", 'a "b"', 'model:"a ""b""" ^'),
        ("-has:^", "steps", "-has:steps ^"),
    ],
)
def test_choosing_one(store: Store, text: str, chosen: str, becomes: str) -> None:
    place, plain = text.index("^"), text.replace("^", "")
    found = {found.label: found for found in store.complete(plain, place)}[chosen]
    after, cursor = found.applied_to(plain)
    assert f"{after[:cursor]}^{after[cursor:]}" == becomes


@settings(deadline=None)
@given(st.text(), st.integers(0, 50))
def test_anywhere_in_any_text(store: Store, text: str, cursor: int) -> None:
    cursor = min(cursor, len(text))
    for found in store.complete(text, cursor):
        after, place = found.applied_to(text)
        assert 0 <= found.start <= found.end <= len(text)
        assert after.startswith(text[: found.start] + found.insert)
        assert place <= len(after)


@settings(deadline=None)
@given(st.sampled_from(Field))
def test_every_value_that_is_offered_can_be_read(store: Store, field: Field) -> None:
    text = f"{field}:"
    for found in store.complete(text, len(text)):
        after, _ = found.applied_to(text)
        (part,) = parse(after).parts
        assert isinstance(part, Filter)
        assert part.is_finished
        assert part.field is field


def test_a_space_that_is_there_is_not_doubled() -> None:
    found = Completion("week", "week", 5, 5)
    assert found.applied_to("date: cat") == ("date:week cat", 10)
