"""The numbers as a section of a model's card: a Markdown table and what it means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.domain.errors import UsageError
from studio.library.files.disk import Disk

BEGIN = "<!-- evaluation: begin -->"
END = "<!-- evaluation: end -->"

LABELS = {
    ("naming", "top-1"): "the thing (“a cat”): first of the classifier's names",
    ("naming", "top-5"): "the thing: among its first five",
    ("other words", "top-1"): "the thing by another word (“kitty”): first",
    ("other words", "top-5"): "the thing by another word: among the first five",
    ("colour", "colour"): "the thing's colour (“a blue cat”)",
    ("background", "backdrop"): "the background's colour",
    ("ground", "backdrop"): "the place (“in the snow”)",
    ("gradient", "backdrop"): "both colours of a gradient",
    ("count", "1"): "one thing",
    ("count", "2"): "two things",
    ("count", "3"): "three things",
    ("count", "number"): "the number, one to three",
    ("hand", "hand"): "the style, all together",
    ("beside", "first"): "two side by side: the left one, among the first five",
    ("beside", "second"): "two side by side: the right one",
    ("beside", "both"): "two side by side: both",
    ("above", "first"): "one above another: the upper one, among the first five",
    ("above", "second"): "one above another: the lower one",
    ("above", "both"): "one above another: both",
    ("never joined", "top-5"): "never joined in training: the thing, among the first five",
    ("never joined", "colour"): "never joined in training: its colour",
    ("never joined", "backdrop"): "never joined in training: its place or background",
    ("never joined", "all"): "never joined in training: all three at once",
    ("plain words", "top-1"): "“a blue cat”: the thing, first of the classifier's names",
    ("plain words", "colour"): "“a blue cat”: the colour",
    ("plain words", "both"): "“a blue cat”: both",
    ("usual words", "top-1"): "“photo of a blue cat, 8k”, usual words: the thing",
    ("usual words", "colour"): "“photo of a blue cat, 8k”: the colour",
    ("usual words", "both"): "“photo of a blue cat, 8k”: both",
    ("unknown words", "top-1"): "“a quixotic blue cat, bokeh”, words never learnt: the thing",
    ("unknown words", "colour"): "“a quixotic blue cat, bokeh”: the colour",
    ("unknown words", "both"): "“a quixotic blue cat, bokeh”: both",
}
AIMS = {
    ("naming", "top-5"): 0.8,
    ("colour", "colour"): 0.8,
    ("background", "backdrop"): 0.9,
    ("ground", "backdrop"): 0.9,
}


def to_markdown(results: dict[str, Any]) -> str:
    """The table of `evaluate`'s results, how it was measured, and how much is memory."""
    lines = [
        "| what the picture shows | pictures | generated | real | shuffled | aim |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_line(row) for row in results["rows"]),
    ]
    return "\n".join([*lines, "", _how(results), "", _memory(results)]) + "\n"


def write_section(card: Path, text: str) -> None:
    """Put `text` between the card's two markers; the rest of the card stays as it is.

    Raises UsageError if the card has not each marker once, in order.
    """
    whole = card.read_text(encoding="utf-8")
    if whole.count(BEGIN) != 1 or whole.count(END) != 1 or whole.index(BEGIN) > whole.index(END):
        raise UsageError(
            f"{card} has no place for the numbers.", f"Add a line {BEGIN} and below it {END}."
        )
    before, _, rest = whole.partition(BEGIN)
    after = rest.partition(END)[2]
    Disk().replace(card, f"{before}{BEGIN}\n\n{text}\n{END}{after}".encode())


def _line(row: dict[str, Any]) -> str:
    key = (row["part"], row["what"])
    label = LABELS.get(key, f"{row['what']} style")
    aim = _percent(AIMS[key]) if key in AIMS else ""
    shares = " | ".join(_percent(row[of]) for of in ("generated", "real", "shuffled"))
    return f"| {label} | {row['pictures']} | {shares} | {aim} |"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _how(results: dict[str, Any]) -> str:
    return (
        f"Pictures of {results['picture_px']} px, {results['steps']} steps of DDIM, guidance "
        f"{results['guidance_scale']:g}, each from its own seed; prompts worded as in training. "
        f"*Real*: the same scenes painted from the drawings, what the measures find at best. "
        f"*Shuffled*: the generated pictures held against each other's prompts, what chance finds. "
        f"Things and styles are named by a classifier of {results['kinds']} kinds of things "
        f"(`studio/training/evaluation/classifier.py`), trained on composed drawings only, never "
        f"on generated pictures; colours, places and numbers are measured without a network, in "
        f"OKLab (`measures.py`)."
    )


def _memory(results: dict[str, Any]) -> str:
    memory = results["neighbours"]
    return (
        f"How much is memory: of {memory['pictures']} pictures of single things, "
        f"{_percent(memory['near_copies'])} lie within an RMSE of {memory['near_copy_below']:g} "
        f"(of the range of a pixel) of one of the {results['drawings']} training drawings, so "
        f"near that we call them copies. The median distance is {memory['rmse_median']:.3f} (one "
        f"in ten below {memory['rmse_10']:.3f}, one in ten above {memory['rmse_90']:.3f}); a "
        f"perfect copy seen through the autoencoder would lie at "
        f"{memory['rmse_of_a_perfect_copy']:.3f}, a drawing of another thing at "
        f"{memory['rmse_to_another_thing']:.3f}. The nearest drawing shows the asked thing in "
        f"{_percent(memory['nearest_is_the_thing'])} by pixels, in "
        f"{_percent(memory['most_similar_is_the_thing'])} by the classifier's features "
        f"(median cosine {memory['similarity_median']:.2f})."
    )
