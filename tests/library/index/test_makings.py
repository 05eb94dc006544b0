"""How pictures were computed, kept in their rows and files; and the history of before it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.making import FileHash, Making, UsedModel
from studio.library.index.database import open_database
from studio.library.index.schema import MIGRATIONS
from studio.library.labels.metadata import record_from_json, record_to_json
from tests.support.samples import a_picture

MAKING = Making(
    "A card", "fp16", "nf4", ("tiles",), 1800.0, "GPU", 400.0, (UsedModel("Moon", "mit"),)
)
AMOUNT = st.none() | st.floats(0, 1e9)
WORDS = st.text("abc-é", max_size=9)
MAKINGS = st.builds(
    Making,
    device=WORDS,
    precision=WORDS,
    quantization=WORDS,
    ways=st.lists(WORDS.filter(bool), max_size=4).map(tuple),
    energy_j=AMOUNT,
    energy_of=WORDS,
    grid_g_per_kwh=AMOUNT,
    models=st.lists(st.builds(UsedModel, WORDS.filter(bool), WORDS), max_size=3).map(tuple),
    hashes=st.lists(
        st.builds(FileHash, WORDS, WORDS.filter(bool), st.text("0123456789abcdef", min_size=8)),
        max_size=3,
    ).map(tuple),
)


def test_co2_of_a_picture() -> None:
    assert MAKING.co2_g == 1800 / 3.6e6 * 400
    assert replace(MAKING, energy_j=None).co2_g is None


def test_licences_are_told_with_the_titles() -> None:
    both = replace(MAKING, models=(UsedModel("Moon", "mit"), UsedModel("Fog")))
    assert both.licences == "Moon (mit), Fog (licence unknown)"
    assert Making().licences == ""


@given(MAKINGS)
def test_it_survives_the_files_record(making: Making) -> None:
    told = record_from_json(record_to_json(replace(a_picture().record, making=making)))
    assert told is not None
    assert told.making == (None if making == Making() else making)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(list(Making.__dataclass_fields__)), inner, max_size=7)
        ),
    )
)
def test_whatever_a_file_says_is_read_without_harm(told: object) -> None:
    making = Making.from_record(told)
    if making is not None:
        assert Making.from_record(making.to_record()) == making


def test_a_history_of_schema_2_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    connection, _ = open_database(path, MIGRATIONS[:2])
    with closing(connection), connection:
        connection.execute(
            "INSERT INTO pictures (path, request_digest, batch_index, width, height, created_us,"
            " day, operation, pixel_digest, elapsed_s, has_steps)"
            " VALUES ('a.png', '', 0, 1, 1, 1, 19700101, 'text', '', 0.5, 0)"
        )
    connection, begun_anew = open_database(path)
    with closing(connection):
        assert not begun_anew
        assert connection.execute("SELECT path FROM pictures").fetchall() == [("a.png",)]
        assert connection.execute("SELECT count(*) FROM makings").fetchone() == (0,)
    with closing(sqlite3.connect(path.with_name(f"{path.name}.schema-2"))) as backup:
        assert backup.execute("PRAGMA user_version").fetchone() == (2,)
