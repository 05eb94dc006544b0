"""Train the model that comes with the studio, from drawings to the folder that ships.

    pentimento train embedded --stage all --hours 8 --device auto --out FOLDER

Stages, each usable alone: `drawings` (fetch and rasterise), `autoencoder` and `tokenizer` (fit in
seconds), `denoiser` (the long one), `reading` (the reader learns which words to let be), `export`
(write the folder and its sample sheet); `compare` tries variants of the recipe, `--hours` of
processor time each. Work in progress lies in `--work`;
`--resume` goes on from its checkpoint, or with the variants that are not done. This module imports
no torch.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

STAGES = ("drawings", "autoencoder", "tokenizer", "denoiser", "reading", "export")
EXTRA_STAGES = ("compare",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `pentimento train embedded`."""
    parser.add_argument(
        "--stage", choices=(*STAGES, *EXTRA_STAGES, "all"), default="all", help="what to do"
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument(
        "--hours", type=float, default=1.0, help="length of the whole run, with what was run before"
    )
    parser.add_argument("--full", action="store_true", help="all 900 things, not the first 300")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--bf16", action="store_true", help="multiply in bfloat16: where it is fast"
    )
    parser.add_argument(
        "--perceptual-weight", type=float, default=0.0, help="of a perceptual loss, such as 0.1"
    )
    parser.add_argument(
        "--work", type=Path, default=Path(".training"), help="checkpoints and cache"
    )
    parser.add_argument("--workers", type=int, default=0, help="processes that compose pictures")
    parser.add_argument("--out", type=Path, help="where the exported model goes (default: in work)")


def main(argv: list[str]) -> int:
    """Run the stages that `argv` asks for."""
    parser = argparse.ArgumentParser(prog="pentimento train embedded", description=__doc__)
    add_arguments(parser)
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    from studio.training.stages import run_stages

    chosen = STAGES if options.stage == "all" else (options.stage,)
    run_stages(options, chosen)
    return 0


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
