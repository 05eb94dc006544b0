"""How well does a trained model follow its prompts? Measure it, and print the table for its card.

    python -m tests.benchmarks.embedded_quality MODEL_FOLDER --work .training

About 1,800 pictures (`--quick`: about 70) are drawn and graded (`studio/training/evaluation/`). The
classifier that names things is trained first, in some minutes, and kept in `--work`; stopped, it
goes on from there. Everything is seeded: the same model has the same numbers on the same machine.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from pathlib import Path

import torch

from studio.domain.errors import StudioError, UsageError
from studio.library.files.disk import Disk
from studio.training import drawings as drawn
from studio.training.evaluation.evaluate import evaluate
from studio.training.evaluation.grading import Examiner
from studio.training.evaluation.lessons import trained_classifier
from studio.training.evaluation.questions import FULL, QUICK
from studio.training.evaluation.report import to_markdown, write_section
from studio.training.scenes import HANDS
from studio.training.sheet import draw_sheet, load_pipeline

log = logging.getLogger(__name__)


def main(argv: list[str]) -> int:
    """Evaluate the model that `argv` names; the table goes to standard output."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    torch.set_num_threads(options.threads)
    try:
        run(options)
    except StudioError as error:
        log.error("%s", error)
        return 1
    return 0


def run(options: argparse.Namespace) -> None:
    """All that the options ask for."""
    if not (options.model / "model_index.json").exists():
        raise UsageError(f"{options.model} is no model.", "Name a folder with a model_index.json.")
    started = time.monotonic()
    loaded = drawn.load(options.work / "cache", tuple(HANDS), options.full)
    classifier = trained_classifier(loaded, options.work)
    pipeline = load_pipeline(options.model)
    if options.sheet:
        draw_sheet(pipeline).save(options.sheet)
    sizes = QUICK if options.quick else {p: round(options.share * FULL[p]) for p in FULL}
    examiner = Examiner(classifier, loaded.concepts)
    results = evaluate(pipeline, loaded, examiner, sizes, options.hands, log.info)
    log.info("%.0f s", time.monotonic() - started)
    table = to_markdown(results)
    sys.stdout.write(table)
    if options.json:
        text = json.dumps(results, indent=2, ensure_ascii=False) + "\n"
        Disk().replace(options.json, text.encode())
    if options.card:
        write_section(options.card, table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="embedded_quality", description=__doc__)
    parser.add_argument("model", type=Path, help="folder of the model, as exported")
    parser.add_argument("--work", type=Path, default=Path(".training"), help="drawings, classifier")
    parser.add_argument("--quick", action="store_true", help="about 70 pictures instead of 1,800")
    parser.add_argument("--share", type=_share, default=1.0, help="part of the 1,800 to draw, 0..1")
    parser.add_argument("--full", action="store_true", help="the model learnt all 900 things")
    parser.add_argument("--hands", type=_hands, default=tuple(HANDS), help="hands it learnt: a,b,c")
    parser.add_argument("--threads", type=int, default=2, help="of torch")
    parser.add_argument("--json", type=Path, help="write all numbers, and what was missed, here")
    parser.add_argument("--card", type=Path, help="write the table between this card's markers")
    parser.add_argument("--sheet", type=Path, help="save a contact sheet of 64 prompts here")
    return parser


def _hands(text: str) -> tuple[str, ...]:
    hands = tuple(text.split(","))
    if unknown := set(hands) - set(HANDS):
        raise argparse.ArgumentTypeError(f"no such hand: {', '.join(sorted(unknown))}")
    return hands


def _share(text: str) -> float:
    share = float(text)
    if not 0.05 <= share <= 1:
        raise argparse.ArgumentTypeError("a share lies between 0.05 and 1")
    return share


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
