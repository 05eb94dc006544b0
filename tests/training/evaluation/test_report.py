"""The table for the card, and its place in the card."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.domain.errors import UsageError
from studio.training.evaluation.report import BEGIN, END, to_markdown, write_section

RESULTS = {
    "steps": 20,
    "guidance_scale": 3.0,
    "picture_px": 64,
    "kinds": 298,
    "drawings": 1530,
    "rows": [
        {"part": "naming", "what": "top-5", "pictures": 900}
        | {"generated": 0.874, "real": 1.0, "shuffled": 0.016},
        {"part": "hand", "what": "glossy", "pictures": 24}
        | {"generated": 0.5, "real": 0.9, "shuffled": 0.2},
    ],
    "neighbours": {
        "pictures": 900,
        "rmse_10": 0.05,
        "rmse_median": 0.1234,
        "rmse_90": 0.2,
        "rmse_of_a_perfect_copy": 0.04,
        "rmse_to_another_thing": 0.25,
        "near_copy_below": 0.1,
        "near_copies": 0.41,
        "nearest_is_the_thing": 0.9,
        "similarity_median": 0.8,
        "most_similar_is_the_thing": 0.95,
    },
}


def test_rows_are_percents_with_their_aims() -> None:
    lines = to_markdown(RESULTS).splitlines()
    assert {line.count("|") for line in lines[:4]} == {7}
    assert lines[2].endswith("| 900 | 87 % | 100 % | 2 % | 80 % |")
    assert lines[3] == "| glossy style | 24 | 50 % | 90 % | 20 % |  |"


def test_memory_is_said_in_words() -> None:
    text = to_markdown(RESULTS)
    assert "41 % lie within an RMSE of 0.1" in text
    assert "0.123" in text


def test_only_the_section_between_the_markers_changes(tmp_path: Path) -> None:
    card = tmp_path / "CARD.md"
    card.write_text(f"# Card\n\n{BEGIN}\nold\n{END}\n\n## Next\n", encoding="utf-8")
    write_section(card, "new “80 %”\n")
    once = card.read_text(encoding="utf-8")
    assert once == f"# Card\n\n{BEGIN}\n\nnew “80 %”\n\n{END}\n\n## Next\n"
    write_section(card, "new “80 %”\n")
    assert card.read_text(encoding="utf-8") == once


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}\n{BEGIN}", f"{BEGIN}\n{BEGIN}\n{END}"])
def test_a_card_without_its_markers_is_left_alone(tmp_path: Path, text: str) -> None:
    card = tmp_path / "CARD.md"
    card.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="Add a line"):
        write_section(card, "new")
    assert card.read_text(encoding="utf-8") == text
